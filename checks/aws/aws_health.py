"""Events of the AWS Health Dashboard."""

import time

from checks.aws._selection import selected
from checks.aws.source import AwsCheck
from checkwright import BadUsage, Metrics, gauge, option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_REGION = "us-east-1"
_DAY = 86_400
#: Events that the text names.
_SHOWN = 3


class AwsHealth(AwsCheck):
    """Open AWS issues that affect this account, and changes that AWS has scheduled for its resources.

    `issues` counts open service issues, such as an EC2 outage in an Availability Zone. While one is open, look there
    before you search for a fault of your own. `change_days` is the time until a scheduled change begins, such as the
    retirement of a host, with one item for each event type and service. `notices` counts other open notices of the
    account, and has no limit.

    The check reads events of `--region`, of the regions given by `--in`, and of services without a region; without both
    options, events of all regions. `--service` selects services, such as EC2. `--exclude` skips event types by pattern,
    such as 'AWS_*_BILLING_NOTIFICATION'.

    The AWS Health API needs a Business or Enterprise support plan. Without one it answers SubscriptionRequired, which
    is UNKNOWN here. In an organization, the plan of the management account counts. EventBridge delivers the same events
    without a plan and without polling.

    Defaults: two weeks are enough to plan a restart, two days are not.

    Permissions: health:DescribeEvents. It is free within the plan, and the data is current.

    Tested with answers that match botocore's service models; moto has no events. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("health:DescribeEvents",)

    regions: tuple[str, ...] = option(
        "Further region whose events count", flags="--in", default=(), example="eu-west-1"
    )
    service: tuple[str, ...] = option("Service whose events count", flags="-s --service", default=(), example="EC2")
    exclude: tuple[str, ...] = option("Kind of event to leave out, or a pattern", flags="-x --exclude", default=())

    issues = gauge("Open issues of AWS", warn=0, min=0)
    change_days = gauge("Time to", "days", warn="14:", crit="2:", missing="ok", optional=True)
    notices = gauge("Open notices", min=0)

    def validate(self) -> None:
        super().validate()
        if "" in (*self.regions, *self.service, *self.exclude):
            raise BadUsage("--in, --service and --exclude need a name")

    def probe(self) -> Metrics:
        events = [one for one in self._events() if not self._is_excluded(one)]
        issues = [one for one in events if one.get("eventTypeCategory") in ("issue", "investigation")]
        changes = [one for one in events if one.get("eventTypeCategory") == "scheduledChange"]
        yield self.issues(len(issues), hint=_words(issues))
        soonest: dict[str, Mapping[str, Any]] = {}
        for one in changes:
            item = _about(one)
            if item not in soonest or _start(one) < _start(soonest[item]):
                soonest[item] = one
        for item, one in sorted(soonest.items()):
            same = sum(_about(other) == item for other in changes)
            hint = f"{same} such events" if same > 1 else ""
            days = max(0, round((_start(one) - time.time()) / _DAY, 2)) if "startTime" in one else None
            yield self.change_days(days, of=item, hint=hint)
        yield self.notices(len(events) - len(issues) - len(changes))

    def _events(self) -> "list[Mapping[str, Any]]":
        chosen: dict[str, Any] = {"eventStatusCodes": ["open", "upcoming"]}
        if self.service:
            chosen["services"] = list(self.service)
        if regions := [*filter(None, [self.region]), *self.regions]:
            chosen["regions"] = [*dict.fromkeys(regions), "global"]
        about = "the events of AWS Health"
        where = self.where().at(_REGION)
        pages = self.aws.pages("health", "DescribeEvents", about, where, filter=chosen, maxResults=100)
        return [one for page in pages for one in page.get("events", ())]

    def _is_excluded(self, event: "Mapping[str, Any]") -> bool:
        return bool(self.exclude) and selected(str(event.get("eventTypeCode", "")), self.exclude)


def _about(event: "Mapping[str, Any]") -> str:
    return f"{event.get('eventTypeCode', '')} {event.get('region', '')}".strip()


def _start(event: "Mapping[str, Any]") -> float:
    return float(event["startTime"].timestamp()) if "startTime" in event else float("inf")


def _words(events: "list[Mapping[str, Any]]") -> str:
    words = [_about(one) for one in events[:_SHOWN]]
    return ", ".join([*words, *([f"{len(events) - _SHOWN} more"] if len(events) > _SHOWN else [])])
