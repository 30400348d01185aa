"""Intervals between checks and notifications, timeouts around a check, and seconds in the unit of Nagios."""

from __future__ import annotations

#: Seconds between notifications of a problem that stays.
RENOTIFY_INTERVAL = 3600
#: Seconds between two checks of a host, and of an NRPE daemon.
HOST_CHECK_INTERVAL = 300
AGENT_CHECK_INTERVAL = 60

#: Seconds that each layer around a check waits beyond the check's deadline, so that the check itself reports first.
NRPE_SLACK = 2
CHECK_NRPE_SLACK = 4
NAGIOS_SLACK = 6


def minutes(seconds: int) -> str:
    """Return seconds as minutes (interval_length=60), such that Nagios computes the same seconds from them."""
    if seconds % 15 == 0:
        return f"{seconds / 60:.2f}".rstrip("0").rstrip(".")
    # Nagios multiplies in binary and truncates. A little more than the exact value gives the right second.
    return f"{(seconds * 10_000 // 60 + 1) / 10_000:.4f}"
