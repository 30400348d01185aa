"""CPU usage by kind of work."""

from checks.system.source import System
from checkwright import BadUsage, Check, Metrics, OptionalDuration, gauge, option, uses
from checkwright.sources.statefile import StateFile

#: Seconds of processor time in a second: more than any machine has CPUs.
_FASTEST = 10_000.0


class Cpu(Check):
    """CPU usage since the last run, so that no peak in between is missed.

    The first run has no previous values and measures for one second. Time spent waiting for disks (iowait) is not busy.
    Steal is time that the hypervisor gave to others: on EC2, CPU credits are exhausted or a neighbor is busy. Some
    kernels let a single counter, such as iowait or steal, jump; such a jump is ignored.
    """

    thread_safe = True

    system = uses(System)
    memory = uses(StateFile)

    over: OptionalDuration = option(
        "Time to measure now, instead of since the last run", default=None, unit="s", example="5s"
    )

    busy = gauge("Busy", "%", warn=85, crit=95)
    iowait = gauge("Waiting for disks", "%", warn=20, crit=40)
    steal = gauge("Steal", "%", warn=10, crit=25)
    user = gauge("User", "%")
    kernel = gauge("System", "%")

    def probe(self) -> Metrics:
        delta = self.memory.delta(self.system.cpu, self.over, fastest=_FASTEST)
        spent = {name: delta.of(name) for name in ("user", "system", "idle", "iowait", "steal")}
        total = sum(seconds for seconds in spent.values() if seconds is not None)

        def share(*names: str) -> float | None:
            parts = [spent[name] for name in names]
            return round(100 * sum(part for part in parts if part) / total, 2) if total and None not in parts else None

        yield self.busy(share("user", "system", "steal"))
        yield self.iowait(share("iowait"))
        yield self.steal(share("steal"))
        yield self.user(share("user"))
        yield self.kernel(share("system"))

    def validate(self) -> None:
        if self.over is not None and self.over < 0.1:
            raise BadUsage("--over is a duration, 100ms or more")
