"""Files of this machine: names, patterns, ages and sizes."""

import os
import time
from pathlib import Path

import pytest

from checks.system.file_age import FileAge
from checks.system.source import System
from checkwright.core.errors import CannotTell
from checkwright.testing import run
from tests.support.nagios import scratch


def put(path: Path, *, age: float = 0, size: int = 3) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def test_unreadable_match_is_listed_with_its_problem(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    seen, loop = System().files(f"{tmp_path}/*")
    assert (seen.path, seen.size, seen.problem) == (f"{tmp_path}/a", 1, "")
    assert (loop.path, loop.problem) == (f"{tmp_path}/loop", "Too many levels of symbolic links")
    with pytest.raises(CannotTell, match=f"cannot read {tmp_path}/loop: Too many levels of symbolic links"):
        System().age(loop)


def test_file_has_age_and_size(tmp_path: Path) -> None:
    path = put(tmp_path / "one", age=500, size=42)
    (file,) = System().files(str(path))
    assert (file.path, file.size) == (str(path), 42)
    assert 499 < System().age(file) < 560


def test_pattern_returns_files_and_no_folders(tmp_path: Path) -> None:
    put(tmp_path / "b.dump")
    put(tmp_path / "a.dump")
    put(tmp_path / "deep/c.dump")
    (tmp_path / "folder.dump").mkdir()
    names = [os.path.basename(file.path) for file in System().files(f"{tmp_path}/*.dump")]
    assert names == ["a.dump", "b.dump"]
    names = [os.path.basename(file.path) for file in System().files(f"{tmp_path}/**/*.dump")]
    assert names == ["a.dump", "b.dump", "c.dump"]


def test_folder_is_found_by_its_name(tmp_path: Path) -> None:
    assert [file.path for file in System().files(str(tmp_path))] == [str(tmp_path)]


def test_existing_name_wins_over_a_pattern(tmp_path: Path) -> None:
    path = put(tmp_path / "log[1]")
    put(tmp_path / "log1")
    assert [file.path for file in System().files(str(path))] == [str(path)]


def test_no_match_is_an_empty_list(tmp_path: Path) -> None:
    assert System().files(f"{tmp_path}/none") == []
    assert System().files(f"{tmp_path}/none*") == []
    assert System().files(f"{put(tmp_path / 'file')}/below") == []


def test_relative_path_is_refused() -> None:
    with pytest.raises(CannotTell, match="'etc/passwd' is not a full path, which begins with /"):
        System().files("etc/passwd")


def test_unreadable_file_is_reported(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(CannotTell, match=f"cannot read {loop}: Too many levels of symbolic links"):
        System().files(str(loop))


def as_another_user(pattern: str) -> str:
    """Return the summary of file_age in a child that runs as a user without rights, or the error that it raises."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setuid(64999)
            text = run(FileAge, ["-f", pattern, "--absent-ok"], System()).summary
        except BaseException as error:
            text = repr(error)
        os.write(writing, text.encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        text = pipe.read().decode()
    os.waitpid(child, 0)
    return text


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() != 0, reason="only root may become another user")
def test_unreadable_folder_is_not_empty() -> None:
    with scratch() as home:
        put(home / "closed" / "mon.dump")
        put(home / "closed" / "below" / "mon.dump")
        put(home / "open" / "mon.dump")
        (home / "closed").chmod(0o700)
        (home / "open").chmod(0o755)
        patterns: tuple[str, ...] = ("closed/*.dump", "closed/*/*.dump", "*/*.dump", "**/*.dump", "**")
        # A name behind a pattern cannot be looked up there either, whether it is a folder or a file.
        patterns += ("*/below/*.dump", "c*/below/mon.dump", "*/mon.dump", "**/below/*.dump", "*/absent/*/x")
        for pattern in (f"{home}/{pattern}" for pattern in patterns):
            summary = as_another_user(pattern)
            assert summary == f"{pattern}: cannot look into {home}/closed: Permission denied"


def test_link_to_a_folder_above_does_not_repeat_its_files(tmp_path: Path) -> None:
    put(tmp_path / "a" / "mon.dump")
    put(tmp_path / "a" / "b" / "tue.dump")
    put(tmp_path / "a" / ".hidden" / "wed.dump")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a")
    names = [file.path.removeprefix(f"{tmp_path}/") for file in System().files(f"{tmp_path}/**/*.dump")]
    assert names == ["a/b/tue.dump", "a/mon.dump"]


def test_file_from_the_future_is_reported_beyond_a_small_difference(tmp_path: Path) -> None:
    (file,) = System().files(str(put(tmp_path / "soon", age=-600)))
    with pytest.raises(CannotTell, match=r"soon was changed \d+ s from now: one of the clocks is wrong"):
        System().age(file)
    (file,) = System().files(str(put(tmp_path / "now", age=-1)))
    assert System().age(file) == 0


def test_check_on_real_files(tmp_path: Path) -> None:
    put(tmp_path / "mon.dump", age=90_000)
    put(tmp_path / "tue.dump", age=600)
    assert run(FileAge, f"-f '{tmp_path}/*.dump' --newest -c 86400", System()).state == "OK"
    assert run(FileAge, f"-f '{tmp_path}/*.dump' -c 86400", System()).state == "CRITICAL"
