"""Labels for services that differ by host: words that differ become labels of the hosts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from checkwright.migrate.draft import DraftWatch, Program
from checkwright.registry.resolving.placeholders import is_known

#: Number of variants of one command from which labels pay; fewer are easier to read as they are.
_MANY = 3
_MOST_WORDS = 3
_PLAIN = re.compile(r"[A-Za-z0-9_@%+:,./-]+")
_HINTS = {"-p": "port", "-u": "path", "-w": "warning", "-c": "critical", "-H": "name", "-I": "address", "-f": "file"}


@dataclass
class Placed:
    """Watch on one host. groups: hostgroups that assigned it. where: FILE:LINE of its service."""

    watch: DraftWatch
    team: str
    host: str
    groups: tuple[str, ...]
    where: str


def with_labels(placed: list[Placed]) -> dict[str, dict[str, str]]:
    """Replace words that differ by labels, and return the labels by host."""
    families: dict[object, list[Placed]] = {}
    for one in placed:
        if isinstance(one.watch.runs, Program):
            runs = one.watch.runs
            key = (one.watch.name, one.team, one.watch.settings, runs.path, len(runs.arguments))
            families.setdefault(key, []).append(one)
    labels: dict[str, dict[str, str]] = {}
    for family in families.values():
        words = [_arguments(one) for one in family]
        differing = [number for number, column in enumerate(zip(*words, strict=True)) if len(set(column)) > 1]
        if len(set(words)) <= _MANY or not 0 < len(differing) <= _MOST_WORDS:
            continue
        if all(_PLAIN.fullmatch(row[number]) for row in words for number in differing):
            _labelled(family, differing, labels)
    return labels


def _labelled(family: list[Placed], differing: list[int], labels: dict[str, dict[str, str]]) -> None:
    names: dict[int, str] = {}
    for number in differing:
        before = _arguments(family[0])[number - 1] if number else ""
        name = f"{family[0].watch.name.lower()}.{_HINTS.get(before) or before.strip('-') or f'word{number + 1}'}"
        name = re.sub(r"[^a-z0-9_.-]", "_", name)
        names[number] = name if name not in names.values() else f"{name}{number + 1}"
    for one in family:
        words = list(_arguments(one))
        for number, name in names.items():
            labels.setdefault(one.host, {})[name] = words[number]
            words[number] = f"{{label.{name}}}"
        assert all(is_known(f"label.{name}") for name in names.values())  # noqa: S101 - else it stays literal
        runs = one.watch.runs
        if isinstance(runs, Program):
            one.watch = replace(one.watch, runs=Program(runs.path, tuple(words)))


def _arguments(one: Placed) -> tuple[str, ...]:
    return one.watch.runs.arguments if isinstance(one.watch.runs, Program) else ()


def distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """Return each value once, in order."""
    return tuple(dict.fromkeys(texts))
