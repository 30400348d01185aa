"""Overrides whose changes later overrides replace completely."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.model import Override
from checkwright.registry.model.settings import AtLeast
from checkwright.registry.model.watches import AnyWatch, Watch
from checkwright.registry.resolving.resolve import Resolved

#: One change of an override, such as ("setting", "every") ("limit", "space", "/srv", "warn")
#: or ("meaning", "server", "web*", "MAINT").
Change = tuple[str, ...]


def shadowed(resolved: Resolved) -> dict[Override, tuple[Override, ...]]:
    """Return the overrides without any effect, each with the later overrides that replace its changes.

    A later override that ends before an earlier one replaces nothing: the earlier one is in force again after it.
    """
    effective: set[Override] = set()
    replaced_by: dict[Override, dict[Override, None]] = {}
    for role, resolved_role in zip(resolved.roles, resolved.plan.roles, strict=True):
        for watch in role.watches:
            hosts = (resolved_role.virtual_host,) if watch.per == "role" else resolved_role.hosts
            if not hosts:
                continue
            for overrides, _ in resolved.matches.groups(role, watch, hosts):
                effective.update(overrides[-1:])  # nothing replaces the last one
                for position, override in enumerate(overrides):
                    if override in effective:
                        continue
                    later = overrides[position + 1 :]
                    by = [_replacing(change, override, later, watch) for change in _changes(override, watch)]
                    if None in by or not by:
                        effective.add(override)
                    replaced_by.setdefault(override, {}).update((one, None) for one in by if one)
    order = {override: position for position, override in enumerate(resolved.matches.overrides)}
    return {
        override: tuple(sorted(by, key=order.__getitem__))
        for override, by in replaced_by.items()
        if override not in effective
    }


def _changes(override: Override, watch: AnyWatch) -> Iterator[Change]:
    """Yield the changes of an override to one watch. A watch that it does not change counts as none."""
    if override.off is not None:
        yield ("off",)
    for name in override.settings:
        yield ("setting", name)
    if not isinstance(watch, Watch):
        return
    for limit in override.limits:
        if isinstance(watch.check, limit.check):
            for end, value in (("warn", limit.warn), ("crit", limit.crit)):
                if value is not None:
                    yield ("limit", limit.gauge, limit.items, end)
    for meaning in override.meanings:
        if isinstance(watch.check, meaning.check):
            for word, _ in meaning.words():
                yield ("meaning", meaning.verdict, meaning.items, word)
    if override.options is not None and isinstance(watch.check, type(override.options)):
        for name in override.options.explicit:
            yield ("option", name)


def _replacing(change: Change, override: Override, later: tuple[Override, ...], watch: AnyWatch) -> Override | None:
    """Return the later override that replaces a change, None if the change stays."""
    for other in later:
        if other.until and (override.until is None or other.until < override.until):
            continue
        if change == ("setting", "every") and isinstance(other.settings.get("every"), AtLeast):
            continue
        others = set(_changes(other, watch))
        for_all_items = change[0] in ("limit", "meaning") and (*change[:2], "", change[3]) in others
        if change in others or for_all_items:
            return other
    return None
