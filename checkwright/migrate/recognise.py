"""Recognition of a plugin's command line as an equivalent check of the library, or the reason against it.

Equivalent means: the same measurement, CRITICAL and WARNING at the same values, the same state when the target is
missing. Thresholds that the plugin lacks are switched off (`"~:"`), so that there are no new alerts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from math import inf

from checkwright.core.ranges import canonical
from checkwright.migrate import plugins_machine, plugins_network
from checkwright.migrate.draft import LibraryCheck
from checkwright.migrate.plugin_options import Differs, NoEquivalent
from checkwright.registry.rules.threshold_rules import warns_first


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Equivalent check. deadline: the plugin's timeout in seconds, None for its default.

    notes: remarks for the report, such as a threshold that was switched off.
    """

    check: LibraryCheck
    deadline: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """The plugin is kept. why: the reason, a sentence without a full stop. known: a check of the library is close."""

    why: str
    known: bool


_READERS = {**plugins_machine.READERS, **plugins_network.READERS}


def recognise(argv: Sequence[str]) -> Equivalent | Kept:
    """Return the equivalent check for a plugin's argv, executable first, or the reason to keep the plugin.

    The words may contain placeholders (`{address}`, `{label.port}`). The folder of the executable does not
    matter: a plugin is identified by its name.
    """
    name = argv[0].rpartition("/")[2] if argv else ""
    reader = _READERS.get(name)
    if reader is None:
        return Kept(f"no check of the library does the same as {name or 'an empty command'}", known=False)
    try:
        found = reader(list(argv[1:]))
    except Differs as difference:
        return Kept(f"{name}: {difference}", known=True)
    except NoEquivalent as reason:
        return Kept(str(reason), known=False)
    if gauge := _disordered(found.check):
        return Kept(
            f"{name}: its warning for {gauge} comes after its critical threshold, which a check refuses", known=True
        )
    return Equivalent(found.check, found.deadline, found.notes)


def _disordered(check: LibraryCheck) -> str:
    """Return a gauge that would be critical before it is a warning (rule R014), or ""."""
    gauges = getattr(import_module(check.module), check.kind).gauges
    for limit in check.limits:
        gauge = gauges[limit.gauge]
        warn, crit = (
            end if end is not None else default
            for end, default in ((limit.warn, gauge.default.warn), (limit.crit, gauge.default.crit))
        )
        floor = -inf if gauge.min is None else gauge.min
        if warn is not None and crit is not None and not warns_first(canonical(warn), canonical(crit), floor):
            return limit.gauge
    return ""
