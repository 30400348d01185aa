"""CloudWatch's numbers: one request for all that ask at the same time.

A request of GetMetricData may hold 500 questions. In a process of its own a run asks alone and at once. In a warm
worker the first that asks waits for a moment, and then asks for all that have come. Nothing is kept: who asks when that
request is under way asks anew. A request that fails fails for the one who sent it; the others then ask for themselves.
"""

import _thread
import time

from checkwright.core.current import doing, remaining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: Questions that one request may hold.
_MOST = 500
#: Seconds that a run must have left to wait for others.
_ENOUGH = 2.0

#: Region and endpoint.
Where = tuple[str, str | None]


class Question:
    """The newest datapoint of a metric. look_back: seconds; older ones are none."""

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


class Metrics:
    """Asks with `ask(about, where, **parameters)`, which sends one GetMetricData.

    window: seconds that the first of several waits for the others; 0 asks at once and alone.
    """

    def __init__(self, ask: "Callable[..., dict[str, Any]]", window: float = 0.0) -> None:
        self._ask = ask
        self._window = window
        self._lock = _thread.allocate_lock()
        self._gathering: dict[Where, _Batch] = {}

    def newest(self, question: Question, about: str, where: Where) -> float | None:
        """The newest value; None where there is no datapoint. Raises what `ask` raises, about `about`."""
        if not self._window or remaining() < _ENOUGH + self._window:
            return self._answered([question], about, where)[0]
        doing(f"cloudwatch:GetMetricData for {about}")
        with self._lock:
            batch = self._gathering.get(where)
            leads = batch is None or len(batch.questions) >= _MOST
            if batch is None or leads:
                batch = self._gathering[where] = _Batch()
            place = len(batch.questions)
            batch.questions.append(question)
        if leads:
            return self._led(batch, about, where)
        if batch.done.acquire(True, max(0.01, remaining() - _ENOUGH / 2)):
            batch.done.release()  # for the next one that waits
        if batch.answers is not None:
            return batch.answers[place]
        return self._answered([question], about, where)[0]

    def _led(self, batch: "_Batch", about: str, where: Where) -> float | None:
        try:
            time.sleep(self._window)
            with self._lock:
                if self._gathering.get(where) is batch:
                    del self._gathering[where]
            batch.answers = self._answered(batch.questions, about, where)
            return batch.answers[0]
        finally:
            batch.done.release()

    def _answered(self, questions: list[Question], about: str, where: Where) -> "list[float | None]":
        """One request, and as many more as its answer has pages."""
        from datetime import UTC, datetime, timedelta

        now = datetime.now(UTC)
        parameters: dict[str, Any] = {
            "MetricDataQueries": [
                {
                    "Id": f"q{number}",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": question.namespace,
                            "MetricName": question.metric,
                            "Dimensions": [
                                {"Name": name, "Value": value} for name, value in question.dimensions.items()
                            ],
                        },
                        "Period": question.period,
                        "Stat": question.statistic,
                    },
                }
                for number, question in enumerate(questions)
            ],
            "StartTime": now - timedelta(seconds=max(question.look_back for question in questions)),
            "EndTime": now,
            "ScanBy": "TimestampDescending",
        }
        newest: dict[str, tuple[Any, float]] = {}
        while True:
            answer = self._ask(about, where, **parameters)
            for found in answer.get("MetricDataResults", ()):
                for at, value in zip(found.get("Timestamps", ()), found.get("Values", ()), strict=False):
                    name = found["Id"]
                    if name not in newest or at > newest[name][0]:
                        newest[name] = at, float(value)
            if not answer.get("NextToken"):
                break
            parameters["NextToken"] = answer["NextToken"]
        values: list[float | None] = []
        for number, question in enumerate(questions):
            at, value = newest.get(f"q{number}", (None, 0.0))
            fresh = at is not None and at >= now - timedelta(seconds=question.look_back)
            values.append(value if fresh else None)
        return values


class _Batch:
    """Questions that one request will ask. `done` is held until it has."""

    __slots__ = ("answers", "done", "questions")

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.answers: list[float | None] | None = None
        self.done = _thread.allocate_lock()
        self.done.acquire()
