"""Processor usage by kind of work."""

from checks.system.source import System
from checkwright import BadUsage, Check, Metrics, OptionalDuration, gauge, option, uses
from checkwright.sources.statefile import StateFile

#: Seconds that a counter of the kernel may go backwards: iowait does, see proc(5).
_SLACK = 10.0


class Cpu(Check):
    """Shares of processor time since the last run, so nothing in between is missed.

    The first run has nothing to compare with and measures for one second. Time spent
    waiting for disks (iowait) is not busy. Steal is time that the hypervisor gave to
    others: on EC2, credits have run out or a neighbour is busy.
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
        delta = self.memory.delta(self.system.cpu, self.over, slack=_SLACK)
        yield self.busy(delta.percent("busy", of="total"))
        yield self.iowait(delta.percent("iowait", of="total"))
        yield self.steal(delta.percent("steal", of="total"))
        yield self.user(delta.percent("user", of="total"))
        yield self.kernel(delta.percent("system", of="total"))

    def validate(self) -> None:
        if self.over is not None and self.over < 0.1:
            raise BadUsage("--over is a duration, 100ms or more")
