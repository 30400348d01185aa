"""ElastiCache for Redis, Valkey and Memcached."""

from checks.aws._selection import arns, selected
from checks.aws._series import data_age
from checks.aws._serverless_caches import ServerlessCache, serverless_metrics
from checks.aws.source import SEVERAL, AwsCheck, CloudMetric, Points, Series
from checkwright import BadUsage, Down, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    Found = Mapping[tuple[Series, str], Points]

#: Seconds of one datapoint, and of the time to look back. CPU is no alert for one busy minute.
_PERIOD, _BACK = 300, 1200
_WILD = "*?["
_ARN = "arn:{partition}:elasticache:{region}:{account}:"
#: The first node of a cluster, whose metrics some clusters have by cluster and node alone.
_FIRST_NODE = "0001"
_REDIS = {
    "EngineCPUUtilization": "Average",
    "DatabaseMemoryUsagePercentage": "Maximum",
    "Evictions": "Sum",
    "SwapUsage": "Maximum",
    "CurrConnections": "Average",
}
_MEMCACHED = {"CPUUtilization": "Average", "Evictions": "Sum", "SwapUsage": "Maximum", "CurrConnections": "Average"}
_REDIS_HITS, _MEMCACHED_HITS = ("CacheHits", "CacheMisses"), ("GetHits", "GetMisses")
_GAUGES = {
    "EngineCPUUtilization": "engine_cpu",
    "CPUUtilization": "engine_cpu",
    "DatabaseMemoryUsagePercentage": "memory",
    "SwapUsage": "swap",
    "CurrConnections": "connections",
    "ReplicationLag": "lag",
}
#: Words for people and the member with the name, by the member of the answer.
_KINDS = {
    "ReplicationGroups": ("replication group", "ReplicationGroupId"),
    "CacheClusters": ("cache cluster", "CacheClusterId"),
    "ServerlessCaches": ("serverless cache", "ServerlessCacheName"),
}
_MORE: "Mapping[str, Mapping[str, Any]]" = {"CacheClusters": {"ShowCacheNodeInfo": True}}
#: States of a serverless cache that has metrics.
_SERVING = ("available", "modifying")
_BY_NODE = "nodes whose metrics have two dimensions"


def _declared() -> "Iterator[CloudMetric]":
    hits, lag = dict.fromkeys(_REDIS_HITS, "Sum"), {"ReplicationLag": "Maximum"}
    group, cluster = {"CacheClusterId": SEVERAL}, {"CacheClusterId": "{cluster}"}
    yield from _metrics({**_REDIS, **hits}, group, "group")
    yield from _metrics(lag, group, "group", "replicas")
    yield from _metrics({**_REDIS, **hits}, cluster, "cluster", "Redis and Valkey")
    for dims, when in ((group, "group"), (cluster, "cluster")):
        yield from _metrics({**_REDIS, **hits, **lag}, {**dims, "CacheNodeId": _FIRST_NODE}, when, _BY_NODE)
    memcached = {**_MEMCACHED, **dict.fromkeys(_MEMCACHED_HITS, "Sum")}
    yield from _metrics(memcached, {**cluster, "CacheNodeId": SEVERAL}, "cluster", "Memcached")
    yield from serverless_metrics("serverless", _PERIOD)


def _metrics(
    metrics: "Mapping[str, str]", dims: "Mapping[str, str]", when: str, only: str = ""
) -> "Iterator[CloudMetric]":
    for metric, stat in metrics.items():
        rated = metric in (*_REDIS_HITS, *_MEMCACHED_HITS)
        yield CloudMetric(
            "AWS/ElastiCache",
            metric,
            dims,
            stat,
            period=_PERIOD,
            gauges={stat: _GAUGES[metric]} if metric in _GAUGES and only != _BY_NODE else {},
            when=(when, "hit_rate") if rated else (when,),
            only=only,
            billed=only != _BY_NODE,
        )


class Elasticache(AwsCheck):
    """State, CPU, memory, swap, replication and connections of ElastiCache nodes.

    `--group` selects replication groups of Redis or Valkey with all their nodes, `--cluster` Memcached clusters and
    single nodes, and `--serverless` serverless caches, each by name or by a pattern such as 'shop-*'. A name that does
    not exist is CRITICAL, and so is a pattern that matches nothing.

    `state` is current. It covers the group, each shard that is not available, and clusters. The other values come from
    CloudWatch and are one to six minutes old. An available node without a datapoint for 20 minutes is UNKNOWN.
    `engine_cpu` is the CPU usage of the single thread that serves requests: on a node with several cores, the total CPU
    looks idle while this thread is at its limit. Memcached uses all cores and reports the CPU of the node. `memory` is
    the used percentage of maxmemory; the eviction policy decides whether 100 % is a problem. `evictions` counts keys
    that were removed to make room. `lag` is the replication delay of a replica. `--hit-rate` adds the percentage of
    reads that found their key.

    A serverless cache has no nodes: `stored` is the size of its data, and `memory` the percentage of its storage limit.
    `units` is the percentage of its limit of processing units (ECPU) per second, as a mean of 5 minutes. Both
    percentages are left out for a cache without the limit; 80 % leaves time to raise it. `throttled` counts the
    commands that AWS refused in 5 minutes, because the load grew faster than the cache or reached its limit: any is a
    WARNING, more than 100 are CRITICAL.

    Defaults: requests queue above 80 to 90 % of the single thread. Swap above 50 MB means that too little memory is
    reserved. A replica that is 10 seconds late loses 10 seconds of writes in a failover. Evictions, connections and hit
    rate differ from cache to cache, and have no default limit.

    Permissions: elasticache:DescribeReplicationGroups for `--group`, elasticache:DescribeCacheClusters for `--cluster`,
    elasticache:DescribeServerlessCaches for `--serverless`, and cloudwatch:GetMetricData, which bills five metrics for
    each node or serverless cache and run, six for a replica, four for Memcached, and two more with `--hit-rate`: every
    5 minutes is enough.

    Tested with moto (states of groups and clusters), and with answers that match botocore's service models. Not tested
    against AWS.
    """

    thread_safe = True
    shared = True
    actions = (
        "elasticache:DescribeReplicationGroups",
        "elasticache:DescribeCacheClusters",
        "elasticache:DescribeServerlessCaches",
        "cloudwatch:GetMetricData",
    )
    reads = tuple(_declared())

    group: tuple[str, ...] = option(
        "Replication group, or a pattern such as shop-*", flags="-g --group", default=(), example="sessions"
    )
    cluster: tuple[str, ...] = option("Cluster of Memcached or single node, or a pattern", default=())
    serverless: tuple[str, ...] = option(
        "Serverless cache, or a pattern such as shop-*", flags="--serverless", default=(), example="carts"
    )
    hit_rate: bool = option("Report the share of reads that found their key", default=False)

    engine_cpu = gauge("Engine CPU on", "%", warn=80, crit=90)
    memory = gauge("Memory used on", "%", warn=80, crit=90, missing="ok", optional=True)
    state = verdict(
        "Cache",
        ok=["available", "modifying", "snapshotting"],
        warn=["creating", "rebooting cluster nodes"],
        crit=["create-failed", "deleting", "deleted", "incompatible-network", "restore-failed"],
    )
    swap = gauge("Swap on", "B", warn=50 * 1024**2, missing="ok")
    lag = gauge("Replication lag of", "s", warn=10, crit=60, missing="ok", optional=True)
    evictions = gauge("Evictions on", "/s", min=0)
    connections = gauge("Connections to", min=0, missing="ok")
    hits = gauge("Hit rate of", "%", missing="ok", optional=True)
    stored = gauge("Data stored in", "B", min=0, optional=True)
    units = gauge("Processing units used of", "%", warn=80, crit=95, missing="ok", optional=True)
    throttled = gauge("Throttled commands of", warn=0, crit=100, min=0, optional=True)
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        if not self.group and not self.cluster and not self.serverless:
            raise BadUsage("give --group, --cluster or --serverless")
        if "" in (*self.group, *self.cluster, *self.serverless):
            raise BadUsage("--group, --cluster and --serverless need a name")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        needed: dict[str, tuple[str, ...]] = {"cloudwatch:GetMetricData": ("*",)}
        for member, names, kind in (
            ("ReplicationGroups", self.group, "replicationgroup:"),
            ("CacheClusters", self.cluster, "cluster:"),
            ("ServerlessCaches", self.serverless, "serverlesscache:"),
        ):
            if names:  # a request for a pattern names none
                needed[f"elasticache:Describe{member}"] = arns(_ARN + kind, ("*",) if _is_listed(names) else names)
        return needed

    def probe(self) -> Metrics:
        nodes: list[_Node] = []
        groups = self._found("ReplicationGroups", self.group)
        for name, group in groups.items():
            yield self.state(str(group.get("Status", "")), of=name)
            for shard in group.get("NodeGroups", ()):
                if (status := str(shard.get("Status", ""))) not in ("", "available"):
                    yield self.state(status, of=f"{name}/{shard.get('NodeGroupId', '')}")
            nodes += _nodes_of_group(group)
        clusters = self._found("CacheClusters", self.cluster)
        for name, cluster in clusters.items():
            yield self.state(str(cluster.get("CacheClusterStatus", "")), of=name)
            nodes += _nodes_of_cluster(name, cluster)
        caches = []
        for name, serverless in self._found("ServerlessCaches", self.serverless).items():
            status = str(serverless.get("Status", "")).lower()
            yield self.state(status, of=name)
            if status in _SERVING:
                caches.append(ServerlessCache(name, serverless, _PERIOD, _BACK, self.hit_rate))
        if not nodes and not caches:
            return
        names = (*groups, *clusters, *(cache.item for cache in caches))
        about = f"the cache {', '.join(names)}{self.where().suffix()}"
        series = [one for node in nodes for one in node.series(self.hit_rate)]
        series += [one for cache in caches for one in cache.series()]
        points = self.aws.series(about, self.where(), *series)
        silent = [node for node in nodes if node.is_silent(points)]
        for node in silent:
            node.dims.setdefault("CacheNodeId", _FIRST_NODE)
        if more := [one for node in silent for one in node.series(self.hit_rate) if (one, one.stats[0]) not in points]:
            points = {**points, **self.aws.series(about, self.where(), *more)}
        for node in nodes:
            yield from self._load(node, points)
        for cache in caches:
            yield from self._serverless_load(cache, points)
        yield self.data_age(data_age(points.values()))

    def _load(self, node: "_Node", points: "Found") -> Metrics:
        def newest(metric: str) -> float | None:
            return node.points(metric, points).newest()

        yield self.engine_cpu(newest(node.cpu), of=node.item)
        if not node.is_memcached:
            yield self.memory(newest("DatabaseMemoryUsagePercentage"), of=node.item)
        yield self.swap(newest("SwapUsage"), of=node.item)
        if "ReplicationLag" in node.metrics:
            yield self.lag(newest("ReplicationLag"), of=node.item)
        evicted = newest("Evictions")
        if evicted is None and newest(node.cpu) is not None:
            evicted = 0  # CloudWatch may leave out a count of zero
        yield self.evictions(None if evicted is None else evicted / _PERIOD, of=node.item)
        yield self.connections(newest("CurrConnections"), of=node.item)
        if self.hit_rate:
            found, lost = (newest(metric) or 0 for metric in node.hits)
            yield self.hits(100 * found / (found + lost) if found + lost else None, of=node.item)

    def _serverless_load(self, cache: ServerlessCache, points: "Found") -> Metrics:
        yield self.stored(cache.stored(points), of=cache.item)
        for gauge_, share in ((self.memory, cache.stored_share(points)), (self.units, cache.units_share(points))):
            if share is not None:
                yield gauge_(share, of=cache.item)
        yield self.throttled(cache.count("ThrottledCmds", points), of=cache.item)
        evicted = cache.count("Evictions", points)
        yield self.evictions(None if evicted is None else evicted / _PERIOD, of=cache.item)
        yield self.connections(cache.connections(points), of=cache.item)
        if self.hit_rate:
            yield self.hits(cache.hit_share(points), of=cache.item)

    def _found(self, member: str, names: "tuple[str, ...]") -> "dict[str, Mapping[str, Any]]":
        """Return things by name, each that is missing as an item of its own. Raises Down if no pattern matches."""
        kind, identity = _KINDS[member]
        if not _is_listed(names):
            return dict(self.each(names, lambda name: self._one(member, name)))
        about = f"the {kind}s{self.where().suffix()}"
        pages = self.aws.pages("elasticache", f"Describe{member}", about, self.where(), **_MORE.get(member, {}))
        known = {str(one[identity]): one for page in pages for one in page.get(member, ())}
        found = {name: one for name, one in sorted(known.items()) if selected(name, names)}
        if not found:
            raise Down(f"there is no {kind} {' or '.join(names)}{self.where().suffix()}")
        return found

    def _one(self, member: str, name: str) -> "Mapping[str, Any]":
        kind, identity = _KINDS[member]
        about = f"the {kind} {name}{self.where().suffix()}"
        code = f"{member.removesuffix('s')}NotFound"
        answer = self.aws.ask(
            "elasticache",
            f"Describe{member}",
            about,
            self.where(),
            gone=(code, f"{code}Fault"),
            **{identity: name},
            **_MORE.get(member, {}),
        )
        found: list[Mapping[str, Any]] = answer.get(member, [])
        if not found:
            raise Down(f"{about} does not exist")
        return found[0]


def _is_listed(names: "tuple[str, ...]") -> bool:
    """Return True if a name is a pattern, which needs a request for all."""
    return any(set(_WILD) & set(name) for name in names)


class _Node:
    """One node: its name, the dimensions of its metrics, and their statistics."""

    def __init__(self, item: str, dims: "Mapping[str, str]", metrics: "Mapping[str, str]") -> None:
        self.item = item
        self.dims = dict(dims)
        self.metrics = dict(metrics)
        self.is_memcached = "EngineCPUUtilization" not in metrics
        self.cpu = "CPUUtilization" if self.is_memcached else "EngineCPUUtilization"
        self.hits = _MEMCACHED_HITS if self.is_memcached else _REDIS_HITS

    def series(self, with_hits: bool) -> list[Series]:
        more = dict.fromkeys(self.hits, "Sum") if with_hits else {}
        return [self._one(metric, stat) for metric, stat in {**self.metrics, **more}.items()]

    def points(self, metric: str, found: "Found") -> Points:
        stat = self.metrics.get(metric, "Sum")
        return found[self._one(metric, stat), stat]

    def is_silent(self, found: "Found") -> bool:
        return not self.points(self.cpu, found)

    def _one(self, metric: str, stat: str) -> Series:
        settle = 60 if stat == "Sum" else 0
        return Series("AWS/ElastiCache", metric, self.dims, stat, period=_PERIOD, back=_BACK, settle=settle)


def _nodes_of_group(group: "Mapping[str, Any]") -> list[_Node]:
    roles = {
        str(member.get("CacheClusterId", "")): str(member.get("CurrentRole", ""))
        for shard in group.get("NodeGroups", ())
        for member in shard.get("NodeGroupMembers", ())
    }
    # A group in cluster mode does not say which of its nodes are replicas.
    return [
        _Node(
            name,
            {"CacheClusterId": name},
            _REDIS if roles.get(name) == "primary" else {**_REDIS, "ReplicationLag": "Maximum"},
        )
        for name in sorted(map(str, group.get("MemberClusters", ())) or roles)
    ]


def _nodes_of_cluster(name: str, cluster: "Mapping[str, Any]") -> list[_Node]:
    if cluster.get("Engine") != "memcached":
        return [_Node(name, {"CacheClusterId": name}, _REDIS)]
    nodes = [str(one["CacheNodeId"]) for one in cluster.get("CacheNodes", ())] or [
        f"{number:04}" for number in range(1, int(cluster.get("NumCacheNodes", 1)) + 1)
    ]
    return [
        _Node(name if len(nodes) == 1 else f"{name}/{node}", {"CacheClusterId": name, "CacheNodeId": node}, _MEMCACHED)
        for node in nodes
    ]
