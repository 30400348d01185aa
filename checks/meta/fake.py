"""Fake checks, for checks that run others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checks.meta.source import Checks
from checkwright.core.outcome import Outcome


class FakeChecks(Checks):
    """Outcomes by command line of the part: `FakeChecks({"disk -p /": outcome})`."""

    def __init__(self, outcomes: Mapping[str, Outcome] | None = None) -> None:
        super().__init__()
        self._outcomes = dict(outcomes or {})

    def outcomes(self, parts: Sequence[Sequence[str]]) -> list[Outcome]:
        return [self._outcomes[" ".join(part)] for part in parts]
