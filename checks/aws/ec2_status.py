"""Status checks and scheduled events of EC2 instances."""

import time

from checks.aws._selection import lasting, name_tag, parts, tag_filters, tag_words
from checks.aws.source import AwsCheck
from checkwright import BadUsage, Down, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

#: Machines that one request names.
_MOST_IDS = 100
#: Seconds after a launch while EC2 may have no data about a machine.
_YOUNG = 600
#: An event that is over stays in the list for a week, with one of these words in front.
_OVER = ("[Completed]", "[Canceled]")
_ENDED = ("shutting-down", "terminated")


class Ec2Status(AwsCheck):
    """Status checks of EC2 instances, and events that AWS has scheduled for them.

    `system` covers the host and network of AWS, `instance` the operating system as EC2 reaches it, and `ebs` the
    attached volumes. An impaired check is CRITICAL, with the time since it failed. `insufficient-data` is UNKNOWN,
    except in the first 10 minutes after a launch.

    `event_days` is the time until AWS reboots, stops or retires an instance, or maintains its host. The WARNING 14 days
    ahead leaves time to move it to another host by a stop and a start; two days are CRITICAL. Completed events are
    skipped.

    `--instance` selects instances by ID, `--tag role=web` by tag; different tags must all match, and several values of
    one tag are alternatives. The default is all instances of the region. A named instance that does not exist is
    CRITICAL, and so is a selection that matches none. An instance that is not running is CRITICAL too: `--state-ok
    stopped` accepts it, and `--instances-critical 3:` limits the number. Terminated instances are skipped unless they
    are named.

    Permissions: ec2:DescribeInstanceStatus, and ec2:DescribeInstances for tags and for new instances. Both are free,
    and the data is current. The check does not use CloudWatch.

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("ec2:DescribeInstanceStatus", "ec2:DescribeInstances")

    instance: tuple[str, ...] = option(
        "ID of a machine that must exist", flags="-i --instance", default=(), example="i-0123456789abcdef0"
    )
    tag: tuple[str, ...] = option("Tag of the machines, KEY=VALUE", default=(), example="role=web")

    state = verdict("Instance", ok=["running", "pending"], crit=["stopping", "stopped", "shutting-down", "terminated"])
    system = verdict("System status of", ok=["ok", "initializing", "not-applicable"], crit=["impaired"])
    guest = verdict("Instance status of", ok=["ok", "initializing", "not-applicable"], crit=["impaired"])
    ebs = verdict("EBS status of", ok=["ok", "initializing", "not-applicable"], crit=["impaired"])
    event_days = gauge("Time to the event of", "days", warn="14:", crit="2:", optional=True)
    instances = gauge("Instances running", min=0)

    def validate(self) -> None:
        super().validate()
        tag_filters(self.tag)
        if self.instance and self.tag:
            raise BadUsage("--instance and --tag exclude each other")
        if "" in self.instance:
            raise BadUsage("--instance needs the ID of a machine, such as i-0123456789abcdef0")

    def probe(self) -> Metrics:
        names: dict[str, str] = {}
        if self.tag:
            names = self._tagged()
            statuses = [status for part in parts(names, _MOST_IDS) for status in self._statuses(part)]
        elif self.instance:
            statuses = [status for part in parts(self.instance, _MOST_IDS) for status in self._statuses(part)]
        else:
            statuses = [one for one in self._statuses() if _state(one) not in _ENDED]
        if not statuses:
            raise Down(f"there is no machine{tag_words(self.tag)}{self.where().suffix()}")
        unclear = [str(one["InstanceId"]) for one in statuses if _is_unclear(one)]
        young = self._young(unclear)
        for status in sorted(statuses, key=lambda one: (names.get(one["InstanceId"], ""), one["InstanceId"])):
            identity = str(status["InstanceId"])
            name = names.get(identity, "")
            yield from self._machine(status, f"{name} {identity}".strip(), identity in young)
        yield self.instances(sum(_state(one) == "running" for one in statuses))

    def _machine(self, status: "Mapping[str, Any]", item: str, is_young: bool) -> Metrics:
        yield self.state(_state(status), of=item)
        for verdict_of, member in (
            (self.system, "SystemStatus"),
            (self.guest, "InstanceStatus"),
            (self.ebs, "AttachedEbsStatus"),
        ):
            if (summary := status.get(member)) is not None:
                word = str(summary.get("Status", ""))
                if word == "insufficient-data" and is_young:
                    word = "initializing"
                yield verdict_of(word, of=item, hint=_since(summary) if word == "impaired" else "")
        if (event := _next_event(status)) is not None:
            days = (event["NotBefore"].timestamp() - time.time()) / 86_400
            hint = f"{event.get('Code', '')}: {event.get('Description', '')}".strip(": ")
            yield self.event_days(round(max(0.0, days), 2), of=item, hint=hint)

    def _statuses(self, ids: "list[str] | None" = None) -> "list[Mapping[str, Any]]":
        # Without IncludeAllInstances machines that do not run are left out.
        parameters: dict[str, Any] = {"IncludeAllInstances": True, **({"InstanceIds": ids} if ids else {})}
        about = f"the machine {', '.join(ids)}" if ids and len(ids) < 3 else "the machines"
        pages = self.aws.pages(
            "ec2",
            "DescribeInstanceStatus",
            f"{about}{self.where().suffix()}",
            self.where(),
            gone=("InvalidInstanceID.NotFound",),
            **parameters,
        )
        return [status for page in pages for status in page.get("InstanceStatuses", ())]

    def _described(self, **parameters: "Any") -> "list[Mapping[str, Any]]":
        about = f"the machines{tag_words(self.tag)}{self.where().suffix()}"
        pages = self.aws.pages("ec2", "DescribeInstances", about, self.where(), **parameters)
        return [one for page in pages for group in page.get("Reservations", ()) for one in group.get("Instances", ())]

    def _tagged(self) -> dict[str, str]:
        """Return the names of the machines with the tags, by ID."""
        alive = {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}
        found = self._described(Filters=[*tag_filters(self.tag), alive])
        return {str(one["InstanceId"]): name_tag(one) for one in found}

    def _young(self, ids: list[str]) -> set[str]:
        """Return the machines that were launched a moment ago."""
        found = [one for part in parts(ids, _MOST_IDS) for one in self._described(InstanceIds=part)]
        return {
            str(one["InstanceId"])
            for one in found
            if "LaunchTime" in one and time.time() - one["LaunchTime"].timestamp() < _YOUNG
        }


def _state(status: "Mapping[str, Any]") -> str:
    return str(status.get("InstanceState", {}).get("Name", ""))


def _is_unclear(status: "Mapping[str, Any]") -> bool:
    members = ("SystemStatus", "InstanceStatus", "AttachedEbsStatus")
    return any(status.get(member, {}).get("Status") == "insufficient-data" for member in members)


def _since(summary: "Mapping[str, Any]") -> str:
    found: list[datetime] = [one["ImpairedSince"] for one in summary.get("Details", ()) if "ImpairedSince" in one]
    return lasting(min(found, default=None))


def _next_event(status: "Mapping[str, Any]") -> "Mapping[str, Any] | None":
    events = [
        event
        for event in status.get("Events", ())
        if "NotBefore" in event and not str(event.get("Description", "")).startswith(_OVER)
    ]
    return min(events, key=lambda event: event["NotBefore"].timestamp(), default=None)
