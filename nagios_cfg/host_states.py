"""States of hosts: their checks, and the times and events of their notifications."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checkwright.registry.plan import HOST_NOTIFY_ON, HostCheck, Placeholder, Plan, Word
from nagios_cfg.intervals import HOST_CHECK_INTERVAL, RENOTIFY_INTERVAL, minutes
from nagios_cfg.names import Names
from nagios_cfg.notifications import host_options
from nagios_cfg.objects import Definition
from nagios_cfg.quote import literal_words, nagios_line

UP = "host-up"
_ADDRESS: Word = (Placeholder("address"),)
_PING_LIMITS = ("-w", "5000,100%", "-c", "5000,100%", "-p", "1")
_DEFAULTS = (300, 30, 3)


def usual_command(plan: Plan, names: Names) -> Definition:
    """Return the command that checks hosts by default: one ping."""
    return Definition("command", {"command_name": names.internal(UP), "command_line": nagios_line(ping(plan))})


def ping(plan: Plan) -> tuple[Word, ...]:
    """Return the argv of one ping."""
    return (*literal_words((f"{plan.site.plugins}/check_ping", "-H")), _ADDRESS, *literal_words(_PING_LIMITS))


def commands(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield the commands of the plan's host checks, each once."""
    made: set[str] = set()
    for check in plan.host_checks:
        name, words = command(check, plan, names)
        if words and name not in made:
            made.add(name)
            yield Definition("command", {"command_name": name, "command_line": nagios_line(words)}, check.origin)


def templates(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield a template for each host check of the plan."""
    for check in plan.host_checks:
        settings = {"name": template(check.name, names), "register": "0", "use": names.internal("host")}
        name, words = command(check, plan, names)
        if check.runs == "none":
            settings["check_command"] = "null"
        elif words:
            settings["check_command"] = name
        if (check.interval, check.retry, check.attempts) != _DEFAULTS:
            settings["check_interval"] = minutes(check.interval)
            settings["retry_interval"] = minutes(check.retry)
            settings["max_check_attempts"] = str(check.attempts)
        repeat = repeated(check)
        if repeat != RENOTIFY_INTERVAL:
            settings["notification_interval"] = minutes(repeat)
        if check.notify_after:
            settings["first_notification_delay"] = minutes(check.notify_after)
        if check.notify_on != HOST_NOTIFY_ON:
            settings["notification_options"] = host_options(check.notify_on)
        yield Definition("host", settings, check.origin)


def template(state: str, names: Names) -> str:
    """Return the name of the template of a host check; the one of all hosts for ""."""
    return names.internal(f"host.{state}" if state else "host")


def repeated(check: HostCheck) -> int:
    """Return the seconds between notifications of a host that stays down, 0 for one only."""
    return max(check.renotify, check.interval) if check.renotify else 0


def interval_of(host: str, states: Mapping[str, HostCheck]) -> int:
    """Return the seconds between two checks of a host."""
    return states[host].interval if host in states else HOST_CHECK_INTERVAL


def command(check: HostCheck, plan: Plan, names: Names) -> tuple[str, tuple[Word, ...]]:
    """Return the name and argv of a host check; () for the usual ping and for no check."""
    plugins = plan.site.plugins
    if check.runs == "plugin":
        return names.internal(f"{UP}.{check.name}"), check.command
    if check.runs == "nrpe":
        words = literal_words((f"{plugins}/check_nrpe", "-H"))
        port = literal_words(("-p", str(plan.site.nrpe_port), "-t", "10"))
        return names.internal(f"{UP}.nrpe"), (*words, _ADDRESS, *port)
    if check.runs in ("tcp", "http"):
        option = "-H" if check.runs == "tcp" else "-I"
        words = literal_words((f"{plugins}/check_{check.runs}", option))
        return names.internal(f"{UP}.{check.runs}-{check.port}"), (
            *words,
            _ADDRESS,
            *literal_words(("-p", str(check.port))),
        )
    return names.internal(UP), ()
