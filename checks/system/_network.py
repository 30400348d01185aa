"""Network interfaces: state, speed and counters."""

import os

from checkwright.core.errors import CannotTell
from checkwright.sources import procfs
from checkwright.sources.numbers import natural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: Interfaces that containers, bridges and traffic control make, and the loopback.
VIRTUAL = ("lo", "veth*", "docker*", "br-*", "virbr*", "ifb*", "cni*", "cali*", "flannel*", "dummy*", "nerdctl*")
_IFF_UP = 0x1
#: Digits in the counters of one interface.
_MOST_DIGITS = 1_000


class Interface:
    """One network interface.

    state: the kernel's word, such as up, down, unknown. speed: bytes per second of the link, None if it has none,
    as on most virtual machines. changes: counter of link changes. enabled: an administrator switched it on.
    received, sent, packets, errors, dropped: counters since boot, packets of both directions.
    slaves: state of each interface of a bond.
    """

    __slots__ = (
        "changes", "dropped", "enabled", "errors", "name", "packets", "received", "sent", "slaves", "speed", "state",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        *,
        received: int = 0,
        sent: int = 0,
        packets: int = 0,
        errors: int = 0,
        dropped: int = 0,
        state: str = "up",
        speed: float | None = None,
        changes: int = 1,
        enabled: bool = True,
        slaves: "dict[str, str] | None" = None,
    ) -> None:
        self.name = name
        self.received = received
        self.sent = sent
        self.packets = packets
        self.errors = errors
        self.dropped = dropped
        self.state = state
        self.speed = speed
        self.changes = changes
        self.enabled = enabled
        self.slaves = slaves or {}

    def __str__(self) -> str:
        return self.name


def interfaces(root: str = "", patterns: "Sequence[str]" = ()) -> list[Interface]:
    """Return the interfaces of this machine or container that `choose` chooses. Raises CannotTell."""
    path = f"{root}/proc/net/dev"
    found = parse(procfs.text(path), path)
    for one in found:
        one.slaves = _slaves(one.name, root)
        if _may_be_chosen(one.name, patterns):  # reading the state of an interface takes longer than all counters
            _add_state(one, root)
    return choose(found, patterns)


def parse(text: str, path: str = "/proc/net/dev") -> list[Interface]:
    """Parse the counters of /proc/net/dev; states and speeds are elsewhere. Raises CannotTell."""
    found = []
    for line in text.splitlines()[2:]:
        name, colon, rest = line.rpartition(":")
        words = rest.split()
        digits = "".join(words)
        if not (colon and len(words) >= 16 and digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
            raise CannotTell(f"{path} has a line that is no interface: {line[:80]!r}")
        counts = [int(word) for word in words]
        found.append(
            Interface(
                name.strip(),
                received=counts[0],
                sent=counts[8],
                packets=counts[1] + counts[9],
                errors=counts[2] + counts[10],
                dropped=counts[3] + counts[11],
            )
        )
    return found


def choose(found: "Sequence[Interface]", patterns: "Sequence[str]") -> list[Interface]:
    """Return the interfaces that match a pattern; without patterns, those that carry traffic of this machine.

    Left out then: loopback and virtual interfaces, interfaces of a bond (it is measured itself), those that are
    switched off, and a port that has had no link since boot: nothing is plugged in.
    """
    if patterns:
        return [one for one in found if _may_be_chosen(one.name, patterns)]
    bonded = {slave for one in found for slave in one.slaves}
    return [
        one
        for one in found
        if one.enabled
        and one.name not in bonded
        and not (one.state == "down" and one.changes <= 1)
        and _may_be_chosen(one.name, patterns)
    ]


def _may_be_chosen(name: str, patterns: "Sequence[str]") -> bool:
    from fnmatch import fnmatchcase

    return any(fnmatchcase(name, pattern) for pattern in patterns or VIRTUAL) == bool(patterns)


def _add_state(interface: Interface, root: str) -> None:
    folder = f"{root}/sys/class/net/{interface.name}"
    interface.state = procfs.optional_text(f"{folder}/operstate") or "unknown"
    speed = natural(procfs.optional_text(f"{folder}/speed") or "")
    interface.speed = speed * 1e6 / 8 if speed else None
    interface.changes = natural(procfs.optional_text(f"{folder}/carrier_changes") or "") or 0
    flags = procfs.optional_text(f"{folder}/flags")
    try:
        interface.enabled = flags is None or bool(int(flags, 16) & _IFF_UP)
    except ValueError:
        interface.enabled = True


def _slaves(name: str, root: str) -> dict[str, str]:
    """Return the state of each interface of a bond, {} for any other interface."""
    folder = f"{root}/sys/class/net"
    if not os.path.isdir(f"{folder}/{name}/bonding"):
        return {}
    slaves = (procfs.optional_text(f"{folder}/{name}/bonding/slaves") or "").split()
    return {slave: procfs.optional_text(f"{folder}/{slave}/bonding_slave/mii_status") or "unknown" for slave in slaves}
