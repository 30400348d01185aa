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


def _again(interval: str) -> str:
    if interval == "60":
        return ""
    return f"it notified {'once' if interval == '0' else f'again every {interval} time units'}, and now every hour"


#: Defaults of Nagios that differ from those of a project.
_UNSAID = {"notification_interval": "30"}

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
    "servicegroups": _always("its servicegroups ({}) are not carried over; there is a group for each owner"),
}
_HOST: Mapping[str, _Judge] = {
    "first_notification_delay": _unless("0", message="first_notification_delay {} is not carried over"),
    "notification_interval": lambda value: _again(_number(value)),
    "notes": _always("its notes are not carried over; use the summary and the runbook of a role"),
    "notes_url": _always("its notes_url is not carried over; a host has the runbook of its roles"),
    "notifications_enabled": _unless(
        "1", message="it notified nobody when it was down, and now notifies the teams of its services"
    ),
    "max_check_attempts": _unless("3", message="it is checked 3 times before it notifies (max_check_attempts {})"),
    "check_interval": _unless("5", message="it is checked every 5 minutes (check_interval {})"),
    "active_checks_enabled": _unless("1", message="it was not checked actively, and is now pinged"),
}
_HOST_OPTIONS = {"d": "that it is down", "u": "that it is unreachable", "r": "recoveries"}


def of_service(service: LiveService, always: Callable[[str], bool]) -> Iterator[str]:
    """Yield remarks about a service. always: returns whether a period is all hours."""
    yield from _judged(service.settings, {**_BOTH, **_SERVICE})
    yield from _checked(service.settings, always)


def of_host(host: LiveHost, command_line: str, always: Callable[[str], bool]) -> Iterator[str]:
    """Yield remarks about a host. command_line: of its check_command, or ""."""
    yield from _judged(host.settings, {**_BOTH, **_HOST})
    yield from _options(host.settings, _HOST_OPTIONS)
    yield from _checked(host.settings, always)
    program = command_line.split(" ", 1)[0].rpartition("/")[2]
    if not command_line:
        yield "it was assumed to be up without a check, and is now pinged"
    elif program not in ("check_ping", "check_icmp", "check_fping", "check_host"):
        yield f"it was found to be up by {program}, and is pinged"


def _judged(settings: Mapping[str, str], judges: Mapping[str, _Judge]) -> Iterator[str]:
    for directive, judge in judges.items():
        value = settings.get(directive, _UNSAID.get(directive))
        if value is not None and (message := judge(value)):
            yield message


def _options(settings: Mapping[str, str], words: Mapping[str, str]) -> Iterator[str]:
    stated = settings.get("notification_options", "")
    given = {part.strip()[:1] for part in stated.split(",") if part.strip()}
    if given and "a" not in given and "n" not in given:
        missing = [word for letter, word in words.items() if letter not in given]
        if missing:
            yield f"{', '.join(missing)} did not notify, and now do"


def _checked(settings: Mapping[str, str], always: Callable[[str], bool]) -> Iterator[str]:
    period = settings.get("check_period", "")
    if period and not always(period):
        yield f"it was checked in {period}, and is now at all hours (notification hours are carried over)"
