"""Files as a stranger would make them to mislead, to exhaust or to break in."""

import io
import struct
import tarfile
import zipfile
import zlib

import numpy as np
from forms import letters, png
from PIL import Image

ONE = png(np.zeros((4, 4), np.uint8))
BLOCK = 512


def written(path, content):
    path.write_bytes(content)
    return path


def tar_of(*infos, kind=tarfile.GNU_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        for name, content in letters("AB", 2).items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in infos:
            archive.addfile(info, io.BytesIO(bytes(info.size)))
    return out.getvalue()


def special(kind, name="A/odd.png", target="/etc/passwd"):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def sized(name, size=0, **headers):
    info = tarfile.TarInfo(name)
    info.size, info.pax_headers = size, headers
    return info


def raw_header(kind, size, name=b"odd"):
    """A tar header with whatever size, and a checksum that is right."""
    digits = b"%011o\0" % size if size >= 0 else b"\xff" + size.to_bytes(11, "big", signed=True)
    block = bytearray(name.ljust(100, b"\0") + b"0000644\0" * 3 + digits + b"00000000000\0" + b" " * 8 + kind)
    block += bytes(100) + b"ustar\x0000" + bytes(BLOCK - len(block) - 108)
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def extended(kind, body):
    return raw_header(kind, len(body)) + body + bytes(-len(body) % BLOCK)


def zip_of(files, method=zipfile.ZIP_DEFLATED, **settings):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in {**letters("AB", 2), **files}.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            for key, value in settings.items():
                setattr(info, key, value)
            archive.writestr(info, content)
    return out.getvalue()


def overlapping_zip():
    """Every name stands for the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("A/one.png", ONE)
        for letter in "BCD":
            copy = zipfile.ZipInfo("A/one.png")
            first = archive.filelist[0]
            copy.CRC, copy.file_size, copy.compress_size = first.CRC, first.file_size, first.compress_size
            copy.filename, copy.header_offset = f"{letter}/one.png", 0
            archive.filelist.append(copy)
    return out.getvalue()


def zip_that_lies(claimed):
    """A megabyte of zeros that is said to be a few bytes."""
    content = zip_of({"A/large.png": bytes(1 << 20)})
    return content.replace(struct.pack("<I", 1 << 20), struct.pack("<I", claimed))


PAX_WITHOUT_END = b"2 " * 5000 + b"x=\n"
"""Some versions of tarfile take it for thousands of records that share their bytes."""
LINK = tarfile.SYMTYPE


def idx(*shape, data=b""):
    return struct.pack(f">4B{len(shape)}I", 0, 0, 8, len(shape), *shape) + data


TABLE = "path,label\na.png,A\nb.png,B\n"


def saved(picture, kind="PNG", **how):
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def huge_png(width, height, depth=1, colour=0):
    """A picture of zeros, made without holding it."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    row = bytes(1 + (width * depth * {0: 1, 2: 3, 6: 4}[colour] + 7) // 8)
    packer = zlib.compressobj(1)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">2I5B", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


GREY = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32), dtype=np.uint8))
