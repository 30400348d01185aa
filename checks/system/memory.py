"""Used and available memory."""

from checks.system.source import System
from checkwright import Check, Metrics, gauge, option, uses


class Memory(Check):
    """Memory in use, computed from the available memory and not from the free memory.

    Linux fills free memory with copies of files and gives it back on demand, so little
    memory is free on a healthy machine. For swap there is the check `swap`.
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
