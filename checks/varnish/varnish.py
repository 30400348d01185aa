"""Backends, dropped sessions and hit rate of Varnish."""

from checks.varnish.source import Varnish as Instance
from checkwright import Check, Metrics, gauge, option, uses, verdict
from checkwright.sources.statefile import Before, StateFile

_WINDOW = 600.0
_DIED = ("MGT.child_died", "MGT.child_panic", "MGT.child_stop")


class Varnish(Check):
    """Health of the backends, and requests that Varnish lost.

    A backend whose last three probes failed is sick: CRITICAL. One that failed the last probe is WARNING. A backend
    without a probe is OK. The counters hold the last 64 probes as bits, and a backend whose probes all failed looks
    like one without a probe; the check remembers which backends had one.

    A child process that died is CRITICAL for 10 minutes, because Varnish restarts it with an empty cache. So are
    sessions that were dropped for lack of a thread.

    Account: a user in the group varnish, which may read the counters. Without it, and if varnishd does not run, the
    counters cannot be read: UNKNOWN. Use `tcp_port` or `http` for the port.

    Defaults: `dropped` and `died` above 0 in 10 minutes; `limited` WARNING above 0, because thread_pool_max was
    reached. `hits`, `nuked` (objects evicted to make room), `failed` and `requests` have none, because normal values
    differ.

    Tested with Varnish 7.1.1.
    """

    instance = uses(Instance)
    past = uses(StateFile, keeps_labels=True)

    name_of: str = option("Instance, as of varnishd -n", flags="-n --name", default="")

    backend = verdict("Backend", ok=["healthy", "without a probe"], warn=["failing"])
    dropped = gauge("Sessions dropped in 10 minutes", crit=0, min=0, missing="ok")
    died = gauge("Child processes died in 10 minutes", crit=0, min=0, missing="ok")
    limited = gauge("Thread limits reached in 10 minutes", warn=0, min=0, missing="ok")
    threads = gauge("Threads", min=0)
    queue = gauge("Sessions waiting for a thread", min=0)
    hits = gauge("Hits", "%", missing="ok")
    failed = gauge("Failed fetches", "/s", min=0, missing="ok")
    nuked = gauge("Evicted objects", "/s", min=0, missing="ok")
    requests = gauge("Requests", "/s", min=0, missing="ok")

    def probe(self) -> Metrics:
        state = self.instance.state(self.name_of)
        yield self.threads(state.number("MAIN.threads"))
        yield self.queue(state.number("MAIN.thread_queue_len"))
        probes = state.probes()
        probed = self._probed({name for name, (bits, unhealthy) in probes.items() if bits or unhealthy})
        for name, (bits, _) in probes.items():
            yield self.backend(_word(bits) if name in probed else "without a probe", of=name)
        events = {
            "dropped": state.number("MAIN.sess_dropped"),
            "died": sum(state.number(name) for name in _DIED),
            "limited": state.number("MAIN.threads_limited"),
        }
        found = self.past.within(events, _WINDOW)
        yield self.dropped(found["dropped"])
        yield self.died(found["died"])
        yield self.limited(found["limited"])
        hits, misses = state.number("MAIN.cache_hit"), state.number("MAIN.cache_miss")
        counters = {
            "hits": hits,
            "lookups": hits + misses,
            "failed": state.number("MAIN.fetch_failed"),
            "nuked": state.number("MAIN.n_lru_nuked"),
            "requests": state.number("MAIN.client_req"),
        }
        delta = self.past.since_last_run(counters, "rates")
        steady = None if delta is None or delta.restarted else delta
        yield self.hits(steady.percent("hits", of="lookups") if steady else None)
        yield self.failed(steady.rate("failed") if steady else None)
        yield self.nuked(steady.rate("nuked") if steady else None)
        yield self.requests(steady.rate("requests") if steady else None)

    def _probed(self, now: set[str]) -> set[str]:
        """Return the backends that have a probe, now or in an earlier run."""
        known = set(now)

        def change(before: Before | None) -> dict[str, bool]:
            if before is not None:
                known.update(before.data)
            return dict.fromkeys(sorted(known), True)

        self.past.update(change, "probed")
        return known


def _word(bits: int) -> str:
    """Return the word for the last probes of a backend, the last one in the lowest bit."""
    return "healthy" if bits & 1 else "failing" if bits & 0b111 else "sick"
