"""Frontends, backends and servers of HAProxy."""

from checks.haproxy.source import HaproxyStats, Row, parse
from checkwright import BadUsage, CannotTell, Metrics, gauge, option, uses, verdict
from checkwright.sources.http_service import HttpService
from checkwright.sources.statefile import StateFile

#: Window of errors in seconds, and the least number of requests that gives a percentage a meaning.
WINDOW = 600
LEAST = 20
_FRONT = {"OPEN": "open", "FULL": "full", "STOP": "stopped", "PAUSED": "paused"}
_BACK = {"UP": "up", "DOWN": "down"}
_SERVER = {"MAINT": "maintenance", "DRAIN": "drain", "NOLB": "drain", "no": "no check"}
#: Servers that work, and those that are meant to: all but the ones that are out of service on purpose.
_WORKING = ("up", "no check", "going down")
_MEANT = (*_WORKING, "down", "coming up")


class Haproxy(HttpService):
    """State, load and errors of HAProxy, from its stats socket or its stats page.

    A backend that is down and a frontend that is paused or stopped are CRITICAL: users get errors. A server that is
    down is a WARNING, because the others continue; `usable`, the percentage of a backend's servers that work, is
    CRITICAL below 25 %. Backup servers count only while the backend runs on them alone. Servers in maintenance or drain
    were taken out on purpose: they are OK and do not count in `usable`, and `maintenance` is the time since then.
    HAProxy reports a backend without any server as UP: here it is a WARNING, unless a frontend of the same name answers
    requests itself, as a stats page does.

    `errors` and `failures` cover the last 10 minutes, and `errors` needs 20 requests in that time. `time` is HAProxy's
    average over the last 1024 requests of a backend; it has no value after 10 minutes without a request. `sessions` is
    the used percentage of a frontend's maxconn. A server at its maxconn is normal, and `queue` counts the requests that
    wait for it. Counters start at zero when HAProxy reloads, so rates have no value in that run.

    Account: a stats socket of the level `user`, which rejects every command that changes something. In the section
    `global`:

        stats socket /run/haproxy/nagios.sock mode 660 group nagios level user

    and `--server /run/haproxy/nagios.sock`. The default is Debian's socket, which only root and the group haproxy may
    use. For the stats page give `--url http://127.0.0.1:8404/stats`, and `--auth-file` if it needs a login. A socket or
    login that is refused is UNKNOWN.

    Defaults: sessions warn at 80 %, because at 100 % new connections wait unseen in the kernel's queue. More than one
    request in HAProxy's queue is a WARNING: every server is at its maxconn. `failures` counts connections that a server
    refused or broke. A few are normal while servers restart; one each second is not.

    Tested with HAProxy 2.6.12.
    """

    thread_safe = True

    stats = uses(HaproxyStats)
    memory = uses(StateFile, keeps_labels=True)

    server: str = option("Stats socket, a path or HOST:PORT", flags="-H --server", default="/run/haproxy/admin.sock")
    url: str = option(
        "URL of the stats page, instead of the socket",
        flags="-u --url",
        default="",
        example="http://127.0.0.1:8404/stats",
    )
    proxy: tuple[str, ...] = option(
        "Frontend or backend, or a pattern such as shop_*", flags="-b --proxy", default=("*",)
    )
    exclude: tuple[str, ...] = option(
        "Frontend or backend to leave out, or a pattern", flags="-x --exclude", default=()
    )

    back = verdict("Backend", ok=["up"], warn=["has no servers"], crit=["down"])
    front = verdict("Frontend", ok=["open"], warn=["full"], crit=["paused", "stopped"])
    up = verdict(
        "Server", ok=["up", "no check", "drain", "maintenance"], warn=["going down", "down", "coming up"], crit=[]
    )
    usable = gauge("Usable servers", "%", warn="50:", crit="25:", optional=True)
    sessions = gauge("Sessions", "%", warn=80, crit=95, optional=True)
    queue = gauge("Queued requests", warn=1, crit=50, min=0, optional=True)
    errors = gauge("5xx responses in 10 min", "%", warn=1, crit=5, missing="ok", optional=True)
    failures = gauge("Failed connections", "/s", warn=1, min=0, missing="ok", optional=True)
    retries = gauge("Retries", "/s", min=0, missing="ok", optional=True)
    requests = gauge("Requests", "/s", min=0, missing="ok", optional=True)
    time = gauge("Time", "s", warn=1, crit=5, missing="ok", optional=True)
    proxies = gauge("Frontends and backends", min=0)
    maintenance = gauge("Maintenance for", "s", optional=True)

    def validate(self) -> None:
        if self.url:
            if "server" in self.explicit:
                raise BadUsage("--server and --url exclude each other: give the socket, or the stats page")
            super().validate()
            if self.url.startswith("/"):
                raise BadUsage("--url is the URL of the stats page: give the path of a socket to --server")
        elif not self.server.strip():
            raise BadUsage("--server is empty: give the path of the stats socket, or HOST:PORT")
        if "" in (*self.proxy, *self.exclude):
            raise BadUsage("--proxy and --exclude need a name or a pattern")

    def probe(self) -> Metrics:
        rows = self._selected(self._rows())
        backends = {row.proxy: row for row in rows if row.name == "BACKEND"}
        fronts = {row.proxy: row for row in rows if row.name == "FRONTEND"}
        yield self.proxies(len({*backends, *fronts}))
        servers: dict[str, list[Row]] = {}
        for row in rows:
            if row.name not in ("FRONTEND", "BACKEND"):
                servers.setdefault(row.proxy, []).append(row)
        for name, row in backends.items():
            yield from self._backend(name, row, servers.get(name, []), name in fronts)
        for name, row in fronts.items():
            yield self.front(_FRONT.get(row.status, row.status), of=name)
            if limit := row.number("slim"):
                yield self.sessions(100 * (row.number("scur") or 0) / limit, of=name)
        # Last, so that the states are reported even where memory cannot be kept.
        yield from self._rates(backends, fronts)

    def _rows(self) -> list[Row]:
        if not self.url:
            return self.stats.rows(self.server)
        reply = self.get("" if self.url.endswith(";csv") else ";csv")
        try:
            return parse(reply.text)
        except ValueError as error:
            raise CannotTell(f"GET {reply.url}: {error}: give the URL of the stats page") from None

    def _selected(self, rows: "list[Row]") -> list[Row]:
        from fnmatch import fnmatchcase

        found = [
            row
            for row in rows
            if any(fnmatchcase(row.proxy, pattern) for pattern in self.proxy)
            and not any(fnmatchcase(row.proxy, pattern) for pattern in self.exclude)
        ]
        if rows and not found:
            raise CannotTell(f"no frontend or backend fits --proxy {' '.join(self.proxy)} and --exclude")
        return found

    def _backend(self, name: str, row: Row, servers: "list[Row]", has_front: bool) -> Metrics:
        word = _BACK.get(row.status.partition(" ")[0], row.status)
        words = [_server_word(one.status) for one in servers]
        if not servers and not has_front:
            word = "has no servers"
        on_backup = word == "up" and row.number("act") == 0 and (row.number("bck") or 0) > 0
        yield self.back(word, of=name, hint="on backup servers only" if on_backup else "")
        for one, state in zip(servers, words, strict=True):
            item = f"{name}/{one.name}"
            yield self.up(state, of=item, hint=_reason(one) if state in ("down", "going down", "coming up") else "")
            if state == "maintenance" and (since := one.number("lastchg")) is not None:
                yield self.maintenance(since, of=item)
        # Backup servers wait until the others are down, so they are no part of the share before.
        meant = [word for one, word in zip(servers, words, strict=True) if on_backup or one.number("bck") != 1]
        meant = [word for word in meant if word in _MEANT]
        if meant:
            yield self.usable(100 * sum(word in _WORKING for word in meant) / len(meant), of=name)
        yield self.queue(sum(one.number("qcur") or 0 for one in (row, *servers)), of=name)
        if (average := row.number("ttime")) is not None and (row.number("lastsess") or 0) <= WINDOW:
            yield self.time(average / 1_000 if row.number("lastsess") is not None else None, of=name)

    def _rates(self, backends: "dict[str, Row]", fronts: "dict[str, Row]") -> Metrics:
        counters: dict[str, float] = {}
        for name, row in backends.items():
            answers = [row.number(f"hrsp_{kind}") for kind in ("1xx", "2xx", "3xx", "4xx", "5xx", "other")]
            if None not in answers:
                counters[f"5xx {name}"] = answers[4] or 0
                counters[f"answers {name}"] = sum(number or 0 for number in answers)
            counters[f"failures {name}"] = (row.number("econ") or 0) + (row.number("eresp") or 0)
            counters[f"retries {name}"] = row.number("wretr") or 0
        for name, row in fronts.items():
            total = row.number("req_tot")
            counters[f"requests {name}"] = (row.number("stot") or 0) if total is None else total
        delta = self.memory.over(counters, WINDOW)
        for name in backends:
            if f"answers {name}" in counters:
                many = delta is not None and (delta.of(f"answers {name}") or 0) >= LEAST
                yield self.errors(
                    delta.percent(f"5xx {name}", of=f"answers {name}") if delta is not None and many else None, of=name
                )
            yield self.failures(None if delta is None else delta.rate(f"failures {name}"), of=name)
            yield self.retries(None if delta is None else delta.rate(f"retries {name}"), of=name)
        for name in fronts:
            yield self.requests(None if delta is None else delta.rate(f"requests {name}"), of=name)


def _server_word(status: str) -> str:
    """Return our word for a server's status. HAProxy adds the checks of a change, as in `UP 2/3` and `DOWN 1/2`."""
    first, _, rest = status.partition(" ")
    first = first.partition("(")[0]
    if first in ("UP", "DOWN"):
        return ("going down" if first == "UP" else "coming up") if "/" in rest else first.lower()
    return _SERVER.get(first, status)


def _reason(row: Row) -> str:
    """Return the result of the last check, such as `L4CON, Layer4 connection problem`."""
    words = (row.text("check_status").removeprefix("* "), row.text("check_desc"), row.text("last_chk"))
    return ", ".join(word for word in words if word)
