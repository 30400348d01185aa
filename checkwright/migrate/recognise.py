"""A plugin's command line as a check of ours, where that does the same; where not, a sentence that says why.

Same means: the same question, CRITICAL and WARNING at the same values, the same answer when the thing is not there.
Thresholds that the plugin does not have are switched off (`"~:"`), so that nothing alerts that did not before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from math import inf

from checkwright.core.ranges import canonical
from checkwright.migrate import plugins_machine, plugins_network
from checkwright.migrate.draft import OurCheck
from checkwright.migrate.plugin_options import Differs, NoCheck
from checkwright.registry.rules.watch_rules import warns_first


@dataclass(frozen=True, slots=True)
class Same:
    """Our check. deadline: the plugin's own timeout in seconds, None when it was not given.

    notes: what a person may like to know, such as a threshold that was switched off.
    """

    check: OurCheck
    deadline: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """The plugin stays, and why: a sentence without a full stop. `known` says that a check of ours is near."""

    why: str
    known: bool


_READERS = {**plugins_machine.READERS, **plugins_network.READERS}


def recognise(argv: Sequence[str]) -> Same | Kept:
    """Return our check for a plugin's argv, executable first; or why the plugin stays.

    Placeholders (`{address}`, `{label.port}`) may stand in the words. The folder of the executable does not
    matter: a plugin goes by its name.
    """
    name = argv[0].rpartition("/")[2] if argv else ""
    reader = _READERS.get(name)
    if reader is None:
        return Kept(f"no check of ours does what {name or 'an empty command'} does", known=False)
    try:
        found = reader(list(argv[1:]))
    except Differs as difference:
        return Kept(f"{name}: {difference}", known=True)
    except NoCheck as reason:
        return Kept(str(reason), known=False)
    if gauge := _disordered(found.check):
        return Kept(
            f"{name}: its warning for {gauge} comes after its critical, which a check of ours refuses", known=True
        )
    return Same(found.check, found.deadline, found.notes)


def _disordered(check: OurCheck) -> str:
    """A gauge that would be critical before it is a warning (rule R014); "" when there is none."""
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
