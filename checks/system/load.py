"""Load average per CPU."""

from checks.system.source import System
from checkwright import Check, Metrics, gauge, option, uses


class Load(Check):
    """Average number of running or waiting processes per CPU. Above 1, some wait for a CPU or a disk.

    The load is divided by the number of CPUs of the machine, or of the container if the load average is the
    container's, so that one limit fits all machines. The default limits apply to five minutes: one minute is noisy,
    fifteen minutes are late.
    """

    thread_safe = True

    system = uses(System)

    total: bool = option("Report the load of the machine, not the load per CPU", default=False)

    load5 = gauge("Load over 5 min", warn=2, crit=4, min=0)
    load1 = gauge("Load over 1 min", min=0)
    load15 = gauge("Load over 15 min", min=0)

    def probe(self) -> Metrics:
        share = 1 if self.total else self.system.load_cpus()
        one, five, fifteen = self.system.load()
        yield self.load5(round(five / share, 3))
        yield self.load1(round(one / share, 3))
        yield self.load15(round(fifteen / share, 3))
