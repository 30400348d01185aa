"""Effects of changed values."""

import itertools

import pytest

from checkwright.core.ranges import parse
from checkwright.registry.value_effects import setting_effect, threshold_effect, threshold_text

RANGES = (None, "~:", "10", "5", "10:", "5:", "~:10", "5:10", "2:20", "@5:10", "@6:9", "@20:30", "@-9:-5", "0:")
#: Values on and around every end of RANGES.
VALUES = (-1e9, -10, -7, -5, -1, 0, 1, 2, 3, 5, 5.5, 6, 7, 9, 9.5, 10, 11, 20, 21, 25, 30, 31, 1e9)


def alerts(text: str | None) -> frozenset[float]:
    return frozenset(value for value in VALUES if text is not None and not parse(text).match(value))


@pytest.mark.parametrize(("old", "new"), list(itertools.product(RANGES, RANGES)))
def test_effect_of_a_threshold_is_that_of_the_values_that_alert(old: str | None, new: str | None) -> None:
    before, after = alerts(old), alerts(new)
    expected = "looser" if after < before else "stricter" if before < after else ""
    assert threshold_effect(old, new) == expected


@pytest.mark.parametrize(
    ("name", "old", "new", "effect"),
    [
        ("every", "1m", "5m", "less often"),
        ("every", "1h", "5m", "more often"),
        ("every", "60s", "1m", ""),
        ("notify", "page", "nobody", "quieter"),
        ("notify", "ticket", "office-hours", "louder"),
        ("attempts", "3", "1", "sooner"),
        ("attempts", "3", "10", "later"),
        ("quiet", "never", "night", "quieter"),
        ("quiet", "night", "never", "louder"),
        ("quiet", "night", "day", ""),
        ("renotify", "none", "2h", "less often"),
        ("renotify", "once", "2h", "more often"),
        ("renotify", "none", "1h", ""),
        ("notify_on", "none", "critical", "quieter"),
        ("notify_on", "critical", "critical, downtime", "louder"),
        ("notify_on", "critical", "warning", ""),
        ("runbook", "a", "b", ""),
    ],
)
def test_effect_of_a_setting(name: str, old: str, new: str, effect: str) -> None:
    assert setting_effect(name, old, new) == effect


def test_text_of_a_threshold() -> None:
    assert [threshold_text(one) for one in ("10:20", "~:", None)] == ["10:20", "never", "none"]
    assert [threshold_text("80", unit) for unit in ("%", "s", "c", "")] == ["80 %", "80 s", "80", "80"]
