"""Auto Scaling groups of EC2."""

from checks.aws._selection import selected, tag_filters, tag_words
from checks.aws.source import AwsCheck
from checkwright import BadUsage, Down, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_WILD = "*?["


class Autoscaling(AwsCheck):
    """Capacity that an Auto Scaling group lacks, its headroom up to the maximum size, and suspended processes.

    `missing` is the percentage of the desired capacity that is not in service or not healthy. The output names
    instances that are launching; they count as missing until they are in service. Instances in standby, in a warm pool
    or being terminated do not count. The capacity of a group with weights is measured in weight units. A group with a
    desired capacity of 0 lacks nothing.

    `size` is the desired capacity in percent of the maximum: at 100 % the group cannot scale out any further. A group
    whose minimum equals its maximum is not meant to scale, and has no value. A suspended process, such as Launch, is a
    WARNING, because it is often forgotten after a deployment.

    `--group` selects groups by name or by a pattern such as 'shop-*'; `--tag role=web` selects them by tag. The default
    is all groups of the region. A named group that does not exist or is being deleted is CRITICAL, and so is a
    selection that matches no group.

    Defaults: 10 % allows the replacement of one instance in ten; losing half of the capacity is an outage at peak
    traffic. Give the watch several attempts, because each scale-out lacks instances for some minutes.

    Permissions: autoscaling:DescribeAutoScalingGroups. It is free, and the data is current. Group metrics, which are
    disabled by default, are not needed.

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("autoscaling:DescribeAutoScalingGroups",)

    group: tuple[str, ...] = option(
        "Group, or a pattern such as shop-*", flags="-g --group", default=(), example="shop-web"
    )
    tag: tuple[str, ...] = option("Tag of the groups, KEY=VALUE", default=(), example="role=web")

    missing = gauge("Missing capacity", "%", warn=10, crit=50)
    size = gauge("Share of maximum size", "%", warn=90, missing="ok")
    processes = verdict("Processes of", ok=["running"], warn=["suspended"])
    in_service = gauge("Capacity in service", min=0)

    def validate(self) -> None:
        super().validate()
        tag_filters(self.tag)
        if "" in self.group:
            raise BadUsage("--group needs the name of a group")

    def probe(self) -> Metrics:
        exact = [name for name in self.group if not set(_WILD) & set(name)]
        found = self._found(exact if len(exact) == len(self.group) else [])

        def read(name: str) -> "Mapping[str, Any]":
            if name not in found:
                raise Down(f"the group {name}{tag_words(self.tag)}{self.where().suffix()} does not exist")
            if status := str(found[name].get("Status", "")):
                raise Down(f"the group {name}{self.where().suffix()}: {status}")
            return found[name]

        names = sorted({*exact, *(name for name in found if selected(name, self.group))})
        if not names:
            which = f" {' or '.join(self.group)}" if self.group else ""
            raise Down(f"there is no group{which}{tag_words(self.tag)}{self.where().suffix()}")
        for name, group in self.each(names, read):
            desired, most = int(group.get("DesiredCapacity", 0)), int(group.get("MaxSize", 0))
            serving, words = _capacity(group)
            lacking = max(0, desired - serving)
            yield self.missing(100 * lacking / desired if desired else 0, of=name, hint=f"{words}, {desired} desired")
            grows = most > int(group.get("MinSize", 0))
            yield self.size(100 * desired / most if grows else None, of=name, hint=f"{desired} of {most}")
            suspended = sorted(str(one.get("ProcessName", "")) for one in group.get("SuspendedProcesses", ()))
            yield self.processes("suspended" if suspended else "running", of=name, hint=", ".join(suspended))
            yield self.in_service(serving, of=name)

    def _found(self, names: list[str]) -> "dict[str, Mapping[str, Any]]":
        parameters: dict[str, Any] = {}
        if names:
            parameters["AutoScalingGroupNames"] = names
        if self.tag:
            parameters["Filters"] = tag_filters(self.tag)
        about = f"the groups{tag_words(self.tag)}{self.where().suffix()}"
        pages = self.aws.pages(
            "autoscaling", "DescribeAutoScalingGroups", about, self.where(), MaxRecords=100, **parameters
        )
        # Groups that do not exist are left out of the answer.
        return {str(one["AutoScalingGroupName"]): one for page in pages for one in page.get("AutoScalingGroups", ())}


def _capacity(group: "Mapping[str, Any]") -> tuple[int, str]:
    """Return the capacity in service, and words about it and the capacity to come."""
    serving = coming = unhealthy = 0
    for machine in group.get("Instances", ()):
        weight = int(machine.get("WeightedCapacity") or 1)
        state = str(machine.get("LifecycleState", ""))
        if state.startswith("Pending"):
            coming += weight
        elif state == "InService" and str(machine.get("HealthStatus", "")).lower() == "healthy":
            serving += weight
        elif state == "InService":
            unhealthy += weight
    more = [f"{count} {word}" for count, word in ((unhealthy, "unhealthy"), (coming, "starting")) if count]
    return serving, ", ".join([f"{serving} in service", *more])
