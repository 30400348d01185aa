"""Processors: the number that may be used, and their time by kind of work."""

import os

from checkwright.core.errors import CannotTell
from checkwright.sources import cgroups, procfs
from checkwright.sources.numbers import natural

_COLUMNS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")


def usable(root: str = "") -> float:
    """Return the number of CPUs that this machine or container may use, by affinity and control group quota."""
    count = float(len(os.sched_getaffinity(0)))
    quota = cgroups.cpu_quota(root)
    return count if quota is None else min(count, quota)


def online() -> float:
    """Return the number of CPUs of this machine."""
    return float(os.sysconf("SC_NPROCESSORS_ONLN"))


def times(root: str = "") -> dict[str, float]:
    """Return seconds since boot over all CPUs: user, system, idle, iowait, steal.

    user includes niced programs and guests, system includes interrupts. Raises CannotTell.
    """
    path = f"{root}/proc/stat"
    words = procfs.text(path).partition("\n")[0].split()
    ticks = [number for word in words[1:] if (number := natural(word)) is not None]
    if len(ticks) < max(len(_COLUMNS), len(words) - 1) or words[0] != "cpu":
        raise CannotTell(f"{path} does not begin with the times of all CPUs")
    second = os.sysconf("SC_CLK_TCK")
    at = {name: number / second for name, number in zip(_COLUMNS, ticks, strict=False)}
    return {
        "user": at["user"] + at["nice"],
        "system": at["system"] + at["irq"] + at["softirq"],
        "idle": at["idle"],
        "iowait": at["iowait"],
        "steal": at["steal"],
    }
