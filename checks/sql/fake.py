"""Fake files with queries."""

from __future__ import annotations

from collections.abc import Mapping

from checks.sql.source import QueryFiles
from checkwright.core.errors import CheckError
from checkwright.testing.canned import answer_for


class FakeQueryFiles(QueryFiles):
    """Queries by path: `FakeQueryFiles({"/etc/checks/orders.sql": "SELECT 1"})`. A CheckError is raised."""

    def __init__(self, files: Mapping[str, str | CheckError]) -> None:
        self.files = dict(files)

    def read(self, path: str) -> str:
        return answer_for(self, self.files, path)
