"""Texts of a notification of Icinga 2, which passes the output of the check without a shell."""

from __future__ import annotations

from dataclasses import replace

from checkwright.notify.incident import Incident
from checkwright.notify.measured_text import broken_values
from checkwright.notify.notify_file import NotifyFile


def with_texts(
    incident: Incident, names: NotifyFile, role: str, *, output: str, perfdata: str, author: str, comment: str
) -> Incident:
    """Return the incident with output, values, and the remark of an acknowledgement or a downtime."""
    gauges = names.watch(role, incident.watch).gauges if incident.watch else {}
    first, _, details = output.partition("\n")
    return replace(
        incident,
        output=first,
        details=details,
        values=broken_values(perfdata, gauges) if incident.action == "trigger" else (),
        author=author,
        comment=comment,
    )
