"""AWS Step Functions state machines."""

from checks.aws._selection import seconds_since
from checks.aws._series import data_age
from checks.aws.source import AwsCheck, CloudMetric, Points, Series
from checkwright import BadUsage, Down, Duration, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Found = Mapping[tuple[Series, str], Points]

#: Seconds of one datapoint, and the shortest and longest window.
_PERIOD, _SHORTEST, _LONGEST = 300, 1200, 86_400
_STARTED, _SUCCEEDED = "ExecutionsStarted", "ExecutionsSucceeded"
_FAILURES = {"ExecutionsFailed": "failed", "ExecutionsTimedOut": "timed out", "ExecutionsAborted": "aborted"}
_METRICS = (_STARTED, _SUCCEEDED, *_FAILURES)
#: Words in an ARN before the name of a state machine.
_KIND = ":stateMachine:"


class StepFunctions(AwsCheck):
    """Failed executions of state machines, and the running time of the oldest execution.

    `failed` is the percentage of executions in `--window`, by default an hour, that failed, timed out or were aborted;
    one failed execution of one is 100 %. A state machine without executions has no datapoints, which is no error. For
    one that runs on a schedule, set `--started-critical 1:` and a window as long as its interval, at most a day:
    nothing else reports a schedule that stopped.

    `oldest` is the age of the oldest running execution. It has no default limit, because executions take from seconds
    to a year; set one that yours never exceed. Express workflows keep no list of executions, and have no value.

    `--machine` is a name or an ARN. One that does not exist is CRITICAL. The state and the running executions come from
    Step Functions and are current; the other values come from CloudWatch and are one to six minutes old.

    Permissions: states:DescribeStateMachine, states:ListExecutions (not with `--no-running`), states:ListStateMachines
    for names, and cloudwatch:GetMetricData, which bills five metrics for each state machine and run.

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = (
        "states:DescribeStateMachine",
        "states:ListExecutions",
        "states:ListStateMachines",
        "cloudwatch:GetMetricData",
    )
    reads = tuple(
        CloudMetric("AWS/States", metric, {"StateMachineArn": "{machine}"}, "Sum", period=_PERIOD)
        for metric in _METRICS
    )

    machine: tuple[str, ...] = option(
        "State machine that must exist: name or ARN", flags="-m --machine", example="nightly-invoices"
    )
    window: Duration = option("Time over which executions count", default=3600.0, unit="s")
    no_running: bool = option("Do not ask for the executions that run", default=False)

    failed = gauge("Failed executions of", "%", warn=1, crit=10, missing="ok")
    state = verdict("State machine", ok=["ACTIVE"], crit=["DELETING"])
    started = gauge("Executions of", min=0)
    oldest = gauge("Oldest execution of", "s", missing="ok", optional=True)
    running = gauge("Running executions of", min=0, optional=True)
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        if not self.machine or "" in self.machine:
            raise BadUsage("--machine needs the name or ARN of a state machine")
        if not _SHORTEST <= self.window <= _LONGEST:
            raise BadUsage("--window is between 20 minutes and a day")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        prefix = "arn:{partition}:states:{region}:{account}:stateMachine:"
        machines = tuple(one if _is_arn(one) else prefix + one for one in self.machine)
        needed = {"states:DescribeStateMachine": machines, "cloudwatch:GetMetricData": ("*",)}
        if not self.no_running:
            needed["states:ListExecutions"] = machines
        return needed if all(map(_is_arn, self.machine)) else {**needed, "states:ListStateMachines": ("*",)}

    def read_metrics(self) -> tuple[CloudMetric, ...]:
        prefix = "arn:*:states:*:*:stateMachine:"
        found = super().read_metrics()
        for metric in found:
            if not _is_arn(metric.dims["StateMachineArn"]):
                metric.dims["StateMachineArn"] = prefix + metric.dims["StateMachineArn"]
        return found

    def probe(self) -> Metrics:
        arns = self._arns()
        found = dict(self.each(self.machine, lambda machine: self._machine(machine, arns)))
        for machine, about in found.items():
            yield self.state(str(about.get("status", "")), of=_name(machine))
        if not self.no_running:
            standard = [machine for machine, about in found.items() if about.get("type") != "EXPRESS"]
            for machine, starts in self.each(
                standard, lambda machine: self._running(str(found[machine]["stateMachineArn"]))
            ):
                yield self.oldest(seconds_since(min(starts, default=None)), of=_name(machine))
                yield self.running(len(starts), of=_name(machine))
        series = {
            machine: {metric: self._one(metric, str(about["stateMachineArn"])) for metric in _METRICS}
            for machine, about in found.items()
        }
        queries = [one for own in series.values() for one in own.values()]
        if not queries:
            return
        points = self.aws.series(self._about(", ".join(map(_name, found))), self.where(), *queries)
        for machine, own in series.items():
            sums = {metric: points[one, "Sum"].sum() or 0 for metric, one in own.items()}
            bad = sum(sums[metric] for metric in _FAILURES)
            ended = bad + sums[_SUCCEEDED]
            words = [f"{sums[metric]:,.0f} {word}" for metric, word in _FAILURES.items() if sums[metric]]
            hint = f"{', '.join(words)} of {ended:,.0f}" if words else ""
            yield self.failed(100 * bad / ended if ended else None, of=_name(machine), hint=hint)
            yield self.started(sums[_STARTED], of=_name(machine))
        yield self.data_age(data_age(points.values()))

    def _about(self, name: str) -> str:
        return f"the state machine {name}{self.where().suffix()}"

    def _arns(self) -> dict[str, str]:
        """Return the ARNs of all state machines by name, nothing where `--machine` has ARNs alone."""
        if all(map(_is_arn, self.machine)):
            return {}
        about = f"the state machines{self.where().suffix()}"
        pages = self.aws.pages("stepfunctions", "ListStateMachines", about, self.where(), maxResults=1000)
        return {
            str(one["name"]): str(one["stateMachineArn"]) for page in pages for one in page.get("stateMachines", ())
        }

    def _machine(self, machine: str, arns: "Mapping[str, str]") -> "Mapping[str, Any]":
        arn = machine if _is_arn(machine) else arns.get(machine)
        if arn is None:
            raise Down(f"{self._about(machine)} does not exist")
        answer: Mapping[str, Any] = self.aws.ask(
            "stepfunctions",
            "DescribeStateMachine",
            self._about(_name(machine)),
            self.where(),
            gone=("StateMachineDoesNotExist", "InvalidArn"),
            stateMachineArn=arn,
            includedData="METADATA_ONLY",
        )
        return {**answer, "stateMachineArn": arn}

    def _running(self, arn: str) -> "list[Any]":
        """Return the times when the executions that run began."""
        about = f"the executions of {self._about(_name(arn))}"
        pages = self.aws.pages(
            "stepfunctions",
            "ListExecutions",
            about,
            self.where(),
            stateMachineArn=arn,
            statusFilter="RUNNING",
            maxResults=1000,
        )
        return [one["startDate"] for page in pages for one in page.get("executions", ())]

    def _one(self, metric: str, arn: str) -> Series:
        return Series("AWS/States", metric, {"StateMachineArn": arn}, "Sum", period=_PERIOD, back=int(self.window))


def _is_arn(machine: str) -> bool:
    return machine.startswith("arn:")


def _name(machine: str) -> str:
    return machine.partition(_KIND)[2] or machine
