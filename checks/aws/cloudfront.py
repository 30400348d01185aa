"""CloudFront distributions."""

from checks.aws._series import data_age, newest_period
from checks.aws.source import AwsCheck, CloudMetric, Points, Series
from checkwright import BadUsage, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: Seconds of one datapoint, of the time to look back, and from the end of a period to its last change.
_PERIOD, _BACK, _SETTLE = 300, 1500, 120
#: The region that has the metrics of all edge locations.
_REGION = "us-east-1"
_STATS = {"Requests": "Sum", "5xxErrorRate": "Average", "4xxErrorRate": "Average"}
_GAUGES = {"5xxErrorRate": "errors", "4xxErrorRate": "errors_4xx"}


class Cloudfront(AwsCheck):
    """State of CloudFront distributions, and their rate of failed requests.

    `state` comes from CloudFront and is current. A disabled distribution serves nothing and is CRITICAL. A distribution
    that is InProgress rolls out a change to the edge locations, and continues to serve. The other values come from
    CloudWatch in us-east-1, regardless of `--region`, and are two to eight minutes old. `errors` is the percentage of
    requests that got a 5xx response, from the edge or the origin, in the newest 5 minutes with requests. It has no
    value below `--min-requests` requests. `errors_4xx` has no default limit, because the amount of scanners and dead
    links differs from site to site: set one after you have seen a week of data.

    A distribution without requests has no datapoints, which is no error. One that does not exist is CRITICAL.

    Defaults: 1 % of errors shows in the revenue of a shop, 5 % is an outage.

    Permissions: cloudfront:GetDistribution and cloudwatch:GetMetricData. CloudWatch bills three metrics for each
    distribution and run: every 5 minutes is enough.

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("cloudfront:GetDistribution", "cloudwatch:GetMetricData")
    reads = tuple(
        CloudMetric(
            "AWS/CloudFront",
            metric,
            {"DistributionId": "{distribution}", "Region": "Global"},
            stat,
            period=_PERIOD,
            gauges={stat: _GAUGES[metric]} if metric in _GAUGES else {},
            region=_REGION,
        )
        for metric, stat in _STATS.items()
    )

    distribution: tuple[str, ...] = option(
        "ID of a distribution that must exist", flags="-d --distribution", example="E2QWRUHAPOMQZL"
    )
    min_requests: int = option("Requests in 5 minutes from which on errors count", default=20)

    errors = gauge("5xx responses of", "%", warn=1, crit=5, missing="ok")
    state = verdict("Distribution", ok=["Deployed", "InProgress"], crit=["switched off"])
    errors_4xx = gauge("4xx responses of", "%", missing="ok")
    requests = gauge("Requests to", "/s", min=0, missing="ok")
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        if not self.distribution or "" in self.distribution:
            raise BadUsage("--distribution needs the ID of a distribution, such as E2QWRUHAPOMQZL")
        if self.min_requests < 1:
            raise BadUsage("--min-requests is a number of requests, at least 1")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        prefix = "arn:{partition}:cloudfront::{account}:distribution/"
        return {
            "cloudfront:GetDistribution": tuple(prefix + identity for identity in self.distribution),
            "cloudwatch:GetMetricData": ("*",),
        }

    def probe(self) -> Metrics:
        where = self.where().at(_REGION)
        found = dict(self.each(self.distribution, self._distribution))
        for identity, distribution in found.items():
            config = distribution.get("DistributionConfig", {})
            domain = next(iter(config.get("Aliases", {}).get("Items", ())), distribution.get("DomainName", ""))
            word = "switched off" if config.get("Enabled") is False else str(distribution.get("Status", ""))
            yield self.state(word, of=identity, hint=str(domain))
        if not found:
            return
        series = {identity: _series_of(identity) for identity in found}
        queries = [one for several in series.values() for one in several.values()]
        points = self.aws.series(f"the distribution {', '.join(found)}", where, *queries)
        for identity, own in series.items():
            yield from self._traffic(identity, {name: points[one, one.stats[0]] for name, one in own.items()})
        yield self.data_age(data_age(points.values()))

    def _traffic(self, identity: str, points: "Mapping[str, Points]") -> Metrics:
        start = newest_period(points.values())
        requests = points["Requests"].at(start)
        enough = (requests or 0) >= self.min_requests
        for name, gauge_ in (("5xxErrorRate", self.errors), ("4xxErrorRate", self.errors_4xx)):
            # CloudFront may leave out a rate of zero.
            share = (points[name].at(start) or 0) if enough else None
            yield gauge_(share, of=identity, hint=f"of {requests:,.0f} requests" if share and requests else "")
        yield self.requests(None if requests is None else requests / _PERIOD, of=identity)

    def _distribution(self, identity: str) -> "Mapping[str, Any]":
        answer = self.aws.ask(
            "cloudfront",
            "GetDistribution",
            f"the distribution {identity}",
            self.where().at(_REGION),
            gone=("NoSuchDistribution",),
            Id=identity,
        )
        found: Mapping[str, Any] = answer.get("Distribution", {})
        return found


def _series_of(identity: str) -> dict[str, Series]:
    dims = {"DistributionId": identity, "Region": "Global"}
    return {
        metric: Series("AWS/CloudFront", metric, dims, stat, period=_PERIOD, back=_BACK, settle=_SETTLE)
        for metric, stat in _STATS.items()
    }
