"""Mounted filesystems of this machine and of planted mount tables."""

import os
import select
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from checks.system import _mounts
from checks.system._mounts import Mount
from checks.system.disk import Disk
from checks.system.source import System
from checkwright.core.errors import CannotTell
from checkwright.testing import run
from tests.support.clock import still_clock
from tests.support.current_run import current_run

ROOT = Path(__file__).parents[3]


def plant(root: Path, *lines: str) -> System:
    """Return a machine with these lines in its mount table."""
    table = root / "proc/self/mountinfo"
    table.parent.mkdir(parents=True)
    table.write_text("".join(f"{line}\n" for line in lines))
    return System(str(root))


def line(
    path: Path | str,
    kind: str = "ext4",
    *,
    device: str = "8:1",
    subtree: str = "/",
    options: str = "rw",
    mount_options: str = "",
    ids: str = "30 1",
    origin: str = "/dev/sda1",
) -> str:
    flags = mount_options or options
    return f"{ids} {device} {subtree} {path} {flags},relatime shared:1 - {kind} {origin} {options}"


def test_space_agrees_with_psutil() -> None:
    usage = System().disk("/")
    seen = psutil.disk_usage("/")
    assert usage.percent == pytest.approx(seen.percent, abs=1)
    assert usage.used == pytest.approx(seen.used, rel=0.05)
    assert usage.free == pytest.approx(seen.free, rel=0.05)
    assert 0 <= usage.inodes_percent <= 100


def test_mounts_agree_with_psutil() -> None:
    assert {mount.path for mount in _mounts.mounted()} == {part.mountpoint for part in psutil.disk_partitions(all=True)}


def test_each_filesystem_is_found_once(tmp_path: Path) -> None:
    system = plant(
        tmp_path,
        line("/"),
        line("/srv/chroot/data", device="8:2", subtree="/data"),
        line("/data", "xfs", device="8:2"),
        line("/etc/hosts", subtree="/docker/hosts"),
        line("/proc", "proc", device="0:4"),
        line("/sys/fs/cgroup", "tmpfs", device="0:5"),
        line("/snap/core", "squashfs", device="7:0"),
        line("/var/lib/docker/overlay2/1/merged", "overlay", device="0:60"),
        line("/home", "autofs", device="0:70"),
        line("/run", "tmpfs", device="0:22"),
        line("/boot", device="8:3"),
        line("/boot", "vfat", device="8:4"),
    )
    assert [(mount.path, mount.kind) for mount in system.filesystems()] == [
        ("/", "ext4"),
        ("/boot", "vfat"),
        ("/data", "xfs"),
        ("/run", "tmpfs"),
    ]
    assert [mount.path for mount in system.filesystems(["squashfs", "xfs"])] == ["/data", "/snap/core"]
    assert [mount.path for mount in system.filesystems(exclude=["/b*", "/run"])] == ["/", "/data"]


def test_overlay_of_a_container_is_its_root(tmp_path: Path) -> None:
    system = plant(tmp_path, line("/", "overlay", device="0:50"))
    assert [mount.path for mount in system.filesystems()] == ["/"]


def test_blanks_in_mount_points_are_decoded(tmp_path: Path) -> None:
    place = tmp_path / "two words"
    place.mkdir()
    system = plant(tmp_path / "root", line(str(place).replace(" ", "\\040")))
    assert system.filesystems()[0].path == str(place)
    assert system.disk(str(place)).percent > 0


def test_read_only_filesystem_is_not_writable(tmp_path: Path) -> None:
    assert plant(tmp_path, line("/", options="ro")).disk("/").writable is False


def test_link_to_a_mount_point_is_followed(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (tmp_path / "link").symlink_to(place)
    system = plant(tmp_path / "root", line(place))
    assert system.disk(f"{tmp_path}/link/").percent == system.disk(str(place)).percent


def test_changed_root_is_measured_without_a_mount(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_mounts, "_statvfs", lambda path: (4096, 1000, 600, 500, 100, 50))
    system = plant(tmp_path, line("/proc", "proc"))
    assert system.disk("/").percent == plant(tmp_path / "whole", line("/")).disk("/").percent
    assert system.disk("/").writable is True


REFUSED = {
    "nothing there": ("/no/such/place", "/no/such/place does not exist: there is no such mount point"),
    "no full path": ("srv", "'srv' is not a full path, which begins with /"),
    "an automount": ("/home", "/home is an automount point and nothing is mounted there now"),
    "below an automount": ("/home/me", "/home/me is not mounted now: /home mounts it on first use"),
    "no space at all": ("/proc", "/proc has no space to measure: it is a proc filesystem"),
}


@pytest.mark.parametrize(("path", "sentence"), REFUSED.values(), ids=REFUSED)
def test_path_that_cannot_be_measured_is_unknown(tmp_path: Path, path: str, sentence: str) -> None:
    system = plant(tmp_path, line("/"), line("/home", "autofs"), line("/proc", "proc"))
    with pytest.raises(CannotTell) as raised:
        system.disk(path)
    assert str(raised.value) == sentence


def test_empty_folder_is_a_mount_point_without_its_filesystem(tmp_path: Path) -> None:
    empty = tmp_path / "data"
    empty.mkdir()
    system = plant(tmp_path / "root", line("/"))
    with pytest.raises(CannotTell, match="data is not a mount point: nothing is mounted there"):
        system.disk(str(empty))
    (empty / "file").touch()
    assert system.disk(str(empty)).percent == system.disk("/").percent


def test_folder_of_fstab_without_its_filesystem_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(_mounts, "_in_fstab", lambda: {str(tmp_path)})
    with pytest.raises(CannotTell, match="is not a mount point"):
        plant(tmp_path / "root", line("/")).disk(str(tmp_path))


def test_device_means_its_filesystem(tmp_path: Path) -> None:
    system = plant(tmp_path, line("/"), line(tmp_path, device="8:2", origin="/dev/null"))
    assert system.disk("/dev/null").used == system.disk(str(tmp_path)).used


@pytest.mark.parametrize(
    "hidden",
    [
        line("/home", "tmpfs", device="0:22", subtree="/systemd/inaccessible/dir"),
        # /run is no mount of its own.
        line("/home", subtree="/run/systemd/inaccessible/dir"),
        # ProtectHome=tmpfs
        line("/home", "tmpfs", device="0:77", mount_options="ro"),
    ],
)
def test_mount_of_a_sandbox_is_unknown(tmp_path: Path, hidden: str) -> None:
    system = plant(tmp_path, line("/"), hidden)
    with pytest.raises(CannotTell, match=r"/home is hidden from this process by the sandbox of its unit"):
        system.disk("/home")
    assert [mount.path for mount in system.filesystems()] == ["/"]


def test_tmpfs_of_the_machine_is_measured(tmp_path: Path) -> None:
    mounts = [line("/home", "tmpfs", device="0:7"), line("/cache", "tmpfs", device="0:8", mount_options="ro")]
    assert [mount.path for mount in plant(tmp_path, line("/"), *mounts).filesystems()] == ["/", "/cache", "/home"]


def test_read_only_means_the_filesystem_and_not_its_mount(tmp_path: Path) -> None:
    assert plant(tmp_path, line("/", mount_options="ro")).disk("/").writable is True


def test_images_that_fuse_mounts_are_left_out(tmp_path: Path) -> None:
    kinds = (
        "fuse.snapfuse",
        "fuse.squashfuse_ll",
        "fuse.Editor-1.2.AppImage",
        "fuse.sshfs",
        "fuse.dwarfs",
        "fuse.erofsfuse",
    )
    mounts = (line(f"/m{number}", kind, device=f"0:{number}") for number, kind in enumerate(kinds))
    assert [mount.path for mount in plant(tmp_path, line("/"), *mounts).filesystems()] == ["/", "/m3"]


HIDDEN = {
    "below another mount": ([("20 1", "/"), ("21 20", "/x"), ("22 21", "/x/y"), ("23 21", "/x")], ["/", "/x"]),
    "under another mount": ([("20 1", "/"), ("21 20", "/x"), ("22 21", "/x")], ["/", "/x"]),
    "on top of another": ([("20 1", "/"), ("21 20", "/x"), ("22 21", "/x"), ("23 22", "/x/y")], ["/", "/x", "/x/y"]),
    "names that begin alike": ([("20 1", "/"), ("21 20", "/x"), ("22 20", "/xy")], ["/", "/x", "/xy"]),
    "a later root": ([("20 1", "/"), ("21 20", "/x"), ("30 20", "/"), ("31 30", "/y")], ["/", "/y"]),
}


@pytest.mark.parametrize(("table", "visible"), HIDDEN.values(), ids=HIDDEN)
def test_hidden_mounts_are_left_out(tmp_path: Path, table: list[tuple[str, str]], visible: list[str]) -> None:
    lines = [line(path, ids=ids, device=f"8:{number}") for number, (ids, path) in enumerate(table)]
    system = plant(tmp_path, *lines)
    assert [mount.path for mount in system.filesystems()] == visible


def test_all_leaves_out_what_this_user_may_not_enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def statvfs(path: str) -> os.statvfs_result:
        if path == "/srv/closed":
            raise PermissionError(13, os.strerror(13))
        return real(path)

    real = os.statvfs
    monkeypatch.setattr(os, "statvfs", statvfs)
    system = plant(tmp_path, line("/"), line("/srv/closed", "tmpfs", device="0:9"))
    everything, named = run(Disk, "--all", system), run(Disk, "--all -p /srv/closed", system)
    assert [reading.item for reading in everything.readings if reading.gauge == "space"] == ["/"]
    assert (named.state, named.lines[0].text) == ("UNKNOWN", "cannot read /srv/closed: Permission denied")


def test_missing_mount_table_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CannotTell, match=r"cannot read .*/proc/self/mountinfo: No such file or directory"):
        System(str(tmp_path)).disk("/")


def test_filesystem_without_fixed_inodes_uses_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_mounts, "_statvfs", lambda path: (4096, 1000, 600, 500, 0, 0))
    usage = plant(tmp_path, line("/", "btrfs")).disk("/")
    assert usage.inodes_percent == 0
    assert usage.percent == 44.44  # 400 of the 900 blocks that users can have
    assert (usage.used, usage.free) == (400 * 4096, 500 * 4096)


def test_stuck_filesystem_leaves_time_for_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def statvfs(path: str) -> tuple[int, int, int, int, int, int]:
        if path != "/":
            select.select([], [], [], 60)
        return 4096, 1000, 600, 600, 100, 50

    monkeypatch.setattr(_mounts, "_statvfs", statvfs)
    system = plant(tmp_path, line("/"), line("/dead1", "nfs4", device="0:80"), line("/dead2", "nfs4", device="0:81"))
    with still_clock():
        outcome = run(Disk, "-t 8 -p /dead1 -p /dead2 -p /", system)
    assert [text.text for text in outcome.lines[:2]] == [
        "/dead1 did not answer within 4.0 s: it may be stuck",
        "/dead2 did not answer within 2.0 s: it may be stuck",
    ]
    assert "space:/=40%;80;90;0;100" in outcome.perfdata
    assert "space:/dead1=U;80;90;0;100" in outcome.perfdata


@pytest.mark.parametrize(
    ("path", "lines", "by_child"),
    [
        ("/", [line("/")], False),
        ("/data", [line("/"), line("/data", "xfs")], False),
        ("/dev/shm", [line("/"), line("/dev", "devtmpfs"), line("/dev/shm", "tmpfs")], False),
        ("/", [line("/", "overlay", options="rw,lowerdir=/l,upperdir=/u,workdir=/w")], False),
        ("/", [line("/", "overlay", options="ro,lowerdir=/l1:/l2")], True),
        ("/", [line("/proc", "proc")], True),
        ("/boot/efi", [line("/"), line("/boot/efi", "vfat")], True),
        ("/srv", [line("/"), line("/srv", "nfs4")], True),
        ("/srv", [line("/"), line("/srv", "fuse.sshfs")], True),
        ("/srv", [line("/"), line("/srv", "some-new-kind")], True),
        ("/net/a/data", [line("/"), line("/net/a", "nfs"), line("/net/a/data", "ext4")], True),
        ("/net/ab", [line("/"), line("/net/a", "nfs"), line("/net/ab", "ext4")], False),
        ("/srv", [line("/"), line("/srv", "ext4"), line("/srv", "nfs4")], True),
        ("/srv", [line("/"), line("/srv", "nfs4"), line("/srv", "ext4")], False),
    ],
)
def test_only_filesystems_that_may_hang_need_a_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, lines: list[str], by_child: bool
) -> None:
    callers = []

    def run_in_child(read: Callable[[], tuple[int, ...]], _what: str) -> tuple[int, ...]:
        callers.append("a child")
        return read()

    monkeypatch.setattr(_mounts, "run_in_child", run_in_child)
    monkeypatch.setattr(_mounts, "_statvfs", lambda path: (4096, 1000, 600, 500, 100, 50))
    assert plant(tmp_path, *lines).disk(path).inodes_percent == 50
    assert bool(callers) == by_child


def test_unreadable_mount_point_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def statvfs(path: str) -> tuple[int, int, int, int, int, int]:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(_mounts, "_statvfs", statvfs)
    with current_run(), pytest.raises(CannotTell, match="cannot read /: Permission denied"):
        plant(tmp_path, line("/")).disk("/")


def test_shortest_mount_of_the_whole_filesystem_is_reported() -> None:
    found = _mounts.worth_watching(
        [
            Mount("/a", device="8:1", subtree="/part"),
            Mount("/deep/down", device="8:1"),
            Mount("/b", device="8:1"),
        ]
    )
    assert [mount.path for mount in found] == ["/b"]


def test_a_changed_table_is_read_again_and_an_equal_one_gives_equal_mounts(tmp_path: Path) -> None:
    table = tmp_path / "proc/self/mountinfo"
    table.parent.mkdir(parents=True)
    first = "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
    table.write_text(first)
    found = _mounts.mounted(str(tmp_path))
    assert [mount.path for mount in found] == ["/"]
    found.clear()  # the caller's list is its own
    assert [mount.path for mount in _mounts.mounted(str(tmp_path))] == ["/"]
    table.write_text(first + "22 21 8:2 / /srv rw - ext4 /dev/sdb1 rw\n")
    assert [mount.path for mount in _mounts.mounted(str(tmp_path))] == ["/", "/srv"]
    table.write_text(first)
    assert [mount.path for mount in _mounts.mounted(str(tmp_path))] == ["/"]


def test_mount_is_noticed_at_once_and_by_a_child_too(tmp_path: Path) -> None:
    script = """
import os, subprocess, sys
from checks.system import _mounts
place = sys.argv[1]
seen = [_mounts.is_mounted(place) for _ in range(3)]
subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)
if not (child := os.fork()):
    seen.append(_mounts.is_mounted(place))
    subprocess.run(["umount", place], check=True)
    os._exit(seen != [False] * 3 + [True] or _mounts.is_mounted(place))
seen.append(os.waitpid(child, 0)[1])
seen.append(_mounts.is_mounted(place))
subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)
print(*seen, _mounts.is_mounted(place))
"""
    words = ["unshare", "--mount", sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    if os.geteuid() != 0 or "unshare failed" in done.stderr:
        pytest.skip("only root can mount, in a mount namespace of its own")
    assert done.stdout == "False False False 0 False True\n", done.stderr


def test_threads_look_for_mounts_at_the_same_time() -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: _mounts.is_mounted("/proc"), range(2_000))) == {True}
