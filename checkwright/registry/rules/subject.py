"""The base class of rules about one environment, and the data that they look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from checkwright.core.check import Check
from checkwright.registry.findings import Finding, Rule
from checkwright.registry.model import Environment
from checkwright.registry.model.watches import AnyWatch
from checkwright.registry.plan import Entry
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.resolve import Resolved


@dataclass(frozen=True, slots=True)
class Subject:
    """One resolved environment. `today` is the day that decides which overrides and maintenances are over."""

    registry: Registry
    environment: Environment
    resolved: Resolved
    today: date

    def entries(self) -> Iterator[tuple[Entry, AnyWatch, Check | None]]:
        """Return each entry of the plan with its watch and with the check as it will run, None for a plugin."""
        return self.resolved.entries

    def configured(self) -> Iterator[tuple[Entry, AnyWatch, Check | None]]:
        """Yield the first of the entries that share their watch, check, settings and pool, for rules about these."""
        watch_before: AnyWatch | None = None
        check_before: Check | None = None
        settings: object = None
        pool = ""
        for entry, watch, check in self.resolved.entries:
            if (
                entry.settings is not settings
                or watch is not watch_before
                or check is not check_before
                or entry.pool != pool
            ):
                watch_before, check_before, settings, pool = watch, check, entry.settings, entry.pool
                yield entry, watch, check

    def checks(self) -> Iterator[tuple[Entry, AnyWatch, Check | None]]:
        """Yield the first of the entries that share their watch and their check, for rules about these alone."""
        last: tuple[AnyWatch, Check | None] | None = None
        for entry, watch, check in self.resolved.entries:
            if last is None or watch is not last[0] or check is not last[1]:
                last = watch, check
                yield entry, watch, check


class RegistryRule(Rule):
    """Rule about one resolved environment. Every subclass in this package is applied; no list is edited."""

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Yield all findings. Origins may name files as Python knows them; the caller makes them relative."""
        raise NotImplementedError


def abbreviate(names: list[str]) -> str:
    """Return names for a sentence: `web-1, web-2, web-3 and 5 more`."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
