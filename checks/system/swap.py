"""Swap space, and how much is moved in and out of it."""

from checks.system.source import System
from checkwright import Check, Metrics, gauge, uses, verdict
from checkwright.sources.statefile import StateFile


class Swap(Check):
    """Swap in use, and pages per second moved since the last run.

    Full swap that nothing touches is harmless; pages that keep moving in both
    directions are a machine that is short of memory. A machine without any
    swap is OK and says so.
    """

    thread_safe = True

    system = uses(System)
    memory = uses(StateFile)

    setup = verdict("Swap", ok=["not configured"])
    used = gauge("Used swap", "%", warn=50, crit=80, missing="ok")
    pages_in = gauge("Read back", "pages/s", min=0)
    pages_out = gauge("Written out", "pages/s", min=0)

    def probe(self) -> Metrics:
        swap = self.system.swap()
        if not swap.total:
            yield self.setup("not configured")
        yield self.used(swap.percent)
        grown = self.memory.growth(self._moved)
        yield self.pages_in(grown.rate("in"))
        yield self.pages_out(grown.rate("out"))

    def _moved(self) -> dict[str, float]:
        swap = self.system.swap()
        return {"in": swap.pages_in, "out": swap.pages_out}
