"""Effect of a changed value on the people who are notified: looser or stricter, less often, quieter."""

from __future__ import annotations

from typing import Literal

from checkwright.core.domain import Range
from checkwright.core.ranges import NEVER, parse
from checkwright.registry.model import durations
from checkwright.registry.model.settings import ONCE
from checkwright.registry.plan import NOTIFY_ON

#: Effect of a new value: fewer or more values alert, runs are rarer or more frequent, fewer or more people are woken,
#: a problem lasts longer or shorter until somebody is notified. "" if the two values cannot be ranked.
Effect = Literal["looser", "stricter", "less often", "more often", "quieter", "louder", "later", "sooner", ""]

#: Urgency of notifications, the loudest first.
_LOUDNESS = ("page", "office-hours", "ticket", "nobody")
#: Seconds between notifications of a watch that states none.
_RENOTIFY = 3_600
_SEVERITIES = ("ok", "warning", "critical")


def threshold_effect(old: str | None, new: str | None) -> Effect:
    """Return "looser" if every value that alerts by `new` alerted by `old` too, "stricter" for the opposite.

    The ranges are in the grammar of the Monitoring Plugins; None never alerts. "" for equal and for overlapping ranges.
    """
    before, after = _range(old), _range(new)
    fewer, more = _contains(before, after), _contains(after, before)
    if fewer == more:
        return ""
    return "looser" if fewer else "stricter"


def setting_effect(name: str, old: str, new: str) -> Effect:
    """Return the effect of a changed setting, whose values are those of `Setting.value`."""
    if name == "every":
        return _ranked(_seconds(old), _seconds(new), "less often", "more often")
    if name == "notify_after":
        return _ranked(_seconds(old), _seconds(new), "later", "sooner")
    if name == "renotify":
        return _ranked(_repeated(old), _repeated(new), "less often", "more often")
    if name == "notify_on":
        before, after = _events(old), _events(new)
        return "" if before == after else "louder" if before < after else "quieter" if after < before else ""
    if name == "notify" and old in _LOUDNESS and new in _LOUDNESS:
        return _ranked(_LOUDNESS.index(old), _LOUDNESS.index(new), "quieter", "louder")
    if name == "attempts" and old.isdecimal() and new.isdecimal():
        return _ranked(int(old), int(new), "later", "sooner")
    if name == "quiet" and "never" in (old, new):
        return _ranked(int(old != "never"), int(new != "never"), "quieter", "louder")
    return ""


def words_effect(old: str, new: str) -> Effect:
    """Return the effect of another severity of a word: `ok`, `warning` or `critical`."""
    if old not in _SEVERITIES or new not in _SEVERITIES:
        return ""
    return _ranked(_SEVERITIES.index(old), _SEVERITIES.index(new), "stricter", "looser")


def threshold_text(value: str | None, unit: str = "") -> str:
    """Return a range for people: `75 %`, `10:20`, `never` for one that no value violates, `none` for None."""
    if value is None:
        return "none"
    if value == NEVER:
        return "never"
    return f"{value} {unit}" if unit not in ("", "c") else value


def _ranked(old: float, new: float, more: Effect, less: Effect) -> Effect:
    return "" if old == new else more if new > old else less


def _seconds(text: str) -> int:
    try:
        return durations.seconds(text)
    except ValueError:
        return 0


def _repeated(text: str) -> float:
    """Return the seconds between notifications: without end for "once", those of a plan for none."""
    return float("inf") if text == ONCE else _seconds(text) or _RENOTIFY


def _events(text: str) -> frozenset[str]:
    return frozenset(NOTIFY_ON if text == "none" else text.split(", "))


def _range(text: str | None) -> Range:
    return parse(NEVER if text is None else text)


def _contains(outer: Range, inner: Range) -> bool:
    """Return True if every value that violates `inner` violates `outer`."""
    if _never(inner):
        return True
    if inner.invert and not outer.invert:
        return bool(inner.end < outer.start or inner.start > outer.end)
    if outer.invert and not inner.invert:
        return False  # the values outside a range have no end, those inside one do
    if outer.invert:
        return bool(outer.start <= inner.start and inner.end <= outer.end)
    return bool(inner.start <= outer.start and outer.end <= inner.end)


def _never(one: Range) -> bool:
    return not one.invert and one.start == float("-inf") and one.end == float("inf")
