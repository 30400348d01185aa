"""Limits of the control groups (versions 1 and 2) that this container or service runs in.

The limits of all groups above apply too, so each group is read up to the top of the visible
tree. A container sees no further than itself.
"""

import os

from checkwright.sources import procfs
from checkwright.sources.numbers import natural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_TOP = "/sys/fs/cgroup"


def cpu_quota(root: str = "") -> float | None:
    """Return the number of CPUs that this group may use, such as 1.5; None without a limit."""
    quotas = []
    for version, folder in _folders(root, "cpu"):
        if version == 2:
            words = (procfs.optional_text(f"{folder}/cpu.max") or "max").split()
            quota, period = words[0], words[-1]
        else:
            quota = procfs.optional_text(f"{folder}/cpu.cfs_quota_us") or "max"
            period = (procfs.optional_text(f"{folder}/cpu.cfs_period_us") or "") if quota.isdecimal() else ""
        microseconds, of = natural(quota), natural(period)
        if microseconds and of:
            quotas.append(microseconds / of)
    return min(quotas, default=None)


def memory(root: str = "") -> tuple[int, int] | None:
    """Return the limit with the least memory left, and its use without reclaimable memory, in bytes.

    None without a limit.
    """
    found = []
    for version, folder in _folders(root, "memory"):
        names = ("memory.max", "memory.current", "inactive_file")
        if version == 1:
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        limit, used = (natural(procfs.optional_text(f"{folder}/{name}") or "max") for name in names[:2])
        if limit and used is not None:
            reclaimable = procfs.table(f"{folder}/memory.stat").get(names[2], 0)
            found.append((limit, max(0, used - reclaimable)))
    return min(found, key=lambda pair: pair[0] - pair[1], default=None)


def _folders(root: str, controller: str) -> "Iterator[tuple[int, str]]":
    """Yield version and folder of each group of this process for `controller`, from its own group upwards."""
    for line in (procfs.optional_text(f"{root}/proc/self/cgroup") or "").splitlines():
        _, _, rest = line.partition(":")
        controllers, colon, path = rest.partition(":")
        if not colon:
            continue
        if controllers and controller not in controllers.split(","):
            continue
        path = "/" + path.strip("/")
        version, top = (1, f"{root}{_TOP}/{controller}") if controllers else (2, f"{root}{_TOP}")
        while True:
            yield version, top + path.rstrip("/")  # may be missing: a container does not see its whole path
            if path in ("/", ""):
                break
            path = os.path.dirname(path)
