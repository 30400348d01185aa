"""Requests in flight at the peak, split into working and waiting.

By Little's law an endpoint has rate x mean time requests in flight. Its own work is rate x mean time in quiet hours;
the rest waits. Both are averages over the busiest hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from checkwright.latency import quantiles
from checkwright.latency.counts import HOUR, Counts, Slot
from checkwright.report.facts import FEW, Capacity, InFlight, Peak
from checkwright.report.hourly import add

#: Share of all slots that are quiet hours, the least busy first.
_QUIET = 0.25
#: Largest p99 / p50 of quiet hours, over the median endpoint, for that they count as free of queues.
_FREE_OF_QUEUES = 10


def peak(counts: Counts, capacity: tuple[Capacity, ...] = ()) -> Peak | None:
    """Return the peak of all machines together; None for counts shorter than two hours, which have no quiet hours."""
    busy = (slot for slot in counts.slots.values() if slot.requests)
    slots = sorted(busy, key=lambda slot: (slot.requests, slot.start))
    if len(slots) * counts.step < 2 * HOUR:
        return None
    busiest = slots[-(HOUR // counts.step) :]
    quiet = slots[: max(1, int(len(slots) * _QUIET))]
    seconds = len(busiest) * counts.step
    at_peak, at_rest = _times(busiest), _times(quiet)
    blocking = _blocking(at_rest)
    found = []
    for name, times in at_peak.items():
        rest = at_rest.get(name)
        in_flight = quantiles.spent(times) / 1_000 / seconds
        own = quantiles.total(times) * quantiles.spent(rest) / quantiles.total(rest) / 1_000 / seconds if rest else None
        working = in_flight if own is None else min(own, in_flight)
        found.append(
            InFlight(
                endpoint=name,
                working=working,
                waiting=in_flight - working,
                blocking=blocking.get(name, 0.0) if blocking else None,
            )
        )
    found.sort(key=lambda one: (-one.total, one.endpoint))
    return Peak(
        slots=tuple(sorted(slot.start for slot in busiest)),
        step=counts.step,
        rate=sum(slot.requests for slot in busiest) / seconds,
        quiet_rate=sum(slot.requests for slot in quiet) / (len(quiet) * counts.step),
        endpoints=tuple(found),
        capacity=capacity,
    )


def _times(slots: Iterable[Slot]) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = {}
    for slot in slots:
        for (endpoint, _), cell in slot.cells.items():
            if cell.times:
                add(found.setdefault(endpoint, {}), cell.times.items())
    return found


def _blocking(at_rest: dict[str, dict[int, int]]) -> dict[str, float]:
    """Return each endpoint's share of what makes others wait; empty where quiet hours queue too.

    In a queue, waiting grows with rate x mean of the squared time (Pollaczek-Khinchine). Long requests therefore hold
    up others far more than their share of the work. Times of quiet hours measure this only if nobody waits there.
    """
    spread = [
        quantiles.percentile(times, 0.99) / max(1, quantiles.percentile(times, 0.5))
        for times in at_rest.values()
        if quantiles.total(times) >= FEW
    ]
    if not spread or median(spread) >= _FREE_OF_QUEUES:
        return {}
    weight = {name: sum(count * time * time for time, count in times.items()) for name, times in at_rest.items()}
    total = sum(weight.values())
    return {name: one / total for name, one in weight.items()} if total else {}
