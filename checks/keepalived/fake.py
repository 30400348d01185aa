"""Fake addresses of a machine."""

from __future__ import annotations

from collections.abc import Iterable

from checks.keepalived.source import LocalAddresses, normalized
from checkwright.core.errors import CheckError
from checkwright.testing.canned import value_of


class FakeLocalAddresses(LocalAddresses):
    """Addresses of the machine: `FakeLocalAddresses(["10.0.0.5"])`. A CheckError is raised."""

    def __init__(self, addresses: Iterable[str] | CheckError = ()) -> None:
        super().__init__()
        self.found: frozenset[str] | CheckError = (
            addresses if isinstance(addresses, CheckError) else frozenset(map(normalized, addresses))
        )

    def addresses(self) -> frozenset[str]:
        return value_of(self.found, "no addresses")
