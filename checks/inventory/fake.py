"""Fake inventories."""

from __future__ import annotations

from collections.abc import Mapping

from checks.inventory.source import Header, Inventories
from checkwright.core.errors import CheckError
from checkwright.testing.canned import answer_for


class FakeInventories(Inventories):
    """Inventories by path: `FakeInventories({"/srv/live.csv": Header(3600, 40)})`. A CheckError is raised."""

    def __init__(self, headers: Mapping[str, Header | CheckError]) -> None:
        self.headers = dict(headers)

    def header(self, path: str) -> Header:
        return answer_for(self, self.headers, path)


__all__ = ["FakeInventories", "Header"]
