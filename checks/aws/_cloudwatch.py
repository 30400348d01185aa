"""CloudWatch metrics: one request for the queries of concurrent runs.

A GetMetricData request holds up to 500 queries. A run in its own process sends its queries at once. In a warm worker
the first run waits for a moment, and its request takes all queries that have come since. Nothing is cached: a query
that comes while a request is under way starts another one. A failed request fails for the run that sent it; the other
runs then send their own. A refused query fails for its own run only.
"""

import _thread
import time

from checks.aws._series import Points, Series
from checks.aws._where import Where
from checkwright.core.text import clean
from checkwright.sources import CannotTell, doing, remaining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Send = Callable[..., dict[str, Any]]

#: Most queries in one request.
_MOST = 500
#: Pages of one answer. An endpoint that always names a next page is not from AWS.
_MOST_PAGES = 50
#: Seconds that a run must have left to wait for other queries.
_ENOUGH = 5.0
#: Seconds that a run keeps for a request of its own, where the shared one does not come back.
_RESERVE = 1.0
#: Limits of look-back, in seconds. A request asks for one stretch of time, so that one daily metric next to many of a
#: minute would ask for days of each.
_LOOK_BACKS = (3 * 3600, 86_400)
_COMPLETE = "Complete"
_REASONS = {
    "Forbidden": "these credentials may not read the metric",
    "InternalError": "CloudWatch failed",
    "PartialData": "CloudWatch returned a part of the datapoints",
}

#: Series and statistic.
Query = tuple[Series, str]
Answer = Points | CannotTell


class MetricReader:
    """Sender of metric queries, in batches.

    window: seconds that the first query waits for others; 0 sends each run's queries at once and alone.
    """

    def __init__(self, window: float = 0.0) -> None:
        self._window = window
        self._lock = _thread.allocate_lock()
        self._open_batches: dict[tuple[Where, int], _Batch] = {}

    def read(self, send: "Send", about: str, where: Where, *series: Series) -> "dict[Query, Points]":
        """Return the points of each statistic of each series. Raises CannotTell if CloudWatch refuses one.

        send: sends one request, with the arguments of `Aws.ask`.
        """
        groups: dict[int, list[Query]] = {}
        for one in dict.fromkeys(series):
            group = sum(one.back > limit for limit in _LOOK_BACKS)
            groups.setdefault(group, []).extend((one, stat) for stat in one.stats)
        found: dict[Query, Points] = {}
        for group, queries in groups.items():
            for start in range(0, len(queries), _MOST):
                part = queries[start : start + _MOST]
                for query, answer in zip(part, self._answers(send, part, about, where, group), strict=True):
                    if isinstance(answer, CannotTell):
                        raise answer
                    found[query] = answer
        return found

    def _answers(self, send: "Send", queries: list[Query], about: str, where: Where, group: int) -> "Sequence[Answer]":
        if not self._window or remaining() < _ENOUGH + self._window:
            return _fetch(send, queries, about, where)
        doing(f"cloudwatch:GetMetricData for {about}")
        with self._lock:
            batch = self._open_batches.get((where, group))
            leads = batch is None or len(batch.queries) + len(queries) > _MOST
            if batch is None or leads:
                batch = self._open_batches[where, group] = _Batch()
            start = len(batch.queries)
            batch.queries += queries
        if leads:
            self._lead(send, batch, about, where, group)
        elif batch.done.acquire(True, max(0.01, remaining() - _RESERVE)):
            batch.done.release()  # for the next run that waits
        if batch.answers is not None:
            return batch.answers[start : start + len(queries)]
        return _fetch(send, queries, about, where)

    def _lead(self, send: "Send", batch: "_Batch", about: str, where: Where, group: int) -> None:
        try:
            time.sleep(self._window)
            with self._lock:
                if self._open_batches.get((where, group)) is batch:
                    del self._open_batches[where, group]
            batch.answers = _fetch(send, batch.queries, about, where)
        finally:
            batch.done.release()


class _Batch:
    """Queries of one request. `done` is locked until the request has its answer."""

    __slots__ = ("answers", "done", "queries")

    def __init__(self) -> None:
        self.queries: list[Query] = []
        self.answers: list[Answer] | None = None
        self.done = _thread.allocate_lock()
        self.done.acquire()


def compute(
    send: "Send",
    about: str,
    where: Where,
    operands: "Mapping[str, Query]",
    expressions: "Mapping[str, str]",
) -> "dict[str, Points]":
    """Return the points of expressions over series, by name, from one request of its own.

    operands: series and statistics by the names that stand in the expressions. All series have the same period. Raises
    CannotTell where CloudWatch refuses one of the expressions.
    """
    now = time.time()
    queries = list(operands.values())
    series = queries[0][0]
    parameters = _parameters(queries, now)
    for query, name in zip(parameters["MetricDataQueries"], operands, strict=True):
        query |= {"Id": name, "ReturnData": False}
    parameters["MetricDataQueries"] += [
        {"Id": name, "Expression": expression, "Period": series.period} for name, expression in expressions.items()
    ]
    results, general = _results(send, parameters, about, where)
    found = {}
    for name in expressions:
        answer = _judge(name, series, results.get(name), general, about, now)
        if isinstance(answer, CannotTell):
            raise answer
        found[name] = answer
    return found


def _fetch(send: "Send", queries: list[Query], about: str, where: Where) -> "list[Answer]":
    now = time.time()
    results, general = _results(send, _parameters(queries, now), about, where)
    return [
        _judge(series.metric, series, results.get(f"q{number}"), general, about, now)
        for number, (series, _) in enumerate(queries)
    ]


def _results(
    send: "Send", parameters: "dict[str, Any]", about: str, where: Where
) -> "tuple[dict[str, _Result], list[str]]":
    """Send one request, and one more for each further page of its answer. Return results by ID, and messages."""
    results: dict[str, _Result] = {}
    general: list[str] = []
    for _ in range(_MOST_PAGES):
        answer = send("cloudwatch", "GetMetricData", about, where, **parameters)
        general += _messages(answer)
        for found in answer.get("MetricDataResults", ()):
            results.setdefault(str(found.get("Id")), _Result()).add(found)
        if not answer.get("NextToken"):
            return results, general
        parameters["NextToken"] = answer["NextToken"]
    raise CannotTell(f"the answer to cloudwatch:GetMetricData for {about} has more than {_MOST_PAGES} pages")


class _Result:
    """Results of one query from all pages of an answer."""

    __slots__ = ("messages", "points", "status")

    def __init__(self) -> None:
        self.points: dict[float, float] = {}
        self.status = ""
        self.messages: list[str] = []

    def add(self, found: "dict[str, Any]") -> None:
        # The last page of a query says whether all of it came: earlier ones are PartialData.
        self.status = str(found.get("StatusCode", _COMPLETE))
        self.messages += _messages(found)
        for at, value in zip(found.get("Timestamps", ()), found.get("Values", ()), strict=False):
            self.points[at.timestamp()] = float(value)


def _messages(answer: "dict[str, Any]") -> list[str]:
    return [
        f"{clean(message.get('Code', ''), 100)}: {clean(message.get('Value', ''), 200)}"
        for message in answer.get("Messages", ())
    ]


def _parameters(queries: list[Query], now: float) -> "dict[str, Any]":
    from datetime import UTC, datetime

    # The end is exclusive. Whole minutes make CloudWatch answer with whole periods.
    end = (int(now) // 60 + 1) * 60
    back = max(series.back + series.period for series, _ in queries)
    return {
        "MetricDataQueries": [
            {
                "Id": f"q{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": series.namespace,
                        "MetricName": series.metric,
                        "Dimensions": [{"Name": name, "Value": value} for name, value in series.dims.items()],
                    },
                    "Period": series.period,
                    "Stat": stat,
                },
            }
            for number, (series, stat) in enumerate(queries)
        ],
        "StartTime": datetime.fromtimestamp(end - back - 60, UTC),
        "EndTime": datetime.fromtimestamp(end, UTC),
        "ScanBy": "TimestampDescending",
    }


def _judge(name: str, series: Series, result: _Result | None, general: list[str], about: str, now: float) -> Answer:
    """Return the settled points of one query, or the reason why it has no answer."""
    if result is None or result.status != _COMPLETE:
        messages = [*(result.messages if result else ()), *general]
        status = clean(result.status, 50) if result else "has no result"
        why = "; ".join([_REASONS.get(status, ""), *messages[:3]]).strip("; ")
        words = f"is {status}" if result else status
        why = f" ({why})" if why else ""
        return CannotTell(f"the answer to cloudwatch:GetMetricData for {about} {words} for {name}{why}")
    oldest = now - series.back
    points = (
        (start, value)
        for start, value in result.points.items()
        if oldest <= start <= now - series.period - series.settle
    )
    return Points(points, series.period, now)
