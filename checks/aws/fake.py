"""Fake AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.aws._cloudwatch import MetricQuery
from checks.aws.source import Aws, Queue
from checkwright.core.errors import CheckError, Down
from checkwright.testing.canned import answer_for


class FakeQueue(Queue):
    """Queue with these counts. oldest: seconds, None for no datapoint. A CheckError is raised on use."""

    def __init__(
        self,
        depth: int | CheckError = 0,
        oldest: float | CheckError | None = None,
        in_flight: int | CheckError = 0,
        delayed: int | CheckError = 0,
    ) -> None:
        self._depth = depth
        self._oldest = oldest
        self._in_flight = in_flight
        self._delayed = delayed

    def depth(self) -> int:
        if isinstance(self._depth, CheckError):
            raise self._depth
        return self._depth

    def in_flight(self) -> int:
        if isinstance(self._in_flight, CheckError):
            raise self._in_flight
        return self._in_flight

    def delayed(self) -> int:
        if isinstance(self._delayed, CheckError):
            raise self._delayed
        return self._delayed

    def oldest_seconds(self) -> float | None:
        if isinstance(self._oldest, CheckError):
            raise self._oldest
        return self._oldest


class FakeAws(Aws):
    """Queues by name: `FakeAws({"payments": FakeQueue(depth=3)})`. A CheckError is raised; an unknown name is Down.

    answers: of `call`, by `SERVICE:OPERATION`, as boto3 returns them. metrics: of `latest`, by the name of the metric.
    """

    def __init__(
        self,
        queues: Mapping[str, FakeQueue | CheckError] | None = None,
        *,
        answers: Mapping[str, dict[str, Any] | CheckError] | None = None,
        metrics: Mapping[str, float | CheckError | None] | None = None,
    ) -> None:
        super().__init__()
        self.queues = dict(queues or {})
        self.answers = dict(answers or {})
        self.metrics = dict(metrics or {})

    def queue(self, name: str, region: str, endpoint_url: str | None = None) -> Queue:
        found = self.queues.get(name)
        if found is None:
            raise Down(f"the queue {name} in {region} does not exist, or these credentials may not know of it")
        if isinstance(found, CheckError):
            raise found
        return found

    def call(
        self, service: str, operation: str, about: str, region: str, endpoint_url: str | None, **parameters: object
    ) -> dict[str, Any]:
        return answer_for(self, self.answers, f"{service}:{operation}")

    def latest(self, query: MetricQuery, about: str, region: str, endpoint_url: str | None) -> float | None:
        return answer_for(self, self.metrics, query.metric)
