"""Programs that run or wait to run."""

from checks.system.source import System
from checkwright import Check, Metrics, gauge, option, uses


class Load(Check):
    """The load average, per CPU: above 1, programs wait for a processor or for a disk.

    A machine with more processors carries more load, so the load is divided by
    the CPUs that this machine or container may use. The thresholds sit on the
    five minutes: one minute is noise, and after fifteen somebody has called.
    """

    thread_safe = True

    system = uses(System)

    total: bool = option("Measure the load itself, not the load per CPU", default=False)

    load5 = gauge("Load over 5 min", warn=2, crit=4, min=0)
    load1 = gauge("Load over 1 min", min=0)
    load15 = gauge("Load over 15 min", min=0)

    def probe(self) -> Metrics:
        share = 1 if self.total else self.system.cpus()
        one, five, fifteen = self.system.load()
        yield self.load5(round(five / share, 3))
        yield self.load1(round(one / share, 3))
        yield self.load15(round(fifteen / share, 3))
