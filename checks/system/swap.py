"""Used swap, and pages swapped in and out."""

from checks.system.source import System
from checkwright import Check, Metrics, gauge, option, uses, verdict
from checkwright.sources.statefile import StateFile


class Swap(Check):
    """Used swap, and pages per second since the last run.

    Full swap that nobody touches is harmless. Pages that keep moving in both directions mean that the machine is short
    of memory. A machine without swap is OK with `not configured`, or CRITICAL with --required.
    """

    thread_safe = True

    system = uses(System)
    memory = uses(StateFile)

    required: bool = option("Report a machine without swap as CRITICAL", default=False)

    setup = verdict("Swap", ok=["not configured"])
    used = gauge("Used swap", "%", warn=50, crit=80, missing="ok")
    free = gauge("Free swap", "B", missing="ok")
    pages_in = gauge("Swap in", "pages/s", min=0)
    pages_out = gauge("Swap out", "pages/s", min=0)

    def probe(self) -> Metrics:
        swap = self.system.swap()
        if not swap.total:
            yield self.setup("missing" if self.required else "not configured")
        yield self.used(swap.percent)
        yield self.free(swap.total - swap.used if swap.total else None, max=swap.total)
        delta = self.memory.delta(self._counters)
        yield self.pages_in(delta.rate("in"))
        yield self.pages_out(delta.rate("out"))

    def _counters(self) -> dict[str, float]:
        swap = self.system.swap()
        return {"in": swap.pages_in, "out": swap.pages_out}
