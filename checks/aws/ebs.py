"""EBS volumes."""

from checks.aws._ec2_things import found_things
from checks.aws._selection import parts, tag_filters
from checks.aws._series import data_age
from checks.aws.source import SEVERAL, AwsCheck, CloudMetric, Series
from checkwright import BadUsage, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: Seconds of one datapoint, and of the time to look back: an idle volume has datapoints late.
_PERIOD, _BACK = 300, 1800
#: Size in GiB from which on a gp2 volume has its full speed without a balance.
_WITHOUT_BALANCE = 1000
_BALANCES = {"io_balance": "EBSIOBalance%", "byte_balance": "EBSByteBalance%"}


class Ebs(AwsCheck):
    """Status of EBS volumes, and the burst balance of those that have one.

    `status` and `state` come from EC2 and are current. `impaired` means that EC2 disabled I/O to the volume, because
    its data may be inconsistent. `burst` is the burst balance of st1, sc1 and gp2 volumes below 1000 GiB. At 0 the
    volume drops to its baseline performance, which looks like an outage to a database. gp3, io1 and io2 volumes have no
    balance. The value comes from CloudWatch and is one to six minutes old; an idle volume has none.

    `--machine-balance` adds the EBS balances of the instances that the volumes are attached to: small instance types
    reach their maximum throughput for half an hour a day only.

    `--volume` selects volumes by ID, `--tag role=db` by tag; the default is all volumes of the region. A volume that
    does not exist is CRITICAL, and so is a selection that matches none.

    Defaults: a balance below 30 % may last an hour under full load, one below 10 % some minutes.

    Permissions: ec2:DescribeVolumes, ec2:DescribeVolumeStatus and cloudwatch:GetMetricData, which bills one metric for
    each gp2, st1 and sc1 volume and run, and two for each instance with `--machine-balance`: every 5 minutes is enough.

    Tested with answers that match botocore's service models, and with moto without the status. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("ec2:DescribeVolumes", "ec2:DescribeVolumeStatus", "cloudwatch:GetMetricData")
    reads = (
        CloudMetric(
            "AWS/EBS",
            "BurstBalance",
            {"VolumeId": "{volume}"},
            "Minimum",
            period=_PERIOD,
            gauges={"Minimum": "burst"},
            only="gp2 below 1000 GiB, st1 and sc1",
        ),
        *(
            CloudMetric(
                "AWS/EC2",
                metric,
                {"InstanceId": SEVERAL},
                "Minimum",
                period=_PERIOD,
                gauges={"Minimum": name},
                when=("machine_balance",),
            )
            for name, metric in _BALANCES.items()
        ),
    )

    volume: tuple[str, ...] = option(
        "ID of a volume that must exist", flags="--volume", default=(), example="vol-0123456789abcdef0"
    )
    tag: tuple[str, ...] = option("Tag of the volumes, KEY=VALUE", default=(), example="role=db")
    machine_balance: bool = option("Report the balances of the volumes' machines", default=False)
    no_status: bool = option("Do not ask for the status checks of the volumes", default=False)

    burst = gauge("Burst balance of", "%", warn="30:", crit="10:", missing="ok", optional=True)
    status = verdict("Status of", ok=["ok", "insufficient-data"], warn=["warning"], crit=["impaired"])
    state = verdict("Volume", ok=["in-use", "available", "creating"], warn=["deleting"], crit=["error", "deleted"])
    io_balance = gauge("I/O balance of", "%", warn="30:", crit="10:", missing="ok", optional=True)
    byte_balance = gauge("Byte balance of", "%", warn="30:", crit="10:", missing="ok", optional=True)
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        tag_filters(self.tag)
        if self.volume and self.tag:
            raise BadUsage("--volume excludes --tag")
        if "" in self.volume:
            raise BadUsage("--volume needs the ID of a volume, such as vol-0123456789abcdef0")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        needed = {"ec2:DescribeVolumes": ("*",), "cloudwatch:GetMetricData": ("*",)}
        return needed if self.no_status else {**needed, "ec2:DescribeVolumeStatus": ("*",)}

    def probe(self) -> Metrics:
        volumes = found_things(self, "DescribeVolumes", self.volume, self.tag)
        for item, volume in volumes.items():
            yield self.state(str(volume.get("State", "")), of=item)
        if volumes and not self.no_status:
            yield from self._status({str(one["VolumeId"]): item for item, one in volumes.items()})
        bursts = {
            item: _series("AWS/EBS", "BurstBalance", {"VolumeId": str(one["VolumeId"])})
            for item, one in volumes.items()
            if _has_balance(one)
        }
        machines = sorted(
            {str(where["InstanceId"]) for one in volumes.values() for where in one.get("Attachments", ())}
            if self.machine_balance
            else ()
        )
        balances = {
            (name, machine): _series("AWS/EC2", metric, {"InstanceId": machine})
            for machine in machines
            for name, metric in _BALANCES.items()
        }
        if not bursts and not balances:
            return
        about = f"the volumes{self.where().suffix()}"
        points = self.aws.series(about, self.where(), *bursts.values(), *balances.values())
        for item, series in bursts.items():
            yield self.burst(points[series, "Minimum"].newest(), of=item, hint=str(volumes[item].get("VolumeType", "")))
        for (name, machine), series in balances.items():
            gauge_ = self.io_balance if name == "io_balance" else self.byte_balance
            yield gauge_(points[series, "Minimum"].newest(), of=machine)
        yield self.data_age(data_age(points.values()))

    def _status(self, items: "Mapping[str, str]") -> Metrics:
        about = f"the status of the volumes{self.where().suffix()}"
        for some in parts(items, 200):
            pages = self.aws.pages("ec2", "DescribeVolumeStatus", about, self.where(), VolumeIds=some)
            for page in pages:
                for one in page.get("VolumeStatuses", ()):
                    events = [str(event.get("Description", "")) for event in one.get("Events", ())]
                    word = str(one.get("VolumeStatus", {}).get("Status", ""))
                    yield self.status(word, of=items.get(str(one.get("VolumeId")), ""), hint="; ".join(events))


def _has_balance(volume: "Mapping[str, Any]") -> bool:
    kind = volume.get("VolumeType")
    return kind in ("st1", "sc1") or (kind == "gp2" and int(volume.get("Size", 0)) < _WITHOUT_BALANCE)


def _series(namespace: str, metric: str, dims: "Mapping[str, str]") -> Series:
    return Series(namespace, metric, dims, "Minimum", period=_PERIOD, back=_BACK, settle=0)
