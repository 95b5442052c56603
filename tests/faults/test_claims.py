"""Who holds what: claims of this process, of dead ones, of other machines, and on file systems without locks."""

import errno
import fcntl
import os
import time

import pytest

from visavis.errors import StorageError
from visavis.store import claims
from visavis.store.claims import Claim, Holder, living_holder
from visavis.store.files import write_document


def elsewhere(path, **changes):
    """Another machine's record."""
    holder = {**vars(Holder.of_this_process()), "host": "another-machine", "token": "theirs", **changes}
    path.parent.mkdir(exist_ok=True)
    write_document(path.with_suffix(".json"), holder)
    return Holder(**holder)


def test_another_machine_holds_what_it_has_lately_said_it_holds(tmp_path):
    path = tmp_path / "claims" / "cell"
    holder = elsewhere(path)
    assert Claim(path).take() == living_holder(path) == holder
    old = time.time() - claims.PATIENCE - 1
    os.utime(path.with_suffix(".json"), (old, old))
    assert living_holder(path) is None
    with Claim(path) as claim:
        assert claim.take() is None
        assert claim.is_ours
        elsewhere(path)
        assert not claim.is_ours
    assert living_holder(path).host == "another-machine", "another's record is left alone"


def test_a_holder_gives_signs_of_life(tmp_path, monkeypatch):
    monkeypatch.setattr(claims, "BEAT", 0.02)
    record = tmp_path / "claims" / "cell.json"
    with Claim(tmp_path / "claims" / "cell") as claim:
        assert claim.take() is None
        os.utime(record, (0, 0))
        for _ in range(100):
            time.sleep(0.02)
            if record.stat().st_mtime > 1:
                break
        assert record.stat().st_mtime > 1
    assert not record.exists()


def test_within_one_process_too_a_claim_is_held_once(tmp_path):
    first, second = Claim(tmp_path / "cell"), Claim(tmp_path / "cell")
    with first, second:
        assert first.take() is None
        assert second.take().process == os.getpid()
    with Claim(tmp_path / "cell") as third:
        assert third.take() is None


def test_a_process_of_the_same_number_that_started_later_is_no_holder(tmp_path):
    path = tmp_path / "cell"
    write_document(path.with_suffix(".json"), {**vars(Holder.of_this_process()), "process_start": "1"})
    assert living_holder(path) is None


def test_a_record_that_makes_no_sense_holds_nothing(tmp_path):
    path = tmp_path / "cell"
    path.with_suffix(".json").write_text('{"host": 3}')
    with Claim(path) as claim:
        assert claim.take() is None
        assert claim.is_ours


def test_what_is_dated_far_ahead_holds_nothing(tmp_path):
    """A machine whose clock is ahead wrote it, and is gone."""
    path = tmp_path / "claims" / "cell"
    elsewhere(path)
    ahead = time.time() + 3600
    os.utime(path.with_suffix(".json"), (ahead, ahead))
    assert living_holder(path) is None
    with Claim(path) as claim:
        assert claim.take() is None


def without_locks(number):
    def flock(descriptor, operation):
        raise OSError(number, os.strerror(number))

    return flock


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_without_locks_the_record_is_enough(tmp_path, monkeypatch, number):
    monkeypatch.setattr(fcntl, "flock", without_locks(number))
    path = tmp_path / "claims" / "cell"
    with Claim(path) as first, Claim(path) as second:
        assert first.take() is None
        assert second.take().process == os.getpid()
    assert living_holder(path) is None
    write_document(path.with_suffix(".json"), {**vars(Holder.of_this_process()), "process_start": "1"})  # a dead holder
    with Claim(path) as third:
        assert third.take() is None


def test_a_lock_that_fails_otherwise_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(fcntl, "flock", without_locks(errno.EIO))
    with Claim(tmp_path / "cell") as claim, pytest.raises(StorageError, match="can't be locked"):
        claim.take()


def test_a_signal_between_taking_and_working_leaves_nothing_held(tmp_path, monkeypatch):
    monkeypatch.setattr(claims.threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt), Claim(tmp_path / "cell") as claim:
        claim.take()
    monkeypatch.undo()
    assert living_holder(tmp_path / "cell") is None
    with Claim(tmp_path / "cell") as claim:
        assert claim.take() is None


def interrupted(thread):
    raise KeyboardInterrupt


def test_signs_of_life_go_on_after_a_moment_without_the_file_server(tmp_path, monkeypatch):
    monkeypatch.setattr(claims, "BEAT", 0.01)
    touched, calls = os.utime, []

    def utime(path, *given):
        calls.append(path)
        if len(calls) < 3:
            raise OSError(errno.ESTALE, "Stale file handle")
        touched(path, *given)

    with Claim(tmp_path / "cell") as claim:
        assert claim.take() is None
        record = tmp_path / "cell.json"
        touched(record, (0, 0))
        monkeypatch.setattr(os, "utime", utime)
        for _ in range(200):
            time.sleep(0.01)
            if record.stat().st_mtime > 1:
                break
        assert record.stat().st_mtime > 1
