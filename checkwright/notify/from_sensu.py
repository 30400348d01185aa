"""An incident and its team from an event of Sensu Go, as a pipe handler reads it on standard input."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from checkwright.core.text import clean
from checkwright.notify.incident import Action, Incident
from checkwright.notify.links import links, runbooks
from checkwright.notify.measured_text import broken_values
from checkwright.notify.notify_file import NotifyFile

_STATES: tuple[tuple[str, Literal["critical", "warning", "unknown", "ok"]], ...] = (
    ("OK", "ok"),
    ("WARNING", "warning"),
    ("CRITICAL", "critical"),
)
#: Checks of the state of a machine: `keepalive` of one with an agent, `host-up.ROLE` of one without.
_KEEPALIVE, _PING = "keepalive", "host-up"
_LARGEST = 10_000_000


class NoEvent(Exception):
    """Error of a text that is no event of a check: one sentence."""


def read_event(text: bytes) -> Mapping[str, Any]:
    """Return an event. Raises NoEvent."""
    if len(text) > _LARGEST:
        raise NoEvent(f"the event is larger than {_LARGEST // 1_000_000} MB")
    try:
        event = json.loads(text)
        check, entity = event["check"], event["entity"]
        names = (check["metadata"]["name"], entity["metadata"]["name"], check["status"])
    except (ValueError, KeyError, TypeError):
        raise NoEvent("standard input has no event of Sensu Go with a check and an entity") from None
    if not all(isinstance(name, str) for name in names[:2]) or not isinstance(names[2], int):
        raise NoEvent("the event's names are no text, or its status is no number")
    return dict(event)


def teams_of(event: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the owners that the labels of an event name: one for a watch, several for a machine."""
    labels = _mapping(event, "check", "metadata", "labels")
    labels = {**_mapping(event, "metadata", "labels"), **labels}
    return tuple(name for name in str(labels.get("owner", "")).split(",") if name)


def incident_of(event: Mapping[str, Any], names: NotifyFile) -> Incident:
    """Return the incident of an event."""
    check = event["check"]
    labels = {**_mapping(event, "metadata", "labels"), **_mapping(event, "check", "metadata", "labels")}
    host = str(event["entity"]["metadata"]["name"])
    role = str(labels.get("role", ""))
    status = check["status"]
    name = str(check["metadata"]["name"])
    machine = name == _KEEPALIVE or name.partition(".")[0] == _PING
    watch = "" if machine else _watch(name, role, names)
    state, severity = _STATES[status] if 0 <= status < len(_STATES) else ("UNKNOWN", "unknown")
    if machine:
        state, severity = ("UP", "ok") if status == 0 else ("DOWN", "critical")
    action: Action = "resolve" if status == 0 else "trigger"
    output, _, perfdata = str(check.get("output") or "").partition("|")
    first, _, details = output.strip("\n").partition("\n")
    annotations = {**_mapping(event, "metadata", "annotations"), **_mapping(event, "check", "metadata", "annotations")}
    found = runbooks(names, host, watch, role) or tuple(filter(None, (str(annotations.get("runbook", "")),)))
    return Incident(
        action=action,
        kind="RECOVERY" if status == 0 else "PROBLEM",
        environment=names.environment or str(check["metadata"].get("namespace", "")),
        host=host,
        watch=watch,
        state=state,
        severity=severity,
        output=clean(first),
        details=details,
        values=broken_values(perfdata.partition("\n")[0], names.watch(role, watch).gauges) if status else (),
        runbooks=found,
        links=links(names, host, watch, role),
        since=float(event.get("timestamp") or 0),
    )


def _watch(name: str, role: str, names: NotifyFile) -> str:
    """Return the watch of a check ROLE.WATCH or ROLE.WATCH.VARIANT, the check's name for one of others."""
    if not role or not name.startswith(f"{role}."):
        return name
    watch = name.removeprefix(f"{role}.")
    whole = watch
    while not names.knows(role, watch) and "." in watch:
        watch = watch.rpartition(".")[0]
    return watch if names.knows(role, watch) else whole


def _mapping(event: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    value: Any = event
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
