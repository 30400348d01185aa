"""Merging of the severities of words that a watch and overrides state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from checkwright.core.check import Check
from checkwright.core.verdicts import Meaning, word_flag
from checkwright.registry import plan
from checkwright.registry.plan import Level, Origin, Word
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.command_line import flag_and_value


@dataclass(frozen=True, slots=True)
class Statement:
    """Severity of one word, as one level states it. severity: `ok`, `warn` or `crit`."""

    verdict: str
    items: str
    word: str
    severity: str
    level: Level
    origin: Origin
    why: str = ""
    until: str = ""
    label: str = ""


def of_meanings(
    meanings: Iterable[Meaning[Any]], level: Level, registry: Registry, why: str = "", until: str = ""
) -> Iterator[Statement]:
    """Yield the statements in the meanings of a watch or an override. until: the last day of the override."""
    for meaning in meanings:
        origin = registry.relative(Origin(meaning.file, meaning.line))
        for word, severity in meaning.words():
            label = meaning.check.verdicts[meaning.verdict].label
            yield Statement(meaning.verdict, meaning.items, word, severity, level, origin, why, until, label)


def effective(statements: Sequence[Statement]) -> list[Statement]:
    """Return those that no later statement about the same word, for the same or for all items, replaces."""
    kept: list[Statement] = []
    replaced: set[tuple[str, str, str]] = set()
    for one in reversed(statements):
        if not {(one.verdict, one.word, one.items), (one.verdict, one.word, "")} & replaced:
            kept.append(one)
            replaced.add((one.verdict, one.word, one.items))
    kept.reverse()
    return kept


def words(kind: type[Check], statements: Iterable[Statement]) -> tuple[Word, ...]:
    """Return the flags of words whose severity differs from the verdict's: `--server-ok`, `web*=MAINT`.

    Their order is that of the statements, because the last match wins across all flags of a verdict.
    """
    found: list[Word] = []
    for one in statements:
        if one.items or one.severity != kind.verdicts[one.verdict].severity(one.word):
            text = f"{one.items}={one.word}" if one.items else one.word
            found += flag_and_value(word_flag(one.verdict, one.severity), text)
    return tuple(found)


def meanings(statements: Iterable[Statement]) -> tuple[plan.Meaning, ...]:
    """Return the meanings of a plan, one for each declaration."""
    found = []
    for (verdict, items, level, origin, why, until, label), group in groupby(statements, _declaration):
        by_severity: dict[str, list[str]] = {"ok": [], "warn": [], "crit": []}
        for one in group:
            by_severity[one.severity].append(one.word)
        ends = {severity: tuple(stated) for severity, stated in by_severity.items()}
        about = plan.Meaning(
            verdict=verdict, items=items, level=level, origin=origin, why=why, label=label, until=until, **ends
        )
        found.append(about)
    return tuple(found)


def _declaration(one: Statement) -> tuple[str, str, Level, Origin, str, str, str]:
    return one.verdict, one.items, one.level, one.origin, one.why, one.until, one.label
