"""What is known of an image before its file is read."""

from __future__ import annotations

from dataclasses import dataclass

TRAIN, TEST, VALIDATION, UNSPLIT = b"train", b"test", b"val", b""
USAGES = {"Training": TRAIN, "PublicTest": TEST, "PrivateTest": TEST}
"""What Kaggle calls the parts of FER2013."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of an image before its file is read.

    Attributes:
        part: ``TRAIN``, ``TEST``, ``VALIDATION`` or ``UNSPLIT``.
        label: its class.
        id: part, class and file name, with the group where there is one.
        group: images of one group belong together; empty where unknown.
    """

    part: bytes
    label: str
    id: str
    group: str = ""
