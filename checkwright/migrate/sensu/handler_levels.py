"""Handlers of an existing Sensu for each level of notification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from checkwright.migrate.draft import Pairs, Value
from checkwright.migrate.report import Thing
from checkwright.migrate.sensu.check_watch import name_of
from sensu.reading.check_definitions import Check
from sensu.reading.stored_objects import Object

LEVELS = ("page", "office-hours", "ticket")
#: Maximum nesting of handler sets.
_DEEPEST_SET = 3


def members(handler: Object) -> dict[str, tuple[str, ...]]:
    """Return the members of a handler set by its name; nothing for a handler of another type."""
    found = handler.fields.get("handlers")
    if handler.fields.get("type") != "set" or not isinstance(found, list):
        return {}
    return {handler.name: tuple(one for one in found if isinstance(one, str))}


@dataclass(slots=True)
class HandlerLevels:
    """Handlers of the checks of a namespace, which become its Routes. `sets` are the members of handler sets."""

    sets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    requests: list[tuple[Thing, str, tuple[str, ...]]] = field(default_factory=list)
    metrics: set[str] = field(default_factory=set)

    def add(self, check: Check, thing: Thing, level: str) -> None:
        """Record a check that notifies at this level."""
        if check.source.generation != "go":
            return  # Core has no pipelines
        self.metrics.update(self._each(check.metrics))
        if level in LEVELS:
            self.requests.append((thing, level, tuple(sorted(set(self._each(check.handlers))))))

    def routes(self) -> Pairs:
        """Return arguments of Routes: for each level the handlers of most of its checks.

        A level with pipelines only gets the handler with the name of the level.
        """
        if not self.metrics and not any(handlers for _, _, handlers in self.requests):
            return ()
        named: list[tuple[str, Value]] = [
            (level.replace("-", "_"), handlers or (level,)) for level, handlers in self._levels().items()
        ]
        if self.metrics:
            named.append(("metrics", tuple(sorted(self.metrics))))
        return tuple(named)

    def others(self) -> Iterator[tuple[Thing, str]]:
        """Yield each check whose handlers differ from its level's, with a remark."""
        levels = self._levels()
        for thing, level, handlers in self.requests:
            if handlers and handlers != levels[level]:
                yield thing, f"its handlers were {', '.join(handlers)}; notify={level} means {', '.join(levels[level])}"

    def _levels(self) -> dict[str, tuple[str, ...]]:
        counted: dict[str, Counter[tuple[str, ...]]] = {}
        for _, level, handlers in self.requests:
            counted.setdefault(level, Counter())[handlers] += 1 if handlers else 0
        return {
            level: min(counted[level].items(), key=lambda pair: (-pair[1], -len(pair[0]), pair[0]))[0]
            for level in LEVELS
            if level in counted
        }

    def _each(self, names: tuple[str, ...], depth: int = 0) -> Iterator[str]:
        """Return the handlers without sets: a pipeline cannot name a set."""
        for name in names:
            if name in self.sets and depth < _DEEPEST_SET:
                yield from self._each(self.sets[name], depth + 1)
            elif name_of(name) == name:
                yield name
