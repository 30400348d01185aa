"""Sentences on what a report cannot show, so that nobody takes a gap for good news."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checkwright.latency.counts import HOUR, MORE, NO_ROUTE, Counts
from checkwright.report.facts import Endpoint
from checkwright.report.shown import count, share
from checkwright.web.clock import Clock

#: Seconds of silence at the end of a report after that a machine counts as silent.
_SILENT = 1_800
#: Most names in a sentence.
_MOST = 5


def not_seen(
    counts: Counts,
    endpoints: Sequence[Endpoint],
    clock: Clock,
    expected_hosts: Iterable[str] = (),
    declared: Iterable[str] = (),
    *,
    only_total: bool = False,
) -> tuple[str, ...]:
    """Return the sentences.

    expected_hosts: machines of the role. declared: names of its declared routes. only_total: see Group.
    """
    return (
        *_lines(counts),
        *_machines(counts, clock, expected_hosts),
        *_endpoints(counts, endpoints, tuple(declared)),
        *_times(counts, endpoints, only_total=only_total),
    )


def _lines(counts: Counts) -> Iterable[str]:
    if counts.unreadable:
        part, lines = share(counts.unreadable / max(1, counts.lines)), _number(counts.unreadable, "line")
        yield f"{lines} of the logs ({part}) did not fit the format. No number of this report contains them."
    if counts.skipped:
        yield f"{counts.skipped / 1e6:,.0f} MB of the logs were skipped, since more came than one run may read."


def _machines(counts: Counts, clock: Clock, expected: Iterable[str]) -> Iterable[str]:
    seen = {header.host for header in counts.headers}
    missing = [host for host in sorted(set(expected)) if host not in seen]
    if missing:
        yield f"No counts came from {_names(missing)}."
    last: dict[str, int] = {}
    for (host, _, _), slots in counts.sources.items():
        last[host] = max(last.get(host, 0), *(start + step for start, step in slots)) if slots else last.get(host, 0)
    end = max(last.values(), default=0)
    for host, moment in sorted(last.items()):
        if end - moment >= _SILENT:
            yield f"The counts of {host} end at {clock.moment(moment)}; those of other machines go on."
    hours = {slot.start // HOUR for slot in counts.slots.values()}
    holes = sorted(set(range(min(hours), max(hours))) - hours) if hours else []
    if holes:
        first = ", ".join(clock.moment(hour * HOUR) for hour in holes[:3])
        yield f"{_number(len(holes), 'hour')} without any counts, from {first}{' and later' if len(holes) > 3 else ''}."


def _endpoints(counts: Counts, endpoints: Sequence[Endpoint], declared: Sequence[str]) -> Iterable[str]:
    learned = [one.name for one in endpoints if one.learned and one.name not in (NO_ROUTE, MORE)]
    if learned:
        yield (
            f"Learned from the log and not declared: {_number(len(learned), 'name')}, {_names(learned)}. "
            "`checkctl latency routes` prints a list to declare."
        )
    other = next((one for one in endpoints if one.name == NO_ROUTE), None)
    if other is not None and other.requests:
        part = share(other.requests / max(1, counts.requests))
        yield f"{_number(other.requests, 'request')} ({part}) fit no endpoint, as those of scanners do."
    unasked = sorted(set(declared) - {one.name for one in endpoints})
    if unasked:
        yield f"Declared, but never requested: {_names(unasked)}."


def _times(counts: Counts, endpoints: Sequence[Endpoint], *, only_total: bool) -> Iterable[str]:
    untimed = sum(one.requests - one.timed for one in endpoints)
    if untimed:
        names = [one.name for one in endpoints if one.requests and not one.timed]
        which = f", among them all of {_names(names)}" if names else ""
        part = share(untimed / max(1, counts.requests))
        yield (
            f"{_number(untimed, 'request')} ({part}) have no time of the server, such as files that the web server "
            f"sends itself{which}."
        )
    cut = sum(one.cut for one in endpoints)
    if cut:
        yield (
            f"{_number(cut, 'request')} ended before the answer (499, 460, 504). The true time is longer, so a p99 "
            "that depends on it is marked with >=."
        )
    if only_total:
        yield "The logs have no time of the server, as Apache's: all times include the client's network."


def _number(number: int, noun: str) -> str:
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST])
    return shown if len(names) <= _MOST else f"{shown} and {len(names) - _MOST} more"
