"""Error budgets of the objectives in a plan, over all counts of a role."""

from __future__ import annotations

from itertools import pairwise

from checkwright.core.quantities import parse_quantity
from checkwright.latency.burn import DAY, budget_left, tally
from checkwright.latency.counts import Counts
from checkwright.registry.plan import Entry
from checkwright.report.facts import Budget

#: The check that watches an objective, and the length of its period where the command has none.
CHECK = "slo"
_DAYS = 30.0


def budget(entry: Entry, counts: Counts) -> Budget:
    """Return the budget of an entry of the check `slo`, over its period up to the newest counts."""
    flags = flags_of(entry)
    endpoints = tuple(flags.get("--endpoint", ()))
    percent, under = float(flags["--percent"][-1]), parse_quantity(flags["--under"][-1], "s") * 1_000
    days = float(flags.get("--days", [str(_DAYS)])[-1])
    end = max(counts.slots) + counts.step
    start = end - days * DAY
    tallies, burned = [], dict[str, int]()
    names = sorted({name for slot in counts.slots.values() for name, _ in slot.cells})
    for slot in counts.between(start, end):
        tallies.append(tally(slot, counts.step, endpoints, under))
        if tallies[-1].bad:
            for name in names:
                if bad := tally(slot, counts.step, (name,), under).bad if _meant(name, endpoints) else 0:
                    burned[name] = burned.get(name, 0) + bad
    first = tallies[0].start if tallies else end
    return Budget(
        name=flags["--objective"][-1],
        endpoints=endpoints,
        percent=percent,
        under=under,
        days=days,
        requests=sum(one.requests for one in tallies),
        slow=sum(one.bad for one in tallies),
        left=budget_left(tallies, end, percent, days),
        burned_by=tuple(sorted(burned.items(), key=lambda one: (-one[1], one[0]))),
        covered_days=round((end - first) / DAY, 3),
    )


def _meant(name: str, endpoints: tuple[str, ...]) -> bool:
    from fnmatch import fnmatchcase

    return not endpoints or any(name == one or fnmatchcase(name, one) for one in endpoints)


def flags_of(entry: Entry) -> dict[str, list[str]]:
    """Return the values of an entry's long flags. Placeholders stand as {NAME}."""
    words = ["".join(part if isinstance(part, str) else f"{{{part.name}}}" for part in word) for word in entry.command]
    found: dict[str, list[str]] = {}
    for flag, value in pairwise(words):
        if flag.startswith("--"):
            found.setdefault(flag, []).append(value)
    return found
