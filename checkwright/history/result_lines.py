"""Results that the batch wrote as lines of JSON (`--to json-lines:FILE`)."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checkwright.core import ranges
from checkwright.core.errors import CannotDo
from checkwright.history.series import ELSE, Series, resolution_of

#: Source of the series, for people.
SOURCE = "results of the batch"
#: Exit codes by how bad they are: UNKNOWN is worse than WARNING.
_RANKS = {0: 0, 1: 1, 3: 2, 2: 3}


@dataclass
class _Found:
    unit: str = ""
    crit: str = ""
    points: dict[float, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Series of some files. unreadable: lines that are no results, such as one that a full disk has cut."""

    series: tuple[Series, ...]
    unreadable: int = 0


def read(
    files: Iterable[Path],
    *,
    since: float = 0.0,
    selected: Callable[[dict[str, Any]], bool] | None = None,
) -> Recorded:
    """Return the values in files of results, plain or gzip, each result once, sorted by host, watch and label.

    since: the oldest moment. selected: gets a result and returns False for one to leave out.
    Raises CannotDo for a file that cannot be read, and for one without any result.
    """
    found: dict[tuple[str, ...], _Found] = {}
    unreadable = 0
    for file in files:
        good = bad = 0
        for result in _results(file):
            if result is None:
                bad += 1
                continue
            good += 1
            if result["started"] >= since and (selected is None or selected(result)):
                _take(result, found)
        if bad and not good:
            raise CannotDo(f"{file} holds no results: checkwright-batch writes them with --to json-lines:/FILE.")
        unreadable += bad
    return Recorded(tuple(_series(key, found[key]) for key in sorted(found)), unreadable)


def _results(file: Path) -> Iterator[dict[str, Any] | None]:
    """Yield each line as a result, None for one that is none."""
    try:
        with file.open("rb") as opened:
            packed = opened.read(2) == b"\x1f\x8b"
        with gzip.open(file) if packed else file.open("rb") as lines:
            for line in lines:
                yield _result(line)
    except EOFError:
        yield None  # the file ends early, and what came before counts
    except OSError as error:  # BadGzipFile is one
        raise CannotDo(f"Cannot read {file}: {error.strerror or error}.") from None


def _result(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
        texts = [found[name] for name in ("environment", "role", "host", "watch", "check")]
        if all(isinstance(text, str) for text in texts) and _is_number(found["started"]):
            return found if isinstance(found["values"], list) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _take(result: dict[str, Any], found: dict[tuple[str, ...], _Found]) -> None:
    place = result["environment"], result["role"], result["host"], result["watch"], result["check"]
    by_numbers = 0
    for value in result["values"]:
        try:
            label, number = value["label"], value["value"]
        except (KeyError, TypeError):
            continue
        if not isinstance(label, str) or not label or not _is_number(number):
            continue
        one = found.setdefault((*place, label), _Found())
        one.points[result["started"]] = number
        one.unit, one.crit = str(value.get("unit") or ""), str(value.get("crit") or "")
        by_numbers = max(by_numbers, _state(number, str(value.get("warn") or ""), one.crit))
    code = result.get("exit_code", 0)
    if code in (1, 2, 3):
        other = code if _RANKS[code] > _RANKS[by_numbers] else 0
        found.setdefault((*place, ELSE), _Found()).points[result["started"]] = other
    elif (*place, ELSE) in found:
        found[*place, ELSE].points[result["started"]] = 0


def _state(value: float, warn: str, crit: str) -> int:
    """Return the state of a number by the ranges that were recorded with it."""
    for state, text in ((2, crit), (1, warn)):
        try:
            if text and not ranges.cached(ranges.canonical(text)).match(value):
                return state
        except ranges.BadRange:
            continue
    return 0


def _series(key: tuple[str, ...], found: _Found) -> Series:
    environment, role, host, watch, check, label = key
    points = tuple(sorted(found.points.items()))
    return Series(
        environment=environment,
        role=role,
        host=host,
        watch=watch,
        check=check,
        label=label,
        unit=found.unit,
        crit=found.crit,
        points=points,
        resolution=resolution_of(moment for moment, _ in points),
        source=SOURCE,
    )
