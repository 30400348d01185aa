"""Comparison of the host checks of machines that are in both plans, whatever the plans name them."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.changes.changes_model import RecordChange
from checkwright.registry.host_levels import host_checks
from checkwright.registry.model.durations import format_seconds
from checkwright.registry.model.settings import format_setting
from checkwright.registry.plan import HostCheck, Origin, Plan, Word

_DEFAULT = HostCheck(name="", origin=Origin("", 0))


def changed_host_checks(before: Plan, after: Plan) -> Iterator[RecordChange]:
    """Yield one change for all machines whose host checks differ in the same way."""
    old, new = host_checks(before), host_checks(after)
    stayed = {host.name for host in before.hosts if not host.virtual}
    hosts: dict[tuple[tuple[str, str, str], ...], list[str]] = {}
    for host in after.hosts:
        if host.name in stayed:
            values = _differences(old.get(host.name, _DEFAULT), new.get(host.name, _DEFAULT))
            if values:
                hosts.setdefault(values, []).append(host.name)
    for values, names in hosts.items():
        yield RecordChange("host check", "", "changed", values, tuple(sorted(names)))


def _differences(one: HostCheck, other: HostCheck) -> tuple[tuple[str, str, str], ...]:
    if one == other:
        return ()
    before, after = _texts(one), _texts(other)
    return tuple((name, before[name], after[name]) for name in before if before[name] != after[name])


def _texts(check: HostCheck) -> dict[str, str]:
    """Return the values of a host check for people, by the names of its declaration."""
    return {
        "runs": " ".join(map(_word, check.command)) or f"{check.runs}{f' {check.port}' if check.port else ''}",
        "every": format_seconds(check.interval),
        "retry": format_seconds(check.retry),
        "attempts": str(check.attempts),
        "renotify": format_setting("renotify", check.renotify),
        "notify_after": format_seconds(check.notify_after) if check.notify_after else "",
        "notify_on": format_setting("notify_on", check.notify_on),
        "notify": check.notify or "as the most urgent watch",
        "owner": check.owner or "the teams of the watches",
    }


def _word(word: Word) -> str:
    return "".join(part if isinstance(part, str) else f"{{{part.name}}}" for part in word)
