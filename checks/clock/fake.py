"""Fake clocks."""

from __future__ import annotations

from collections.abc import Mapping

from checks.clock.source import Clock, ClockState
from checkwright.core.errors import CheckError
from checkwright.testing.canned import answer_for, value_of


class FakeClock(Clock):
    """Clock with states: `FakeClock(ClockState(error=0.01), servers={"ntp.test": ClockState(offset=2)})`.

    A CheckError is raised. chrony: None for a machine without chronyd.
    """

    def __init__(
        self,
        kernel: ClockState | CheckError | None = None,
        *,
        servers: Mapping[str, ClockState | CheckError] | None = None,
        chrony: ClockState | CheckError | None = None,
    ) -> None:
        self.states = (kernel, chrony)
        self.servers = dict(servers or {})

    def kernel(self) -> ClockState:
        return value_of(self.states[0], "cannot ask the kernel for its clock: Operation not permitted")

    def server(self, address: str) -> ClockState:
        return answer_for(self, self.servers, address)

    def chrony(self, port: int = 323) -> ClockState:
        return value_of(self.states[1], "cannot run chronyc: there is no program chronyc here")


__all__ = ["ClockState", "FakeClock"]
