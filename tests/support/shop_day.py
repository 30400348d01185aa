"""Counts of a day of a shop, from a seeded queue: workers, and connections of a database that some requests need.

Latency grows with load as it does in life, and one endpoint becomes slower for a few of its requests at `slow_from`.
"""

import heapq
import math
import random
from bisect import bisect_left
from dataclasses import dataclass

from checkwright.latency.counts import Counts, Header, Minute
from checkwright.latency.quantiles import rounded

#: 29 November 2026, 00:00 UTC.
MIDNIGHT = 1_795_910_400
SLOWED = "GET /api/carts/{uuid}"

#: Name, weight, median ms of work, spread, share of the work in the database. Without work: a file.
ENDPOINTS = (
    ("GET /", 160, 22, 0.5, 0.0),
    ("GET /p/{slug}", 120, 35, 0.6, 0.2),
    ("GET /c/{slug}", 70, 55, 0.6, 0.3),
    ("GET /api/search", 60, 70, 0.8, 0.0),
    ("GET /api/products/{sku}", 90, 12, 0.5, 0.3),
    (SLOWED, 60, 14, 0.5, 0.4),
    ("POST /api/carts/{uuid}/items", 35, 28, 0.5, 0.6),
    ("POST /api/orders", 9, 190, 0.6, 0.7),
    ("GET /api/orders/{id}", 24, 25, 0.6, 0.6),
    ("GET /api/reports/{date}", 5, 420, 0.7, 0.8),
    ("GET /api/export/{id}.csv", 2, 900, 0.8, 0.8),
    ("POST /api/login", 14, 110, 0.3, 0.2),
    ("GET /static/{asset}", 180, 0, 0.0, 0.0),
)


@dataclass
class Day:
    """Counts of each machine, and the truth: seconds of workers that were busy, by hour."""

    parts: list[Counts]
    busy_by_hour: dict[int, float]


def load(hour: float) -> float:
    """Return the load at an hour: quiet nights, a shoulder at noon, the peak at 20:00."""
    return 0.35 + 0.55 * math.exp(-(((hour - 12.5) / 3.2) ** 2)) + 1.75 * math.exp(-(((hour - 20) / 1.9) ** 2))


def shop_day(
    *,
    seed: int = 7,
    rate: float = 4.0,
    hours: float = 24,
    workers: int = 3,
    connections: int = 1,
    slow_from: float | None = 15.0,
    slow_share: float = 0.02,
    machines: int = 1,
    environment: str = "production",
    role: str = "api",
) -> Day:
    """Return the counts of a day. rate: mean requests per second. machines: those that share the requests."""
    chance = random.Random(seed)
    ends, total = [], 0
    for endpoint in ENDPOINTS:
        total += endpoint[1]
        ends.append(total)
    mean = sum(load(hour / 10) for hour in range(240)) / 240
    most = rate * 2.2 / mean
    free, pool = [0.0] * workers, [0.0] * connections
    names = [f"web-{number + 1}" for number in range(machines)]
    parts = [Counts([Header(name, role, "/var/log/nginx/access.log", environment=environment)]) for name in names]
    busy: dict[int, float] = {}
    now = 0.0
    while (now := now + chance.expovariate(most)) < hours * 3_600 - 11:  # the last answer is before midnight
        if chance.random() * most >= rate * load(now / 3_600 % 24) / mean:
            continue
        name, _, median, spread, database = ENDPOINTS[bisect_left(ends, chance.random() * total)]
        kind = "5xx" if chance.random() < 0.001 else "2xx"
        taken: int | None = None
        if median:
            work = median * math.exp(chance.gauss(0, spread)) / 1_000
            if name == SLOWED and slow_from is not None and now > slow_from * 3_600 and chance.random() < slow_share:
                work += chance.uniform(1.1, 1.9)
            begin = max(now, free[0])
            waited = 0.0
            if database:
                ready = begin + work * (1 - database)
                got = max(ready, pool[0])
                waited = got - ready
                heapq.heapreplace(pool, got + work * database)
            end = begin + work + waited
            heapq.heapreplace(free, end)
            busy[int(now // 3_600)] = busy.get(int(now // 3_600), 0.0) + end - begin
            taken = round((end - now) * 1_000)
            if taken > 10_000:
                taken, kind = 10_000, "cut"
        _count(parts[chance.randrange(machines)], now, name, kind, taken)
    for number, part in enumerate(parts):
        source = part.headers[0].host, part.headers[0].log, "server"
        part.sources[source] = {(start, part.step): f"part {number}" for start in part.slots}
    return Day(parts, busy)


def _count(counts: Counts, now: float, name: str, kind: str, taken: int | None) -> None:
    ended = MIDNIGHT + now + (taken or 0) / 1_000
    slot = counts.slot(int(ended // counts.step) * counts.step)
    slot.lines += 1
    cell = slot.cell(name, kind)
    if taken is None:
        cell.untimed += 1
    else:
        times = rounded(taken)
        cell.times[times] = cell.times.get(times, 0) + 1
    slot.minutes.setdefault(int(ended - slot.start) // 60, Minute()).add(Minute(1, taken or 0, taken or 0))
