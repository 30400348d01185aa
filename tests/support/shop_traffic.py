"""Traffic of an imaginary shop, seeded, as access logs of five formats and with its exact truth.

    python -m tests.support.shop_traffic FOLDER --rate 18 --formats nginx,haproxy

A request waits for one of a few workers, so latency grows with load. At `slower_from` one request in fifty of
`GET /api/carts/{uuid}` takes more than a second longer, as after a bad release.
"""

import argparse
import heapq
import json
import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

#: Midnight before the first request, UTC.
MIDNIGHT = 1_795_910_400
DAY = 86_400
SLOWED = "GET /api/carts/{uuid}"


@dataclass(frozen=True)
class Call:
    """One request. start: seconds since the epoch. tries: ms at each server, () for a file. total: ms until the end."""

    route: str
    path: str
    status: int
    start: float
    tries: tuple[int, ...]
    total: int
    agent: str
    port: int
    client: str

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    @property
    def server(self) -> int | None:
        return sum(self.tries) if self.tries else None

    @property
    def end(self) -> float:
        return self.start + self.total / 1_000


@dataclass(frozen=True)
class Kind:
    """A kind of request. path: makes one. median, spread: of the time in a worker, in ms and as a lognormal's sigma."""

    weight: int
    route: str
    path: Callable[[random.Random], str]
    median: float = 20.0
    spread: float = 0.5
    status: int = 200


def _uuid(dice: random.Random) -> str:
    digits = f"{dice.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _slug(dice: random.Random) -> str:
    words = ("amber", "birch", "cedar", "denim", "ember", "flint", "grove", "hazel", "ivory", "jade", "khaki", "lilac")
    return f"{dice.choice(words)}-{dice.choice(words)}-{dice.choice(('bowl', 'coat', 'desk', 'lamp', 'sock'))}"


def _name(dice: random.Random) -> str:
    first = ("abel", "bea", "cem", "dora", "emil", "fay", "gil", "hana", "ivo", "june", "karl", "lena", "max", "nora")
    return f"{dice.choice(first)}_{dice.choice('abcdefghijklmnoprstuvw')}{dice.choice('aeiou')}{dice.choice('lmnrst')}"


def _number(most: int) -> Callable[[random.Random], str]:
    return lambda dice: str(dice.randrange(most))


def _fixed(path: str) -> Callable[[random.Random], str]:
    return lambda _: path


def _filled(template: str, **makers: Callable[[random.Random], str]) -> Callable[[random.Random], str]:
    return lambda dice: template.format(**{name: maker(dice) for name, maker in makers.items()})


def _hex(length: int) -> Callable[[random.Random], str]:
    return lambda dice: f"{dice.getrandbits(4 * length):0{length}x}"


def _date(dice: random.Random) -> str:
    return f"2026-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}"


KINDS = (
    Kind(150, "GET /", _fixed("/"), 20),
    Kind(110, "GET /item/{slug}", _filled("/item/{slug}-{id}", slug=_slug, id=_number(10**6)), 32, 0.6),
    Kind(70, "GET /list/{slug}", _filled("/list/{slug}", slug=_slug), 50, 0.6),
    Kind(60, "GET /api/search", _filled("/api/search?q={q}&page={page}", q=_slug, page=_number(9)), 65, 0.8),
    Kind(80, "GET /api/items/{id}", _filled("/api/items/{id}", id=_number(10**6)), 11),
    Kind(60, SLOWED, _filled("/api/carts/{uuid}", uuid=_uuid), 14),
    Kind(35, "POST /api/carts/{uuid}/items", _filled("/api/carts/{uuid}/items", uuid=_uuid), 27, 0.5, 201),
    Kind(10, "POST /api/orders", _fixed("/api/orders"), 180, 0.6, 201),
    Kind(24, "GET /api/orders/{id}", _filled("/api/orders/{id}", id=_number(10**8)), 24, 0.6),
    Kind(8, "GET /api/orders/latest", _fixed("/api/orders/latest"), 38, 0.6),
    Kind(4, "PATCH /api/orders/{id}", _filled("/api/orders/{id}", id=_number(10**8)), 55, 0.6),
    Kind(
        6, "GET /api/orders/{id}/lines/{id}", _filled("/api/orders/{a}/lines/{b}", a=_number(10**8), b=_number(20)), 18
    ),
    Kind(6, "GET /api/exports/{id}.csv", _filled("/api/exports/{id}.csv", id=_number(10**5)), 800, 0.8),
    Kind(6, "GET /api/reports/{date}", _filled("/api/reports/{date}", date=_date), 380, 0.7),
    Kind(10, "GET /api/people/{email}", _filled("/api/people/{n}%40shop.test", n=_name), 20),
    Kind(12, "GET /u/{name}", _filled("/u/{n}", n=_name), 28, 0.6),
    Kind(5, "GET /reset/{hash}", _filled("/reset/{token}", token=_hex(40)), 24),
    Kind(5, "POST /graphql", _fixed("/graphql"), 75, 0.8),
    Kind(14, "POST /login", _fixed("/login"), 100, 0.3),
    Kind(4, "DELETE /api/carts/{uuid}", _filled("/api/carts/{uuid}", uuid=_uuid), 16, 0.4, 204),
    Kind(4, "GET /oauth2/authorize", _fixed("/oauth2/authorize"), 30, 0.4),
    Kind(10, "GET /health", _fixed("/health"), 1, 0.2),
    Kind(160, "GET /static/js/{hash}.js", _filled("/static/js/{hash}.js", hash=lambda dice: f"{_hex(7)(dice)}0"), 0),
    Kind(
        110,
        "GET /images/{hash}/{id}.jpg",
        _filled("/images/{a}/{b}.jpg", a=lambda dice: f"9{_hex(7)(dice)}", b=_number(10**7)),
        0,
    ),
    Kind(5, "GET /favicon.ico", _fixed("/favicon.ico"), 0),
)
SCANS = ("/wp-login.php", "/.env", "/xmlrpc.php", "/admin/config.php", "/.git/HEAD", "/server-status")
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
    'ShopApp/9.1 (Android 14; "Pixel 8")',
    "curl/8.8.0",
)
SCAN = "(scan)"


@dataclass
class Traffic:
    """Parameters of a day.

    rate: requests a second on average. slow_clients, scans, broken: shares. clients: number of different addresses.
    """

    seed: int = 1
    rate: float = 18.0
    hours: float = 24.0
    first_hour: float = 0.0
    workers: int = 6
    slower_from: float = 15.0
    slow_clients: float = 0.03
    scans: float = 0.03
    broken: float = 0.0004
    clients: int = 1 << 24
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def calls(self) -> Iterator[Call | None]:
        """Yield requests in the order of their starts, None for a connection that sends none."""
        dice, workers = self.dice, [0.0] * self.workers
        kinds, weights = KINDS, [kind.weight for kind in KINDS]
        moment, end = self.first_hour * 3_600, (self.first_hour + self.hours) * 3_600
        while True:
            hour = moment / 3_600 % 24
            load = 0.4 + 0.6 * math.exp(-(((hour - 12) / 3) ** 2)) + 1.6 * math.exp(-(((hour - 20) / 2) ** 2))
            moment += dice.expovariate(self.rate * load / 0.79)
            if moment >= end:
                return
            if dice.random() < self.broken:
                yield None
            if dice.random() < self.scans:
                path = dice.choice(SCANS) if dice.random() < 0.6 else f"/{_hex(9)(dice)}x/{_slug(dice)}.php"
                yield self._call(f"GET {SCAN}", path, 404, moment, (2,))
                continue
            (kind,) = dice.choices(kinds, weights)
            status, luck = kind.status, dice.random()
            if kind.median and luck < 0.01:
                status = 500 if luck < 0.001 else dice.choice((400, 401, 403, 422))
            if not kind.median:
                yield self._call(kind.route, kind.path(dice), 304 if luck > 0.97 else 200, moment, ())
                continue
            seconds = kind.median * math.exp(dice.gauss(0, kind.spread)) / 1_000
            if kind.route == SLOWED and moment >= self.slower_from * 3_600 and dice.random() < 0.02:
                seconds += dice.uniform(1.1, 1.9)
            began = max(moment, workers[0])
            heapq.heapreplace(workers, began + seconds)
            took = max(1, round((began + seconds - moment) * 1_000))
            tries: tuple[int, ...] = (took,)
            if took > 10_000:
                tries, status = (10_000,), 504
            elif took > 4_000 and dice.random() < 0.3:
                tries, status = (4_000 + dice.randrange(1_000),), 499
            elif dice.random() < 0.003:
                tries = (dice.choice((0, 1_000)), took)  # the first server refused, or did not answer
            yield self._call(kind.route, kind.path(dice), status, moment, tries)

    def _call(self, route: str, path: str, status: int, moment: float, tries: tuple[int, ...]) -> Call:
        dice = self.dice
        network = dice.expovariate(1 / 4) if dice.random() >= self.slow_clients else dice.uniform(200, 6_000)
        total = sum(tries) + (0 if status == 499 else round(network))
        agent, port, number = dice.choice(AGENTS), dice.randrange(1_024, 65_535), dice.randrange(self.clients)
        client = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        return Call(route, path, status, MIDNIGHT + moment, tries, total, agent, port, client)


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds // 1_000}.{milliseconds % 1_000:03}"


def _clf(moment: float) -> str:
    return time.strftime("%d/%b/%Y:%H:%M:%S", time.gmtime(moment))


def _upstream(call: Call, nothing: str) -> str:
    return ", ".join(map(_seconds, call.tries)) or nothing


def nginx(call: Call) -> str:
    agent = call.agent.replace('"', "\\x22")
    connected = ", ".join("0.000" for _ in call.tries) or "-"
    return (
        f'{call.client} - - [{_clf(call.end)} +0000] "{call.method} {call.path} HTTP/1.1" '
        f'{call.status} 1512 "-" "{agent}" rt={_seconds(call.total)} uct="{connected}" '
        f'urt="{_upstream(call, "-")}"'
    )


def nginx_json(call: Call) -> str:
    moment = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(call.end))
    agent = call.agent.replace('"', '\\"')
    return (
        f'{{"time":"{moment}","method":"{call.method}","uri":"{call.path}","status":"{call.status}",'
        f'"rt":"{_seconds(call.total)}","urt":"{_upstream(call, "")}","agent":"{agent}"}}'
    )


def haproxy(call: Call) -> str:
    server = call.server or 0
    timers, status, flags = f"0/0/1/{server}/{call.total + 1}", call.status, "----"
    if call.status in (499, 504):
        timers, flags = f"0/0/1/-1/{call.total}", "CH--" if call.status == 499 else "sH--"
        status = -1 if call.status == 499 else 504
    moment = f"{_clf(call.start)}.{int(call.start * 1_000) % 1_000:03}"
    agent = call.agent.replace('"', "#22")[:30]
    return (
        f"{call.client}:{call.port} [{moment}] web~ {'app/a1' if call.tries else 'files/f1'} {timers} {status} 1512 "
        f'- - {flags} 7/7/3/1/0 0/0 {{shop.test|{agent}}} "{call.method} {call.path} HTTP/1.1"'
    )


def apache(call: Call) -> str:
    agent = call.agent.replace('"', '\\"')
    return (
        f'{call.client} - - [{_clf(call.start)} +0000] "{call.method} {call.path} HTTP/1.1" '
        f'{200 if call.status == 499 else call.status} 1512 "-" "{agent}" {call.total * 1_000 + call.port % 500}'
    )


def alb(call: Call) -> str:
    server = call.server or 1
    end = call.start + server / 1_000
    times, status, target = f"0.000 {_seconds(server)} 0.000", str(call.status), str(call.status)
    if call.status in (499, 504):
        times, status, target = "-1 -1 -1", "460" if call.status == 499 else "504", "-"

    def iso(moment: float) -> str:
        micros = round(moment * 1_000_000)
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(micros // 1_000_000)) + f".{micros % 1_000_000:06}Z"

    return (
        f"h2 {iso(end)} app/shop/0123456789abcdef {call.client}:{call.port} 10.0.0.7:80 {times} {status} "
        f"{target} 300 1512 "
        f'"{call.method} https://shop.test:443{call.path} HTTP/2.0" "{call.agent.replace(chr(34), "%22")}" '
        f'TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/shop/1 "Root=1-2-3" '
        f'"shop.test" "-" 0 {iso(call.start)} "forward" "-" "-" "10.0.0.7:80" "{target}" "-" "-" TID_1 "-" "-" "-"'
    )


#: Directives that describe the lines, for a `format` line in a routes file.
FORMATS: dict[str, tuple[str, Callable[[Call], str]]] = {
    "nginx": (
        'log_format timed \'$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
        '"$http_referer" "$http_user_agent" rt=$request_time uct="$upstream_connect_time" '
        'urt="$upstream_response_time"\';',
        nginx,
    ),
    "nginx_json": (
        'log_format timed escape=json \'{"time":"$time_iso8601","method":"$request_method","uri":"$request_uri",'
        '"status":"$status","rt":"$request_time","urt":"$upstream_response_time","agent":"$http_user_agent"}\';',
        nginx_json,
    ),
    "haproxy": ("option httplog", haproxy),
    "apache": (r'LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\" %D" timed', apache),
    "alb": ("alb", alb),
}
#: Lines of connections that sent no request, and of nothing at all.
BROKEN = {
    "nginx": '192.0.2.1 - - [29/Nov/2026:00:00:00 +0000] "\\x16\\x03\\x01" 400 150 "-" "-" rt=0.000 uct="-" urt="-"',
    "nginx_json": (
        '{"time":"2026-11-29T00:00:00+00:00","method":"","uri":"","status":"400","rt":"0.000","urt":"","agent":""}'
    ),
    "haproxy": (
        '192.0.2.1:5 [29/Nov/2026:00:00:00.000] web web/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>"'
    ),
    "apache": '192.0.2.1 - - [29/Nov/2026:00:00:00 +0000] "-" 408 - "-" "-" 51',
    "alb": "half a li",
}


@dataclass
class Truth:
    """Exact truth about one log: milliseconds by route, without those of scans. broken: lines that are no requests."""

    server: dict[str, list[int]] = field(default_factory=dict)
    total: dict[str, list[int]] = field(default_factory=dict)
    requests: dict[str, int] = field(default_factory=dict)
    broken: int = 0


def write(folder: Path, traffic: Traffic, formats: tuple[str, ...]) -> dict[str, Truth]:
    """Write `FOLDER/FORMAT.log` for each format, in the order of the ends, and return the truth about each."""
    folder.mkdir(parents=True, exist_ok=True)
    truths = {name: Truth() for name in formats}
    files = {name: (folder / f"{name}.log").open("w", buffering=1 << 20) for name in formats}
    waiting: list[tuple[float, int, Call | None]] = []

    def settle(before: float) -> None:
        while waiting and waiting[0][0] <= before:
            call = heapq.heappop(waiting)[2]
            for name, file in files.items():
                if call is None:
                    truths[name].broken += 1
                    file.write(BROKEN[name] + "\n")
                    continue
                file.write(FORMATS[name][1](call) + "\n")
                _note(truths[name], name, call)

    last = 0.0
    for number, call in enumerate(traffic.calls()):
        last = call.start if call is not None else last
        heapq.heappush(waiting, (call.end if call is not None else last, number, call))
        settle(last)
    settle(math.inf)
    for file in files.values():
        file.close()
    return truths


def _note(truth: Truth, name: str, call: Call) -> None:
    truth.requests[call.route] = truth.requests.get(call.route, 0) + 1
    server, total = call.server, call.total
    if name == "haproxy":
        cut = call.status in (499, 504)
        server, total = (total, total) if cut else ((server or 0) + 1, total + 1)
    elif name == "alb":
        server = total = server or 1
    elif name == "apache":
        server = total
    if server is not None:
        truth.server.setdefault(call.route, []).append(server)
    truth.total.setdefault(call.route, []).append(total)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=18.0)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--formats", default=",".join(FORMATS))
    args = parser.parse_args()
    formats = tuple(args.formats.split(","))
    truths = write(args.folder, Traffic(args.seed, args.rate, args.hours), formats)
    (args.folder / "truth.json").write_text(json.dumps({name: vars(truth) for name, truth in truths.items()}))


if __name__ == "__main__":
    main()
