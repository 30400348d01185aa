"""Fake APT."""

from __future__ import annotations

from checks.packages.source import Apt, Updates
from checkwright.core.errors import CheckError
from checkwright.testing.canned import value_of


class FakeApt(Apt):
    """APT with updates: `FakeApt(Updates(security=["openssl"]))`. A CheckError is raised."""

    def __init__(self, updates: Updates | CheckError | None = None) -> None:
        super().__init__()
        self.found = updates

    def updates(self) -> Updates:
        return value_of(self.found, "cannot run apt-get -s: there is no program apt-get here")

    def lists_age(self) -> float:
        return self.updates().lists


__all__ = ["FakeApt", "Updates"]
