"""Amazon OpenSearch Service domains."""

from checks.aws._series import data_age
from checks.aws.source import AT_RUN_TIME, AwsCheck, CloudMetric, Points, Series
from checkwright import BadUsage, CannotTell, Metrics, gauge, option, verdict
from checkwright.sources.numbers import natural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Found = Mapping[tuple[Series, str], Points]

_PERIOD, _BACK = 300, 1200
_MIB = 1024**2
_STATS = {
    "FreeStorageSpace": "Minimum",
    "JVMMemoryPressure": "Maximum",
    "CPUUtilization": "Maximum",
    "ClusterIndexWritesBlocked": "Maximum",
    "AutomatedSnapshotFailure": "Maximum",
}
_GAUGES = {
    "FreeStorageSpace": ("free", float(_MIB)),
    "JVMMemoryPressure": ("heap", 1.0),
    "CPUUtilization": ("cpu", 1.0),
    "ClusterIndexWritesBlocked": ("writes_blocked", 1.0),
    "AutomatedSnapshotFailure": ("snapshots", 1.0),
}


class OpensearchDomain(AwsCheck):
    """Health, storage, heap, CPU and snapshots of Amazon OpenSearch Service domains.

    `state`, `health` and `nodes_missing` come from the service and are current. Yellow means that replica shards are
    missing. A domain is yellow for some minutes after a node is replaced, so give the watch several attempts. The other
    values come from CloudWatch, are one to six minutes old, and are those of the worst node. `space` is the free
    percentage of a node's volume: OpenSearch blocks writes when one node is full, even if others have space. AWS
    reports no size for instance types with local disks; they only have `free`. An active domain without a datapoint for
    20 minutes is UNKNOWN. `writes_blocked` is 1 while the domain rejects writes, `snapshots` is 1 after an automated
    snapshot failed.

    This check reads the view that AWS has of a domain. Use the check `opensearch` for the cluster's own view, with
    shards and indices, if it can connect to the domain. A domain that does not exist is CRITICAL.

    Defaults: AWS recommends 25 % of free storage on each node. A heap above 95 % for some minutes precedes the loss of
    a node, and 85 % is close to that. A CPU usage above 80 % slows queries down.

    Permissions: es:DescribeDomain, es:DescribeDomainHealth and cloudwatch:GetMetricData, which bills five metrics for
    each domain and run: every 5 minutes is enough.

    Tested with moto (states), and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("es:DescribeDomain", "es:DescribeDomainHealth", "cloudwatch:GetMetricData")
    reads = tuple(
        CloudMetric(
            "AWS/ES",
            metric,
            {"DomainName": "{domain}", "ClientId": AT_RUN_TIME},
            stat,
            period=_PERIOD,
            gauges={stat: _GAUGES[metric][0]},
            scale=_GAUGES[metric][1],
        )
        for metric, stat in _STATS.items()
    )

    domain: tuple[str, ...] = option("Domain that must exist", flags="-d --domain", example="logs")
    no_health: bool = option("Do not ask for the health of the nodes", default=False)

    health = verdict("Health of", ok=["Green"], warn=["Yellow"], crit=["Red"])
    space = gauge("Free space on the fullest node of", "%", warn="25:", crit="10:", missing="ok", optional=True)
    heap = gauge("Heap of", "%", warn=85, crit=95)
    cpu = gauge("CPU of", "%", warn=80, crit=95)
    writes_blocked = gauge("Writes blocked on", crit=0, min=0, missing="ok")
    snapshots = gauge("Failed snapshot of", warn=0, min=0, missing="ok")
    nodes_missing = gauge("Nodes missing in", warn=0, min=0, missing="ok", optional=True)
    state = verdict(
        "Domain",
        ok=["Active", "Modifying", "UpgradingEngineVersion", "UpdatingServiceSoftware"],
        warn=["Creating"],
        crit=["Isolated", "Deleting"],
    )
    free = gauge("Free space on a node of", "B", missing="ok")
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        if not self.domain or "" in self.domain:
            raise BadUsage("--domain needs the name of a domain")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        domains = tuple("arn:{partition}:es:{region}:{account}:domain/" + name for name in self.domain)
        needed = {"es:DescribeDomain": domains, "cloudwatch:GetMetricData": ("*",)}
        return needed if self.no_health else {**needed, "es:DescribeDomainHealth": domains}

    def probe(self) -> Metrics:
        found = dict(self.each(self.domain, self._domain))
        for name, domain in found.items():
            yield self.state(_state(domain), of=name)
        if not self.no_health:
            for name, health in self.each(found, self._health):
                yield self.health(str(health.get("ClusterHealth", "")), of=name, hint=_unassigned(health))
                missing, hint = _missing_nodes(health)
                yield self.nodes_missing(missing, of=name, hint=hint)
        series = {name: _series_of(name, domain) for name, domain in found.items()}
        queries = [one for several in series.values() for one in several.values()]
        if not queries:
            return
        points = self.aws.series(self._about(", ".join(found)), self.where(), *queries)
        for name, domain in found.items():
            newest = {metric: points[one, one.stats[0]].newest() for metric, one in series[name].items()}
            free = None if newest["FreeStorageSpace"] is None else newest["FreeStorageSpace"] * _MIB
            if size := int(domain.get("EBSOptions", {}).get("VolumeSize", 0)) * 1024 * _MIB:
                yield self.space(None if free is None else min(100, 100 * free / size), of=name)
            yield self.free(free, of=name)
            yield self.heap(newest["JVMMemoryPressure"], of=name)
            yield self.cpu(newest["CPUUtilization"], of=name)
            yield self.writes_blocked(newest["ClusterIndexWritesBlocked"], of=name)
            yield self.snapshots(newest["AutomatedSnapshotFailure"], of=name)
        yield self.data_age(data_age(points.values()))

    def _about(self, name: str) -> str:
        return f"the domain {name}{self.where().suffix()}"

    def _domain(self, name: str) -> "Mapping[str, Any]":
        gone = ("ResourceNotFoundException",)
        answer = self.aws.ask(
            "opensearch", "DescribeDomain", self._about(name), self.where(), gone=gone, DomainName=name
        )
        found: Mapping[str, Any] = answer.get("DomainStatus", {})
        return found

    def _health(self, name: str) -> "Mapping[str, Any]":
        about = f"the health of {self._about(name)}"
        answer: Mapping[str, Any] = self.aws.ask(
            "opensearch", "DescribeDomainHealth", about, self.where(), DomainName=name
        )
        return answer


def _state(domain: "Mapping[str, Any]") -> str:
    status = str(domain.get("DomainProcessingStatus") or "")
    if domain.get("Deleted"):
        return "Deleting"
    return status or ("Modifying" if domain.get("Processing") or domain.get("UpgradeProcessing") else "Active")


def _unassigned(health: "Mapping[str, Any]") -> str:
    shards = natural(str(health.get("TotalUnAssignedShards", "")))
    words = [f"{shards:,} shards unassigned"] if shards else []
    return ", ".join([*words, *(["no master"] if health.get("MasterNode") == "UnAvailable" else [])])


def _missing_nodes(health: "Mapping[str, Any]") -> tuple[int | None, str]:
    """Return the number of data nodes that are configured and not available, None if AWS does not know it."""
    missing, words = 0, []
    zones = [
        zone
        for environment in health.get("EnvironmentInformation", ())
        for zone in environment.get("AvailabilityZoneInformation", ())
    ]
    for zone in zones:
        configured, available = (
            natural(str(zone.get(name, ""))) for name in ("ConfiguredDataNodeCount", "AvailableDataNodeCount")
        )
        if configured is None or available is None:
            return None, ""
        if available < configured:
            missing += configured - available
            words.append(f"{available} of {configured} in {zone.get('AvailabilityZoneName', '')}")
    return (missing if zones else None), ", ".join(words)


def _series_of(name: str, domain: "Mapping[str, Any]") -> dict[str, Series]:
    arn = str(domain.get("ARN", "")).split(":")
    if len(arn) < 6:
        raise CannotTell(f"the answer to es:DescribeDomain for {name} has no ARN, which names the account")
    dims = {"DomainName": name, "ClientId": arn[4]}
    return {
        metric: Series("AWS/ES", metric, dims, stat, period=_PERIOD, back=_BACK, settle=0)
        for metric, stat in _STATS.items()
    }
