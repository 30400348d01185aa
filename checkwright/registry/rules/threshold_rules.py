"""Rules about thresholds."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from checkwright.core.check import Check
from checkwright.core.gauges import Gauge
from checkwright.core.ranges import parse
from checkwright.registry.findings import Finding
from checkwright.registry.model.base import did_you_mean
from checkwright.registry.model.watches import AnyWatch, Watch
from checkwright.registry.plan import Entry, Origin, Word
from checkwright.registry.resolving import placeholders
from checkwright.registry.rules.subject import RegistryRule, Subject, abbreviate

_INFINITE = float("inf")


class WarningBeyondCritical(RegistryRule):
    """A warning threshold is beyond the critical one, so it would never warn.

    The defaults of a gauge count too.

    Wrong:
        Watch(Disk(), Disk.space.at(warn=95, crit=90)),

    Right:
        Watch(Disk(), Disk.space.at(warn=85, crit=90)),
    """

    id = "R014"
    hint = "choose a warning threshold that is reached before the critical one"

    def find(self, subject: Subject) -> Iterator[Finding]:
        correct: set[tuple[type, tuple[Word, ...]]] = set()
        for entry, _, check in subject.entries():
            # Many entries have the same command and so the same thresholds, which are compared once.
            key = (type(check), entry.command)
            if key not in correct:
                wrong = list(self._wrong_order(entry, check))
                yield from wrong
                if not wrong:
                    correct.add(key)

    def _wrong_order(self, entry: Entry, check: Check | None) -> Iterator[Finding]:
        for gauge, items in dict.fromkeys((limit.gauge, limit.items) for limit in entry.limits):
            applying = [limit for limit in entry.limits if limit.gauge == gauge and limit.items in ("", items)]
            warn = next((limit.warn for limit in reversed(applying) if limit.warn), None)
            crit = next((limit.crit for limit in reversed(applying) if limit.crit), None)
            stated = [limit for limit in applying if limit.level != "check"]
            floor = type(check).gauges[gauge].min if check else None
            if warn and crit and not warns_first(warn, crit, -_INFINITE if floor is None else floor):
                name = f"{gauge} of {items}" if items else gauge
                # The defaults of a gauge are the mistake of its check and not of the watch.
                subject = f"{entry.id}: {name}" if stated else f"{entry.check}: by default {name}"
                message = f"{subject} warns at {warn}, beyond its critical {crit}"
                yield self.finding((stated or applying)[-1].origin, message)


class LimitWithoutItem(RegistryRule):
    """A limit, or a meaning of words, names items that no watch has, so it has no effect.

    The rule knows the items of checks whose options list them, such as the paths of `disk` without `all=True`.

    Wrong:
        Watch(Disk(paths=("/", "/srv")), Disk.space.at("/data", warn=75)),

    Right:
        Watch(Disk(paths=("/", "/srv")), Disk.space.at("/srv", warn=75)),
    """

    id = "R035"
    severity = "warning"
    hint = "correct the pattern, or remove the limit"

    def find(self, subject: Subject) -> Iterator[Finding]:
        known: dict[Check, tuple[str, ...] | None] = {}
        unmatched: dict[_Patterned, dict[str, None]] = {}
        matched: set[_Patterned] = set()
        last: AnyWatch | None = None
        for entry, watch, check in subject.entries():
            if check is None or not isinstance(watch, Watch):
                continue
            patterned = () if watch is last else tuple(_of_watch(watch, subject))
            last = watch
            if entry.meanings or any(limit.items for limit in entry.limits):
                patterned += tuple(_of_overrides(entry, check))
            for own, key in patterned:
                if own not in known:
                    known[own] = _literal_items(own)
                items, pattern = known[own], key[2]
                if items is None or any(item == pattern or fnmatchcase(item, pattern) for item in items):
                    matched.add(key)
                else:
                    unmatched.setdefault(key, {}).update(dict.fromkeys(items))
        for (origin, subject_of, pattern), items_seen in unmatched.items():
            if (origin, subject_of, pattern) not in matched:
                guess = did_you_mean(pattern, items_seen)
                message = f"{subject_of} for {pattern}{guess}; the watches have {abbreviate(list(items_seen))}"
                yield self.finding(origin, message)


#: Place of a limit or of words, the beginning of a sentence about it, and its pattern for items.
_Patterned = tuple[Origin, str, str]


def _of_watch(watch: Watch[Any], subject: Subject) -> Iterator[tuple[Check, _Patterned]]:
    """Yield the patterns of a watch with the check as the watch declares it, whatever overrides replace."""
    relative = subject.registry.relative
    for limit in watch.limits:
        if limit.items:
            origin = relative(Origin(limit.file, limit.line))
            yield watch.check, (origin, f"{limit.gauge} has a limit", limit.items)
    for words in watch.meanings:
        if words.items:
            origin = relative(Origin(words.file, words.line))
            yield watch.check, (origin, f"{words.verdict} has a meaning", words.items)


def _of_overrides(entry: Entry, check: Check) -> Iterator[tuple[Check, _Patterned]]:
    """Yield the patterns of overrides with the check as it will run."""
    for limit in entry.limits:
        if limit.items and limit.level == "override":
            yield check, (limit.origin, f"{limit.gauge} has a limit", limit.items)
    for words in entry.meanings:
        if words.items and words.level == "override":
            yield check, (words.origin, f"{words.verdict} has a meaning", words.items)


class MissingThreshold(RegistryRule):
    """A watch lacks a threshold that its check requires.

    Some gauges have no default because no value would be right, such as the age of a job's last run.

    Wrong:
        Watch(Heartbeat(job="invoices")),

    Right:
        Watch(Heartbeat(job="invoices"), Heartbeat.age.at(warn="26h", crit="30h")),
    """

    id = "R024"
    hint = "the check has no default for it"

    def find(self, subject: Subject) -> Iterator[Finding]:
        requiring: dict[type[Check], list[Gauge]] = {}
        for entry, _, check in subject.entries():
            if check is None:
                continue
            kind = type(check).__name__
            if type(check) not in requiring:
                requiring[type(check)] = [gauge for gauge in type(check).gauges.values() if gauge.threshold_required]
            for gauge in requiring[type(check)]:
                if not any(limit.gauge == gauge.name and (limit.warn or limit.crit) for limit in entry.limits):
                    message = f"{entry.id} needs a threshold for {gauge.name}: add {kind}.{gauge.name}.at(crit=...)"
                    yield self.finding(entry.origin, message)


def _literal_items(check: Check) -> tuple[str, ...] | None:
    """Return the items that a check will report; None if they are unknown or hold values of a host."""
    try:
        items = check.known_items()
    except Exception:  # a check of the project; R021 reports that its options do not fit
        return None
    if items is None or not all(isinstance(item, str) and placeholders.word(item) == (item,) for item in items):
        return None
    return items


def warns_first(warn: str, crit: str, floor: float) -> bool:
    """Return whether the warning comes before the critical on each side that both state, and some value is OK.

    Values are never below `floor`, and a range without a colon states no lower end.
    """
    first, then = parse(warn), parse(crit)
    if first.invert != then.invert:
        return True
    if first.invert:
        return first.start <= then.start and then.end <= first.end
    lower = [one.start if ":" in text and one.start > floor else floor for one, text in ((first, warn), (then, crit))]
    if lower[0] != floor and lower[0] < lower[1]:
        return False
    if first.end != _INFINITE and first.end > then.end:
        return False
    return max(lower) <= min(first.end, then.end)
