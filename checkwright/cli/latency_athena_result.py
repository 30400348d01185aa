"""Counts from the result of Athena's query: a CSV file with a row for each minute, endpoint, class and duration."""

from __future__ import annotations

import csv
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from checkwright.cli.latency_athena_query import COLUMNS, NO_REQUEST
from checkwright.cli.latency_counting import Counted
from checkwright.core.errors import CannotDo
from checkwright.latency.counts import CLASSES, HOUR, NO_ROUTE, STEP, Cell, Counts, Header, Minute
from checkwright.latency.quantiles import rounded

#: Longest duration that is believed: a WebSocket may last for days, but no request for a year.
_LONGEST = 365 * 86_400 * 1_000


def read_result(path: Path, header: Header, routes: Collection[str]) -> Counted:
    """Return the counts in a result file. routes: those of the query. Raises CannotDo."""
    found = _empty(header)
    unreadable = 0
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, strict=True)
            if tuple(next(rows, ())) != COLUMNS:
                raise CannotDo(
                    f"{path} is no result of checkctl latency athena: its first line is not {','.join(COLUMNS)}."
                )
            for row in rows:
                try:
                    unreadable += _take(row, found, routes)
                except ValueError as error:
                    raise CannotDo(f"{path}, line {rows.line_num}: {error}.") from None
    except OSError as error:
        raise CannotDo(f"Cannot read {path}: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise CannotDo(f"{path} is no CSV file of Athena: {error}.") from None
    if not found.counts.slots:
        raise CannotDo(f"{path} has no requests: is the query's table, day or load balancer another one?")
    _finish(found, unreadable)
    return found


def _empty(header: Header) -> Counted:
    def counts(measure: str, step: int) -> Counts:
        about = Header(
            header.host,
            header.role,
            header.log,
            environment=header.environment,
            format="alb",
            measure=measure,
            step=step,
        )
        return Counts([about], step)

    return Counted(counts("server", STEP), counts("total", HOUR))


def _take(row: list[str], found: Counted, routes: Collection[str]) -> int:
    """Add a row, and return the number of unreadable lines in it. Raises ValueError."""
    if len(row) != len(COLUMNS):
        raise ValueError(f"{len(row)} columns, and not {len(COLUMNS)}: is the file complete?")
    minute, endpoint, answer, server, total, number = row
    requests = _whole(number)
    if not minute:
        return requests
    moment = _moment(minute)
    slot = found.counts.slot(moment // STEP * STEP)
    if endpoint == NO_REQUEST:
        slot.norequest += requests
        return 0
    if endpoint != NO_ROUTE and endpoint not in routes:
        raise ValueError(f"the routes file does not declare {endpoint!r}: give the one that the query was made with")
    if answer not in CLASSES:
        raise ValueError(f"{answer!r} is not one of {', '.join(CLASSES)}")
    slot.cell(endpoint, answer).add(_cell(server, requests))
    busy = _whole(server) if server else 0
    slot.minutes.setdefault(moment % STEP // 60, Minute()).add(Minute(requests, busy * requests, busy))
    found.totals.slot(moment // HOUR * HOUR).cell(endpoint, answer).add(_cell(total, requests))
    return 0


def _cell(milliseconds: str, requests: int) -> Cell:
    if not milliseconds:
        return Cell(untimed=requests)
    value = _whole(milliseconds)
    if value > _LONGEST:
        raise ValueError(f"{value} ms is no duration of a request")
    return Cell({value if value < 1_000 else rounded(value): requests})


def _finish(found: Counted, unreadable: int) -> None:
    """Complete the numbers of lines. Unreadable ones have no moment, so they go into the last slot."""
    found.counts.slots[max(found.counts.slots)].unreadable += unreadable
    for counts in (found.counts, found.totals):
        (header,) = counts.headers
        for slot in counts.slots.values():
            slot.lines = slot.requests + slot.unreadable + slot.norequest
        key = header.host, header.log, header.measure
        counts.sources = {key: dict.fromkeys(((start, counts.step) for start in counts.slots), "this result")}
    found.lines, found.unreadable = found.counts.lines, found.counts.unreadable
    found.norequest = found.counts.norequest


def _moment(text: str) -> int:
    try:
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise ValueError(f"{text!r} is no minute, such as 2026-11-29T14:05") from None


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ValueError(f"{text!r} is no whole number")
    return int(text)
