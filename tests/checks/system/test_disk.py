"""Check disk against a fake machine."""

import pytest

from checks.system._mounts import Mount, Usage
from checks.system.disk import Disk
from checks.system.fake import FakeSystem
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.sample import Sample, no_limits

GIB = 1024**3
WORLD = FakeSystem(
    disks={
        "/": Usage(42, 7, used=42 * GIB, free=58 * GIB),
        "/srv": Usage(85, 12, used=850 * GIB, free=150 * GIB),
        "/mail": Usage(31, 97, used=31 * GIB, free=69 * GIB),
        "/media": Usage(10, used=10 * GIB, free=90 * GIB, writable=False),
        "/nfs": CannotTell("/nfs did not answer within 5.0 s: it may be stuck"),
    },
    mounts=[
        Mount("/", device="8:1"),
        Mount("/srv", "xfs", device="8:2"),
        Mount("/var/lib/docker", device="8:1", subtree="/var/lib/docker"),
        Mount("/snap/core", "squashfs", device="7:0"),
        Mount("/proc", "proc", device="0:4"),
    ],
)

CASES = {
    "the root by default": ("", "OK"),
    "room everywhere": ("-p /", "OK"),
    "filling up": ("-p / -p /srv", "WARNING"),
    "out of inodes, space looks free": ("-p /mail", "CRITICAL"),
    "not mounted": ("-p /gone", "UNKNOWN"),
    "one full, one not mounted": ("-p /gone -p /mail", "CRITICAL"),
    "one stuck, the others measured": ("-p /nfs -p / -p /srv", "UNKNOWN"),
    "a limit for one": ("-p / -p /srv --space-warning /srv=95", "OK"),
    "everything once": ("--all", "WARNING"),
    "everything but": ("--all --exclude '/s*'", "OK"),
    "named mount point wins over the exclusion": ("--all --exclude '/s*' -p /srv", "WARNING"),
    "one type": ("--all --type xfs", "WARNING"),
    "bytes kept free": ("-p / --min-free 10000000000", "OK"),
    "a size kept free": ("-p / --min-free 10G", "OK"),
    "fewer bytes than must stay free": ("-p / --min-free 100000000000", "CRITICAL"),
    "writable": ("-p / --writable", "OK"),
    "read-only": ("-p /media --writable", "CRITICAL"),
    "read-only on purpose": ("-p /media", "OK"),
    "no filesystem left": ("--all --type nfs4", "UNKNOWN"),
    "exclude without all": ("--exclude /srv", "UNKNOWN"),
    "less than nothing free": ("--min-free -5", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_disk(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Disk, command_line, WORLD)
    assert outcome.state == state
    golden(outcome)


def test_path_that_is_given_twice_is_measured_once() -> None:
    outcome = run(Disk, "-p / -p /", WORLD)
    assert [reading.label for reading in outcome.readings] == ["space:/", "inodes:/", "used:/", "free:/"]


SAMPLE = Sample("--path / " + no_limits("space", "inodes", "used"))
