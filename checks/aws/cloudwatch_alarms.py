"""CloudWatch alarms."""

from checks.aws._selection import lasting, selected
from checks.aws.source import AwsCheck
from checkwright import BadUsage, Down, Literal, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: Names that one request takes.
_MOST_NAMES = 100
_TYPES = {"metric": "MetricAlarm", "composite": "CompositeAlarm", "log": "LogAlarm"}
#: The alarm's definition is wrong: its state is that of an earlier evaluation.
_BROKEN = "EVALUATION_ERROR"
#: CloudWatch cannot evaluate the alarm for now.
_FAILED = "EVALUATION_FAILURE"
#: Beginning of the names of alarms that `checkctl aws alarms` makes from watches.
GENERATED = "checkwright:"
_NO_DATA = "no datapoints were received"


class CloudwatchAlarms(AwsCheck):
    """States of CloudWatch alarms, so that they reach the same people as all other checks.

    An alarm in ALARM is CRITICAL, and the status line shows CloudWatch's reason and the time since the change.
    INSUFFICIENT_DATA is UNKNOWN: CloudWatch cannot evaluate the alarm. `--alarm-ok INSUFFICIENT_DATA` accepts it, and
    `--alarm-warning 'shop-disk-*=ALARM'` lowers the severity of some alarms. An alarm with EVALUATION_ERROR is UNKNOWN,
    because its definition is wrong and its state is stale. An alarm may be OK only because it gets no datapoints, for
    example after a typo in a dimension: the output then shows that reason.

    AWS silently skips names that do not exist. Here, an alarm of `--name` that is missing is CRITICAL, and so is a
    region without any matching alarm. Limit the number with `--alarms-critical 12:` if a template creates the alarms.

    `muted` counts alarms without actions and composite alarms with suppressed actions; their states are judged like
    those of others. `--mute-rules` also counts the active mute rules, with a second request.

    Alarms that `checkctl aws alarms` generated from watches are skipped, because the watches report the same;
    `--generated` includes them. `firing` has no limit, because each alarm alerts by itself.

    Permissions: cloudwatch:DescribeAlarms, on all resources unless `--type metric` is set, otherwise AWS omits
    composite alarms; with `--mute-rules` also cloudwatch:ListAlarmMuteRules. One request returns 100 alarms: $0.01 for
    1,000 requests beyond the first million a month (unverified).

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("cloudwatch:DescribeAlarms", "cloudwatch:ListAlarmMuteRules")

    names: tuple[str, ...] = option("Alarm that must exist", flags="-n --name", default=(), example="shop-5xx")
    prefix: str = option("Beginning of the alarms' names", default="", example="shop-")
    exclude: tuple[str, ...] = option("Alarm to leave out, or a pattern", flags="-x --exclude", default=())
    kind: Literal["all", "metric", "composite", "log"] = option("Kind of alarm", flags="--type", default="all")
    generated: bool = option("Include the alarms that checkctl aws alarms made", default=False)
    mute_rules: bool = option("Count the active mute rules, too", default=False)

    alarm = verdict("Alarm", ok=["OK"], crit=["ALARM"])
    firing = gauge("Alarms firing", min=0)
    alarms = gauge("Alarms", min=0)
    muted = gauge("Alarms without actions", min=0)
    active_mutes = gauge("Active mute rules", min=0, optional=True)

    def validate(self) -> None:
        super().validate()
        if self.names and self.prefix:
            raise BadUsage("--name and --prefix exclude each other")
        if len(self.names) > _MOST_NAMES:
            raise BadUsage(f"--name: {len(self.names)} alarms are more than one request takes ({_MOST_NAMES})")
        if "" in (*self.names, *self.exclude):
            raise BadUsage("--name and --exclude need the name of an alarm")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        # With a narrower resource AWS omits composite alarms.
        alarms = "arn:{partition}:cloudwatch:{region}:{account}:alarm:*" if self.kind == "metric" else "*"
        needed = {"cloudwatch:DescribeAlarms": (alarms,)}
        return needed | {"cloudwatch:ListAlarmMuteRules": ("*",)} if self.mute_rules else needed

    def probe(self) -> Metrics:
        found = self._found()
        if not found and not self.names:
            raise Down(f"there is no alarm{self._which()}{self.where().suffix()}")

        def read(name: str) -> "Mapping[str, Any]":
            if name not in found:
                raise Down(f"the alarm {name}{self.where().suffix()} does not exist")
            return found[name]

        for name, alarm in self.each(self.names or sorted(found), read):
            word, hint = _judged(alarm)
            yield self.alarm(word, of=name, hint=hint)
        yield self.firing(sum(alarm.get("StateValue") == "ALARM" for alarm in found.values()))
        yield self.alarms(len(found))
        yield self.muted(sum(_is_muted(alarm) for alarm in found.values()))
        if self.mute_rules:
            about = f"the mute rules{self.where().suffix()}"
            pages = self.aws.pages("cloudwatch", "ListAlarmMuteRules", about, self.where(), Statuses=["ACTIVE"])
            yield self.active_mutes(sum(len(page.get("AlarmMuteRuleSummaries", ())) for page in pages))

    def _found(self) -> "dict[str, Mapping[str, Any]]":
        kinds = list(_TYPES) if self.kind == "all" else [self.kind]
        # Without the types AWS returns alarms of metrics alone.
        parameters: dict[str, Any] = {"AlarmTypes": [_TYPES[kind] for kind in kinds], "MaxRecords": 100}
        if self.names:
            parameters["AlarmNames"] = list(self.names)
        elif self.prefix:
            parameters["AlarmNamePrefix"] = self.prefix
        about = f"the alarms{self._which()}{self.where().suffix()}"
        pages = self.aws.pages("cloudwatch", "DescribeAlarms", about, self.where(), most=50, **parameters)
        found: dict[str, Mapping[str, Any]] = {}
        for page in pages:
            for group in ("MetricAlarms", "CompositeAlarms", "LogAlarms"):
                for alarm in page.get(group, ()):
                    found[str(alarm["AlarmName"])] = alarm
        return {name: alarm for name, alarm in found.items() if self._is_selected(name)}

    def _is_selected(self, name: str) -> bool:
        own = name.startswith(GENERATED) and not self.generated and name not in self.names
        return not own and selected(name, (), self.exclude)

    def _which(self) -> str:
        kind = "" if self.kind == "all" else f" of type {self.kind}"
        return f"{kind} whose name begins with {self.prefix}" if self.prefix else kind


def _judged(alarm: "Mapping[str, Any]") -> tuple[str, str]:
    """Return the word for an alarm's state, and a remark."""
    state, evaluation = str(alarm.get("StateValue", "")), str(alarm.get("EvaluationState", ""))
    reason = str(alarm.get("StateReason", "")).rstrip(".")
    word, words = state, []
    if evaluation == _BROKEN or (evaluation == _FAILED and state != "ALARM"):
        word, words = evaluation, [f"state {state}"]
    elif evaluation:
        words = [evaluation]
    if state != "OK" or word != state:
        since = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
        words += [lasting(since), reason]
    elif _NO_DATA in reason:
        words.append(reason)
    if _is_muted(alarm):
        words.append("its actions are off")
    return word, ", ".join(word for word in words if word)


def _is_muted(alarm: "Mapping[str, Any]") -> bool:
    return alarm.get("ActionsEnabled") is False or bool(alarm.get("ActionsSuppressedBy"))
