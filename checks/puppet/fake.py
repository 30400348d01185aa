"""Fake Puppet agent."""

from __future__ import annotations

from checks.puppet.source import PuppetAgent, PuppetRun
from checkwright.core.errors import CheckError
from checkwright.testing.canned import value_of


class FakePuppetAgent(PuppetAgent):
    """Agent with a last run: `FakePuppetAgent(PuppetRun({"resources": {"total": "8"}}))`. A CheckError is raised."""

    def __init__(self, run: PuppetRun | CheckError | None = None) -> None:
        self.run = run

    def last_run(self, folder: str = "", *, locks: bool = True) -> PuppetRun:
        return value_of(self.run, "no run of Puppet has left a last_run_summary.yaml")


__all__ = ["FakePuppetAgent", "PuppetRun"]
