"""Status, disks and rejected requests of an OpenSearch cluster."""

from checkwright import BadUsage, CannotTell, Metrics, gauge, option, uses, verdict
from checkwright.sources.http_service import HttpService
from checkwright.sources.statefile import StateFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from checkwright.sources.http import Reply
    from checkwright.sources.json_path import Document

#: Seconds over which events are counted.
WINDOW = 600
#: Block that a node sets on its indices when its disk reaches the flood stage.
_FLOOD_BLOCK = "12"
_POOLS = ("search", "write")
_STATS = ",".join(
    f"nodes.*.{part}"
    for part in (
        "name",
        "jvm.mem.heap_used_percent",
        "fs.total",
        *(f"thread_pool.{pool}.rejected" for pool in _POOLS),
        "breakers.*.tripped",
        "indices.search.query_total",
        "indices.search.query_time_in_millis",
    )
)


class Opensearch(HttpService):
    """Status, disks, heap and rejected requests of an OpenSearch or Elasticsearch cluster.

    Red is CRITICAL: a primary shard is missing, and searches lack its documents. Yellow is a WARNING: a replica is
    missing. A cluster of one node is always yellow, because a replica needs a second node: use `--single`. Indices that
    became read-only because of a full disk are CRITICAL: every write fails. So is a cluster without a cluster manager
    (master), and one that does not answer. With `--index`, status and shards are those of the given indices.

    `rejected` and `breaker` cover the last 10 minutes: requests that met a full queue, and requests that a circuit
    breaker rejected to protect the heap. `pending` is the age of the oldest pending cluster task.

    Disks and heap are those of all nodes, and a node that does not report within 5 s is a WARNING. With `--local` they
    are those of the node that answers, for a check on each node.

    Account: a role with the privileges `cluster:monitor/*` and `indices:monitor/*` (OpenSearch), or `monitor` for
    cluster and indices (Elasticsearch), and `--auth-file` with `USER:PASSWORD`. A rejected account is UNKNOWN.

    Defaults: disks are a WARNING at 80 % and CRITICAL at 88 %, below the watermarks of the cluster: at 85 % a node gets
    no new shards, at 90 % shards move away from it, at 95 % its indices become read-only. A heap above 80 % after
    garbage collection leads to circuit breakers. A task that waits for 30 s means that the manager is overloaded.
    `nodes` has no default: use `--nodes-critical 3:` in a cluster of three.

    Tested with answers in the documented format. Not tested: a running cluster.
    """

    thread_safe = True

    memory = uses(StateFile, keeps_labels=True)

    url: str = HttpService.url_option("http://127.0.0.1:9200", "a node")
    index: str = option("Index, or a pattern such as logs-*, of status and shards", default="")
    single: bool = option("Accept yellow of a cluster of one node", default=False)
    local: bool = option("Disk and heap of the node that answers only", default=False)

    status = verdict("Cluster", ok=["green", "yellow on one node"], warn=["yellow"])
    read_only = gauge("Read-only indices", crit=0, min=0)
    disk = gauge("Used disk space", "%", warn=80, crit=88, missing="ok", optional=True)
    heap = gauge("Heap", "%", warn=80, crit=95, missing="ok", optional=True)
    pending = gauge("Oldest pending task", "s", warn=30, crit=300)
    rejected = gauge("Rejected requests in 10 min", warn=0, min=0, missing="ok", optional=True)
    breaker = gauge("Circuit breaker in 10 min", warn=0, min=0, missing="ok", optional=True)
    unassigned = gauge("Unassigned shards", min=0)
    delayed = gauge("Delayed shards", min=0)
    nodes = gauge("Nodes", min=0)
    silent = gauge("Nodes without statistics", warn=0, min=0, optional=True)
    query_time = gauge("Mean query time", "s", missing="ok", optional=True)
    time = gauge("Time", "s", warn=1, crit=5)

    def validate(self) -> None:
        super().validate()
        if any(character in self.index for character in "/?#% "):
            raise BadUsage(f"--index: {self.index!r} is no name or pattern of an index")

    def probe(self) -> Metrics:
        reply = self._health()
        health = reply.json()
        nodes = health.number("number_of_nodes")
        word = health.text("status")
        alone = self.single and nodes == 1 and word == "yellow"
        yield self.status("yellow on one node" if alone else word)
        yield self.pending((health.number("task_max_waiting_in_queue_millis") or 0) / 1_000)
        yield self.unassigned(health.number("unassigned_shards"))
        yield self.delayed(health.number("delayed_unassigned_shards"))
        yield self.nodes(nodes)
        yield self.time(reply.seconds)
        blocks = self.get("/_cluster/state/blocks?filter_path=blocks.indices").json()
        yield self.read_only(_flooded(blocks))
        scope = "_local" if self.local else "_all"
        stats = self.get(f"/_nodes/{scope}/stats/jvm,fs,thread_pool,breaker,indices?timeout=5s&filter_path={_STATS}")
        found = {node.text("name") or name: node for name, node in stats.json().items("nodes")}
        if not found:
            raise CannotTell(f"GET {stats.url.partition('?')[0]}: no node reports statistics")
        if not self.local:
            yield self.silent(None if nodes is None else max(0, nodes - len(found)))
        for name, node in found.items():
            free, total = (node.number(f"fs.total.{kind}_in_bytes", missing=None) for kind in ("available", "total"))
            yield self.disk(100 * (1 - free / total) if total and free is not None else None, of=name)
            yield self.heap(node.number("jvm.mem.heap_used_percent", missing=None), of=name)
        # Last, so that the counts are reported even where memory cannot be kept.
        yield from self._events(found)

    def _events(self, found: "Mapping[str, Document]") -> Metrics:
        events: dict[str, float] = {}
        queries: dict[str, float] = {}
        for name, node in found.items():
            for pool in _POOLS:
                events[f"{name} {pool}"] = node.number(f"thread_pool.{pool}.rejected", missing=0) or 0
            breakers = [one for _, one in node.items("breakers")] if "breakers" in set(node.keys()) else []
            events[f"breaker {name}"] = sum(one.number("tripped", missing=0) or 0 for one in breakers)
            queries[f"total {name}"] = node.number("indices.search.query_total", missing=0) or 0
            queries[f"time {name}"] = node.number("indices.search.query_time_in_millis", missing=0) or 0
        increases, delta = self.memory.together(
            lambda memory: (memory.within(events, WINDOW, "events"), memory.over(queries, WINDOW, "queries"))
        )
        for name in found:
            for pool in _POOLS:
                yield self.rejected(increases[f"{name} {pool}"], of=f"{name} {pool}")
            yield self.breaker(increases[f"breaker {name}"], of=name)
            total, spent = (None if delta is None else delta.of(f"{kind} {name}") for kind in ("total", "time"))
            yield self.query_time(spent / 1_000 / total if total and spent is not None else None, of=name)

    def _health(self) -> "Reply":
        """Return the health of the cluster. By default it would wait for a manager for longer than a check may run."""
        path = f"/_cluster/health{f'/{self.index}' if self.index else ''}?timeout=5s"
        reply = self.fetch(f"{path}&master_timeout=5s")
        if reply.status == 400:  # a version without that word
            reply = self.fetch(f"{path}&cluster_manager_timeout=5s")
        return self.accepted(reply)


def _flooded(blocks: "Document") -> int:
    """Return the number of indices that a full disk has made read-only."""
    if "blocks" not in set(blocks.keys()):
        return 0
    return sum(_FLOOD_BLOCK in set(index.keys()) for _, index in blocks.items("blocks.indices"))
