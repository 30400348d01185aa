"""Fake systemd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checks.systemd.source import Systemd, Unit
from checkwright.core.errors import CheckError
from checkwright.testing.canned import list_or_error, value_of


class FakeSystemd(Systemd):
    """Units by name or pattern: `FakeSystemd({"nginx": Unit("nginx.service")})`. A CheckError is raised."""

    def __init__(self, units: Mapping[str, Unit | Sequence[Unit] | CheckError] | None = None) -> None:
        self._units = {name: list_or_error(one) for name, one in (units or {}).items()}

    def units(self, pattern: str) -> list[Unit]:
        return list(value_of(self._units.get(pattern), f"there is no unit {pattern} here"))

    def failed_units(self) -> list[Unit]:
        return self._in_state("failed")

    def restarting_units(self) -> list[Unit]:
        return self._in_state("restarting")

    def _in_state(self, state: str) -> list[Unit]:
        known = [units for units in self._units.values() if not isinstance(units, CheckError)]
        return [unit for units in known for unit in units if unit.state == state]


__all__ = ["FakeSystemd", "Unit"]
