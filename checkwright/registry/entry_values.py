"""Values of one entry of a plan by name, each with the declaration that decided it, for comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from checkwright.registry.plan import Entry, Level, Origin
from checkwright.registry.value_effects import threshold_text

#: Kind, name, items ("" for all) and end: ("threshold", "space", "/srv", "warning"), ("setting", "every", "", "").
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an entry.

    name: for people, such as `space of /srv warning`, `server MAINT`, `every`, `paths`. text: the value for people.
    raw: the range of a threshold, "" for others. level, origin, why: of the declaration that decided it.
    """

    kind: Literal["threshold", "words", "setting", "option"]
    name: str
    text: str
    raw: str
    level: Level
    origin: Origin
    why: str


def values_of(entry: Entry) -> dict[Key, Value]:
    """Return thresholds, severities of words, options and settings of an entry, in this order."""
    found: dict[Key, Value] = {}
    # The ends of one gauge stay together, whatever declares each.
    for gauge, items in dict.fromkeys((limit.gauge, limit.items) for limit in entry.limits):
        for end in ("warning", "critical"):
            for limit in entry.limits:
                value = limit.warn if end == "warning" else limit.crit
                if (limit.gauge, limit.items) == (gauge, items) and value is not None:
                    name = f"{gauge}{f' of {items}' if items else ''} {end}"
                    text = threshold_text(value)
                    found["threshold", gauge, items, end] = Value(
                        "threshold", name, text, value, limit.level, limit.origin, limit.why
                    )
    for meaning in entry.meanings:
        for end, words in (("ok", meaning.ok), ("warning", meaning.warn), ("critical", meaning.crit)):
            for word in words:
                name = f"{meaning.verdict}{f' of {meaning.items}' if meaning.items else ''} {word}"
                found["words", meaning.verdict, meaning.items, word] = Value(
                    "words", name, end, "", meaning.level, meaning.origin, meaning.why
                )
    for setting in entry.settings:
        option = setting.name.startswith("option ")
        name = setting.name.removeprefix("option ")
        found["option" if option else "setting", name, "", ""] = Value(
            "option" if option else "setting", name, setting.value, "", setting.level, setting.origin, setting.why
        )
    return found


def value_for_items(key: Key, values: Mapping[Key, Value]) -> Value | None:
    """Return the value that decides about the items of `key` where `values` lacks that key: the last one that matches.

    A limit of 90 for `/srv` changes the 80 that all items have.
    """
    kind, name, items, end = key
    found = None
    for (other_kind, other_name, pattern, other_end), value in values.items():
        same = (kind, name, end) == (other_kind, other_name, other_end)
        if items and same and (not pattern or fnmatchcase(items, pattern)):
            found = value
    return found
