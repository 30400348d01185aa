"""FakeSystemd: units, errors and missing units."""

import pytest

from checks.systemd.fake import FakeSystemd, Unit
from checkwright.core.errors import CannotTell


def test_missing_unit_is_unknown() -> None:
    with pytest.raises(CannotTell, match="there is no unit gone here"):
        FakeSystemd().units("gone")


def test_errors_are_raised() -> None:
    systemd = FakeSystemd({"a": CannotTell("hidden")})
    with pytest.raises(CannotTell, match="hidden"):
        systemd.units("a")
    assert systemd.failed_units() == []


def test_one_unit_or_several_are_accepted() -> None:
    systemd = FakeSystemd({"a": Unit("a", "failed"), "b": [Unit("b")]})
    assert [unit.name for unit in systemd.failed_units()] == ["a"]
