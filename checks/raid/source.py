"""State of the software RAID of Linux, from /proc/mdstat."""

from checkwright.sources import CannotTell, Source, doing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_FILE = "/proc/mdstat"


class RaidArray:
    """One array.

    active: it runs. disks, working: disks that it should have and that work, None for a level without redundancy.
    failed, spares: number of disks. action: resync, recovery, reshape, check, repair, pending or "". progress: percent
    of the action.
    """

    __slots__ = ("action", "active", "disks", "failed", "level", "name", "progress", "spares", "working")

    def __init__(
        self,
        name: str,
        *,
        active: bool = True,
        level: str = "",
        disks: int | None = None,
        working: int | None = None,
        failed: int = 0,
        spares: int = 0,
        action: str = "",
        progress: float | None = None,
    ) -> None:
        self.name = name
        self.active = active
        self.level = level
        self.disks = disks
        self.working = working
        self.failed = failed
        self.spares = spares
        self.action = action
        self.progress = progress


class Raid(Source):
    """Arrays of this machine."""

    def arrays(self) -> list[RaidArray]:
        """Return the arrays, sorted by name. Raises CannotTell on a machine without the md driver."""
        doing(_FILE)
        try:
            with open(_FILE, encoding="utf-8", errors="replace") as file:
                return parse(file.read().split("\n"))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise CannotTell(f"cannot read {_FILE}: {error.strerror}") from None


def parse(lines: "Sequence[str]") -> list[RaidArray]:
    """Return the arrays in the lines of /proc/mdstat, sorted by name."""
    found: list[RaidArray] = []
    for line in lines:
        name, colon, rest = line.partition(" : ")
        if colon and not line.startswith((" ", "Personalities", "unused")):
            found.append(_array(name.strip(), rest.split()))
        elif found and line.startswith(" "):
            _add(found[-1], line)
            if _is_container(line):
                found.pop()
    return sorted(found, key=lambda array: array.name)


def _is_container(line: str) -> bool:
    """Return True for a set of disks of a BIOS (`super external:imsm`), always inactive. Its arrays show a path."""
    _, mark, metadata = line.partition("super external:")
    return bool(mark) and not metadata.startswith(("/", "-"))


def _array(name: str, words: list[str]) -> RaidArray:
    """Parse `active raid1 sda1[0] sdb1[1](F)` and `inactive sdh1[1](S)`."""
    active = words[:1] == ["active"]
    rest = [word for word in words[1:] if not word.startswith("(")]  # (auto-read-only)
    level = rest[0] if rest and "[" not in rest[0] else ""
    disks = [word for word in rest if "[" in word]
    failed = sum("(F)" in word for word in disks)
    return RaidArray(name, active=active, level=level, failed=failed, spares=sum("(S)" in word for word in disks))


def _add(array: RaidArray, line: str) -> None:
    """Add the facts of a line below an array: `[2/1] [U_]`, and `recovery = 12.6%` or `resync=PENDING`."""
    import re

    if counts := re.search(r"\[(\d+)/(\d+)\]", line):
        array.disks, array.working = int(counts[1]), int(counts[2])
    if action := re.search(r"\b(resync|recovery|reshape|check|repair)\s*=\s*(\S+)", line):
        share = action[2].rstrip("%")
        waits = share in ("PENDING", "DELAYED", "REMOTE")
        array.action = "pending" if waits else action[1]
        array.progress = None if waits or not share.replace(".", "", 1).isdecimal() else float(share)
