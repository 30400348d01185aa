"""Links and traffic of network interfaces."""

from checks.system.source import System
from checkwright import BadUsage, CannotTell, Check, Duration, Metrics, gauge, option, uses, verdict
from checkwright.sources.statefile import StateFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checks.system._network import Interface

#: Fewest packets in the window that a share of errors is judged by.
_FEW = 1_000


class Network(Check):
    """State, traffic, errors and dropped packets of each network interface.

    Traffic is an average since the last run; the first run measures for one second. Errors, dropped packets and link
    changes count over a window, so that they persist for the attempts of a watch. A window with fewer than 1,000
    packets has no percentages. The kernel also counts packets of unknown protocols as dropped, so those are a WARNING
    at most.

    "Utilization" is the busier direction in percent of the link speed. Most virtual machines do not know it: give the
    bandwidth of the instance with --speed. The default is every interface that is enabled and has had a link since
    boot, except loopback, bridges and container interfaces; the interfaces of a bond count as the bond.
    """

    thread_safe = True

    system = uses(System)
    memory = uses(StateFile)

    interface: tuple[str, ...] = option(
        "Interface, or a pattern such as eth*", flags="-i --interface", default=(), example="eth0"
    )
    speed: float | None = option("Speed of the link in Mbit/s, where it does not report one", default=None)
    window: Duration = option(
        "Time for which errors, drops and link changes count", default=600.0, unit="s", example="30m"
    )

    link = verdict("Link", ok=["up", "unknown"], warn=["dormant", "testing"])
    bond = verdict("Bond", ok=["complete"], warn=["without redundancy", "degraded"])
    use = gauge("Utilization", "%", warn=80, crit=95, missing="ok")
    errors = gauge("Errors", "%", warn=0.1, crit=1, missing="ok")
    dropped = gauge("Dropped", "%", warn=0.1, missing="ok")
    flaps = gauge("Link changes", warn=1, crit=3, min=0, missing="ok")
    received = gauge("In", "B/s", min=0)
    sent = gauge("Out", "B/s", min=0)

    def probe(self) -> Metrics:
        interfaces = self._chosen()
        read = [interfaces]  # a second reading is a new one
        traffic = self.memory.delta(
            lambda: _traffic(read.pop() if read else self.system.interfaces(self.interface)), part="traffic"
        )
        counters = {f"{one}:{name}": value for one in interfaces for name, value in _events(one).items()}
        events = self.memory.within(counters, self.window, "events")
        for one in interfaces:
            yield self.link(one.state, of=one)
            if one.slaves:
                yield self.bond(_state_of_bond(one), of=one, hint=_without_link(one))
            received, sent = traffic.rate(f"{one}:received"), traffic.rate(f"{one}:sent")
            speed = one.speed if self.speed is None else self.speed * 1e6 / 8
            known = speed and received is not None and sent is not None
            use = round(min(100.0, 100 * max(received or 0, sent or 0) / speed), 2) if speed and known else None
            yield self.use(use, of=one)
            for make, name in ((self.errors, "errors"), (self.dropped, "dropped")):
                yield make(_share(events[f"{one}:{name}"], events[f"{one}:packets"]), of=one)
            yield self.flaps(events[f"{one}:changes"], of=one)
            yield self.received(received, of=one)
            yield self.sent(sent, of=one)

    def _chosen(self) -> "list[Interface]":
        if self.interface:  # two patterns may match one interface
            return list(
                {str(one): one for _, found in self.each(self.interface, self._named) for one in found}.values()
            )
        found = self.system.interfaces()
        if not found:
            raise CannotTell("no network interface is left to measure: name one with -i")
        return found

    def _named(self, pattern: str) -> "list[Interface]":
        found = self.system.interfaces([pattern])
        if not found:
            raise CannotTell(f"there is no interface {pattern}: `ip link` lists them")
        return found

    def known_items(self) -> tuple[str, ...] | None:
        wild = not self.interface or any(character in one for one in self.interface for character in "*?[")
        return None if wild else self.interface

    def validate(self) -> None:
        if self.speed is not None and self.speed <= 0:
            raise BadUsage("--speed is a number of Mbit/s above 0")
        if self.window <= 0:
            raise BadUsage("--window is a duration above 0")


def _traffic(interfaces: "list[Interface]") -> dict[str, float]:
    return {
        f"{one}:{name}": value for one in interfaces for name, value in (("received", one.received), ("sent", one.sent))
    }


def _events(interface: "Interface") -> dict[str, float]:
    return {
        "packets": interface.packets,
        "errors": interface.errors,
        "dropped": interface.dropped,
        "changes": interface.changes,
    }


def _without_link(bond: "Interface") -> str:
    lost = ", ".join(name for name, state in bond.slaves.items() if state != "up")
    return f"{lost} has no link" if lost else ""


def _state_of_bond(bond: "Interface") -> str:
    up = sum(state == "up" for state in bond.slaves.values())
    if up == len(bond.slaves):
        return "complete"
    return "down" if not up else "without redundancy" if up == 1 else "degraded"


def _share(part: float | None, packets: float | None) -> float | None:
    """Return a share of all packets in percent; None for a first run, and where there are few packets."""
    if part is None or packets is None or packets + part < _FEW:
        return None
    return round(100 * part / (packets + part), 3)
