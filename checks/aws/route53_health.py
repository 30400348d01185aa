"""Route 53 health checks."""

from checks.aws._series import data_age
from checks.aws.source import AwsCheck, CloudMetric, Points, Series
from checkwright import BadUsage, Down, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Found = Mapping[tuple[Series, str], Points]

#: The region that has the metrics of all health checks.
_REGION = "us-east-1"
_STATUS, _SHARE = "HealthCheckStatus", "HealthCheckPercentageHealthy"
#: Kinds that no checkers around the world look at.
_WITHOUT_CHECKERS = ("CALCULATED", "CLOUDWATCH_METRIC", "RECOVERY_CONTROL")


class Route53Health(AwsCheck):
    """Route 53 health checks, which decide about DNS failover.

    `state` is the decision of Route 53: DNS sends no clients to an unhealthy endpoint. `healthy` is the percentage of
    Route 53's health checkers around the world that reach the endpoint. Below 100 % some regions cannot reach it, which
    is a WARNING; at 18 % or less Route 53 considers it unhealthy (unverified). Calculated health checks and those of an
    alarm have no checkers. Inverted ones are judged by the decision alone. Route 53 treats a disabled health check as
    healthy, whatever the endpoint does: that is a WARNING here.

    `--check` selects health checks by ID; the default is all of the account. One that does not exist is CRITICAL, and
    so is an account without any. The values come from CloudWatch in us-east-1, regardless of `--region`, and are one to
    three minutes old. A health check without a datapoint for 15 minutes is UNKNOWN. The check does not use
    GetHealthCheckStatus, which AWS documents for development only.

    Permissions: route53:ListHealthChecks, or route53:GetHealthCheck with `--check`, and cloudwatch:GetMetricData, which
    bills two metrics for each health check and run.

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("route53:ListHealthChecks", "route53:GetHealthCheck", "cloudwatch:GetMetricData")
    reads = (
        CloudMetric("AWS/Route53", _STATUS, {"HealthCheckId": "{check}"}, "Minimum", region=_REGION),
        CloudMetric(
            "AWS/Route53",
            _SHARE,
            {"HealthCheckId": "{check}"},
            "Average",
            gauges={"Average": "healthy"},
            only="endpoints",
            region=_REGION,
        ),
    )

    check: tuple[str, ...] = option("ID of a health check that must exist", flags="--check", default=())

    healthy = gauge("Checkers that reach", "%", warn="100:", crit="50:", missing="ok", optional=True)
    state = verdict("Health check", ok=["healthy"], warn=["switched off"], crit=["unhealthy"])
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        if "" in self.check:
            raise BadUsage("--check needs the ID of a health check")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        checks = tuple("arn:{partition}:route53:::healthcheck/" + identity for identity in self.check)
        read = {"route53:GetHealthCheck": checks} if checks else {"route53:ListHealthChecks": ("*",)}
        return {**read, "cloudwatch:GetMetricData": ("*",)}

    def probe(self) -> Metrics:
        found = dict(self.each(self.check, self._named)) if self.check else self._all()
        series = {identity: _series_of(identity, config) for identity, config in found.items()}
        queries = [one for own in series.values() for one in own.values()]
        points = self.aws.series("the health checks", self.where().at(_REGION), *queries) if queries else {}
        for identity, config in found.items():
            own = {name: points[one, one.stats[0]].newest() for name, one in series[identity].items()}
            words = [_target(config), *(["inverted"] if config.get("Inverted") else [])]
            hint = ", ".join(filter(None, words))
            yield self.state(_word(config, own.get(_STATUS)), of=identity, hint=hint)
            if _SHARE in own:
                yield self.healthy(own[_SHARE], of=identity, hint=_target(config))
        if points:
            yield self.data_age(data_age(points.values()))

    def _named(self, identity: str) -> "Mapping[str, Any]":
        answer = self.aws.ask(
            "route53",
            "GetHealthCheck",
            f"the health check {identity}",
            self.where().at(_REGION),
            gone=("NoSuchHealthCheck",),
            HealthCheckId=identity,
        )
        config: Mapping[str, Any] = answer.get("HealthCheck", {}).get("HealthCheckConfig", {})
        return config

    def _all(self) -> "dict[str, Mapping[str, Any]]":
        pages = self.aws.pages("route53", "ListHealthChecks", "the health checks", self.where().at(_REGION))
        found = {str(one["Id"]): one.get("HealthCheckConfig", {}) for page in pages for one in page["HealthChecks"]}
        if not found:
            raise Down("there is no health check of Route 53")
        return dict(sorted(found.items(), key=lambda one: (_target(one[1]), one[0])))


def _series_of(identity: str, config: "Mapping[str, Any]") -> dict[str, Series]:
    if config.get("Disabled"):
        return {}
    dims = {"HealthCheckId": identity}
    found = {_STATUS: Series("AWS/Route53", _STATUS, dims, "Minimum", settle=0)}
    if config.get("Type") not in _WITHOUT_CHECKERS and not config.get("Inverted"):
        found[_SHARE] = Series("AWS/Route53", _SHARE, dims, "Average", settle=0)
    return found


def _word(config: "Mapping[str, Any]", status: float | None) -> str:
    if config.get("Disabled"):
        return "switched off"
    return "no datapoint" if status is None else "healthy" if status >= 1 else "unhealthy"


def _target(config: "Mapping[str, Any]") -> str:
    host = str(config.get("FullyQualifiedDomainName") or config.get("IPAddress") or "")
    return f"{host}{config.get('ResourcePath', '')}" if host else str(config.get("Type", "")).lower()
