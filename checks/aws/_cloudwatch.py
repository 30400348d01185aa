"""CloudWatch metrics: one request for all concurrent queries.

A GetMetricData request holds up to 500 queries. A run in its own process sends its query at once. In a warm worker the
first query waits for a moment, and its request takes all queries that have come since. Nothing is cached: a query that
comes while a request is under way starts another one. A failed request fails for the run that sent it; the other runs
then send their own.
"""

import _thread
import time

from checkwright.core.text import clean
from checkwright.sources import CannotTell, doing, remaining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: Most queries in one request.
_MOST = 500
#: Pages of one answer. An endpoint that always names a next page is none of AWS.
_MOST_PAGES = 50
#: Seconds that a run must have left to wait for other queries.
_ENOUGH = 2.0

#: Region and endpoint.
Endpoint = tuple[str, str | None]


class MetricQuery:
    """Query for the latest datapoint of a metric. look_back: seconds after which a datapoint is too old."""

    __slots__ = ("dimensions", "look_back", "metric", "namespace", "period", "statistic")

    def __init__(
        self,
        namespace: str,
        metric: str,
        dimensions: dict[str, str],
        *,
        statistic: str = "Maximum",
        period: int = 60,
        look_back: int = 900,
    ) -> None:
        self.namespace = namespace
        self.metric = metric
        self.dimensions = dimensions
        self.statistic = statistic
        self.period = period
        self.look_back = look_back


class MetricReader:
    """Sender of metric queries, in batches. `send(about, endpoint, **parameters)` sends one GetMetricData.

    window: seconds that the first query waits for others; 0 sends each query at once and alone.
    """

    def __init__(self, send: "Callable[..., dict[str, Any]]", window: float = 0.0) -> None:
        self._send = send
        self._window = window
        self._lock = _thread.allocate_lock()
        self._open_batches: dict[Endpoint, _Batch] = {}

    def latest(self, query: MetricQuery, about: str, endpoint: Endpoint) -> float | None:
        """Return the latest value; None where there is no datapoint. Raises as `send` does, about `about`."""
        if not self._window or remaining() < _ENOUGH + self._window:
            return self._fetch([query], about, endpoint)[0]
        doing(f"cloudwatch:GetMetricData for {about}")
        with self._lock:
            batch = self._open_batches.get(endpoint)
            leads = batch is None or len(batch.queries) >= _MOST
            if batch is None or leads:
                batch = self._open_batches[endpoint] = _Batch()
            position = len(batch.queries)
            batch.queries.append(query)
        if leads:
            return self._lead(batch, about, endpoint)
        if batch.done.acquire(True, max(0.01, remaining() - _ENOUGH / 2)):
            batch.done.release()  # for the next run that waits
        if batch.answers is not None:
            return batch.answers[position]
        return self._fetch([query], about, endpoint)[0]

    def _lead(self, batch: "_Batch", about: str, endpoint: Endpoint) -> float | None:
        try:
            time.sleep(self._window)
            with self._lock:
                if self._open_batches.get(endpoint) is batch:
                    del self._open_batches[endpoint]
            batch.answers = self._fetch(batch.queries, about, endpoint)
            return batch.answers[0]
        finally:
            batch.done.release()

    def _fetch(self, queries: list[MetricQuery], about: str, endpoint: Endpoint) -> "list[float | None]":
        """Send one request, and one more for each further page of its answer."""
        from datetime import UTC, datetime, timedelta

        now = datetime.now(UTC)
        parameters: dict[str, Any] = {
            "MetricDataQueries": [
                {
                    "Id": f"q{number}",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": query.namespace,
                            "MetricName": query.metric,
                            "Dimensions": [{"Name": name, "Value": value} for name, value in query.dimensions.items()],
                        },
                        "Period": query.period,
                        "Stat": query.statistic,
                    },
                }
                for number, query in enumerate(queries)
            ],
            "StartTime": now - timedelta(seconds=max(query.look_back for query in queries)),
            "EndTime": now,
            "ScanBy": "TimestampDescending",
        }
        latest: dict[str, tuple[Any, float]] = {}
        answered: set[str] = set()
        for _ in range(_MOST_PAGES):
            answer = self._send(about, endpoint, **parameters)
            for found in answer.get("MetricDataResults", ()):
                if found.get("StatusCode", "Complete") in ("InternalError", "Forbidden"):
                    status = clean(found["StatusCode"], 50)
                    raise CannotTell(f"the answer to cloudwatch:GetMetricData for {about} is {status}")
                name = str(found.get("Id"))
                answered.add(name)
                for at, value in zip(found.get("Timestamps", ()), found.get("Values", ()), strict=False):
                    if name not in latest or at > latest[name][0]:
                        latest[name] = at, float(value)
            if not answer.get("NextToken"):
                break
            parameters["NextToken"] = answer["NextToken"]
        else:
            raise CannotTell(f"the answer to cloudwatch:GetMetricData for {about} has more than {_MOST_PAGES} pages")
        if missing := len([number for number in range(len(queries)) if f"q{number}" not in answered]):
            why = f"it has no result for {missing} of {len(queries)} queries"
            raise CannotTell(f"the answer to cloudwatch:GetMetricData for {about} is not complete: {why}")
        values: list[float | None] = []
        for number, query in enumerate(queries):
            at, value = latest.get(f"q{number}", (None, 0.0))
            fresh = at is not None and at >= now - timedelta(seconds=query.look_back)
            values.append(value if fresh else None)
        return values


class _Batch:
    """Queries of one request. `done` is locked until the request has its answer."""

    __slots__ = ("answers", "done", "queries")

    def __init__(self) -> None:
        self.queries: list[MetricQuery] = []
        self.answers: list[float | None] | None = None
        self.done = _thread.allocate_lock()
        self.done.acquire()
