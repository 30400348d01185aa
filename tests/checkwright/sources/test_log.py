"""Log: every kind of rotation, half lines, bounds, and logs that cannot be read."""

import gzip
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from checkwright.core.errors import CannotTell
from checkwright.sources import log as log_module
from checkwright.sources.log import Log
from checkwright.testing.fakes import FakeStateFile


class Reader:
    """A log with the position of the last run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position: object = None
        self.reading = Log().read(str(path), None)
        self.run()

    def run(self, **words: int) -> list[str]:
        self.reading = Log().read(str(self.path), self.position, **words)  # type: ignore[arg-type]
        found = b"".join(self.reading.blocks).decode().splitlines()
        self.position = self.reading.position
        return found


def lines(first: int, last: int) -> list[str]:
    return [f"line {number} of the log, long enough for its checksum to be its own" for number in range(first, last)]


def append(path: Path, first: int, last: int) -> None:
    with path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines(first, last))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    append(path, 0, 50)
    return path


def rename(path: Path) -> None:
    path.rename(f"{path}.1")
    path.touch()


def rename_with_a_date(path: Path) -> None:
    path.rename(path.with_name("access.log-20261129"))
    path.touch()


def rename_before_the_ending(path: Path) -> None:
    path.rename(path.with_name("access-2026-11-29.log"))
    path.touch()


def copytruncate(path: Path) -> None:
    shutil.copy(path, f"{path}.1")
    os.truncate(path, 0)


def compress(path: Path) -> None:
    with gzip.open(f"{path}.1.gz", "wb") as file:
        file.write(path.read_bytes())
    path.unlink()
    path.touch()


def rename_twice(path: Path) -> None:
    path.rename(f"{path}.2")
    os.utime(f"{path}.2", ns=(1_000, 1_000))
    append(path, 60, 70)
    path.rename(f"{path}.1")
    path.touch()


def rename_and_give_the_inode_to_the_next(path: Path) -> None:
    """Do what ext4 does: the next file gets the inode of the one that was removed."""
    with gzip.open(f"{path}.1.gz", "wb") as file:
        file.write(path.read_bytes())
    os.truncate(path, 0)


ROTATIONS: dict[str, Callable[[Path], None]] = {
    "rename": rename,
    "rename with a date": rename_with_a_date,
    "rename before the ending": rename_before_the_ending,
    "copytruncate": copytruncate,
    "compressed": compress,
    "the inode is used again": rename_and_give_the_inode_to_the_next,
}


@pytest.mark.parametrize("rotate", ROTATIONS.values(), ids=ROTATIONS)
@pytest.mark.parametrize("more", [0, 3, 500], ids=["empty", "shorter", "longer"])
def test_rotation_loses_and_repeats_nothing(log: Path, rotate: Callable[[Path], None], more: int) -> None:
    reader = Reader(log)
    assert reader.run() == []
    append(log, 50, 60)
    rotate(log)
    append(log, 60, 60 + more)
    assert reader.run() == lines(50, 60 + more)
    assert not reader.reading.lost
    append(log, 60 + more, 70 + more)
    assert reader.run() == lines(60 + more, 70 + more)
    assert reader.run() == []


def test_two_rotations_between_two_runs(log: Path) -> None:
    reader = Reader(log)
    append(log, 50, 60)
    rename_twice(log)
    append(log, 70, 75)
    assert reader.run() == lines(50, 75)
    assert reader.run() == []


def test_writer_goes_on_with_the_renamed_file(log: Path) -> None:
    reader = Reader(log)
    with log.open("a") as old:
        rename(log)
        assert reader.run() == []
        old.writelines(f"{line}\n" for line in lines(50, 53))
        old.flush()
        append(log, 60, 62)
        assert reader.run() == lines(50, 53) + lines(60, 62)
        old.write(lines(53, 54)[0] + "\n")
        old.flush()
        assert reader.run() == lines(53, 54)
    assert reader.run() == []
    assert len(reader.position["files"]) == 1  # type: ignore[index]


def test_first_run_begins_at_the_end(log: Path) -> None:
    reader = Reader(log)
    assert reader.reading.first
    append(log, 50, 51)
    assert reader.run() == lines(50, 51)
    assert not reader.reading.first


def test_half_a_line_waits(log: Path) -> None:
    with log.open("a") as file:
        file.write("begun ")
        file.flush()
        reader = Reader(log)
        assert reader.run() == []
        file.write("and more ")
        file.flush()
        assert reader.run() == []
        file.write("and ended\nnext ")
        file.flush()
        assert reader.run() == ["begun and more and ended"]
        file.write("one\n")
    assert reader.run() == ["next one"]


def test_half_a_line_is_read_once_its_file_is_rotated_for_good(log: Path) -> None:
    reader = Reader(log)
    with log.open("a") as file:
        file.write("without a newline")
    rename(log)
    append(log, 60, 61)
    assert reader.run() == lines(60, 61)
    assert reader.run() == ["without a newline"]
    assert reader.run() == []


def test_cut_off_without_a_copy_is_reported(log: Path) -> None:
    reader = Reader(log)
    os.truncate(log, 0)
    append(log, 60, 200)
    assert reader.run() == lines(60, 200)
    assert reader.reading.lost


def test_removed_log_is_reported_once_it_is_back(log: Path) -> None:
    reader = Reader(log)
    log.unlink()
    with pytest.raises(CannotTell, match=r"cannot read the log .*access\.log: No such file"):
        reader.run()
    append(log, 60, 61)
    assert reader.run() == lines(60, 61)
    assert reader.reading.lost


def test_run_between_copy_and_truncate(log: Path) -> None:
    reader = Reader(log)
    append(log, 50, 55)
    shutil.copy(log, f"{log}.1")
    assert reader.run() == lines(50, 55)
    os.truncate(log, 0)
    append(log, 60, 400)
    assert reader.run() == lines(60, 400)
    assert not reader.reading.lost


def test_only_a_compressed_file_with_the_same_beginning_is_unpacked(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2, 30):
        with gzip.open(f"{log}.{number}.gz", "wt") as file:
            file.writelines(f"{line}\n" for line in lines(1_000 * number, 1_000 * number + 90))
    reader = Reader(log)
    append(log, 50, 55)
    compress(log)
    append(log, 55, 60)
    unpacked: list[str] = []
    real = log_module._tail

    def noted(file: IO[bytes], at: int, end: float = float("inf")) -> int:
        if isinstance(file, gzip.GzipFile):
            unpacked.append(os.path.basename(str(file.fileobj.name)))
        return real(file, at, end)

    monkeypatch.setattr(log_module, "_tail", noted)
    assert reader.run() == lines(50, 60)
    assert {*unpacked} == {"access.log.1.gz"}


def test_compressed_file_that_takes_too_long_is_reported(log: Path) -> None:
    """The run goes on with the log itself, and the next one has its position there."""
    append(log, 50, 30_000)
    reader = Reader(log)
    append(log, 30_000, 30_010)
    with gzip.open(f"{log}.1.gz", "wb") as file:
        file.write(log.read_bytes())
    log.unlink()
    append(log, 40_000, 40_010)
    reading = Log().read(str(log), reader.position)  # type: ignore[arg-type]
    reading._end = 0.0
    assert [*reading.blocks] == []
    assert reading.lost
    assert reading.slow == f"{log}.1.gz"
    assert reading.loss == f"{log}.1.gz takes too long to unpack"
    reader.position = reading.position
    assert reader.run() == lines(40_000, 40_010)
    assert not reader.reading.lost


def test_log_that_was_empty(tmp_path: Path) -> None:
    log = tmp_path / "new.log"
    log.touch()
    reader = Reader(log)
    append(log, 0, 3)
    rename(log)
    append(log, 3, 5)
    assert reader.run() == lines(0, 5)


def test_too_many_bytes_skip_the_oldest(log: Path) -> None:
    reader = Reader(log)
    append(log, 50, 150)
    size = len(lines(50, 51)[0]) + 1
    found = reader.run(most=10 * size)
    assert found == lines(150 - len(found), 150)
    assert 8 <= len(found) <= 10
    assert reader.reading.skipped >= 89 * size
    append(log, 150, 151)
    assert reader.run() == lines(150, 151)
    assert reader.reading.skipped == 0


def test_reading_stops_in_time_and_goes_on(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "BLOCK", 1_000)
    reader = Reader(log)
    append(log, 50, 250)
    reader.reading = Log().read(str(log), reader.position)  # type: ignore[arg-type]
    found = []
    for block in reader.reading.blocks:
        found += block.decode().splitlines()
        reader.reading._end = 0.0
        break
    else:
        raise AssertionError("no block")
    reading = Log().read(str(log), reader.position)  # type: ignore[arg-type]
    reading._end = 0.0
    assert list(reading.blocks) == []
    assert reading.left > 10_000
    reader.position = reading.position
    assert reader.run() == lines(50, 250)


def test_endless_line_is_bounded(log: Path) -> None:
    reader = Reader(log)
    with log.open("a") as file:
        file.write("x" * 3_500_000 + "\nafter\n")
    found = reader.run()
    assert [len(line) for line in found] == [1_000, 5]


def test_damaged_position_begins_at_the_end(log: Path) -> None:
    for position in ({"files": "x"}, {"files": [{"ino": "a"}]}, {"other": 1}):
        reading = Log().read(str(log), position)
        assert list(reading.blocks) == []
        assert reading.first


def test_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CannotTell, match="is not a file"):
        list(Log().read(str(tmp_path / "pipe"), None).blocks)
    with pytest.raises(CannotTell, match="not a full path"):
        list(Log().read("access.log", None).blocks)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
@pytest.mark.parametrize(
    ("folder_mode", "log_mode", "reason"),
    [
        (
            0o755,
            0o640,
            r"nobody cannot read the log .*: add it to the group adm \(usermod -aG adm nobody\) and restart",
        ),
        (0o750, 0o644, r"since it may not enter .*/logs: add it to the group adm"),
        (0o755, 0o600, r"its group adm has no right to it either \(chmod g\+r .*access\.log\)"),
    ],
)
def test_unreadable_log_names_the_group_to_join(
    folder_mode: int, log_mode: int, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import grp
    import tempfile

    adm = grp.getgrnam("adm").gr_gid
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        folder = Path(place) / "logs"
        folder.mkdir()
        log = folder / "access.log"
        log.touch()
        os.chown(folder, 0, adm)
        os.chown(log, 0, adm)
        folder.chmod(folder_mode)
        log.chmod(log_mode)
        groups = os.getgroups()
        os.setgroups([])
        os.setegid(65_534)
        os.seteuid(65_534)
        try:
            with pytest.raises(CannotTell, match=reason):
                list(Log().read(str(log), None).blocks)
        finally:
            os.seteuid(0)
            os.setegid(0)
            os.setgroups(groups)


def test_lines_remember_their_position(log: Path) -> None:
    memory = FakeStateFile()
    assert list(Log().lines(str(log), memory)) == []
    with log.open("ab") as file:
        file.write(b"one\r\ntwo \xff\n")
    unused = Log().lines(str(log), memory)
    assert next(unused) == "one"  # a run that fails after its first line
    assert list(Log().lines(str(log), memory)) == ["one", "two \\xff"]
    assert list(Log().lines(str(log), memory)) == []


def test_matches_count_for_a_while(log: Path) -> None:
    memory = FakeStateFile(seconds=60)
    patterns = {"errors": r"\berror\b", "sevens": "7$"}

    def run(*new: str) -> dict[str, int]:
        with log.open("a") as file:
            file.writelines(f"{line}\n" for line in new)
        return Log().matches(str(log), patterns, 150, memory)

    assert run("error before the first run") == {"errors": 0, "sevens": 0}
    assert run("an error 7", "no errors", "7") == {"errors": 1, "sevens": 2}
    assert run("error") == {"errors": 2, "sevens": 2}
    assert run() == {"errors": 2, "sevens": 2}
    assert run() == {"errors": 1, "sevens": 0}
    assert run() == {"errors": 0, "sevens": 0}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
@pytest.mark.parametrize("place", ["the log", "a rotated file", "a link to a link"])
def test_root_reads_through_a_link_only_what_its_owner_owns(log: Path, place: str) -> None:
    """The user of an application may write the folder of its log, and must not choose what root reads."""
    secret, folder = log.parent / "secret", log.parent / "app"
    shutil.copy(log, secret)
    folder.mkdir()
    own = folder / "app.log"
    append(own, 0, 30)
    reader = Reader(own)
    append(own, 30, 50)
    own.rename(folder / "app.log.1")
    if place == "a rotated file":
        (folder / "app.log.1").unlink()
        (folder / "app.log.1").symlink_to(secret)
        own.touch()
    elif place == "a link to a link":
        (folder / "between").symlink_to(secret)
        own.symlink_to("between")
    else:
        own.symlink_to(secret)
    for path in (folder, *folder.iterdir()):
        os.lchown(path, 65_534, 65_534)
    if place == "a rotated file":
        assert reader.run() == []
        assert reader.reading.lost
    else:
        with pytest.raises(CannotTell, match="a symbolic link of another user leads to it"):
            reader.run()
    os.chown(secret, 65_534, 65_534)
    assert reader.run() == lines(30, 50) or place == "a rotated file"
