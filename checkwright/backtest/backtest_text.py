"""A back-test as text: a table of watches, hours, teams, and what to know before one believes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checkwright.backtest.backtest_results import Backtest, WatchResult
from checkwright.core.outcome import STATES
from checkwright.core.text import clean
from checkwright.history import result_lines

#: Watches that are listed.
_ROWS = 30
_BLOCKS = " ▁▂▃▄▅▆▇█"
COLUMNS = ("watch", "hosts", "alerts", "notify", "longest", "together")


def span(seconds: float) -> str:
    """Return `45s`, `12m`, `3.5h`, `2.1d`."""
    for unit, factor in (("d", 86_400), ("h", 3_600)):
        if seconds >= factor:
            return f"{seconds / factor:.1f}{unit}"
    return f"{seconds / 60:.0f}m" if seconds >= 90 else f"{seconds:.0f}s"


def rows(now: Backtest, before: Backtest | None) -> list[tuple[str, ...]]:
    """Return the rows of the table, in COLUMNS. With `before` a cell that differs is `4 -> 1`."""
    known = {watch.id: watch for watch in before.watches} if before else {}
    ids = [watch.id for watch in now.watches] + [id for id in known if id not in {one.id for one in now.watches}]
    current = {watch.id: watch for watch in now.watches}
    found = []
    for id in ids:
        new, old = current.get(id), known.get(id)
        if (new and new.alerts) or (old and old.alerts):
            cells = zip(_cells(old), _cells(new), strict=True)
            found.append((clean(id, 60), *(b if before is None or a == b else f"{a} -> {b}" for a, b in cells)))
    return found[:_ROWS]


def _cells(watch: WatchResult | None) -> tuple[str, ...]:
    if watch is None:
        return ("-",) * 5
    return (
        str(watch.hosts),
        str(len(watch.alerts)),
        str(len(watch.notified)),
        span(watch.longest),
        span(watch.total),
    )


def sentences(now: Backtest, before: Backtest | None) -> Iterator[str]:
    """Yield the sentences under the table."""
    quiet = sum(not watch.alerts for watch in now.watches)
    if quiet:
        yield f"{quiet} of {len(now.watches)} watches with values have no alert."
    if sum(now.by_hour):
        yield f"Notifications by hour, 0 to 23:  |{_hours(now.by_hour)}|  at most {max(now.by_hour)}"
    old = {team.name: team for team in before.teams} if before else {}
    for name in sorted({team.name for team in now.teams} | set(old)):
        yield _team(name, now, before)
    yield from _caution(now)


def _team(name: str, now: Backtest, before: Backtest | None) -> str:
    def numbers_of(result: Backtest) -> tuple[int, int, int]:
        team = next((team for team in result.teams if team.name == name), None)
        return (team.notifications, team.pages, len(team.nights)) if team else (0, 0, 0)

    new = numbers_of(now)
    old = numbers_of(before) if before else new
    numbers = [str(b) if a == b else f"{a} -> {b}" for a, b in zip(old, new, strict=True)]
    nights = f"{numbers[2]} nights with a page (22:00-06:00)"
    return f"{clean(name, 60)}: {numbers[0]} notifications, {numbers[1]} pages, {nights}"


def _caution(now: Backtest) -> Iterator[str]:
    coarse = max((watch.coarsest for watch in now.watches), default=0.0)
    if now.sources:
        yield f"Values: {', '.join(now.sources)}; the coarsest has one each {span(coarse)}."
    if any(watch.averaged for watch in now.watches):
        yield "Averages lose short peaks, so these are at least as many alerts as there would have been."
    if names := sorted(watch.id for watch in now.watches if watch.unbounded):
        shown = clean(", ".join(names[:3]), 200) + (" and others" if len(names) > 3 else "")
        yield (
            f"{shown}: the p99 is judged itself, and not its lower bound as the check does, "
            "so there would have been at most as many alerts; --counts has the bound."
        )
    gaps = sum(watch.gaps for watch in now.watches)
    if gaps >= 3_600:
        yield f"{span(gaps)} without values, over all watches and hosts together."
    if now.without_values:
        shown = ", ".join(now.without_values[:5])
        more = f" and {len(now.without_values) - 5} more" if len(now.without_values) > 5 else ""
        yield f"No values of {shown}{more}."
    if set(now.sources) - {result_lines.SOURCE}:
        yield "Only thresholds of numbers are replayed: no words (verdicts), errors and timeouts."


def _hours(counts: tuple[int, ...]) -> str:
    most = max(counts)
    return "".join(_BLOCKS[-(-count * (len(_BLOCKS) - 1) // most)] for count in counts)


def as_data(result: Backtest) -> Mapping[str, Any]:
    """Return a back-test as data for a machine."""
    return {
        "start": result.start,
        "end": result.end,
        "sources": list(result.sources),
        "watches": [
            {
                "id": watch.id,
                "owner": watch.owner,
                "notify": watch.notify,
                "hosts": watch.hosts,
                "runs": watch.runs,
                "resolution": watch.coarsest,
                "averaged": watch.averaged,
                "without_bound": watch.unbounded,
                "notified": sorted(watch.notified),
                "alerts": [
                    {
                        "host": alert.host,
                        "begin": alert.begin,
                        "end": alert.end,
                        "worst": STATES[alert.worst],
                        "label": alert.label,
                        "lasting": alert.lasting,
                    }
                    for alert in watch.alerts
                ],
            }
            for watch in result.watches
        ],
        "teams": [
            {"name": team.name, "notifications": team.notifications, "pages": team.pages, "nights": list(team.nights)}
            for team in result.teams
        ],
        "by_hour": list(result.by_hour),
        "without_values": list(result.without_values),
    }
