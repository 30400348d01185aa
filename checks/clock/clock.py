"""Synchronisation and offset of this machine's clock."""

from checks.clock.source import Clock as ClockSource
from checks.clock.source import ClockState
from checkwright import UNLIMITED, BadUsage, Check, Metrics, gauge, option, uses, verdict


class Clock(Check):
    """Synchronisation of the clock of this machine, and its offset.

    By default the kernel reports: chrony, ntpd and systemd-timesyncd all keep its state, any user may
    read it, and it needs no network. `error` is the most that the clock may be wrong. It grows while
    nobody synchronises the clock, and at 16 s the kernel calls the clock unsynchronised. `drift` is the
    correction of the clock's speed in millionths: 100 is 8.6 s a day without synchronisation.

    `--server HOST` asks a time server by SNTP and reports the offset. A server that is itself not
    synchronised answers with an offset too, so it is refused: CRITICAL. `--chrony` asks the chronyd of
    this machine; chronyc prints "offset 0.000" with exit status 0 while it is not synchronised, so the
    leap status is read. A chronyd or a server that does not answer is CRITICAL.

    Defaults, with their reasons: `offset` 0.1/1 s, since databases order by milliseconds, and tokens
    and certificates fail at seconds; `error` 1/16 s; `stratum` 5/10, since a longer chain to a
    reference clock is a configuration nobody meant. `drift` has none: the quartz of each machine has
    its own, and a correction of 50 is as good as one of 5. That some of chronyd's servers cannot be
    reached is not reported: without any, `error` grows, and one that fails is a matter of its host.

    No account is needed. The clock of a container is that of its host: watch the host, or use
    `--no-kernel --server`.

    Run against chrony 4.3, as server and by chronyc.
    """

    clock = uses(ClockSource)

    servers: tuple[str, ...] = option(
        "Time server to compare with, HOST[:PORT]", flags="-s --server", default=(), example="ntp1.example.com"
    )
    chrony: bool = option("Ask the chronyd of this machine", default=False)
    chrony_port: int = option("Command port of chronyd", default=323)
    kernel: bool = option("Leave out the kernel's own state", default=True)

    synced = verdict("Clock", ok=["synchronised"])
    offset = gauge("Offset", "s", warn="-0.1:0.1", crit="-1:1", min=-UNLIMITED, optional=True)
    error = gauge("Maximum error", "s", warn=1, crit=16, optional=True)
    stratum = gauge("Stratum", warn=5, crit=10, min=0, optional=True)
    drift = gauge("Drift in ppm", min=None, optional=True)

    def validate(self) -> None:
        if not 1 <= self.chrony_port <= 65_535:
            raise BadUsage(f"--chrony-port: {self.chrony_port} is not a port: use 1 to 65535")
        if "" in self.servers:
            raise BadUsage("--server is empty: give HOST[:PORT]")
        if not (self.kernel or self.chrony or self.servers):
            raise BadUsage("--no-kernel needs --server or --chrony")

    def probe(self) -> Metrics:
        local = [*(["kernel"] if self.kernel else []), *(["chrony"] if self.chrony else [])]
        for name, state in self.each([*local, *self.servers], self._state):
            yield self.synced("synchronised" if state.synchronised else "not synchronised", of=name)
            if state.synchronised:
                if state.offset is not None:
                    yield self.offset(round(state.offset, 6), of=name)
                if state.error is not None:
                    yield self.error(round(state.error, 6), of=name)
                if state.stratum is not None:
                    yield self.stratum(state.stratum, of=name)
                if state.drift is not None:
                    yield self.drift(round(state.drift, 3), of=name)

    def known_items(self) -> tuple[str, ...]:
        return ("kernel", "chrony", *self.servers)

    def _state(self, name: str) -> ClockState:
        if name == "kernel":
            return self.clock.kernel()
        return self.clock.chrony(self.chrony_port) if name == "chrony" else self.clock.server(name)
