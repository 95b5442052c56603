import os
import pty
import stat
import threading
import tty
from pathlib import Path

import pytest

from visavis.errors import StorageError, UsageError
from visavis.store.destination import Destination

CONTENT = bytes(range(256)) * 1000


def test_a_new_file_is_written_and_another_one_wants_to_be_replaced(tmp_path):
    path = tmp_path / "file"
    Destination(path).write(CONTENT)
    assert path.read_bytes() == CONTENT
    for ask in (Destination(path).require, lambda: Destination(path).write(b"new")):
        with pytest.raises(UsageError, match="is there already; expected a new file; choose another name, or give --f"):
            ask()
    assert path.read_bytes() == CONTENT
    Destination(path, replace=True).write(b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_followed_to_its_target(tmp_path, there):
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "file", tmp_path / "link"
    link.symlink_to(target)
    if there:
        target.write_bytes(b"old")
        with pytest.raises(UsageError, match="is there already"):
            Destination(link).write(CONTENT)
    Destination(link, replace=there).write(CONTENT)
    assert link.is_symlink()
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("linked", [True, False])
def test_a_pipe_is_written_into_and_stays_one(tmp_path, linked):
    pipe = path = tmp_path / "pipe"
    os.mkfifo(pipe)
    if linked:
        path = tmp_path / "link"
        path.symlink_to(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    Destination(path).write(CONTENT)
    reader.join(10)
    assert read == [CONTENT]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert path.is_symlink() == linked


def test_a_device_is_written_into_and_stays_one():
    ours, theirs = pty.openpty()
    try:
        tty.setraw(theirs)
        path = Path(os.ttyname(theirs))
        assert stat.S_ISCHR(path.stat().st_mode)  # before anything is written
        Destination(path).write(b"hello")
        assert os.read(ours, 100) == b"hello"
        assert stat.S_ISCHR(path.stat().st_mode)
    finally:
        os.close(ours)
        os.close(theirs)


def test_what_is_no_file_is_refused_also_where_it_may_be_replaced(tmp_path):
    with pytest.raises(UsageError, match="can't be written; got a folder; expected a file"):
        Destination(tmp_path, replace=True).write(CONTENT)
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "a", tmp_path / "file" / "below"):
        with pytest.raises(StorageError, match="can't be written"):
            Destination(path, replace=True).write(CONTENT)
