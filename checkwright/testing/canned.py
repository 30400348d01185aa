"""Helpers for fakes of sources: canned values, and errors in their place.

A fake takes what a test gives it. A value may be an error to raise, and may be missing.

    class FakePrinter(Printer):
        def __init__(self, pages: int | CheckError | None = None) -> None:
            self._pages = pages

        def pages(self) -> int:
            return value_of(self._pages, "the printer does not count pages")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from checkwright.core.errors import CannotTell, CheckError

T = TypeVar("T")


def value_of(value: T | CheckError | None, missing: str) -> T:
    """Return a canned value. Raises the value if it is an error, and CannotTell(missing) for None."""
    if value is None:
        raise CannotTell(missing)
    if isinstance(value, CheckError):
        raise value
    return value


def answer_for(fake: object, answers: Mapping[str, T | CheckError], key: str) -> T:
    """Return the canned answer to a question. Raises the answer if it is an error.

    Raises LookupError, which fails the test, if the test has no answer to the question.
    """
    if key not in answers:
        raise LookupError(
            f"{type(fake).__name__} has no answer for {key!r}, only for {', '.join(answers) or 'nothing'}"
        )
    answer = answers[key]
    if isinstance(answer, CheckError):
        raise answer
    return answer


def next_reading(readings: list[T]) -> T | None:
    """Return the first reading and remove it from the list. The last one stays. None for an empty list."""
    if len(readings) > 1:
        return readings.pop(0)
    return readings[0] if readings else None


def as_list(values: T | Sequence[T]) -> list[T]:
    """Return a list of one value or of several."""
    return list(values) if isinstance(values, Sequence) else [values]


def list_or_error(values: T | Sequence[T] | CheckError) -> list[T] | CheckError:
    """Return `as_list(values)`, or an error as it is, for `value_of`."""
    return values if isinstance(values, CheckError) else as_list(values)
