"""Folder of counts files: days, retention, and folders that cannot be written."""

import os
from pathlib import Path

import pytest

from checkwright.core.errors import CannotTell
from checkwright.latency import counts_file
from checkwright.latency.counts import Cell, Counts, Header, Slot
from checkwright.latency.counts_folder import CountsFolder, day_of

HEADER = Header("web-1", "storefront", "/var/log/nginx/access.log")
MIDNIGHT = 1_795_910_400
DAY = 86_400


def slot(start: int, times: dict[int, int] | None = None) -> Slot:
    made = Slot(start)
    made.cell("GET /", "2xx").add(Cell(times or {10: 1}))
    return made


def names(folder: Path) -> list[str]:
    return sorted(file.name.removeprefix("web-1.storefront.var_log_nginx_access.log.") for file in folder.iterdir())


def test_slots_go_to_the_files_of_their_days(tmp_path: Path) -> None:
    folder = CountsFolder(str(tmp_path))
    assert folder.append(HEADER, [slot(MIDNIGHT - 300), slot(MIDNIGHT)], 300) == ["2026-11-28", "2026-11-29"]
    assert folder.append(HEADER, [slot(MIDNIGHT + 300)], 300) == []
    assert names(tmp_path) == ["2026-11-28.counts.gz", "2026-11-29.counts.gz"]
    today = counts_file.read(str(tmp_path / counts_file.file_name(HEADER, day_of(MIDNIGHT))))
    assert sorted(today.slots) == [MIDNIGHT, MIDNIGHT + 300]


def test_packing_a_day_keeps_its_counts_and_saves_space(tmp_path: Path) -> None:
    folder = CountsFolder(str(tmp_path))
    for number in range(288):
        folder.append(HEADER, [slot(MIDNIGHT + number * 300, {12: 100 + number, 40: 3})], 300)
    (path,) = tmp_path.iterdir()
    size, before = path.stat().st_size, counts_file.read(str(path)).endpoints()
    folder.pack(HEADER, "2026-11-29")
    assert counts_file.read(str(path)).endpoints() == before
    assert path.stat().st_size < size / 5


def test_old_slots_become_hours_and_then_go(tmp_path: Path) -> None:
    folder = CountsFolder(str(tmp_path))
    for day in (-80, -20, -3, 0):
        folder.append(HEADER, [slot(MIDNIGHT + day * DAY + number * 300) for number in range(24)], 300)
    (tmp_path / "notes.txt").touch()
    foreign = counts_file.file_name(Header("web-2", "storefront", HEADER.log), "2020-01-01")
    (tmp_path / foreign).touch()
    now = MIDNIGHT + DAY / 2
    done = [folder.tidy(HEADER, now) for _ in range(4)]
    assert [bool(name) for name in done] == [True, True, False, False]
    assert names(tmp_path) == [*(f"2026-11-{day}.counts.gz" for day in ("09", 26, 29)), "notes.txt", foreign]
    found = {
        one: counts_file.read(str(tmp_path / counts_file.file_name(HEADER, one)))
        for one in ("2026-11-09", "2026-11-26")
    }
    assert {one: (counts.step, len(counts.slots), counts.requests) for one, counts in found.items()} == {
        "2026-11-09": (3_600, 2, 24),
        "2026-11-26": (300, 24, 24),
    }


def test_folder_that_cannot_be_written_names_the_remedy(tmp_path: Path) -> None:
    folder = CountsFolder(str(tmp_path / "missing"))
    with pytest.raises(CannotTell, match=r"cannot keep counts in .*missing: No such file .* install -d -o"):
        folder.append(HEADER, [slot(MIDNIGHT)], 300)
    with pytest.raises(CannotTell, match="cannot keep counts"):
        folder.tidy(HEADER, MIDNIGHT)


def test_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    folder = CountsFolder(str(tmp_path))
    folder.append(HEADER, [slot(MIDNIGHT)], 300)
    (path,) = tmp_path.iterdir()
    before = path.read_bytes()
    pid = os.fork()
    if pid == 0:  # a limit of the file's size stands in for a full disk
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, len(before) + 20))
        try:
            folder.append(HEADER, [slot(MIDNIGHT + 300)], 300)
        except CannotTell:
            os._exit(0)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert path.read_bytes() == before


def test_merge_of_days_is_the_whole(tmp_path: Path) -> None:
    folder = CountsFolder(str(tmp_path))
    folder.append(HEADER, [slot(MIDNIGHT + number * 43_200) for number in range(6)], 300)
    whole = Counts()
    for path in tmp_path.iterdir():
        whole.add(counts_file.read(str(path)))
    assert whole.requests == 6


def plant(kind: str, path: Path, target: Path) -> None:
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to(target)
    elif kind == "link to nothing":
        path.symlink_to(target.with_name("new"))
    else:
        path.hardlink_to(target)


@pytest.mark.parametrize("kind", ["link", "link to nothing", "second name", "pipe"])
def test_file_that_leads_elsewhere_gets_no_counts(tmp_path: Path, kind: str) -> None:
    """The folder may belong to nagios, while root runs the check."""
    target, place = tmp_path / "target", tmp_path / "latency"
    target.write_text("of somebody else")
    place.mkdir()
    plant(kind, place / counts_file.file_name(HEADER, "2026-11-29"), target)
    with pytest.raises(CannotTell, match="is not a regular file"):
        CountsFolder(str(place)).append(HEADER, [slot(MIDNIGHT)], 300)
    assert target.read_text() == "of somebody else"
    assert not target.with_name("new").exists()


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_old_file_that_leads_elsewhere_is_not_read(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "latency"
    place.mkdir()
    CountsFolder(str(tmp_path)).append(HEADER, [slot(MIDNIGHT)], 300)
    name = counts_file.file_name(HEADER, "2026-11-29")
    plant(kind, place / name, tmp_path / name)
    with pytest.raises(CannotTell, match="is not a regular file"):
        CountsFolder(str(place)).tidy(HEADER, MIDNIGHT + 20 * DAY)
    with pytest.raises(CannotTell, match="is not a regular file"):
        CountsFolder(str(place)).pack(HEADER, "2026-11-29")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_root_follows_no_link_of_another_user_to_the_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    place = tmp_path / "latency"
    place.symlink_to(tmp_path / "real")
    CountsFolder(str(place)).append(HEADER, [slot(MIDNIGHT)], 300)
    os.lchown(place, 65_534, 65_534)
    with pytest.raises(CannotTell, match="a symbolic link that somebody else can change"):
        CountsFolder(str(place)).append(HEADER, [slot(MIDNIGHT + 300)], 300)
