"""AWS service quotas."""

from checks.aws._selection import selected
from checks.aws._series import data_age
from checks.aws.source import SEVERAL, AwsCheck, CloudMetric, Points, Series
from checkwright import UNLIMITED, BadUsage, CannotTell, Down, Metrics, gauge, option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: Seconds of one datapoint, and of the time to look back.
_PERIOD, _BACK = 300, 3600
_UNITS = {
    "MICROSECOND": 1e-6,
    "MILLISECOND": 1e-3,
    "SECOND": 1.0,
    "MINUTE": 60.0,
    "HOUR": 3600.0,
    "DAY": 86_400.0,
    "WEEK": 604_800.0,
}
_STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")
_NONE = "NoSuchResourceException"


class ServiceQuota(AwsCheck):
    """Used percentage of the quotas of an AWS service, in one account and region.

    AWS measures the usage of quotas that have a usage metric, such as running instances of a type, vCPUs or API
    requests. The check reads all of them, or those that `--quota` selects by code, such as L-1216C47A, or by a pattern
    for their names, such as 'Running On-Demand*'. `aws service-quotas list-service-quotas --service-code ec2` lists
    codes and names. Service codes, such as ec2, are lower case.

    The limit is the quota that AWS applied to the account. If AWS reports none, the default quota counts, and the
    output says so, because an approved increase may be hidden then. `--limit L-1216C47A=640` sets a limit yourself. A
    quota without usage has no datapoint, which is no error. Usage comes from CloudWatch and is one to six minutes old.
    A named quota without a usage metric is UNKNOWN: watch it with the check of its service, or with `cloudwatch`.

    Defaults: AWS takes hours to days to increase a quota, so the WARNING begins at 80 %.

    Permissions: servicequotas:ListServiceQuotas, servicequotas:GetAWSDefaultServiceQuota and cloudwatch:GetMetricData.
    CloudWatch bills one metric for each quota and run: once an hour is enough.

    Tested with answers that match botocore's service models; moto has no such answers. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = (
        "servicequotas:ListServiceQuotas",
        "servicequotas:GetAWSDefaultServiceQuota",
        "cloudwatch:GetMetricData",
    )
    reads = (CloudMetric("AWS/Usage", "", {"Resource": SEVERAL}, "Maximum", period=_PERIOD),)

    service: str = option("Code of the service", flags="-s --service", example="ec2")
    quota: tuple[str, ...] = option(
        "Code of a quota, or a pattern over names", flags="-q --quota", default=(), example="L-1216C47A"
    )
    own_limit: tuple[str, ...] = option(
        "Quota to use instead of AWS's answer, CODE=NUMBER", flags="--limit", default=()
    )

    used = gauge("Quota used", "%", warn=80, crit=95, max=UNLIMITED, missing="ok")
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        if not self.service or "" in self.quota:
            raise BadUsage("--service and --quota need a code, such as ec2 and L-1216C47A")
        self._own_limits()

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        needed = {"servicequotas:ListServiceQuotas": ("*",), "cloudwatch:GetMetricData": ("*",)}
        return {**needed, "servicequotas:GetAWSDefaultServiceQuota": ("*",)} if self.quota else needed

    def probe(self) -> Metrics:
        listed = self._listed()
        if self.quota:
            chosen: dict[str, _Quota] = {}
            for _, found in self.each(self.quota, lambda name: self._named(listed, name)):
                chosen |= {one.code: one for one in found}
        else:
            chosen = {one.code: one for one in listed if one.is_measured()}
            if not chosen:
                raise CannotTell(f"AWS measures the use of no quota of {self._about()}")
        series = {code: one.series() for code, one in chosen.items()}
        if not series:
            return
        points = self.aws.series(f"the quotas of {self._about()}", self.where(), *series.values())
        limits = self._own_limits()
        for code, one in chosen.items():
            share, hint = one.share(points[series[code], series[code].stats[0]], limits.get(code))
            yield self.used(share, of=code, hint=hint)
        yield self.data_age(data_age(points.values()))

    def _about(self) -> str:
        return f"the service {self.service}{self.where().suffix()}"

    def _own_limits(self) -> dict[str, float]:
        found = {}
        for text in self.own_limit:
            code, equals, number = text.partition("=")
            try:
                found[code] = float(number)
            except ValueError:
                equals = ""
            if not equals or not code or not 0 < found[code] < float("inf"):
                raise BadUsage(f"--limit: {text!r} is no quota: write CODE=NUMBER, such as L-1216C47A=640")
        return found

    def _listed(self) -> "list[_Quota]":
        pages = self.aws.pages(
            "service-quotas",
            "ListServiceQuotas",
            f"the quotas of {self._about()}",
            self.where(),
            gone=(_NONE,),
            ServiceCode=self.service,
            MaxResults=100,
        )
        try:
            return [_Quota(one) for page in pages for one in page.get("Quotas", ())]
        except Down:
            hint = "aws service-quotas list-services lists the codes"
            raise BadUsage(f"--service: AWS has no quotas of {self._about()}: {hint}") from None

    def _named(self, listed: "list[_Quota]", name: str) -> "list[_Quota]":
        found = [one for one in listed if one.code == name or selected(one.name, [name])]
        measured = [one for one in found if one.is_measured()]
        if measured:
            return measured
        if not found:
            about = f"the quota {name} of {self._about()}"
            try:
                answer = self.aws.ask(
                    "service-quotas",
                    "GetAWSDefaultServiceQuota",
                    about,
                    self.where(),
                    gone=(_NONE,),
                    ServiceCode=self.service,
                    QuotaCode=name,
                )
            except Down:
                raise CannotTell(f"{self._about()} has no quota {name}") from None
            default = _Quota(answer.get("Quota", {}), is_default=True)
            if default.is_measured():
                return [default]
        raise CannotTell(f"AWS does not measure the use of the quota {name} of {self._about()}")


class _Quota:
    """One quota. is_default: AWS's default, where AWS has no answer about the account."""

    def __init__(self, answer: "Mapping[str, Any]", is_default: bool = False) -> None:
        self.code = str(answer.get("QuotaCode", ""))
        self.name = str(answer.get("QuotaName", ""))
        self.value = float(answer.get("Value", 0))
        self.is_default = is_default
        self._metric: Mapping[str, Any] = answer.get("UsageMetric") or {}
        period = answer.get("Period") or {}
        #: Seconds that a rate counts for, None for a number of things.
        self._seconds = float(period.get("PeriodValue", 1)) * _UNITS[period["PeriodUnit"]] if period else None

    def is_measured(self) -> bool:
        return bool(self._metric.get("MetricName")) and self._stat() in _STATISTICS

    def series(self) -> Series:
        return Series(
            str(self._metric.get("MetricNamespace", "AWS/Usage")),
            str(self._metric["MetricName"]),
            self._metric.get("MetricDimensions", {}),
            self._stat(),
            period=_PERIOD,
            back=_BACK,
            settle=60,
        )

    def share(self, points: Points, limit: float | None) -> tuple[float | None, str]:
        """Return the used share in percent, None without a datapoint, and words about it."""
        used = points.newest()
        most = self.value if limit is None else limit
        if used is not None and self._seconds is not None and self._stat() == "Sum":
            used = used / _PERIOD * self._seconds
        words = [self.name]
        if used is not None:
            words.append(f"{used:,.10g} of {most:,.10g}")
        if self.is_default and limit is None:
            words.append("AWS's default")
        share = None if used is None else 100 * used / most if most else 100.0 if used else 0.0
        return share, ", ".join(words)

    def _stat(self) -> str:
        return str(self._metric.get("MetricStatisticRecommendation") or "Maximum")
