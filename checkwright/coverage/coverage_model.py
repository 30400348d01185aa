"""Gaps of monitoring as data: sections of items, for the terminal and for JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: finding: something is not looked after. warning: it may be. note: a suggestion, or something that cannot be judged.
Severity = Literal["finding", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Item:
    """One gap.

    environment: "" if it is about the whole project. text: one sentence. hosts: the machines concerned, sorted.
    checks: names of checks that would watch it. port: the port that they would watch, 0 for their own. place: file and
    line, "" for none.
    """

    environment: str
    text: str
    severity: Severity = "finding"
    hosts: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    port: int = 0
    place: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Gaps of one kind. id: a word that stays the same. unread: the reason why nothing is known, "" if it is."""

    id: str
    title: str
    items: tuple[Item, ...] = ()
    unread: str = ""

    @property
    def findings(self) -> int:
        """Number of items that are findings."""
        return sum(item.severity == "finding" for item in self.items)
