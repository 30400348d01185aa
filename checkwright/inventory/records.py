"""Answers of inventory sources, and the errors that end a pull."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from checkwright.registry.model.inventory_values import Value

#: Lead of another machine's clock that is no mistake.
CLOCK_LEAD = timedelta(minutes=10)


class CannotPull(Exception):
    """No answer, or a wrong setting: one sentence that says what to do. Nothing was written."""


class IncompleteAnswer(Exception):
    """An answer that is not whole: one sentence. Nothing was written, and another pull may succeed."""


class Unusable(Exception):
    """A value in a record that is not text: one clause."""


@dataclass(frozen=True, slots=True)
class Record:
    """One machine in an answer.

    id: what stays the same when a machine is renamed. values: see `Value.path`. changed: the time of its facts.
    """

    id: str
    values: Mapping[str, Any]
    changed: datetime
    classes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """All machines that a source names.

    gone: machines that the source knows to be gone, with the evidence. complete: absence is evidence too. queried: the
    time of the query. counts: classes of Puppet with the number of machines that have each. notes: remarks for the
    person.
    """

    records: tuple[Record, ...]
    queried: datetime
    gone: Mapping[str, str] = field(default_factory=dict)
    complete: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def as_of(self) -> datetime:
        """The time of the newest facts, without those of the future; that of the question if there are none."""
        limit = self.queried + CLOCK_LEAD
        return max((record.changed for record in self.records if record.changed <= limit), default=self.queried)


def utc(moment: datetime) -> datetime:
    """Return a moment in UTC; one without a time zone is in UTC already. Raises ValueError for one before 1970."""
    try:
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:  # the first and the last day of the calendar
        raise ValueError(str(error)) from None
    if moment.year < 1970:
        raise ValueError("a time before 1970")
    return moment


def lookup(record: Record, value: Value) -> Any:
    """Return what a record holds for a value, None if it lacks it."""
    found: Any = record.values
    for key in value.path:
        if isinstance(found, list) and key.isdecimal():
            found = found[int(key)] if int(key) < len(found) else None
        elif isinstance(found, Mapping):
            found = found.get(key)
        else:
            return None
    return found


def text_of(record: Record, value: Value) -> str:
    """Return a value as text, its default or "" if the record lacks it. Raises Unusable for lists and objects."""
    found = lookup(record, value)
    if found is None or found == "":
        return value.default or ""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, str | int | float):
        return str(found).strip()
    raise Unusable(f"{value!r} is a {'list' if isinstance(found, list) else 'structure'}, not text")
