"""Fake counts files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checks.slo.source import CountsFiles, Objective
from checkwright.core.errors import CheckError
from checkwright.latency.burn import Tally
from checkwright.testing.canned import value_of


class FakeCountsFiles(CountsFiles):
    """Counts made of tallies, or an error to raise. now: the time. problems: sentences on files that are left out.

    `queries` lists the folders and objectives.
    """

    def __init__(self, tallies: Sequence[Tally] | CheckError, *, now: float, problems: Sequence[str] = ()) -> None:
        self._problems = [*problems]
        self._tallies = tallies
        self._now = now
        self.queries: list[tuple[str, Objective]] = []

    def now(self) -> float:
        return self._now

    def tallies(
        self, folder: str, objective: Objective, since: float, known: Mapping[str, Any] | None = None
    ) -> tuple[list[Tally], dict[str, Any], list[str]]:
        self.queries.append((folder, objective))
        found = value_of(self._tallies, "")
        return [one for one in found if one.start + one.seconds > since], {}, self._problems
