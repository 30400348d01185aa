"""JobRuns: records in real folders; some cannot be trusted."""

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
    return tmp_path / "var" / "job-runs"


@pytest.fixture
def public() -> Iterator[Path]:
    """Folder that every user of this machine can read, unlike pytest's own."""
    made = Path(tempfile.mkdtemp(prefix="job-runs-", dir="/var/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def job_runs() -> JobRuns:
    return JobRuns.open()


def as_nobody(work: Callable[[], object]) -> str:
    """Run `work` as a user without rights in a child process. Returns the error that it raised, "" for none."""
    nobody = 65534
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(nobody)
            os.setuid(nobody)
            work()
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


def test_recorded_run_is_read(job_runs: JobRuns, folder: Path) -> None:
    job_runs.record("backup", seconds=12.5, exit_code=3, folder=str(folder))
    record = job_runs.last("backup", str(folder))
    assert (record.seconds, record.status) == (12.5, "3")
    assert 0 <= record.age < 60


def test_later_run_replaces_the_previous_one(job_runs: JobRuns, folder: Path) -> None:
    for code in (1, 0):
        job_runs.record("backup", exit_code=code, folder=str(folder))
    assert job_runs.last("backup", str(folder)).status == "0"
    assert os.listdir(folder) == ["backup.json"]


def test_jobs_do_not_mix(job_runs: JobRuns, folder: Path) -> None:
    job_runs.record("one", exit_code=1, folder=str(folder))
    job_runs.record("two", exit_code=2, folder=str(folder))
    assert (job_runs.last("one", str(folder)).status, job_runs.last("two", str(folder)).status) == ("1", "2")


def test_folder_may_come_from_the_environment(job_runs: JobRuns, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKS_JOB_RUNS_DIR", str(folder))
    job_runs.record("backup")
    assert job_runs.last("backup").status == "0"
    assert job_runs.last("backup", str(folder)).status == "0"


def test_record_is_readable_for_all_and_writable_for_its_owner(job_runs: JobRuns, folder: Path) -> None:
    before = os.umask(0o077)
    try:
        job_runs.record("backup", folder=str(folder))
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder.parent, folder, folder / "backup.json")]
    assert modes == [0o755, 0o755, 0o644]


@needs_root
def test_no_umask_leaves_a_folder_that_its_owner_cannot_use(job_runs: JobRuns, public: Path) -> None:
    public.chmod(0o1777)

    def record() -> None:
        os.umask(0o777)
        job_runs.record("backup", folder=str(public / "more" / "job-runs"))

    assert as_nobody(record) == ""
    assert as_nobody(record) == ""


@needs_root
def test_user_nagios_reads_records_of_root(job_runs: JobRuns, public: Path) -> None:
    folder = public / "job-runs"
    job_runs.record("backup", folder=str(folder))
    assert as_nobody(lambda: job_runs.last("backup", str(folder))) == ""
    refused = as_nobody(lambda: job_runs.record("backup", folder=str(folder)))
    assert refused == f"CannotTell: cannot record a run in {folder}: Permission denied"


@needs_root
def test_folder_of_a_job_user_is_written_by_that_user_only(job_runs: JobRuns, public: Path) -> None:
    folder = public / "job-runs"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    assert as_nobody(lambda: job_runs.record("dump", folder=str(folder))) == ""
    assert job_runs.last("dump", str(folder)).status == "0"
    with pytest.raises(CannotTell, match="belongs to another user"):
        job_runs.record("dump", folder=str(folder))


@needs_root
def test_foreign_folder_below_a_shared_one_is_not_trusted(job_runs: JobRuns) -> None:
    planted = Path(tempfile.mkdtemp(prefix="job-runs-", dir="/var/tmp"))
    try:
        os.chown(planted, 65534, 65534)
        planted.chmod(0o755)
        with pytest.raises(
            CannotTell, match="belongs to another user and is in a folder that everybody can write: it is not trusted"
        ):
            job_runs.last("backup", str(planted))
    finally:
        shutil.rmtree(planted)


def test_job_that_never_ran_is_down(job_runs: JobRuns, folder: Path) -> None:
    job_runs.record("another", folder=str(folder))
    with pytest.raises(Down, match=r"^backup never ran: no run of it is recorded in"):
        job_runs.last("backup", str(folder))


def test_missing_folder_is_reported(job_runs: JobRuns, folder: Path) -> None:
    with pytest.raises(CannotTell, match=f"^there is no folder {folder.parent} of recorded runs"):
        job_runs.last("backup", str(folder))


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o1777])
def test_folder_that_others_can_write_is_refused(job_runs: JobRuns, folder: Path, mode: int) -> None:
    job_runs.record("backup", folder=str(folder))
    folder.chmod(mode)
    with pytest.raises(CannotTell, match=f"^others can write {folder}"):
        job_runs.last("backup", str(folder))
    with pytest.raises(CannotTell, match="chmod go-w"):
        job_runs.record("backup", folder=str(folder))


def test_folder_that_others_can_replace_is_refused(job_runs: JobRuns, folder: Path) -> None:
    job_runs.record("backup", folder=str(folder))
    folder.parent.chmod(0o777)
    with pytest.raises(CannotTell, match=f"^others can write {folder.parent} "):
        job_runs.last("backup", str(folder))


def test_tmp_itself_is_refused(job_runs: JobRuns) -> None:
    with pytest.raises(CannotTell, match="others can write /tmp"):
        job_runs.record("backup", folder="/tmp")


def test_links_are_not_followed(job_runs: JobRuns, folder: Path, tmp_path: Path) -> None:
    job_runs.record("backup", folder=str(folder))
    (tmp_path / "link").symlink_to(folder.parent)
    for place in (tmp_path / "link" / "job-runs", tmp_path / "link"):
        with pytest.raises(CannotTell, match="symbolic link"):
            job_runs.last("backup", str(place))
        with pytest.raises(CannotTell, match="symbolic link"):
            job_runs.record("backup", folder=str(place))


def test_link_instead_of_a_record_is_not_read_and_is_replaced(job_runs: JobRuns, folder: Path, tmp_path: Path) -> None:
    job_runs.record("other", folder=str(folder))
    target = tmp_path / "target"
    target.write_text("keep", encoding="utf-8")
    (folder / "backup.json").symlink_to(target)
    with pytest.raises(CannotTell, match=r"backup\.json: it is a symbolic link"):
        job_runs.last("backup", str(folder))
    job_runs.record("backup", folder=str(folder))
    assert job_runs.last("backup", str(folder)).status == "0"
    assert target.read_text(encoding="utf-8") == "keep"


def test_record_that_is_not_a_file_does_not_block(job_runs: JobRuns, folder: Path) -> None:
    job_runs.record("other", folder=str(folder))
    os.mkfifo(folder / "backup.json", 0o644)
    with pytest.raises(CannotTell, match="it is not a file"):
        job_runs.last("backup", str(folder))


def test_record_that_others_can_write_is_not_trusted(job_runs: JobRuns, folder: Path) -> None:
    job_runs.record("backup", folder=str(folder))
    (folder / "backup.json").chmod(0o666)
    with pytest.raises(CannotTell, match="others can write the recorded run"):
        job_runs.last("backup", str(folder))


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
def test_damaged_record_is_reported_and_replaced_by_the_next_run(job_runs: JobRuns, folder: Path, text: bytes) -> None:
    job_runs.record("backup", folder=str(folder))
    (folder / "backup.json").write_bytes(text)
    with pytest.raises(CannotTell, match=r"backup\.json is damaged: the job's next run replaces it$"):
        job_runs.last("backup", str(folder))
    job_runs.record("backup", folder=str(folder))
    assert job_runs.last("backup", str(folder)).status == "0"


def written(folder: Path, ended: float) -> None:
    record = {"version": 1, "job": "backup", "ended": ended, "seconds": None, "exit_code": 0}
    (folder / "backup.json").write_text(json.dumps(record), encoding="utf-8")


def test_record_from_the_future_is_reported(job_runs: JobRuns, folder: Path) -> None:
    job_runs.record("backup", folder=str(folder))
    written(folder, time.time() + 3600)
    with pytest.raises(CannotTell, match="ended in the future: a clock was set back"):
        job_runs.last("backup", str(folder))


def test_small_step_of_the_clock_is_ignored(job_runs: JobRuns, folder: Path) -> None:
    job_runs.record("backup", folder=str(folder))
    written(folder, time.time() + 2)
    assert job_runs.last("backup", str(folder)).age == 0


BAD_NAMES = ["", "../up", "a/b", ".hidden", "-flag", "a b", "a\nb", "käse", "x" * 101, "nul\0"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_name_that_cannot_be_a_file_name_is_refused(job_runs: JobRuns, folder: Path, name: str) -> None:
    with pytest.raises(BadUsage, match="cannot be the name of a job"):
        job_runs.record(name, folder=str(folder))
    with pytest.raises(BadUsage, match="cannot be the name of a job"):
        job_runs.last(name, str(folder))


@pytest.mark.parametrize("place", ["job-runs", "../job-runs", "~/job-runs", "/a\0b"])
def test_relative_folder_is_refused(job_runs: JobRuns, place: str) -> None:
    with pytest.raises(BadUsage, match="must be a full path"):
        job_runs.last("backup", place)


STATUSES = {0: "0", 3: "3", 128: "128", 137: "137 (SIGKILL)", 143: "143 (SIGTERM)", 250: "250"}


@pytest.mark.parametrize(("code", "words"), STATUSES.items())
def test_exit_status_names_the_signal(job_runs: JobRuns, folder: Path, code: int, words: str) -> None:
    job_runs.record("backup", exit_code=code, folder=str(folder))
    assert job_runs.last("backup", str(folder)).status == words


def test_full_disk_is_reported_and_keeps_the_old_record(
    job_runs: JobRuns, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_runs.record("backup", exit_code=4, folder=str(folder))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CannotTell, match=r"cannot record a run in .*: No space left on device"):
        job_runs.record("backup", folder=str(folder))
    assert job_runs.last("backup", str(folder)).status == "4"
    assert os.listdir(folder) == ["backup.json"]


def test_concurrent_runs_leave_one_whole_record(job_runs: JobRuns, folder: Path) -> None:
    pids = []
    for code in range(8):
        pid = os.fork()
        if pid == 0:
            try:
                for _ in range(20):
                    job_runs.record("backup", exit_code=code, folder=str(folder))
            finally:
                os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
    assert job_runs.last("backup", str(folder)).status in map(str, range(8))
    assert os.listdir(folder) == ["backup.json"]
