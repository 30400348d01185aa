"""Fake AWS, which holds requests and answers to botocore's descriptions of the services."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias

from checks.aws._refusals import action_name
from checks.aws.source import Aws, AwsCheck, Where
from checkwright.core.current import current
from checkwright.core.errors import CheckError, Down
from checkwright.testing.canned import answer_for

#: Seconds between the end of the newest period and a request. No series settles later.
_NEWEST = 120

#: An answer as botocore returns it, one for each further request, or a function of the request's parameters.
Answer: TypeAlias = "dict[str, Any] | Sequence[dict[str, Any]] | Callable[[dict[str, Any]], dict[str, Any]]"


class FakeQueue:
    """Queue with these counts. oldest: seconds, None for no datapoint. A CheckError is raised on use.

    dead: messages in its dead-letter queue, None for no such queue. retention: seconds.
    """

    def __init__(
        self,
        depth: int | CheckError = 0,
        oldest: float | CheckError | None = None,
        in_flight: int = 0,
        delayed: int = 0,
        dead: int | None = None,
        retention: int = 345_600,
    ) -> None:
        self.depth = depth
        self.oldest = oldest
        self.in_flight = in_flight
        self.delayed = delayed
        self.dead = dead
        self.retention = retention


class FakeAws(Aws):
    """AWS with canned answers. It replaces `ask` alone, so that paging and metrics are those of the real source.

    queues: by name, `FakeAws({"payments": FakeQueue(depth=3)})`. A CheckError is raised; an unknown name is Down.
    answers: by `SERVICE:OPERATION`, `{"rds:DescribeDBInstances": {"DBInstances": [...]}}`. Of several, each request
    takes the next one, and the last stays. metrics: values by the metric's name and statistic, newest first,
    `{("RequestCount", "Sum"): [30_000]}`; None or no values is a metric without datapoints. A key may be
    (name, statistic, dimension) for the metric that has this value in one of its dimensions, or (expression,) for
    metric math.

    A request or an answer that does not fit botocore's description of the service fails the test, so that a misspelt
    member cannot pass. So does a request of a check that declares it neither in `actions` nor in `reads`, since
    permissions and costs follow from these. The period of the newest datapoint ended two minutes ago. `requests` holds
    each operation with its parameters.
    """

    def __init__(
        self,
        queues: Mapping[str, FakeQueue | CheckError] | None = None,
        *,
        answers: Mapping[str, Answer | CheckError] | None = None,
        metrics: Mapping[tuple[str, ...], Sequence[float] | CheckError | None] | None = None,
        session_left: float | None = None,
    ) -> None:
        super().__init__()
        self._session_left = session_left
        self.queues = dict(queues or {})
        self.answers = dict(answers or {})
        self.metrics = dict(metrics or {})
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self._used: dict[str, int] = {}

    def session_left(self, where: Where) -> float | None:
        return self._session_left

    def ask(
        self,
        service: str,
        operation: str,
        about: str,
        where: Where,
        *,
        gone: tuple[str, ...] = (),
        **parameters: object,
    ) -> dict[str, Any]:
        # Read first: loading the service's model may take a second, and would make the data look younger.
        now = time.time()
        hold_to_model(service, operation, dict(parameters), "input")
        hold_to_declaration(service, operation, dict(parameters))
        self.requests.append((f"{service}:{operation}", dict(parameters)))
        answer = self._answer(f"{service}:{operation}", operation, about, dict(parameters), now)
        hold_to_model(service, operation, answer, "output")
        return answer

    def _answer(self, key: str, operation: str, about: str, parameters: dict[str, Any], now: float) -> dict[str, Any]:
        if key not in self.answers:
            if key == "cloudwatch:GetMetricData":
                return self._metric_answers(parameters, now)
            if operation in ("GetQueueUrl", "GetQueueAttributes", "ListQueues") and key.startswith("sqs:"):
                return self._queue_answer(operation, about, parameters)
        canned: Any = answer_for(self, self.answers, key)
        if callable(canned):
            canned = canned(parameters)
        elif not isinstance(canned, dict):
            position = self._used.get(key, 0)
            self._used[key] = position + 1
            canned = canned[min(position, len(canned) - 1)]
        answer: dict[str, Any] = canned
        return answer

    def _queue_answer(self, operation: str, about: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if operation == "ListQueues":
            prefix = str(parameters.get("QueueNamePrefix", ""))
            return {"QueueUrls": [f"https://sqs.test/1/{name}" for name in self.queues if name.startswith(prefix)]}
        if operation == "GetQueueUrl":
            name = str(parameters["QueueName"])
            found = self._queue(name)
            if found is None:
                raise Down(f"{about} does not exist, or these credentials may not know of it")
            if isinstance(found, CheckError):
                raise found
            return {"QueueUrl": f"https://sqs.test/1/{name}"}
        name = str(parameters["QueueUrl"]).rpartition("/")[2]
        queue = self._queue(name)
        if not isinstance(queue, FakeQueue):
            raise LookupError(f"FakeAws has no queue {name!r}")
        if isinstance(queue.depth, CheckError):
            raise queue.depth
        attributes = {
            "ApproximateNumberOfMessages": str(queue.depth),
            "ApproximateNumberOfMessagesNotVisible": str(queue.in_flight),
            "ApproximateNumberOfMessagesDelayed": str(queue.delayed),
            "MessageRetentionPeriod": str(queue.retention),
        }
        if queue.dead is not None:
            target = f"arn:aws:sqs:eu-west-1:1:{name}.dead"
            attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 5})
        return {"Attributes": attributes}

    def _queue(self, name: str) -> FakeQueue | CheckError | None:
        found = self.queues.get(name)
        if found is None and name.endswith(".dead"):
            source = self.queues.get(name.removesuffix(".dead"))
            if isinstance(source, FakeQueue) and source.dead is not None:
                return FakeQueue(depth=source.dead)
        return found

    def _metric_answers(self, parameters: dict[str, Any], now: float) -> dict[str, Any]:
        results = []
        for query in parameters["MetricDataQueries"]:
            if query.get("ReturnData") is False:
                continue
            stat = query.get("MetricStat", {})
            values = self._values(stat) if stat else self._canned((query["Expression"],))
            period = stat.get("Period") or query["Period"]
            # Halves of a second keep the age of the data equal from run to run.
            newest = now - 0.5 - _NEWEST - period
            times = [datetime.fromtimestamp(newest - n * period, UTC) for n in range(len(values))]
            results.append({"Id": query["Id"], "StatusCode": "Complete", "Timestamps": times, "Values": values})
        return {"MetricDataResults": results}

    def _values(self, stat: dict[str, Any]) -> list[float]:
        name = stat["Metric"]["MetricName"]
        dimensions = [dimension["Value"] for dimension in stat["Metric"]["Dimensions"]]
        if name == "ApproximateAgeOfOldestMessage" and dimensions[0] in self.queues:
            queue = self.queues[dimensions[0]]
            oldest = queue.oldest if isinstance(queue, FakeQueue) else None
            if isinstance(oldest, CheckError):
                raise oldest
            return [] if oldest is None else [float(oldest)]
        for dimension in dimensions:
            if (name, stat["Stat"], dimension) in self.metrics:
                return self._canned((name, stat["Stat"], dimension))
        return self._canned((name, stat["Stat"]))

    def _canned(self, key: tuple[str, ...]) -> list[float]:
        if key not in self.metrics:
            raise LookupError(f"FakeAws has no metric {key!r}, only {', '.join(map(repr, self.metrics)) or 'none'}")
        values = self.metrics[key]
        if isinstance(values, CheckError):
            raise values
        return [float(value) for value in values or ()]


def hold_to_model(service: str, operation: str, values: dict[str, Any], side: str) -> None:
    """Raise AssertionError if the input or output of an operation does not fit botocore's description.

    side: `input` or `output`. Members that the description does not have, and values of another type, are refused.
    """
    from botocore.validate import ParamValidator

    shape = getattr(_service(service).operation_model(operation), f"{side}_shape")
    known = {} if shape is None else shape.members
    unknown = values.keys() - known.keys() - {"ResponseMetadata"}
    words = f"{action_name(service, operation)}: its {side}"
    if unknown:
        raise AssertionError(
            f"{words} has no {', '.join(sorted(unknown))}, only {', '.join(sorted(known)) or 'nothing'}"
        )
    if shape is not None:
        plain = {name: value for name, value in values.items() if name != "ResponseMetadata"}
        report = ParamValidator().validate(plain, shape)
        problems = [line for line in report.generate_report().splitlines() if not _harmless(line, side)]
        if problems:
            raise AssertionError(f"{words} does not fit: {'; '.join(problems)}")


def hold_to_declaration(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
    """Raise AssertionError if the check that runs now does not declare a request, or a metric of CloudWatch."""
    check = next((found for found in _checks(AwsCheck) if found.title() == current().check), None)
    if check is None:
        return
    action = action_name(service, operation)
    if action not in check.actions:
        raise AssertionError(f"{check.__name__}.actions does not name {action}, which the check calls")
    running = _running()
    if running is not None and action not in running.needs():
        raise AssertionError(f"{running!r}.needs() does not name {action}, which the check calls with these options")
    declared = check.reads if running is None else running.read_metrics()
    for query in parameters.get("MetricDataQueries", ()):
        if "MetricStat" not in query:
            continue  # an expression over other metrics
        stat = query["MetricStat"]
        namespace, metric = stat["Metric"]["Namespace"], stat["Metric"]["MetricName"]
        dims = {dimension["Name"] for dimension in stat["Metric"]["Dimensions"]}
        if not any(
            (one.namespace, one.metric or metric, set(one.dims) if one.metric else dims, one.period)
            == (namespace, metric, dims, stat["Period"])
            and (not one.metric or stat["Stat"] in one.stats)
            for one in declared
        ):
            raise AssertionError(
                f"{check.__name__}.reads does not declare {stat['Stat']} of {namespace} {metric} by "
                f"{', '.join(sorted(dims)) or 'no dimension'} in {stat['Period']} s, which it reads with these options"
            )


def _running() -> AwsCheck | None:
    """Return the check that sends the request, None if a test sends it."""
    frame = sys._getframe(2)
    while frame is not None:
        found = frame.f_locals.get("self")
        if isinstance(found, AwsCheck):
            return found
        if frame.f_back is None:
            return None
        frame = frame.f_back
    return None


def _checks(kind: type[AwsCheck]) -> Iterator[type[AwsCheck]]:
    for one in kind.__subclasses__():
        yield one
        yield from _checks(one)


def _harmless(problem: str, side: str) -> bool:
    # A test gives the members that the check reads. AWS answers with all that are required.
    return side == "output" and "Missing required parameter" in problem


@cache
def _service(name: str) -> Any:
    from botocore.loaders import create_loader
    from botocore.model import ServiceModel

    return ServiceModel(create_loader().load_service_model(name, "service-2"), name)
