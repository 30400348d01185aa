"""Memory and swap of this machine or container."""

from checkwright.core.errors import CannotTell
from checkwright.sources import cgroups, procfs


class Memory:
    """Memory in bytes. available: the memory that programs can still get without swapping."""

    __slots__ = ("available", "total")

    def __init__(self, total: int, available: int) -> None:
        self.total = total
        self.available = available

    @property
    def percent(self) -> float:
        """Used share of the total, 0 to 100."""
        return round(100 * (self.total - self.available) / self.total, 2)


class Swap:
    """Swap in bytes. pages_in, pages_out: counters since boot."""

    __slots__ = ("pages_in", "pages_out", "total", "used")

    def __init__(self, total: int, used: int, pages_in: int = 0, pages_out: int = 0) -> None:
        self.total = total
        self.used = used
        self.pages_in = pages_in
        self.pages_out = pages_out

    @property
    def percent(self) -> float | None:
        """Used share of the total, 0 to 100; None without any swap."""
        return round(100 * self.used / self.total, 2) if self.total else None


def machine(root: str = "") -> Memory:
    """Return the memory of the whole machine. Raises CannotTell."""
    table = _meminfo(root, "MemTotal", "MemAvailable")
    # lxcfs reports more available memory than there is.
    available = min(table["MemAvailable"], table["MemTotal"])
    return Memory(table["MemTotal"] * 1024, available * 1024)


def container(root: str = "") -> Memory:
    """Return the memory of our control group where its limit is below the machine's memory. Raises CannotTell."""
    whole = machine(root)
    held = cgroups.memory(root)
    if held is None or held[0] >= whole.total:
        return whole
    limit, used = held
    return Memory(limit, max(0, min(limit - used, whole.available)))


def swap(root: str = "") -> Swap:
    """Return the swap of the whole machine. Raises CannotTell."""
    table = _meminfo(root, "SwapTotal", "SwapFree")
    counted = procfs.table(f"{root}/proc/vmstat")
    total, free = table["SwapTotal"] * 1024, min(table["SwapFree"], table["SwapTotal"]) * 1024
    return Swap(total, total - free, counted.get("pswpin", 0), counted.get("pswpout", 0))


def _meminfo(root: str, *names: str) -> dict[str, int]:
    path = f"{root}/proc/meminfo"
    table = procfs.table(path)
    for name in names:
        if name not in table:
            raise CannotTell(f"{path} has no {name}: this needs Linux 3.14 or newer")
    if names[0] == "MemTotal" and not table["MemTotal"]:
        raise CannotTell(f"{path} reports no memory at all")
    return table
