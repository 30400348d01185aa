"""Role of this machine in a VRRP pair, from its virtual addresses."""

from checks.keepalived.source import Machine, normalized
from checkwright import BadUsage, Check, Duration, Literal, Metrics, gauge, option, uses, verdict
from checkwright.sources.statefile import StateFile


class Keepalived(Check):
    """Virtual addresses on this machine, their changes, and the daemon that manages them.

    The machine that has a virtual address is the master for it. A daemon that does not run is CRITICAL: nothing fails
    over, or two machines hold the address. With `--role master`, on the machine that should hold the addresses in
    normal times, an address that is elsewhere is a WARNING: the other machine serves the traffic, and the pair has no
    redundancy. `--role backup` is the reverse. Without `--role`, both are OK.

    `changes` counts in `--over` how often an address appeared or disappeared: a pair that cannot agree moves it back
    and forth, which breaks connections each time. Changes between two runs of this check are invisible.

    One machine cannot see that an address is on both machines or on neither: watch the address itself from elsewhere,
    with `http`, `tcp_port` or `ping`.

    No account is needed: any user may read addresses and processes. If /proc is mounted with `hidepid`, the result is
    UNKNOWN. `--daemon` is the name of another program, such as `vrrpd` or `ucarp`.

    Defaults: one change in 10 minutes is a failover, which `--role` reports; more than three mean that the pair cannot
    agree.

    Tested with addresses that come and go in a network namespace, and with keepalived 2.2.7 as a daemon without an
    instance. Not tested: VRRP itself, which needs a network.
    """

    thread_safe = True

    machine = uses(Machine)
    memory = uses(StateFile)

    addresses: tuple[str, ...] = option("Virtual address", flags="-a --address", example="10.0.0.5")
    role: Literal["any", "master", "backup"] = option("Role of this machine in normal times", default="any")
    daemon: str = option("Program name of the daemon", default="keepalived")
    over: Duration = option("Time that a change counts", default=600.0, unit="s")

    running = verdict("Daemon", ok=["running"])
    state = verdict(
        "Address", ok=["here", "elsewhere"], warn=["here, but this is the backup", "elsewhere, but this is the master"]
    )
    changes = gauge("Changes", warn=1, crit=3, min=0, missing="ok")
    held = gauge("Addresses here", min=0)

    def validate(self) -> None:
        for address in self.addresses:
            if not normalized(address):
                raise BadUsage(f"--address: {address!r} is no IPv4 or IPv6 address")
        if not self.daemon.strip():
            raise BadUsage("--daemon is empty: give the name of a program")
        if self.over <= 0:
            raise BadUsage("--over is a duration above 0")

    def known_items(self) -> tuple[str, ...] | None:
        return self.addresses

    def probe(self) -> Metrics:
        here = self.machine.addresses()
        held = {address: normalized(address) in here for address in self.addresses}
        for address, is_here in held.items():
            word = "here" if is_here else "elsewhere"
            expected = self.role == "any" or (self.role == "master") == is_here
            yield self.state(word if expected else f"{word}, but this is the {self.role}", of=address)
        yield self.held(sum(held.values()))
        runs = self.machine.runs(self.daemon)
        yield self.running("running" if runs else "not running", hint="" if runs else self.daemon)
        # Last, so that the addresses are reported even where memory cannot be kept.
        for address, changes in self.memory.within(self._changes(held), self.over, "changes").items():
            yield self.changes(changes, of=address)

    def _changes(self, held: dict[str, bool]) -> dict[str, float]:
        """Return how often each address has come or gone since the first run."""
        before = self.memory.recall("held")
        known = {} if before is None else before.data
        counts: dict[str, float] = {}
        kept: dict[str, list[int]] = {}
        for address, is_here in held.items():
            was = known.get(address)
            here, count = was if isinstance(was, list) and len(was) == 2 else (int(is_here), 0)
            counts[address] = (count if isinstance(count, int) else 0) + (here != int(is_here))
            kept[address] = [int(is_here), int(counts[address])]
        self.memory.exchange(kept, "held")
        return counts
