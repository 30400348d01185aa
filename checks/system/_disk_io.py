"""Disks: requests, bytes and waiting times of block devices."""

import os

from checkwright.core.errors import CannotTell
from checkwright.sources import procfs
from checkwright.sources.numbers import natural

#: Bytes of a sector in /proc/diskstats, whatever the disk's own are.
_SECTOR = 512
#: Columns of /proc/diskstats that every kernel since 2.6 has.
_COLUMNS = 14


def counters(root: str = "") -> dict[str, dict[str, float]]:
    """Return the counters since boot of each block device, by name. Raises CannotTell.

    requests: finished ones. read, written: bytes. waited: seconds of all requests together. busy: seconds with at
    least one request.
    """
    path = f"{root}/proc/diskstats"
    return parse(procfs.text(path), path)


def parse(text: str, path: str = "/proc/diskstats") -> dict[str, dict[str, float]]:
    """Parse /proc/diskstats, see `counters`. Raises CannotTell."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        counts = [number for word in words[3:] if (number := natural(word)) is not None]
        if len(words) < _COLUMNS or len(counts) < len(words) - 3:
            raise CannotTell(f"{path} has a line that is no statistics of a disk: {line[:80]!r}")
        reads, _, sectors_read, read_ms, writes, _, sectors_written, write_ms, _, busy_ms = counts[:10]
        found[words[2]] = {
            "requests": reads + writes,
            "read": sectors_read * _SECTOR,
            "written": sectors_written * _SECTOR,
            "waited": (read_ms + write_ms) / 1_000,
            "busy": busy_ms / 1_000,
        }
    return found


def real_disks(names: "list[str]", root: str = "") -> list[str]:
    """Return the devices with hardware behind them: no partitions, no loop, RAM, LVM, RAID or encryption devices.

    Their requests all reach a disk, which would be counted twice. A container without /sys has all that are no loop or
    RAM device.
    """
    top = f"{root}/sys/block"
    if not os.path.isdir(top):
        return [name for name in names if not name.startswith(("loop", "ram", "zram"))]
    return [name for name in names if os.path.exists(f"{top}/{name}/device")]


def kernel_name(disk: str) -> str:
    """Return the kernel's name of a disk: `sda` for /dev/sda, `dm-0` for /dev/mapper/vg-root."""
    return os.path.basename(os.path.realpath(disk)) if "/" in disk else disk
