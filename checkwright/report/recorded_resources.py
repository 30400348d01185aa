"""Recorded values of resources for a report, from the files and servers that a user names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from checkwright.core.errors import BadUsage
from checkwright.core.secret import Secret
from checkwright.history import cloudwatch_history, prometheus_history, result_lines
from checkwright.history.series import Series
from checkwright.report.scopes import Group
from checkwright.report.shown import count


class Resources:
    """Places with recorded values. notes: sentences on what could not be read, after `series`.

    results: files of the batch. prometheus: URL, "" for none. queries: `NAME=PROMQL`, percentages. cloudwatch: metrics,
    see `cloudwatch_history.parse`. token: for Prometheus.
    Raises BadUsage, and CannotDo for a token that cannot be read.
    """

    def __init__(
        self,
        results: Sequence[Path],
        prometheus: str,
        queries: Sequence[str],
        cloudwatch: Sequence[str] = (),
        token: Secret | None = None,
    ) -> None:
        if queries and not prometheus:
            raise BadUsage("--query needs the server that answers it: --prometheus URL")
        if token is not None and not prometheus:
            raise BadUsage("--prometheus-token needs the server that it is for: --prometheus URL")
        self._results = results
        self._server = prometheus_history.Prometheus(prometheus, token) if prometheus else None
        self._queries = [self._named(query) for query in queries]
        self._metrics = [cloudwatch_history.parse(text) for text in cloudwatch]
        self.notes: list[str] = []

    def series(self, groups: Sequence[Group]) -> list[Series]:
        """Return all values in the time of the groups' counts. Raises CannotDo."""
        starts = [start for group in groups for start in group.server.slots]
        if not starts:
            return []
        first, last = min(starts), max(starts) + 3_600
        found: list[Series] = []
        if self._results:
            recorded = result_lines.read(self._results, since=first)
            found += recorded.series
            if recorded.unreadable:
                self.notes.append(f"Lines of --results that are no results of the batch: {count(recorded.unreadable)}.")
        if self._server is not None:
            step = min(group.server.step for group in groups)
            found += prometheus_history.checks(self._server, "", first, last, step)
            for name, query in self._queries:
                found += prometheus_history.expression(self._server, name, query, first, last, step)
        if self._metrics:
            found += cloudwatch_history.read(self._metrics, first, last)
        return found

    @staticmethod
    def _named(text: str) -> tuple[str, str]:
        name, equals, query = text.partition("=")
        if not equals or not name.strip() or not query.strip():
            raise BadUsage(f"--query is a name and a PromQL expression, such as 'db=100 * a / b', and not {text!r}")
        return name.strip(), query.strip()
