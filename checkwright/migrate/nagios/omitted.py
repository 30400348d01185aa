"""Directives without an equivalent in the registry: a remark for each that has an effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nagios_cfg.reader import LiveHost, LiveService

_Judge = Callable[[str], str]


def _unless(*usual: str, message: str) -> _Judge:
    return lambda value: "" if _number(value) in usual else message.replace("{}", value)


def _always(message: str) -> _Judge:
    return lambda value: message.replace("{}", value)


def _number(value: str) -> str:
    try:
        return f"{float(value):g}"
    except ValueError:
        return value


_BOTH: Mapping[str, _Judge] = {
    "event_handler": _always("its event handler {} is not called: Nagios only observes machines"),
    "action_url": _always("its action_url is not carried over: Site(graphs=...) makes one for all services"),
    "stalking_options": _unless("n", message="stalking_options {} is not carried over"),
    "flap_detection_enabled": _unless("1", message="flap detection was off, and is now on"),
    "low_flap_threshold": _unless("0", message="thresholds of flapping are taken from the main file"),
    "high_flap_threshold": _unless("0", message="thresholds of flapping are taken from the main file"),
    "obsess": _unless("1", "0", message="obsess {} is not carried over"),
    "icon_image": _always("icons are not carried over"),
}
_SERVICE: Mapping[str, _Judge] = {
    "is_volatile": _unless("0", message="it was volatile: each bad result notified, and now only the first does"),
    "display_name": _always("its display_name is not carried over"),
    "notes": _always("its notes are not carried over; use the summary and the runbook of a role"),
    "parents": _always("its parents are not carried over"),
}
_HOST: Mapping[str, _Judge] = {
    "notes": _always("its notes are not carried over; use the summary and the runbook of a role"),
    "notes_url": _always("its notes_url is not carried over; a host has the runbook of its roles"),
}


def of_service(service: LiveService, always: Callable[[str], bool]) -> Iterator[str]:
    """Yield remarks about a service. always: returns whether a period is all hours."""
    yield from _judged(service.settings, {**_BOTH, **_SERVICE})
    yield from _checked(service.settings, always)


def of_host(host: LiveHost, always: Callable[[str], bool]) -> Iterator[str]:
    """Yield remarks about a host."""
    yield from _judged(host.settings, {**_BOTH, **_HOST})
    yield from _checked(host.settings, always)


def _judged(settings: Mapping[str, str], judges: Mapping[str, _Judge]) -> Iterator[str]:
    for directive, judge in judges.items():
        value = settings.get(directive)
        if value is not None and (message := judge(value)):
            yield message


def _checked(settings: Mapping[str, str], always: Callable[[str], bool]) -> Iterator[str]:
    period = settings.get("check_period", "")
    if period and not always(period):
        yield f"it was checked in {period}, and is now at all hours (notification hours are carried over)"
