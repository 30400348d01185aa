"""How busy the processors are, and with what."""

from checks.system.source import System
from checkwright import BadUsage, Check, Metrics, gauge, option, uses
from checkwright.sources.statefile import StateFile


class Cpu(Check):
    """Shares of processor time since the last run: all the time in between, not a moment.

    The first run has nothing to compare with and watches for one second. Time
    spent waiting for disks (iowait) is not busy. Steal is time that a virtual
    machine was owed and not given: on EC2, credits have run out or a neighbour
    is loud.
    """

    thread_safe = True

    system = uses(System)
    memory = uses(StateFile)

    over: float | None = option(
        "Time to watch now, instead of since the last run", default=None, unit="s", example="5s"
    )

    busy = gauge("Busy", "%", warn=85, crit=95)
    iowait = gauge("Waiting for disks", "%", warn=20, crit=40)
    steal = gauge("Stolen", "%", warn=10, crit=25)
    user = gauge("In programs", "%")
    kernel = gauge("In the kernel", "%")

    def probe(self) -> Metrics:
        grown = self.memory.growth(self.system.cpu, self.over)
        yield self.busy(grown.percent("busy", of="total"))
        yield self.iowait(grown.percent("iowait", of="total"))
        yield self.steal(grown.percent("steal", of="total"))
        yield self.user(grown.percent("user", of="total"))
        yield self.kernel(grown.percent("system", of="total"))

    def validate(self) -> None:
        if self.over is not None and self.over < 0.1:
            raise BadUsage("--over is a duration, 100ms or more")
