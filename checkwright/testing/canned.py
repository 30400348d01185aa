"""Canned answers: what fakes of sources share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from checkwright.core.errors import CannotTell, CheckError

T = TypeVar("T")


def given(value: T | CheckError | None, otherwise: str) -> T:
    if value is None:
        raise CannotTell(otherwise)
    if isinstance(value, CheckError):
        raise value
    return value


def listed(given: T | Sequence[T]) -> list[T]:
    return list(given) if isinstance(given, Sequence) else [given]


def lists(given: T | Sequence[T] | CheckError) -> list[T] | CheckError:
    return given if isinstance(given, CheckError) else listed(given)


def next_reading(readings: list[T]) -> T | None:
    """The next reading; the last one stays."""
    if len(readings) > 1:
        return readings.pop(0)
    return readings[0] if readings else None


def answer_for(fake: object, known: Mapping[str, T | CheckError], key: str) -> T:
    if key not in known:
        raise LookupError(f"{type(fake).__name__} has nothing for {key!r}, only for {', '.join(known) or 'nothing'}")
    found = known[key]
    if isinstance(found, CheckError):
        raise found
    return found
