"""Fake addresses and processes of a machine."""

from __future__ import annotations

from collections.abc import Iterable

from checks.keepalived.source import Machine, normalized
from checkwright.core.errors import CheckError
from checkwright.testing.canned import value_of


class FakeMachine(Machine):
    """Addresses and names of processes: `FakeMachine(["10.0.0.5"], ["keepalived"])`. A CheckError is raised."""

    def __init__(self, addresses: Iterable[str] | CheckError = (), processes: Iterable[str] = ("keepalived",)) -> None:
        super().__init__()
        self.processes = frozenset(processes)
        self.found: frozenset[str] | CheckError = (
            addresses if isinstance(addresses, CheckError) else frozenset(map(normalized, addresses))
        )

    def addresses(self) -> frozenset[str]:
        return value_of(self.found, "no addresses")

    def runs(self, name: str) -> bool:
        return name in self.processes
