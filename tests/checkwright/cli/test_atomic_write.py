"""Atomic writes of files and folders."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkwright.cli.atomic_write import (
    MARKER,
    WriteError,
    add_files,
    compare_folder,
    write_file,
    write_files,
    write_folder,
)

FILES = {"main.cfg": "one\n", "nagios/hosts.cfg": "two\n"}


def content_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MARKER
    }


def siblings(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.parent.iterdir() if path != folder)


def test_folder_that_does_not_exist_is_made(tmp_path: Path) -> None:
    written = write_folder(tmp_path / "new/out", FILES)
    assert content_of(tmp_path / "new/out") == FILES
    assert str(written) == "2 new"
    assert siblings(tmp_path / "new/out") == []


def test_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write_folder(tmp_path / "out", FILES)
    assert content_of(tmp_path / "out") == FILES


def test_same_content_touches_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, FILES)
    before = os.stat(out / "main.cfg")
    assert str(write_folder(out, FILES)) == "2 unchanged"
    after = os.stat(out / "main.cfg")
    # Reading it may change the time of its last access.
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )


def test_changes_are_reported_and_old_files_removed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, FILES)
    expected = {"main.cfg": "other\n", "new.cfg": "three\n"}
    assert str(compare_folder(out, expected)) == "1 new, 1 changed, 1 removed"
    assert content_of(out) == FILES
    write_folder(out, expected)
    assert content_of(out) == expected
    assert siblings(out) == []


def test_folder_of_another_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs.cfg").write_text("precious\n", encoding="utf-8")
    with pytest.raises(WriteError, match="was not made by checkctl and is not empty"):
        write_folder(tmp_path, FILES)
    assert content_of(tmp_path) == {"theirs.cfg": "precious\n"}


def test_folder_of_another_program_is_not_searched_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(folder: Path, **_: object) -> Iterator[tuple[str, list[str], list[str]]]:
        yield str(folder), [], ["first"]
        raise AssertionError("searched on")

    monkeypatch.setattr(os, "walk", endless)
    with pytest.raises(WriteError, match="was not made by checkctl"):
        write_folder(tmp_path, {"a": "b"})


def test_marker_that_is_not_text_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".checkwright").write_bytes(b"\xff")
    with pytest.raises(WriteError, match=r"its \.checkwright is not text in UTF-8"):
        write_folder(tmp_path, {"a": "b"})


def test_foreign_file_in_a_written_folder_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, FILES)
    (out / "local.cfg").write_text("precious\n", encoding="utf-8")
    with pytest.raises(WriteError, match=r"contains local\.cfg, which checkctl did not write"):
        write_folder(out, {"main.cfg": "other\n"})
    assert content_of(out) == {**FILES, "local.cfg": "precious\n"}


def test_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("file\n", encoding="utf-8")
    with pytest.raises(WriteError, match="it exists and is not a folder"):
        write_folder(tmp_path / "out", FILES)


def test_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    write_folder(out, FILES)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match=f"cannot write {out}: No space left on device; nothing was changed"):
        write_folder(out, {"main.cfg": "other\n"})
    with pytest.raises(WriteError, match="No space left on device"):
        write_file(tmp_path / "plan.json", "{}\n")
    assert content_of(out) == FILES
    assert siblings(out) == []


def test_full_disk_is_noticed_with_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"{number}.cfg": "a\n" for number in range(200)}
    sync, calls = os.fsync, 0

    def full_at_last(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == len(many):
            raise OSError(28, "No space left on device")
        sync(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full_at_last)
        with pytest.raises(WriteError, match="No space left on device; nothing was changed"):
            write_folder(tmp_path / "out", many)
    assert siblings(tmp_path / "out") == []
    assert not (tmp_path / "out").exists()
    write_folder(tmp_path / "out", many)
    assert content_of(tmp_path / "out") == many


def test_failed_rename_brings_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    write_folder(out, FILES)
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if target == out and ".old." not in self.name:
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(WriteError, match="Input/output error"):
        write_folder(out, {"main.cfg": "other\n"})
    assert content_of(out) == FILES
    assert siblings(out) == []


def test_path_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(WriteError, match="file is not a folder; nothing was changed"):
        write_folder(tmp_path / "file/out", FILES)
    with pytest.raises(WriteError, match="file is not a folder; nothing was changed"):
        write_file(tmp_path / "file/plan.json", "{}\n")


def test_link_is_followed_and_kept(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write_folder(tmp_path / "link", FILES)
    assert (tmp_path / "link").is_symlink()
    assert content_of(tmp_path / "real") == FILES


def test_modes_follow_the_umask_and_are_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    mask = os.umask(0o027)
    try:
        write_folder(out, FILES)
        write_file(tmp_path / "plan.json", "{}\n")
    finally:
        os.umask(mask)
    assert stat.S_IMODE(out.stat().st_mode) == 0o750
    assert stat.S_IMODE((out / "main.cfg").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "plan.json").stat().st_mode) == 0o640
    out.chmod(0o700)
    write_folder(out, {"main.cfg": "other\n"})
    assert stat.S_IMODE(out.stat().st_mode) == 0o700


def test_path_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="leads out"):
        write_folder(tmp_path / "out", {"../escaped.cfg": ""})
    assert list(tmp_path.iterdir()) == []


def test_file_is_written_if_its_content_differs(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    assert write_file(path, "{}\n")
    assert not write_file(path, "{}\n")
    assert write_file(path, "[]\n")
    assert path.read_text(encoding="utf-8") == "[]\n"
    with pytest.raises(WriteError, match="it exists and is not a file"):
        write_file(tmp_path, "{}\n")


def test_pipe_or_device_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reading, writing = os.pipe()
    for path in (tmp_path / "pipe", Path(f"/dev/fd/{writing}")):
        with pytest.raises(WriteError, match="it exists and is not a file"):
            write_file(path, "{}\n")
    os.close(reading)
    os.close(writing)


def test_files_are_written_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new, last = tmp_path / "old.csv", tmp_path / "new.csv", tmp_path / "last.csv"
    old.write_text("old\n")
    old.chmod(0o640)
    replace = Path.replace

    def fail_at_last(self: Path, target: Path) -> Path:
        if target == last:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    files = {old: "changed\n", new: "new\n", last: "last\n"}
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fail_at_last)
        with pytest.raises(WriteError, match=f"cannot write {last}: No space left on device; nothing was changed"):
            write_files(files)
    assert {path.name for path in tmp_path.iterdir()} == {"old.csv"}
    assert (old.read_text(), old.stat().st_mode & 0o777) == ("old\n", 0o640)
    last.mkdir()
    with pytest.raises(WriteError, match="it exists and is not a file"):
        write_files(files)
    assert {path.name for path in tmp_path.iterdir()} == {"old.csv", "last.csv"}
    last.rmdir()
    assert write_files(files)
    assert {path: path.read_text() for path in tmp_path.iterdir()} == files
    assert not write_files(files)


def test_added_files_never_replace_others(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("mine\n", encoding="utf-8")
    with pytest.raises(WriteError, match=r"b\.py exists already; nothing was changed"):
        add_files(tmp_path, {"a.py": "new\n", "b.py": "new\n"})
    assert content_of(tmp_path) == {"b.py": "mine\n"}


@pytest.mark.parametrize("kind", ["link", "file", "folder"])
def test_place_that_another_user_prepared_is_refused(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder for everybody, such as /tmp, root would write where a link leads, with the mode of the old file."""
    shared, victim = tmp_path / "shared", tmp_path / "victim"
    shared.mkdir()
    shared.chmod(0o1777)
    victim.mkdir()
    place = shared / "out"
    if kind == "link":
        place.symlink_to(victim)
    elif kind == "file":
        place.write_text("old")
    else:
        place.mkdir(0o777)
    real = os.lstat

    def of_another_user(path: os.PathLike[str]) -> os.stat_result:
        found = real(path)
        return os.stat_result((*found[:4], found.st_uid + 1, *found[5:])) if Path(path) == place else found

    monkeypatch.setattr("checkwright.cli.atomic_write.os.lstat", of_another_user)
    for write in (
        lambda: write_file(place, "new"),
        lambda: write_file(place / "page.html", "new"),
        lambda: write_folder(place, FILES),
        lambda: write_folder(place / "below", FILES),
    ):
        with pytest.raises(WriteError, match=r"shared/out belongs to another user, in a folder where everybody may"):
            write()
    monkeypatch.undo()
    assert list(victim.iterdir()) == []
    if kind == "file":
        assert place.read_text() == "old"


def test_own_place_in_a_folder_for_everybody_is_written(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    write_folder(shared / "out", FILES)
    write_folder(shared / "out", {"a": "new"})
    write_file(shared / "page.html", "one")
    assert write_file(shared / "page.html", "two")
