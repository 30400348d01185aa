"""What the container or service that we run in may use, by the limits of its control groups (version 1 and 2).

A group is held by the limits of all groups above it too, so each is read up to the
top of what can be seen from here; a container sees no further than itself.
"""

import os

from checkwright.sources import procfs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_TOP = "/sys/fs/cgroup"


def cpu_quota(root: str = "") -> float | None:
    """How many CPUs' time this group may use, such as 1.5; None without a limit."""
    quotas = []
    for version, folder in _folders(root, "cpu"):
        if version == 2:
            words = (procfs.optional_text(f"{folder}/cpu.max") or "max").split()
            quota, period = words[0], words[-1]
        else:
            quota = procfs.optional_text(f"{folder}/cpu.cfs_quota_us") or "max"
            period = (procfs.optional_text(f"{folder}/cpu.cfs_period_us") or "") if quota.isdigit() else ""
        if quota.isdigit() and period.isdigit() and int(quota) and int(period):
            quotas.append(int(quota) / int(period))
    return min(quotas, default=None)


def memory(root: str = "") -> tuple[int, int] | None:
    """The limit that is nearest to being reached, and what of it is in use without what can be given back: bytes.

    None without a limit.
    """
    found = []
    for version, folder in _folders(root, "memory"):
        names = ("memory.max", "memory.current", "inactive_file")
        if version == 1:
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        limit, used = (procfs.optional_text(f"{folder}/{name}") or "max" for name in names[:2])
        if limit.isdigit() and used.isdigit() and int(limit):
            reclaimable = procfs.table(f"{folder}/memory.stat").get(names[2], 0)
            found.append((int(limit), max(0, int(used) - reclaimable)))
    return min(found, key=lambda pair: pair[0] - pair[1], default=None)


def _folders(root: str, controller: str) -> "Iterator[tuple[int, str]]":
    """Version and folder of each group that holds us in `controller`, from our own upwards."""
    for line in (procfs.optional_text(f"{root}/proc/self/cgroup") or "").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        version, top = (1, f"{root}{_TOP}/{controller}") if controllers else (2, f"{root}{_TOP}")
        while True:
            yield version, top + path.rstrip("/")  # which may not be there: a container sees less than its own path
            if path in ("/", ""):
                break
            path = os.path.dirname(path)
