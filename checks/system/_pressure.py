"""Pressure stall information: the share of time that programs wait for a resource."""

import os

from checkwright.core.errors import CannotTell
from checkwright.sources import procfs

#: Resources that the kernel reports, in the order of the check's gauges.
RESOURCES = ("cpu", "io", "memory")


class Pressure:
    """Stalls of one resource in percent of the time, as averages of the last minute.

    some: at least one program waited. full: all programs waited, so no work was done; None if the kernel has no
    such value, as for the CPU before Linux 5.13.
    """

    __slots__ = ("full", "some")

    def __init__(self, some: float, full: float | None = None) -> None:
        self.some = some
        self.full = full


def pressure(cgroup: str = "", root: str = "") -> dict[str, Pressure]:
    """Return the pressure of each resource, of the machine or of one control group. Raises CannotTell."""
    return {name: parse(procfs.text(path), path) for name, path in _paths(cgroup, root)}


def _paths(cgroup: str, root: str) -> list[tuple[str, str]]:
    if cgroup:
        folder = f"{root}/sys/fs/cgroup/{cgroup.strip('/')}"
        if not os.path.isdir(folder):
            raise CannotTell(f"there is no control group {folder}: `systemd-cgls` lists them")
        missing = "control groups of version 1, and Linux before 4.20, have no pressure"
        paths = [(name, f"{folder}/{name}.pressure") for name in RESOURCES]
    else:
        missing = "it needs Linux 4.20 or newer, and where the distribution switched it off, psi=1 on the kernel's line"
        paths = [(name, f"{root}/proc/pressure/{name}") for name in RESOURCES]
    if not os.path.exists(paths[0][1]):
        raise CannotTell(f"there is no {paths[0][1]}: {missing}")
    return paths


def parse(text: str, path: str) -> Pressure:
    """Parse one file, lines of `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`. Raises CannotTell."""
    found: dict[str, float] = {}
    try:
        for line in text.splitlines():
            kind, *words = line.split()
            found[kind] = float(dict(word.split("=", 1) for word in words)["avg60"])
        return Pressure(found["some"], found.get("full"))
    except (ValueError, KeyError):
        raise CannotTell(f"{path} is no pressure file of the kernel") from None
