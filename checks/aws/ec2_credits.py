"""CPU credits of burstable EC2 instances."""

from checks.aws._ec2_things import found_things
from checks.aws._selection import parts, tag_filters
from checks.aws._series import data_age
from checks.aws.source import AwsCheck, CloudMetric, Series
from checkwright import BadUsage, Metrics, gauge, option

#: Seconds of one datapoint, and of the time to look back.
_PERIOD, _BACK = 300, 1800
_METRICS = {"credits": "CPUCreditBalance", "surplus": "CPUSurplusCreditsCharged"}


class Ec2Credits(AwsCheck):
    """CPU credits of burstable EC2 instances, T2 to T4g.

    `credits` is the credit balance of instances in standard mode; at 0 they are limited to their baseline, a fraction
    of a core. Instances in unlimited mode are never limited. They have `surplus` instead: credits beyond those earned
    in a day, which AWS bills. EC2 reports the mode and type of each instance; types without credits are skipped.
    `machines` is the number of running instances with credits.

    `--instance` selects instances by ID, `--tag role=web` by tag; the default is all instances of the region. An
    instance that does not exist is CRITICAL, and so is a selection that matches none. Stopped instances have no credits
    and are skipped.

    CloudWatch publishes the values every 5 minutes, so they are up to ten minutes old. A running instance without a
    datapoint for half an hour is UNKNOWN, unless it is new.

    Defaults: 20 credits are 20 minutes of one full core, 5 credits are five minutes. A surplus costs money, and a
    larger instance type may be cheaper.

    Permissions: ec2:DescribeInstances, ec2:DescribeInstanceCreditSpecifications and cloudwatch:GetMetricData, which
    bills one metric for each burstable instance and run: every 5 minutes is enough.

    Tested with answers that match botocore's service models, and with moto. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("ec2:DescribeInstances", "ec2:DescribeInstanceCreditSpecifications", "cloudwatch:GetMetricData")
    reads = tuple(
        CloudMetric(
            "AWS/EC2",
            metric,
            {"InstanceId": "{instance}"},
            "Minimum" if name == "credits" else "Maximum",
            period=_PERIOD,
            gauges={"Minimum" if name == "credits" else "Maximum": name},
            only="burstable machines in standard mode" if name == "credits" else "burstable machines in unlimited mode",
        )
        for name, metric in _METRICS.items()
    )

    instance: tuple[str, ...] = option(
        "ID of a machine that must exist", flags="-i --instance", default=(), example="i-0123456789abcdef0"
    )
    tag: tuple[str, ...] = option("Tag of the machines, KEY=VALUE", default=(), example="role=web")

    credits = gauge("CPU credits of", warn="20:", crit="5:", min=0, optional=True)
    surplus = gauge("CPU credits billed for", warn=0, min=0, missing="ok", optional=True)
    machines = gauge("Burstable instances", min=0)
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        tag_filters(self.tag)
        if self.instance and self.tag:
            raise BadUsage("--instance excludes --tag")
        if "" in self.instance:
            raise BadUsage("--instance needs the ID of a machine, such as i-0123456789abcdef0")

    def probe(self) -> Metrics:
        items = {
            str(one["InstanceId"]): item
            for item, one in found_things(self, "DescribeInstances", self.instance, self.tag).items()
            if str(one.get("InstanceType", "")).partition(".")[0] in ("t2", "t3", "t3a", "t4g")
            and one.get("State", {}).get("Name") == "running"
        }
        if items:
            modes = self._modes(list(items))
            series = {identity: _series(identity, modes.get(identity) == "unlimited") for identity in items}
            about = f"the machines{self.where().suffix()}"
            points = self.aws.series(about, self.where(), *series.values())
            for identity, item in items.items():
                own = series[identity]
                value = points[own, own.stats[0]].newest()
                yield (self.credits if own.metric == _METRICS["credits"] else self.surplus)(value, of=item)
            yield self.data_age(data_age(points.values()))
        yield self.machines(len(items))

    def _modes(self, identities: list[str]) -> dict[str, str]:
        """Return `standard` or `unlimited` by machine."""
        found = {}
        about = f"the credits of the machines{self.where().suffix()}"
        operation = "DescribeInstanceCreditSpecifications"
        for some in parts(identities, 100):
            for page in self.aws.pages("ec2", operation, about, self.where(), InstanceIds=some):
                for one in page.get("InstanceCreditSpecifications", ()):
                    found[str(one.get("InstanceId", ""))] = str(one.get("CpuCredits", ""))
        return found


def _series(identity: str, unlimited: bool) -> Series:
    name, stat = ("surplus", "Maximum") if unlimited else ("credits", "Minimum")
    dims = {"InstanceId": identity}
    return Series("AWS/EC2", _METRICS[name], dims, stat, period=_PERIOD, back=_BACK, settle=0)
