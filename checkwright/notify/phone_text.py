"""Texts of a notification: a title, a few lines for a lock screen, and the whole text."""

from __future__ import annotations

from checkwright.core.text import clean
from checkwright.notify.incident import Incident

#: Characters of a text message; longer ones are split by the network and arrive out of order.
SMS_LENGTH = 320
_MOST_DETAILS = 10


def title(incident: Incident, limit: int = 130) -> str:
    """Return one line: `CRITICAL: disk on web-1: Used space of /srv 91 % (critical above 90 %)`."""
    about = f"{incident.watch} on {incident.host}" if incident.watch else f"host {incident.host}"
    head = f"{incident.state}: {about}" if incident.action == "trigger" else f"{incident.kind}: {about}"
    if incident.action == "acknowledge":
        reason = f"{incident.author}: {incident.comment}" if incident.author else incident.comment
        return clean(f"{head}: {reason}" if reason else head, limit)
    if incident.action == "resolve":
        return clean(f"{head} is {incident.state}", limit)
    reason = incident.values[0] if incident.values else incident.output
    return clean(f"{head}: {reason}" if reason else head, limit)


def lines(incident: Incident) -> tuple[tuple[str, str], ...]:
    """Return the parts of the whole text as (name, value); names are words for people."""
    found = [
        ("Watch", incident.watch),
        ("Host", f"{incident.host} ({incident.address})" if incident.address else incident.host),
        ("Environment", incident.environment),
        ("State", incident.state),
        *(("Value", value) for value in incident.values),
        ("Output", clean(incident.output)),
        *(("Runbook", url) for url in incident.runbooks),
        *incident.links,
    ]
    if incident.author or incident.comment:
        found.append(("By", clean(f"{incident.author}: {incident.comment}")))
    return tuple((name, value) for name, value in found if value)


def text(incident: Incident) -> str:
    """Return the whole text, a line for each part, with the first lines of the long output."""
    width = max(len(name) for name, _ in lines(incident)) + 2
    shown = [f"{name + ':':<{width}}{value}" for name, value in lines(incident)]
    details = [clean(line, 300) for line in incident.details.split("\n") if line.strip()]
    if details:
        shown += ["", *details[:_MOST_DETAILS]]
        if len(details) > _MOST_DETAILS:
            shown.append(f"... and {len(details) - _MOST_DETAILS} lines more")
    return "\n".join(shown) + "\n"


def sms(incident: Incident) -> str:
    """Return the text of a short message: the title, then the runbook if it fits whole."""
    short = title(incident, 200)
    runbook = incident.runbooks[0] if incident.runbooks else ""
    whole = f"{short}\n{runbook}"
    return whole if runbook and len(whole) <= SMS_LENGTH else short
