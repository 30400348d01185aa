"""Aspects of a host or a service that do not depend on its command and recipients, as text for a comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nagios_cfg.reader.notified import Kind, number
from nagios_cfg.reader.periods import Periods, period_lines

Settings = Mapping[str, str]

#: Letters of the states in stalking_options and flap_detection_options, in the order of Nagios's documentation.
_STATES: Mapping[Kind, str] = {"service": "owuc", "host": "odu"}


def aspects(
    kind: Kind, settings: Settings, seconds: float, periods: Periods, expand: Callable[[str], str]
) -> dict[str, str]:
    """Return the aspects of an object by the names of `directives.COMPARED`.

    seconds: of the unit of intervals. expand: returns the words of a command, such as an event handler.
    """
    found = {
        "passive results": "accepted" if _is_on(settings, "passive_checks_enabled") else "refused",
        "checked in": _hours(settings.get("check_period", ""), periods),
        "stale after": _stale(settings),
        "renotify": _renotify(settings, seconds),
        "first notification": _first(settings.get("first_notification_delay", "0"), seconds),
        "event handler": _handler(settings, expand),
        "flap detection": _flapping(kind, settings),
        "stalking": _letters(kind, settings.get("stalking_options", "n")) or "none",
        "obsess": "yes" if _is_on(settings, "obsess", f"obsess_over_{kind}") else "no",
        "performance data": "processed" if _is_on(settings, "process_perf_data") else "ignored",
        "kept over a restart": _retained(settings),
        "initial state": settings.get("initial_state", "o")[:1],
        "importance": f"{number(settings.get('importance', settings.get('hourly_value', '0'))):g}",
    }
    if kind == "service":
        found["volatile"] = "yes" if settings.get("is_volatile", "0")[:1] not in ("0", "") else "no"
    return found


def _is_on(settings: Settings, *directives: str) -> bool:
    return next((settings[name] for name in directives if name in settings), "1") != "0"


def _hours(period: str, periods: Periods) -> str:
    lines = period_lines(periods.mask(period))
    return "; ".join((*lines, *periods.beyond(period))) or "never"


def _stale(settings: Settings) -> str:
    if settings.get("check_freshness", "0") == "0":
        return "never"
    threshold = number(settings.get("freshness_threshold", "0"))
    return f"{threshold:g} s" if threshold else "its interval"


def _renotify(settings: Settings, seconds: float) -> str:
    """Return how often a problem notifies. Nagios notifies after a check, so no active object notifies more often."""
    repeat = round(number(settings.get("notification_interval", "30")) * seconds)
    is_active = _is_on(settings, "active_checks_enabled")
    every = round(number(settings.get("check_interval", "5")) * seconds) if is_active else 0
    return f"every {max(repeat, every)} s" if repeat else "once"


def _first(delay: str, seconds: float) -> str:
    after = round(number(delay) * seconds)
    return f"after {after} s" if after else "at once"


def _handler(settings: Settings, expand: Callable[[str], str]) -> str:
    handler = settings.get("event_handler", "")
    return expand(handler) if handler and _is_on(settings, "event_handler_enabled") else "none"


def _flapping(kind: Kind, settings: Settings) -> str:
    if not _is_on(settings, "flap_detection_enabled"):
        return "off"
    letters = _letters(kind, settings.get("flap_detection_options", "a"))
    text = "on" if letters == ",".join(_STATES[kind]) else f"on for {letters or 'no state'}"
    for name in ("low_flap_threshold", "high_flap_threshold"):
        if threshold := number(settings.get(name, "0")):
            text += f", {name.partition('_')[0]} {threshold:g} %"
    return text


def _letters(kind: Kind, text: str) -> str:
    given = {part.strip()[:1] for part in text.split(",")}
    if "n" in given:
        return ""
    return ",".join(letter for letter in _STATES[kind] if letter in given or "a" in given)


def _retained(settings: Settings) -> str:
    what = [
        word
        for word, directive in (("state", "retain_status_information"), ("changes", "retain_nonstatus_information"))
        if _is_on(settings, directive)
    ]
    return " and ".join(what) or "nothing"
