"""JobRuns: real files in real folders, the trustworthy ones and the others."""

import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checks.heartbeat.source import JobRuns
from checkwright.core.errors import BadUsage, CannotTell, Down


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var" / "beats"


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every user of this machine may look into, unlike pytest's own."""
    made = Path(tempfile.mkdtemp(prefix="beats-", dir="/var/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def beats() -> JobRuns:
    return JobRuns.open()


def as_nobody(act: Callable[[], object]) -> str:
    """Do something as a user without rights, in a process of its own; returns what it raised, "" for nothing."""
    nobody = 65534
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(nobody)
            os.setuid(nobody)
            act()
        except BaseException as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return text


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user takes root: run the tests as root")


def test_what_is_recorded_is_read(beats: JobRuns, folder: Path) -> None:
    beats.record("backup", seconds=12.5, exit_code=3, folder=str(folder))
    beat = beats.last("backup", str(folder))
    assert (beat.seconds, beat.status) == (12.5, "3")
    assert 0 <= beat.age < 60


def test_a_later_run_takes_the_place_of_the_one_before(beats: JobRuns, folder: Path) -> None:
    for code in (1, 0):
        beats.record("backup", exit_code=code, folder=str(folder))
    assert beats.last("backup", str(folder)).status == "0"
    assert os.listdir(folder) == ["backup.json"]


def test_jobs_do_not_mix(beats: JobRuns, folder: Path) -> None:
    beats.record("one", exit_code=1, folder=str(folder))
    beats.record("two", exit_code=2, folder=str(folder))
    assert (beats.last("one", str(folder)).status, beats.last("two", str(folder)).status) == ("1", "2")


def test_the_folder_may_come_from_the_environment(
    beats: JobRuns, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKS_JOB_RUNS_DIR", str(folder))
    beats.record("backup")
    assert beats.last("backup").status == "0"
    assert beats.last("backup", str(folder)).status == "0"


def test_it_is_readable_for_others_and_writable_for_the_owner_only(beats: JobRuns, folder: Path) -> None:
    before = os.umask(0o077)
    try:
        beats.record("backup", folder=str(folder))
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder.parent, folder, folder / "backup.json")]
    assert modes == [0o755, 0o755, 0o644]


@needs_root
def test_user_nagios_reads_what_root_wrote(beats: JobRuns, public: Path) -> None:
    folder = public / "beats"
    beats.record("backup", folder=str(folder))
    assert as_nobody(lambda: beats.last("backup", str(folder))) == ""
    refused = as_nobody(lambda: beats.record("backup", folder=str(folder)))
    assert refused == f"CannotTell: cannot record a run in {folder}: Permission denied"


@needs_root
def test_a_folder_of_a_job_s_own_user_is_read_by_others_but_written_by_that_user_only(
    beats: JobRuns, public: Path
) -> None:
    folder = public / "beats"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    assert as_nobody(lambda: beats.record("dump", folder=str(folder))) == ""
    assert beats.last("dump", str(folder)).status == "0"
    with pytest.raises(CannotTell, match="belongs to another user"):
        beats.record("dump", folder=str(folder))


@needs_root
def test_a_folder_of_somebody_else_below_a_shared_one_is_not_trusted(beats: JobRuns) -> None:
    planted = Path(tempfile.mkdtemp(prefix="beats-", dir="/var/tmp"))
    try:
        os.chown(planted, 65534, 65534)
        planted.chmod(0o755)
        with pytest.raises(
            CannotTell, match="belongs to another user and is in a folder that everybody can write: it is not trusted"
        ):
            beats.last("backup", str(planted))
    finally:
        shutil.rmtree(planted)


def test_a_job_that_never_ran_is_down(beats: JobRuns, folder: Path) -> None:
    beats.record("another", folder=str(folder))
    with pytest.raises(Down, match=r"^backup never ran: no run of it is recorded in"):
        beats.last("backup", str(folder))


def test_a_folder_that_is_not_there_is_said(beats: JobRuns, folder: Path) -> None:
    with pytest.raises(CannotTell, match=f"^there is no folder {folder.parent} of recorded runs"):
        beats.last("backup", str(folder))


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o1777])
def test_a_folder_that_others_may_write_is_refused(beats: JobRuns, folder: Path, mode: int) -> None:
    beats.record("backup", folder=str(folder))
    folder.chmod(mode)
    with pytest.raises(CannotTell, match=f"^others can write {folder}"):
        beats.last("backup", str(folder))
    with pytest.raises(CannotTell, match="chmod go-w"):
        beats.record("backup", folder=str(folder))


def test_a_folder_that_others_may_replace_is_refused(beats: JobRuns, folder: Path) -> None:
    beats.record("backup", folder=str(folder))
    folder.parent.chmod(0o777)
    with pytest.raises(CannotTell, match=f"^others can write {folder.parent} "):
        beats.last("backup", str(folder))


def test_tmp_itself_is_refused(beats: JobRuns) -> None:
    with pytest.raises(CannotTell, match="others can write /tmp"):
        beats.record("backup", folder="/tmp")


def test_links_are_not_followed(beats: JobRuns, folder: Path, tmp_path: Path) -> None:
    beats.record("backup", folder=str(folder))
    (tmp_path / "link").symlink_to(folder.parent)
    for place in (tmp_path / "link" / "beats", tmp_path / "link"):
        with pytest.raises(CannotTell, match="symbolic link"):
            beats.last("backup", str(place))
        with pytest.raises(CannotTell, match="symbolic link"):
            beats.record("backup", folder=str(place))


def test_a_link_in_a_beats_place_is_not_read_and_is_replaced(beats: JobRuns, folder: Path, tmp_path: Path) -> None:
    beats.record("other", folder=str(folder))
    target = tmp_path / "target"
    target.write_text("keep", encoding="utf-8")
    (folder / "backup.json").symlink_to(target)
    with pytest.raises(CannotTell, match=r"backup\.json: it is a symbolic link"):
        beats.last("backup", str(folder))
    beats.record("backup", folder=str(folder))
    assert beats.last("backup", str(folder)).status == "0"
    assert target.read_text(encoding="utf-8") == "keep"


def test_a_beat_that_is_no_file_does_not_block(beats: JobRuns, folder: Path) -> None:
    beats.record("other", folder=str(folder))
    os.mkfifo(folder / "backup.json", 0o644)
    with pytest.raises(CannotTell, match="it is not a file"):
        beats.last("backup", str(folder))


def test_a_beat_that_others_may_write_is_not_trusted(beats: JobRuns, folder: Path) -> None:
    beats.record("backup", folder=str(folder))
    (folder / "backup.json").chmod(0o666)
    with pytest.raises(CannotTell, match="others can write the recorded run"):
        beats.last("backup", str(folder))


DAMAGED = {
    "empty": b"",
    "cut": b'{"version": 1, "job": "backup", "en',
    "not JSON": b"\x00\xff\x00",
    "a list": b"[]",
    "deep": b"[" * 60_000,
    "another version": b'{"version": 2, "ended": 1, "exit_code": 0}',
    "no end": b'{"version": 1, "seconds": 1, "exit_code": 0}',
    "an end that is text": b'{"version": 1, "ended": "now", "seconds": 1, "exit_code": 0}',
    "an end that is no number": b'{"version": 1, "ended": NaN, "seconds": 1, "exit_code": 0}',
    "an end that is true": b'{"version": 1, "ended": true, "seconds": 1, "exit_code": 0}',
    "no exit code": b'{"version": 1, "ended": 1, "seconds": 1}',
    "negative seconds": b'{"version": 1, "ended": 1, "seconds": -1, "exit_code": 0}',
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_beat_is_said_and_the_next_run_repairs_it(beats: JobRuns, folder: Path, text: bytes) -> None:
    beats.record("backup", folder=str(folder))
    (folder / "backup.json").write_bytes(text)
    with pytest.raises(CannotTell, match=r"backup\.json is damaged: the job's next run replaces it$"):
        beats.last("backup", str(folder))
    beats.record("backup", folder=str(folder))
    assert beats.last("backup", str(folder)).status == "0"


def written(folder: Path, ended: float) -> None:
    beat = {"version": 1, "job": "backup", "ended": ended, "seconds": None, "exit_code": 0}
    (folder / "backup.json").write_text(json.dumps(beat), encoding="utf-8")


def test_a_beat_from_the_future_is_said(beats: JobRuns, folder: Path) -> None:
    beats.record("backup", folder=str(folder))
    written(folder, time.time() + 3600)
    with pytest.raises(CannotTell, match="ended in the future: a clock was set back"):
        beats.last("backup", str(folder))


def test_a_small_step_of_the_clock_is_no_news(beats: JobRuns, folder: Path) -> None:
    beats.record("backup", folder=str(folder))
    written(folder, time.time() + 2)
    assert beats.last("backup", str(folder)).age == 0


BAD_NAMES = ["", "../up", "a/b", ".hidden", "-flag", "a b", "a\nb", "käse", "x" * 101, "nul\0"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_is_no_file_name_is_refused(beats: JobRuns, folder: Path, name: str) -> None:
    with pytest.raises(BadUsage, match="cannot be the name of a job"):
        beats.record(name, folder=str(folder))
    with pytest.raises(BadUsage, match="cannot be the name of a job"):
        beats.last(name, str(folder))


@pytest.mark.parametrize("place", ["beats", "../beats", "~/beats", "/a\0b"])
def test_a_folder_is_a_whole_path(beats: JobRuns, place: str) -> None:
    with pytest.raises(BadUsage, match="must be a full path"):
        beats.last("backup", place)


STATUSES = {0: "0", 3: "3", 128: "128", 137: "137 (SIGKILL)", 143: "143 (SIGTERM)", 250: "250"}


@pytest.mark.parametrize(("code", "words"), STATUSES.items())
def test_a_status_in_words(beats: JobRuns, folder: Path, code: int, words: str) -> None:
    beats.record("backup", exit_code=code, folder=str(folder))
    assert beats.last("backup", str(folder)).status == words


def test_a_full_disk_is_said_and_leaves_the_old_beat(
    beats: JobRuns, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats.record("backup", exit_code=4, folder=str(folder))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CannotTell, match=r"cannot record a run in .*: No space left on device"):
        beats.record("backup", folder=str(folder))
    assert beats.last("backup", str(folder)).status == "4"
    assert os.listdir(folder) == ["backup.json"]


def test_runs_at_the_same_time_leave_one_whole_beat(beats: JobRuns, folder: Path) -> None:
    pids = []
    for code in range(8):
        pid = os.fork()
        if pid == 0:
            try:
                for _ in range(20):
                    beats.record("backup", exit_code=code, folder=str(folder))
            finally:
                os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
    assert beats.last("backup", str(folder)).status in map(str, range(8))
    assert os.listdir(folder) == ["backup.json"]
