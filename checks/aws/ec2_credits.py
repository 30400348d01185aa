"""CPU credits of burstable EC2 machines."""

from checks.aws._ec2_things import found_things
from checks.aws._selection import parts, tag_filters
from checks.aws._series import data_age
from checks.aws.source import AwsCheck, CloudMetric, Series
from checkwright import BadUsage, Metrics, gauge, option

#: Seconds of one datapoint, and of the time to look back.
_PERIOD, _BACK = 300, 1800
_METRICS = {"credits": "CPUCreditBalance", "surplus": "CPUSurplusCreditsCharged"}


class Ec2Credits(AwsCheck):
    """CPU credits of EC2 machines of the burstable classes, T2 to T4g.

    `credits` is the balance of machines in standard mode: at 0 they fall to a fraction of a core. Machines in unlimited
    mode never slow down; they have `surplus` instead, the credits of a day and more that AWS bills on top. Which mode a
    machine has, and which class, comes from EC2: other classes have no credits, and are left out. `machines` is the
    number of those that run and have credits.

    `--instance` names machines, `--tag role=web` selects them, otherwise all of the region are watched. One that does
    not exist is CRITICAL, and so is a selection without machines. Stopped machines have no credits and are left out.

    The numbers come from CloudWatch every 5 minutes, and are up to ten minutes late. A running machine without a
    datapoint for half an hour is UNKNOWN, except a new one.

    Defaults: 20 credits are 20 minutes of one core, 5 are five. A surplus is money: a larger class may be cheaper.

    Permissions: ec2:DescribeInstances, ec2:DescribeInstanceCreditSpecifications and cloudwatch:GetMetricData, which
    bills one metric for each burstable machine and run: every 5 minutes suffices.

    Run against answers in the form of botocore's descriptions, and moto. Not run against Amazon.
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
    machines = gauge("Burstable machines", min=0)
    data_age = gauge("Age of the data", "s", missing="ok", optional=True)

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
