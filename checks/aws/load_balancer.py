"""Application, network and gateway load balancers."""

from checks.aws._selection import selected
from checks.aws._series import data_age, newest_period
from checks.aws.source import AT_RUN_TIME, AwsCheck, CloudMetric, Points, Series
from checkwright import BadUsage, Down, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Found = Mapping[tuple[Series, str], Points]

#: Seconds of one datapoint, and of the time to look back.
_PERIOD, _BACK = 300, 1200
_APPLICATION, _NETWORK = "AWS/ApplicationELB", "AWS/NetworkELB"
_TIMES = ("p99", "p90", "Maximum", "SampleCount")
_FLOWS = (
    "NewFlowCount",
    "RejectedFlowCount",
    "PortAllocationErrorCount",
    "TCP_ELB_Reset_Count",
    "TCP_Target_Reset_Count",
    "TCP_Client_Reset_Count",
)
#: A p90 needs a tenth of the requests that a p99 needs.
_P90_SHARE = 0.1
_BAD = ("unhealthy", "unavailable")
#: The group has no health checks, as is usual for Lambda functions.
_UNCHECKED = "Target.HealthCheckDisabled"
#: Unhealthy targets that the text names.
_SHOWN = 3


def _declared(namespace: str, metric: str, *stats: str, **gauges: str) -> CloudMetric:
    kind = "application load balancers" if namespace == _APPLICATION else "network load balancers"
    dims = {"LoadBalancer": AT_RUN_TIME}  # the end of its ARN
    return CloudMetric(namespace, metric, dims, *(stats or ("Sum",)), period=_PERIOD, gauges=gauges, only=kind)


class LoadBalancer(AwsCheck):
    """Healthy targets of a load balancer, and the errors, latency and rejected connections of its traffic.

    `healthy` comes from the load balancer itself with its reason, such as Target.Timeout, and is current. It is the
    percentage of healthy targets in each target group that a listener or rule uses. Targets that are starting, draining
    or in no enabled zone are not counted. A group without any target that could answer has 0 % and is CRITICAL, because
    requests to it fail. Skip the idle group of a blue/green deployment with `--exclude`.

    The other values come from CloudWatch, from the newest 5 minutes with traffic within the last 20; they are one to
    six minutes old. `errors` is the percentage of requests that got a 5xx response from the load balancer or a target.
    It has no value below `--min-requests` requests. `p99` and `p90` are response times of the targets. The p99 of a few
    requests is noise, so it needs `--min-samples` requests, by default 1,000 in 5 minutes, and p90 needs a tenth of
    them. `worst` is the slowest response. Without traffic they have no value. A network load balancer has `requests`,
    its new connections, `rejected`, including port allocation errors, and `resets`. A gateway load balancer only has
    targets.

    A load balancer that does not exist is CRITICAL, and so is one without a target group that matches `--group`.

    Defaults: 1 % of errors shows in the revenue of a shop, 5 % is an outage; a percentage fits nights and peaks alike.
    A rejected connection is a client without a response, so the first one is a WARNING. Losing half of the targets is
    CRITICAL, because the other half then has twice the load.

    Permissions: elasticloadbalancing:DescribeLoadBalancers, elasticloadbalancing:DescribeTargetGroups,
    elasticloadbalancing:DescribeTargetHealth and cloudwatch:GetMetricData. CloudWatch bills five metrics in each run
    for an application load balancer, six for a network load balancer: every 5 minutes is enough.

    Tested with moto (network load balancers), and with answers that match botocore's service models. Not tested against
    AWS.
    """

    thread_safe = True
    shared = True
    actions = (
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
        "cloudwatch:GetMetricData",
    )
    reads = (
        _declared(_APPLICATION, "RequestCount"),
        _declared(_APPLICATION, "HTTPCode_ELB_5XX_Count"),
        _declared(_APPLICATION, "HTTPCode_Target_5XX_Count"),
        _declared(_APPLICATION, "RejectedConnectionCount", Sum="rejected"),
        _declared(_APPLICATION, "TargetResponseTime", *_TIMES, p99="p99", p90="p90", Maximum="worst"),
        *(_declared(_NETWORK, metric) for metric in _FLOWS),
    )

    balancer: str = option("Load balancer", flags="-n --name", example="shop")
    group: tuple[str, ...] = option("Target group to look at, or a pattern", default=())
    exclude: tuple[str, ...] = option("Target group to leave out, or a pattern", flags="-x --exclude", default=())
    min_requests: int = option("Requests in 5 minutes from which on errors count", default=20)
    min_samples: int = option("Requests in 5 minutes that a p99 needs", default=1000)

    healthy = gauge("Healthy targets", "%", warn="80:", crit="50:", missing="ok")
    state = verdict("Load balancer", ok=["active"], warn=["active_impaired", "provisioning"], crit=["failed"])
    errors = gauge("5xx responses", "%", warn=1, crit=5, missing="ok", optional=True)
    p99 = gauge("Latency p99", "s", warn=1, crit=3, missing="ok", optional=True)
    p90 = gauge("Latency p90", "s", missing="ok", optional=True)
    worst = gauge("Slowest response", "s", missing="ok", optional=True)
    rejected = gauge("Rejected connections", warn=0, crit=10, min=0, missing="ok", optional=True)
    resets = gauge("Reset connections", min=0, missing="ok", optional=True)
    requests = gauge("Requests", "/s", min=0, missing="ok", optional=True)
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        if not self.balancer:
            raise BadUsage("--name needs the name of a load balancer")
        if self.min_requests < 1 or self.min_samples < 1:
            raise BadUsage("--min-requests and --min-samples are numbers of requests, at least 1")

    def probe(self) -> Metrics:
        balancer = self._balancer()
        yield self.state(str(balancer["State"]["Code"]), hint=str(balancer["State"].get("Reason", "")))
        for group, targets in self.each(self._groups(str(balancer["LoadBalancerArn"])), self._targets):
            share, hint = _share(targets)
            yield self.healthy(share, of=group.name, hint=hint)
        kind = str(balancer.get("Type", ""))
        name = str(balancer["LoadBalancerArn"]).partition(":loadbalancer/")[2]
        if kind == "application":
            yield from self._application({"LoadBalancer": name})
        elif kind == "network":
            yield from self._network({"LoadBalancer": name})

    def _about(self) -> str:
        return f"the load balancer {self.balancer}{self.where().suffix()}"

    def _balancer(self) -> "Mapping[str, Any]":
        gone = ("LoadBalancerNotFound", "LoadBalancerNotFoundException")
        answer = self.aws.ask(
            "elbv2", "DescribeLoadBalancers", self._about(), self.where(), gone=gone, Names=[self.balancer]
        )
        found: list[Mapping[str, Any]] = answer.get("LoadBalancers", [])
        if not found:
            raise Down(f"{self._about()} does not exist")
        return found[0]

    def _groups(self, arn: str) -> "list[_Group]":
        pages = self.aws.pages("elbv2", "DescribeTargetGroups", self._about(), self.where(), LoadBalancerArn=arn)
        found = [_Group(one) for page in pages for one in page.get("TargetGroups", ())]
        groups = [one for one in found if selected(one.name, self.group, self.exclude)]
        if not groups and self.group:
            raise Down(f"{self._about()} uses no target group {' or '.join(self.group)}")
        return sorted(groups, key=lambda one: one.name)

    def _targets(self, group: "_Group") -> "list[Mapping[str, Any]]":
        about = f"the target group {group.name}{self.where().suffix()}"
        answer = self.aws.ask("elbv2", "DescribeTargetHealth", about, self.where(), TargetGroupArn=group.arn)
        found: list[Mapping[str, Any]] = answer.get("TargetHealthDescriptions", [])
        return found

    def _application(self, dims: "Mapping[str, str]") -> Metrics:
        requests = _series(_APPLICATION, "RequestCount", dims)
        own = _series(_APPLICATION, "HTTPCode_ELB_5XX_Count", dims)
        targets = _series(_APPLICATION, "HTTPCode_Target_5XX_Count", dims)
        rejected = _series(_APPLICATION, "RejectedConnectionCount", dims)
        times = _series(_APPLICATION, "TargetResponseTime", dims, *_TIMES)
        found = self.aws.series(self._about(), self.where(), requests, own, targets, rejected, times)
        start = newest_period(found.values())
        total = found[requests, "Sum"].at(start)
        failed = (found[own, "Sum"].at(start) or 0) + (found[targets, "Sum"].at(start) or 0)
        # The load balancer's own errors count requests that RequestCount may leave out.
        served = max(total or 0, failed)
        yield self.errors(100 * failed / served if served >= self.min_requests else None, hint=_counted(failed, served))
        samples = found[times, "SampleCount"].at(start) or 0
        yield self.p99(found[times, "p99"].at(start) if samples >= self.min_samples else None)
        yield self.p90(found[times, "p90"].at(start) if samples >= self.min_samples * _P90_SHARE else None)
        yield self.worst(found[times, "Maximum"].at(start))
        yield self.rejected(_or_zero(found[rejected, "Sum"].at(start), start))
        yield self.requests(None if total is None else total / _PERIOD)
        yield self.data_age(data_age(found.values()))

    def _network(self, dims: "Mapping[str, str]") -> Metrics:
        flows, rejected, ports, own, targets, clients = (_series(_NETWORK, metric, dims) for metric in _FLOWS)
        found = self.aws.series(self._about(), self.where(), flows, rejected, ports, own, targets, clients)
        start = newest_period(found.values())
        refused = [found[one, "Sum"].at(start) for one in (rejected, ports)]
        resets = [found[one, "Sum"].at(start) for one in (own, targets, clients)]
        total = found[flows, "Sum"].at(start)
        yield self.rejected(_or_zero(sum(value or 0 for value in refused), start))
        yield self.resets(_or_zero(sum(value or 0 for value in resets), start))
        yield self.requests(None if total is None else total / _PERIOD)
        yield self.data_age(data_age(found.values()))


class _Group:
    """Target group: its name and ARN."""

    def __init__(self, answer: "Mapping[str, Any]") -> None:
        self.name = str(answer["TargetGroupName"])
        self.arn = str(answer["TargetGroupArn"])

    def __str__(self) -> str:
        return self.name


def _share(targets: "list[Mapping[str, Any]]") -> tuple[float | None, str]:
    """Return the percentage of healthy targets, None if their health is not checked, and a remark."""
    health = [one.get("TargetHealth", {}) for one in targets]
    if targets and all(one.get("Reason") == _UNCHECKED for one in health):
        return None, ""
    good = sum(one.get("State") == "healthy" for one in health)
    bad = [
        f"{one.get('Target', {}).get('Id', '')} {state.get('Reason') or state.get('State')}"
        for one, state in zip(targets, health, strict=True)
        if state.get("State") in _BAD
    ]
    more = [f"{len(bad) - _SHOWN} more"] if len(bad) > _SHOWN else []
    counted = good + len(bad)
    words = f"{good} of {counted}" if counted else f"none of {len(targets)} is in service" if targets else "no targets"
    return 100 * good / counted if counted else 0, ", ".join([words, *bad[:_SHOWN], *more])


def _series(namespace: str, metric: str, dims: "Mapping[str, str]", *stats: str) -> Series:
    return Series(namespace, metric, dims, *(stats or ("Sum",)), period=_PERIOD, back=_BACK)


def _or_zero(value: float | None, start: float | None) -> float | None:
    """Return 0 for a count without a datapoint in a period that has others, since CloudWatch leaves out zeros."""
    return None if start is None else value or 0


def _counted(failed: float, served: float) -> str:
    return f"{failed:,.0f} of {served:,.0f} requests" if failed else ""
