"""Memory that programs can still get."""

from checks.system.source import System
from checkwright import Check, Metrics, gauge, option, uses


class Memory(Check):
    """Memory in use, measured against what is available and not against what is free.

    Linux fills free memory with copies of files and gives it back on demand, so
    little of it is free on a healthy machine. Swap is a check of its own.
    """

    thread_safe = True

    system = uses(System)

    cgroup: bool = option("Measure this container's limit where it is lower than the machine's memory", default=False)

    used = gauge("Used memory", "%", warn=85, crit=95)
    available = gauge("Available memory", "B")

    def probe(self) -> Metrics:
        memory = self.system.memory(cgroup=self.cgroup)
        yield self.used(memory.percent)
        yield self.available(memory.available, max=memory.total)
