"""Synthetic access log of a day at the shop, for the latency report.

`python3 examples/shop/access_log.py FILE` writes one day of nginx's log in the format of latency/storefront.routes:
about 260,000 requests, the same in every run. Requests queue for workers, so latency grows with the load in the
evening. From 15:00 on, 3 of 100 baskets take a second and a half longer: the report finds them.
"""

import heapq
import math
import random
import sys
import time
from bisect import bisect_left
from collections.abc import Iterator

#: 29 November 2026, 00:00 UTC.
MIDNIGHT = 1_795_910_400
RATE = 3.0
WORKERS = 2
SLOW_FROM, SLOW_SHARE = 15, 0.03
WORDS = ("oak", "linen", "red", "nordic", "slim", "chair", "lamp", "sofa", "kettle", "scarf", "vase", "boots")

#: Method and path, weight, median ms of work, spread of the work. Without work: a file that nginx sends itself.
ENDPOINTS = (
    ("GET /", 160, 22, 0.5),
    ("GET /item/{word}-{word}", 120, 30, 0.5),
    ("GET /list/{word}", 70, 45, 0.5),
    ("GET /api/search?q={word}", 60, 60, 0.7),
    ("GET /api/items/{number}", 90, 12, 0.5),
    ("GET /api/carts/{uuid}", 70, 14, 0.5),
    ("POST /api/carts/{uuid}/items", 35, 28, 0.5),
    ("POST /api/orders", 9, 190, 0.5),
    ("GET /api/orders/latest", 8, 40, 0.5),
    ("GET /api/orders/{number}", 24, 25, 0.5),
    ("GET /api/orders/{number}/lines/{number}", 6, 18, 0.5),
    ("GET /api/exports/{number}.csv", 1, 900, 0.6),
    ("GET /api/reports/{date}", 3, 380, 0.5),
    ("POST /login", 14, 90, 0.3),
    ("GET /static/app.js", 180, 0, 0.0),
)
SCANNED = ("/wp-login.php", "/.env", "/phpmyadmin/index.php", "/.git/config")


def load(hour: float) -> float:
    """Return the load at an hour: quiet nights, a shoulder at noon, the peak at 20:00."""
    return 0.35 + 0.55 * math.exp(-(((hour - 12.5) / 3.2) ** 2)) + 1.75 * math.exp(-(((hour - 20) / 1.9) ** 2))


def lines(seed: int = 4) -> Iterator[str]:
    """Yield the lines of the log, in the order of their ends to a second or so."""
    chance = random.Random(seed)  # noqa: S311 - the same log in every run
    ends, total = [], 0
    for _, weight, _, _ in ENDPOINTS:
        total += weight
        ends.append(total)
    mean = sum(load(hour / 10) for hour in range(240)) / 240
    most = RATE * 2.2 / mean
    free = [0.0] * WORKERS
    now = 0.0
    while (now := now + chance.expovariate(most)) < 86_380:
        if chance.random() * most >= RATE * load(now / 3_600) / mean:
            continue
        request, _, median, spread = ENDPOINTS[bisect_left(ends, chance.random() * total)]
        method, _, path = _filled(request, chance).partition(" ")
        status, upstream, taken = 200, "-", 0.0
        if chance.random() < 0.02:
            path, status, median = chance.choice(SCANNED), 404, 2
        if median:
            work = median * math.exp(chance.gauss(0, spread)) / 1_000
            if request == "GET /api/carts/{uuid}" and now > SLOW_FROM * 3_600 and chance.random() < SLOW_SHARE:
                work += chance.uniform(1.2, 1.8)
            end = max(now, free[0]) + work
            heapq.heapreplace(free, end)
            taken = min(end - now, 10.0)
            status = 504 if taken == 10 else 500 if status == 200 and chance.random() < 0.001 else status
            upstream = f"{taken:.3f}"
        # Three of 100 clients have a slow network, which is not the server's fault.
        whole = taken + (chance.uniform(0.2, 5) if chance.random() < 0.03 else chance.expovariate(250))
        moment = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(MIDNIGHT + now + whole))
        address = f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"
        yield (
            f'{address} - - [{moment}] "{method} {path} HTTP/1.1" {status} {chance.randrange(200, 60_000)} '
            f'"-" "Mozilla/5.0" rt={whole:.3f} urt="{upstream}"\n'
        )


def _filled(request: str, chance: random.Random) -> str:
    """Return a request with values for its placeholders."""
    while "{" in request:
        before, _, rest = request.partition("{")
        kind, _, after = rest.partition("}")
        text = f"{chance.getrandbits(128):032x}"
        value = {
            "word": chance.choice(WORDS),
            "number": str(chance.randrange(1, 100_000)),
            "date": f"2026-{chance.randrange(1, 12):02}-{chance.randrange(1, 29):02}",
            "uuid": f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}",
        }[kind]
        request = f"{before}{value}{after}"
    return request


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], "w", encoding="ascii") as log:
        log.writelines(lines())
