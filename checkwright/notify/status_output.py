"""Output of the check behind a notification, from Nagios's status.dat.

Nagios gives a notification command no standard input, and text of plugins must not be in a command line. It writes
status.dat every few seconds (status_update_interval), so a notification waits until the file holds its result.
"""

from __future__ import annotations

from dataclasses import replace

from checkwright.core.regular_file import read_regular
from checkwright.notify.incident import Incident
from checkwright.notify.measured_text import broken_values
from checkwright.notify.notify_file import NotifyFile
from checkwright.status import status_dat
from checkwright.status.observed import Observed, Unreadable

_LARGEST = 1_000_000_000


def find(path: str, host: str, watch: str) -> Observed | None:
    """Return the state of one service, or of a host where `watch` is "". None if the file does not have it.

    Raises Unreadable. Of a large file only the blocks of this host are parsed.
    """
    try:
        data = read_regular(path, _LARGEST)
    except OSError as error:
        raise Unreadable(f"cannot read {path}: {error.strerror}") from None
    found = status_dat.parse(status_dat.blocks_of(data, host, watch), path)
    return next((one for one in found.observed if one.host == host and one.service == watch), None)


def with_output(incident: Incident, found: Observed, names: NotifyFile, role: str) -> Incident:
    """Return the incident with the output of its check, its values, and the remark of an acknowledgement."""
    gauges = names.watch(role, incident.watch).gauges if incident.watch else {}
    remark = found.acknowledgement if incident.action == "acknowledge" else None
    remark = remark or (found.downtime if incident.kind.startswith("DOWNTIME") else None)
    return replace(
        incident,
        output=found.output,
        details=found.details,
        values=broken_values(found.perfdata, gauges) if incident.action == "trigger" else (),
        author=remark.author if remark else "",
        comment=remark.text if remark else "",
    )


def is_current(found: Observed, incident: Incident, last_check: int) -> bool:
    """Return whether the file holds the result that the notification is about, or a later one of the same state."""
    if incident.action == "acknowledge" and found.acknowledgement is None:
        return False
    return found.last_check >= last_check and found.state == incident.state
