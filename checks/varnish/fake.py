"""Fake Varnish."""

from __future__ import annotations

from checks.varnish.source import Varnish, VarnishState
from checkwright.core.errors import CheckError
from checkwright.testing.canned import value_of


class FakeVarnish(Varnish):
    """Varnish with counters: `FakeVarnish(VarnishState({"MAIN.cache_hit": 3}))`. A CheckError is raised."""

    def __init__(self, state: VarnishState | CheckError | None = None) -> None:
        self.found = state

    def state(self, name: str = "") -> VarnishState:
        return value_of(self.found, "cannot run varnishstat: there is no program varnishstat here")


__all__ = ["FakeVarnish", "VarnishState"]
