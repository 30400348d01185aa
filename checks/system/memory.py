"""Used and available memory."""

from checks.system.source import System
from checkwright import Check, Metrics, gauge, option, uses


class Memory(Check):
    """Memory in use, computed from the available memory rather than the free memory.

    Linux fills free memory with cached files and releases it on demand, so a healthy machine has little free memory.
    The check `swap` watches swap.
    """

    thread_safe = True

    system = uses(System)

    cgroup: bool = option("Use the limit of this container where it is below the memory of the machine", default=False)

    used = gauge("Used memory", "%", warn=85, crit=95)
    available = gauge("Available memory", "B")

    def probe(self) -> Metrics:
        memory = self.system.memory(cgroup=self.cgroup)
        yield self.used(memory.percent)
        yield self.available(memory.available, max=memory.total)
