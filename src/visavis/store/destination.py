"""Where a user wants a file: links are followed, pipes and devices written into, and no file is lost without a word."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from visavis.errors import UsageError
from visavis.store.files import unwritable, write_all, write_whole


@dataclass(frozen=True)
class Destination:
    """A path that a user named for a command's output.

    Attributes:
        path: of a file, new or to be replaced; of a pipe or a character device; or of a link to one of them.
        replace: whether a file that is there may be replaced.
    """

    path: Path
    replace: bool = False

    def require(self) -> None:
        """Refuses, before any work is done, what can't be written.

        Raises:
            UsageError: a file is there, or what is neither a file nor a pipe nor a character device.
        """
        mode = self._mode()
        if mode is None or _is_stream(mode):
            return
        if not stat.S_ISREG(mode):
            got = "a folder" if stat.S_ISDIR(mode) else "a block device or a socket"
            raise UsageError(f"{self.path} can't be written", got=got, expected="a file", do="choose another name")
        if not self.replace:
            raise UsageError(
                f"{self.path} is there already", expected="a new file", do="choose another name, or give --force"
            )

    def write(self, content: bytes) -> None:
        """Writes a file whole or not at all, or into a pipe or device.

        Raises:
            UsageError: as ``require``.
            StorageError: the disk is full, or the path can't be written.
        """
        self.require()
        mode = self._mode()
        if mode is None or not _is_stream(mode):
            write_whole(self.path.resolve(), content)  # of a link, the target: a rename would replace the link
            return
        try:
            descriptor = os.open(self.path, os.O_WRONLY)  # opened, never replaced; a pipe waits for its reader
            try:
                write_all(descriptor, content)
            finally:
                os.close(descriptor)
        except OSError as problem:
            raise unwritable(self.path, problem) from problem

    def _mode(self) -> int | None:
        """Of what is there, links followed; None where nothing is."""
        try:
            return self.path.stat().st_mode
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise unwritable(self.path, problem) from problem


def _is_stream(mode: int) -> bool:
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)
