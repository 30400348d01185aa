"""Workers and pools of connections at the peak: shares in use, and sentences on them.

By Little's law the requests in flight are rate x mean time. Those that work hold a worker, and those that wait may hold
one or queue for it, so the share of busy workers lies between the two. A request holds one connection of a pool at
most, so only the upper bound is known of a pool.
"""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.report import shown
from checkwright.report.facts import Capacity, Peak

#: Name of the capacity that every request in flight may hold for its whole time.
WORKERS = "workers"


def headroom(peak: Peak, capacity: Capacity) -> float | None:
    """Return the load that workers could carry at most, as a multiple of the peak; None for a pool or without work.

    It is exact if work takes no longer under load, and too high otherwise.
    """
    if capacity.name != WORKERS or peak.working <= 0:
        return None
    return capacity.size / peak.working


def sentences(peak: Peak) -> Iterator[str]:
    """Yield a sentence or two on each capacity."""
    for one in peak.capacity:
        most = peak.in_flight / one.size
        if one.name == WORKERS:
            yield _workers(peak, one, most)
        elif most < 1:
            yield f"Of {one.size} connections of the pool {one.name}, at most {shown.share(most)} were in use."
        else:
            yield (
                f"All {one.size} connections of the pool {one.name} may have been in use: "
                f"{shown.amount(peak.in_flight)} requests were in flight."
            )


def _workers(peak: Peak, workers: Capacity, most: float) -> str:
    least = min(1.0, peak.working / workers.size)
    text = f"Of {workers.size} workers, between {shown.share(least)} and {shown.share(min(1.0, most))} were busy."
    if most >= 1:
        text += " More requests were in flight than there are workers, so they queued."
    times = headroom(peak, workers)
    return text if times is None else f"{text} They can carry at most {shown.amount(times)} x this peak."
