"""An incident from the words that Nagios gives its notification command. None of them is text of a plugin."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from checkwright.notify.incident import Action, Incident
from checkwright.notify.links import links, runbooks
from checkwright.notify.notify_file import NotifyFile

_ACTIONS: dict[str, Action] = {"PROBLEM": "trigger", "RECOVERY": "resolve", "ACKNOWLEDGEMENT": "acknowledge"}
_SEVERITIES: dict[str, Literal["critical", "warning", "unknown", "ok"]] = {
    "OK": "ok",
    "UP": "ok",
    "WARNING": "warning",
    "UNKNOWN": "unknown",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NagiosWords:
    """Words of the command line: macros of Nagios. host_roles: names, separated by commas."""

    kind: str
    host: str
    address: str
    watch: str
    state: str
    role: str
    host_roles: str


def incident_of(words: NagiosWords, names: NotifyFile) -> Incident:
    """Return the incident, without the output of its check."""
    return Incident(
        action=_ACTIONS.get(words.kind, "note"),
        kind=words.kind,
        environment=names.environment,
        host=words.host,
        watch=words.watch,
        address=words.address if words.address != words.host else "",
        state=words.state,
        severity=_SEVERITIES.get(words.state, "critical"),
        runbooks=runbooks(names, words.host, words.watch, words.role, words.host_roles),
        links=links(names, words.host, words.watch, words.role),
        since=time.time(),
    )
