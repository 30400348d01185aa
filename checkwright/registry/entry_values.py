"""Values of one entry of a plan by name, each with the declaration that decided it, for comparisons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from checkwright.registry.model.settings import NOTHING
from checkwright.registry.plan import NOTIFY_ON, Entry, Level, Origin
from checkwright.registry.value_effects import Effect, setting_effect, threshold_effect, threshold_text, words_effect

Kind = Literal["threshold", "words", "setting", "option"]
#: Kind, name, items ("" for all) and end: ("threshold", "space", "/srv", "warning"), ("setting", "every", "", "").
Key = tuple[Kind, str, str, str]

#: Values of settings that a watch need not state. "none" would read as no notification at all.
_UNSET = {"renotify": "1h", "needs": NOTHING, "groups": NOTHING, "notify_on": ", ".join(NOTIFY_ON)}


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an entry.

    name: for people, such as `space of /srv warning`, `server MAINT`, `every`, `paths`. text: the value for people.
    raw: the range of a threshold, "" for others. level, origin, why, until: of the declaration that decided it.
    """

    kind: Kind
    name: str
    text: str
    raw: str
    level: Level
    origin: Origin
    why: str
    until: str


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
                    text = threshold_text(value, limit.unit)
                    found["threshold", gauge, items, end] = Value(
                        "threshold", name, text, value, limit.level, limit.origin, limit.why, limit.until
                    )
    for meaning in entry.meanings:
        for end, words in (("ok", meaning.ok), ("warning", meaning.warn), ("critical", meaning.crit)):
            for word in words:
                name = f"{meaning.verdict}{f' of {meaning.items}' if meaning.items else ''} {word}"
                found["words", meaning.verdict, meaning.items, word] = Value(
                    "words", name, end, "", meaning.level, meaning.origin, meaning.why, meaning.until
                )
    for setting in entry.settings:
        option = setting.name.startswith("option ")
        name = setting.name.removeprefix("option ")
        kind: Kind = "option" if option else "setting"
        found[kind, name, "", ""] = Value(
            kind, name, setting.value, "", setting.level, setting.origin, setting.why, setting.until
        )
    return found


@dataclass(frozen=True, slots=True)
class Changed:
    """Value that differs between two entries. old, new: None if neither the value nor one for more items is stated."""

    kind: Kind
    name: str
    old: Value | None
    new: Value | None
    effect: Effect

    @property
    def unset(self) -> str:
        """Return the text for None."""
        if self.kind == "setting" and self.name in _UNSET:
            return _UNSET[self.name]
        return "as the check says" if self.kind == "words" else "none"


def changed_values(before: Entry, after: Entry) -> Iterator[Changed]:
    """Yield the values of two entries of one watch that differ, as people read them.

    A limit for some items is compared with the limit that these items had: 90 for `/srv` changes the 80 for all.
    """
    old_values, new_values = values_of(before), values_of(after)
    for key in dict.fromkeys((*old_values, *new_values)):
        old = old_values.get(key) or _for_more_items(key, old_values)
        new = new_values.get(key) or _for_more_items(key, new_values)
        if (old.text if old else None) != (new.text if new else None):
            stated = new_values.get(key) or old_values[key]
            yield Changed(stated.kind, stated.name, old, new, _effect(stated, old, new))


def _for_more_items(key: Key, values: Mapping[Key, Value]) -> Value | None:
    """Return the last value whose items include those of `key`."""
    kind, name, items, end = key
    found = None
    for (other_kind, other_name, pattern, other_end), value in values.items():
        same = (kind, name, end) == (other_kind, other_name, other_end)
        if items and same and (not pattern or fnmatchcase(items, pattern)):
            found = value
    return found


def _effect(stated: Value, old: Value | None, new: Value | None) -> Effect:
    if stated.kind == "threshold":
        return threshold_effect(old.raw if old else None, new.raw if new else None)
    before, after = old.text if old else "none", new.text if new else "none"
    if stated.kind == "setting":
        return setting_effect(stated.name, before, after)
    return words_effect(before, after) if stated.kind == "words" else ""
