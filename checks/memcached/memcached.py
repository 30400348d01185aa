"""Connections, evictions and hit rate of a memcached server."""

from checks.memcached.source import MemcachedServers
from checkwright import BadUsage, Check, Metrics, gauge, option, uses
from checkwright.sources.statefile import StateFile

_WINDOW = 600.0
_RATES = ("evictions", "evicted_unfetched", "get_hits", "cmd_get", "cmd_set")


class Memcached(Check):
    """Usage and losses of one memcached server.

    CRITICAL: no answer, no room for another client, and clients that were rejected in the last 10 minutes. UNKNOWN: a
    server that requires a login in the text protocol (`-Y`), because its statistics need it too. A server with SASL
    (`-S`) speaks only the binary protocol and never answers this check: use `tcp_port` there.

    Memory is not a useful threshold: a server had lost 4,920 items while it used 81 % of its limit. Watch `evictions`,
    the items that were removed to make room, and `unfetched`, the evicted items that nobody had read. Their impact
    depends on the application, so they have no default limit.

    Defaults: `connections` 80/95 % of max_connections; `refused` above 0, because each rejected client sends its
    request to the database; `time` 0.1/1 s, because an answer takes far less than a millisecond. `uptime` has none:
    `--uptime-warning 600:` reports an empty cache after a restart. Rates have no value in the first run after a
    restart.

    No account is needed: let the checking host reach the port, or its user the socket.

    Tested with memcached 1.6.18.
    """

    thread_safe = True

    servers = uses(MemcachedServers)
    past = uses(StateFile)

    host: str = option(
        "Server, HOST[:PORT] with port 11211 by default, or the path of its socket",
        flags="-H --host",
        default="127.0.0.1",
    )

    connections = gauge("Connections used", "%", warn=80, crit=95, missing="ok")
    refused = gauge("Rejected clients in 10 minutes", crit=0, min=0, missing="ok")
    evictions = gauge("Evictions", "/s", min=0, missing="ok")
    unfetched = gauge("Evictions never read", "/s", min=0, missing="ok")
    hits = gauge("Hits", "%", missing="ok")
    requests = gauge("Requests", "/s", min=0, missing="ok")
    memory = gauge("Memory used", "%", missing="ok")
    items = gauge("Items", min=0)
    uptime = gauge("Time since start", "s")
    time = gauge("Response time", "s", warn=0.1, crit=1)

    def validate(self) -> None:
        if not self.host:
            raise BadUsage("--host is empty: give HOST[:PORT] or the path of a socket")

    def probe(self) -> Metrics:
        state = self.servers.state(self.host)
        for made, part, whole in (
            (self.connections, "curr_connections", "max_connections"),
            (self.memory, "bytes", "limit_maxbytes"),
        ):
            limit = state.number(whole)
            yield made(round(100 * state.number(part) / limit, 2) if limit else None)
        yield self.items(state.number("curr_items"))
        yield self.uptime(state.number("uptime"))
        yield self.time(state.seconds)
        turned_away = state.number("rejected_connections") + state.number("listen_disabled_num")
        yield self.refused(self.past.within({"refused": turned_away}, _WINDOW)["refused"])
        counters = {name: state.number(name) for name in _RATES}
        counters["requests"] = counters["cmd_get"] + counters["cmd_set"]
        delta = self.past.since_last_run(counters, "rates")
        steady = None if delta is None or delta.restarted else delta
        yield self.evictions(steady.rate("evictions") if steady else None)
        yield self.unfetched(steady.rate("evicted_unfetched") if steady else None)
        yield self.hits(steady.percent("get_hits", of="cmd_get") if steady else None)
        yield self.requests(steady.rate("requests") if steady else None)
