"""Watches that others need, as their setting `needs` declares them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from checkwright.core.check import Check
from checkwright.registry.model.settings import NOTHING
from checkwright.registry.model.watches import AnyWatch
from checkwright.registry.plan import Entry, Setting

Found = tuple[Entry, AnyWatch, Check | None]


def watched(found: Iterable[Found]) -> list[Found]:
    """Return the entries, held only by what the environment watches: a need that nothing watches has no state."""
    entries = list(found)
    known = {entry.id for entry, _, _ in entries}
    return [
        (replace(entry, held_by=kept), watch, check)
        if entry.held_by and (kept := tuple(id for id in entry.held_by if id in known)) != entry.held_by
        else (entry, watch, check)
        for entry, watch, check in entries
    ]


def declared(entry: Entry) -> tuple[Setting | None, tuple[str, ...]]:
    """Return the setting `needs` of an entry and the ids in it, watched or not."""
    setting = next((one for one in entry.settings if one.name == "needs"), None)
    if setting is None or setting.value == NOTHING:
        return setting, ()
    return setting, tuple(setting.value.split(", "))
