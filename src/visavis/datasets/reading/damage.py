"""Damage that decoders pass over: they make a picture of whatever is left."""

from __future__ import annotations

import struct
import zlib

PNG = b"\x89PNG\r\n\x1a\n"
PNG_END = b"IEND"
JPEG = b"\xff\xd8"
SCAN, JPEG_END = b"\xff\xda", b"\xff\xd9"


def damage_of(content: bytes) -> str:
    """What is wrong with an image file's bytes, of which its decoder says nothing; empty where nothing is."""
    if content.startswith(PNG):
        return _png_damage(content)
    if content.startswith(JPEG) and content.rfind(JPEG_END) < content.rfind(SCAN):
        return "a JPEG without its end: the rest is missing or overwritten"
    return ""


def _png_damage(content: bytes) -> str:
    """A chunk whose checksum is wrong, or something that is no chunk, before the end of a PNG."""
    start, view = len(PNG), memoryview(content)
    while start + 12 <= len(content):
        (size,) = struct.unpack(">I", view[start : start + 4])
        kind, end = bytes(view[start + 4 : start + 8]), start + 12 + size
        if end > len(content):
            return ""  # cut short: the decoder tells
        if not kind.isalpha():
            return "a PNG that is overwritten from some point on"
        (checksum,) = struct.unpack(">I", view[end - 4 : end])
        if zlib.crc32(view[start + 4 : end - 4]) != checksum:
            return f"a PNG whose checksum is wrong ({kind.decode()})"
        if kind == PNG_END:
            return ""
        start = end
    return ""
