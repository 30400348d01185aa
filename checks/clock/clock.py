"""Synchronisation and offset of this machine's clock."""

from checks.clock.source import Clock as ClockSource
from checks.clock.source import ClockState
from checkwright import UNLIMITED, BadUsage, Check, Metrics, gauge, option, uses, verdict


class Clock(Check):
    """Synchronization of this machine's clock, and its offset.

    By default the check asks the kernel: chrony, ntpd and systemd-timesyncd all maintain its state, any user may read
    it, and no network is needed. `error` is the maximum error of the clock. It grows while the clock is not
    synchronized, and at 16 s the kernel declares the clock unsynchronized. `drift` is the frequency correction in parts
    per million: 100 is 8.6 s a day without synchronization.

    `--server HOST` queries a time server by SNTP and reports the offset. A server that is not synchronized itself still
    answers with an offset, so it is rejected as CRITICAL. `--chrony` asks the local chronyd. chronyc prints "offset
    0.000" with exit status 0 while it is not synchronized, so the check reads the leap status. A chronyd or a server
    that does not answer is CRITICAL.

    Defaults: `offset` 0.1/1 s, because databases order events by milliseconds, and tokens and certificates fail at
    seconds; `error` 1/16 s; `stratum` 5/10, because nobody intends a longer chain to a reference clock. `drift` has no
    limit: each crystal has its own, and a correction of 50 is as good as one of 5. The check does not report that some
    of chronyd's servers are unreachable: if all are, `error` grows.

    No account is needed. A container uses the clock of its host: watch the host, or use `--no-kernel --server`.

    Tested with chrony 4.3, as server and through chronyc.
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
