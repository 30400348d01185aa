"""Leader, database size and disk latency of an etcd member."""

from checkwright import Metrics, gauge, uses, verdict
from checkwright.sources.histograms import bound, quantile
from checkwright.sources.http_service import HttpService
from checkwright.sources.statefile import StateFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.sources.prometheus_text import PrometheusText

#: Seconds over which events are counted. Least number of writes for a percentile.
WINDOW = 600
LEAST = 50
_FSYNC = "etcd_disk_wal_fsync_duration_seconds_bucket"


class Etcd(HttpService):
    """Leader, health, database size and disk latency of an etcd member, from its metrics.

    A member without a leader accepts no writes: CRITICAL. So is an unhealthy member, such as one with the alarm
    NOSPACE: its database reached the quota, and etcd rejects every write until it is compacted and defragmented.
    `database` is the used percentage of that quota. A member that does not answer is CRITICAL; others may still work,
    so watch each member.

    `failed` counts proposals without a majority in the last 10 minutes, and `changes` counts leader elections: both
    point to a slow disk or network. `fsync` is the 99th percentile of WAL fsync duration in the same time, and needs 50
    writes. Counters start at zero when etcd restarts.

    Account: metrics and health need no login, even if etcd has users. A cluster that requires client certificates needs
    one here too: `--client-cert`, `--client-key` and `--ca`. Alternatively start etcd with `--listen-metrics-urls
    http://127.0.0.1:2381` and give `--url http://127.0.0.1:2381` here.

    Defaults: at 70 % of the quota there is time to compact, at 90 % there is little. One election is a restart, more
    than three in 10 minutes are a cluster that cannot agree. etcd recommends 10 ms for `fsync`; elections start when it
    approaches the election timeout of 1 s, so 0.5 s is a WARNING.

    Tested with etcd 3.4.23.
    """

    thread_safe = True

    memory = uses(StateFile)

    url: str = HttpService.url_option("http://127.0.0.1:2379", "a member")

    leader = verdict("Leader", ok=["known"])
    health = verdict("Health", ok=["true"])
    database = gauge("Database quota used", "%", warn=70, crit=90)
    failed = gauge("Failed proposals in 10 min", warn=5, crit=50, min=0, missing="ok")
    changes = gauge("Elections in 10 min", warn=1, crit=3, min=0, missing="ok")
    fsync = gauge("Log write p99", "s", warn=0.5, crit=1, missing="ok")
    pending = gauge("Pending proposals", warn=50, crit=1_000, min=0)
    proposals = gauge("Proposals", "/s", min=0, missing="ok")
    time = gauge("Time", "s", warn=1, crit=5)

    def probe(self) -> Metrics:
        reply = self.get("/metrics")
        metrics = reply.metrics()
        yield self.leader("known" if metrics.number("etcd_server_has_leader") else "unknown")
        answer = self.fetch("/health")
        # 503 is an answer: the member is not healthy.
        health = (answer if answer.status == 503 else self.accepted(answer)).json()
        names = health.keys()
        reason = health.text("reason") or "" if "reason" in names else ""
        yield self.health(health.word("health"), hint=reason)
        quota = metrics.number("etcd_server_quota_backend_bytes")
        size = metrics.number("etcd_mvcc_db_total_size_in_bytes")
        yield self.database(100 * size / quota if quota and size is not None else None)
        yield self.pending(metrics.number("etcd_server_proposals_pending"))
        yield self.time(reply.seconds)
        # Last, so that the values are reported even where memory cannot be kept.
        yield from self._events(metrics)

    def _events(self, metrics: "PrometheusText") -> Metrics:
        counts = {
            "failed": metrics.number("etcd_server_proposals_failed_total"),
            "changes": metrics.number("etcd_server_leader_changes_seen_total"),
        }
        counters = {"proposals": metrics.number("etcd_server_proposals_applied_total") or 0}
        for sample in metrics.samples(_FSYNC):
            if (upper := bound(sample.labels.get("le", ""))) is not None:
                counters[repr(upper)] = sample.value
        events, delta = self.memory.together(
            lambda memory: (
                memory.within({name: count or 0 for name, count in counts.items()}, WINDOW, "events"),
                memory.over(counters, WINDOW, "writes"),
            )
        )
        yield self.failed(events["failed"])
        yield self.changes(events["changes"])
        yield self.proposals(None if delta is None else delta.rate("proposals"))
        slowest = None
        if delta is not None and not delta.restarted:
            buckets = {float(name): delta.of(name) or 0 for name in counters if name != "proposals"}
            if buckets and max(buckets.values()) >= LEAST:
                slowest, _ = quantile(0.99, buckets)
        yield self.fsync(slowest)
