"""Ends of acknowledgements, which Nagios does not know: a mark at the end of the comment, `[until 2026-12-01T06:00Z]`.

The comment is all that there is of it, so it survives restarts, and a person may write it in any interface.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from checkwright.downtime.external_commands import Target
from checkwright.downtime.nagios_state import NagiosState

_MARK = re.compile(r"\[until ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})Z\]\s*$", re.ASCII)
_FORM = "%Y-%m-%dT%H:%M"


def marked(why: str, until: int) -> str:
    """Return a reason with the end of its acknowledgement, in whole minutes: a part of one counts as a whole."""
    end = datetime.fromtimestamp(-(-until // 60) * 60, UTC)
    return f"{why} [until {end.strftime(_FORM)}Z]"


def end_of(comment: str) -> int | None:
    """Return the end in a comment in seconds since 1970, None if it has none."""
    match = _MARK.search(comment)
    if match is None:
        return None
    try:
        return int(datetime.strptime(match[1], _FORM).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def expired(state: NagiosState, now: float) -> Iterator[Target]:
    """Yield the objects whose acknowledgement is over. The newest comment of each counts."""
    for target, remark in sorted(state.acknowledgements.items()):
        end = end_of(remark.why)
        if end is not None and end <= now:
            yield target
