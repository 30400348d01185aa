"""Guards: comparisons of an answer with the file that it would replace.

A pull that looks wrong is refused, since monitoring that forgets machines stays green. Each guard compares names, never
only counts, and each acknowledgement is exact, so that no script can say "whatever it is".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from checkwright.inventory.host_rows import HostRow
from checkwright.inventory.records import CLOCK_LEAD
from checkwright.registry.model import durations

_SHARE = 0.05
_FEW = 3
_STALE = timedelta(hours=2)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Accepted:
    """Acknowledgements of a person: numbers and names that must be exact. stale: the reason, "" for none."""

    lost: int | None = None
    changed: int | None = None
    roles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    stale: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Reason to write nothing. guard: its name. accept: the option that goes on nevertheless, or ""."""

    guard: str
    message: str
    accept: str = ""

    def __str__(self) -> str:
        go_on = f"; if that is right, add {self.accept}" if self.accept else ""
        return f"refused ({self.guard}): {self.message}{go_on}"


def abbreviated(names: Iterable[str]) -> str:
    """Return names for a sentence: `web-1, web-2, web-3 and 5 more`."""
    listed = list(names)
    more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
    return ", ".join(listed[:5]) + more


def names_guard(before: Sequence[HostRow], after: Sequence[HostRow], accepted: Accepted) -> list[Refusal]:
    """Refuse if more than 3 hosts and more than 5 % of all are gone."""
    present = {row.name for row in after}
    lost = sorted(row.name for row in before if row.name not in present)
    return _counted("names", lost, len(before), "are gone", accepted.lost, "--accept-lost")


def changes_guard(before: Sequence[HostRow], after: Sequence[HostRow], accepted: Accepted) -> list[Refusal]:
    """Refuse if more than 3 hosts and more than 5 % have other roles: somebody may have renamed a fact."""
    roles = {row.name: set(row.roles) for row in before}
    changed = sorted(row.name for row in after if row.name in roles and roles[row.name] != set(row.roles))
    return _counted("roles fell off", changed, len(roles), "have other roles", accepted.changed, "--accept-changed")


def _counted(guard: str, names: list[str], total: int, what: str, accepted: int | None, option: str) -> list[Refusal]:
    if accepted is not None:
        if accepted == len(names):
            return []
        return [Refusal(guard, f"{option} {accepted} is not exact: {len(names)} of {total} hosts {what}")]
    if len(names) <= max(_FEW, _SHARE * total):
        return []
    message = f"{len(names)} of {total} hosts {what}: {abbreviated(names)}"
    return [Refusal(guard, message, f"{option} {len(names)}")]


def roles_guard(before: Sequence[HostRow], after: Sequence[HostRow], accepted: Accepted) -> list[Refusal]:
    """Refuse if a role loses its last host, or half of three or more."""
    old, new = _members(before), _members(after)
    found = []
    for role in sorted(old):
        had, has = len(old[role]), len(new.get(role, ()))
        if has == 0:
            message = f"the role {role} would have no host: it had {abbreviated(sorted(old[role]))}"
        elif had >= _FEW and 2 * has <= had:
            message = f"the role {role} would have {has} of {had} hosts"
        else:
            continue
        found.append((role, message))
    unneeded = sorted(set(accepted.roles) - {role for role, _ in found})
    return [
        *(Refusal("roles", message, f"--accept-role {role}") for role, message in found if role not in accepted.roles),
        *(Refusal("roles", f"--accept-role {role} is not exact: that role is not at risk") for role in unneeded),
    ]


def _members(rows: Iterable[HostRow]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in rows:
        for role in row.roles:
            found.setdefault(role, set()).add(row.name)
    return found


def identity_guard(before: Sequence[HostRow], after: Sequence[HostRow], accepted: Accepted) -> list[Refusal]:
    """Refuse duplicate names and addresses, and names that now mean another machine."""
    found = [*_shared("name", ((row.name, row.id) for row in after))]
    found += _shared("address", ((row.address, row.name) for row in after))
    old = {row.name: row for row in before}
    replaced = {}
    for row in after:
        was = old.get(row.name)
        if was and was.id and row.id and was.id != row.id and was.address != row.address:
            replaced[row.name] = f"{row.name} was {was.id} ({was.address}) and is now {row.id} ({row.address})"
    found += (
        Refusal("identity", message, f"--accept-identity {name}")
        for name, message in sorted(replaced.items())
        if name not in accepted.names
    )
    found += (
        Refusal("identity", f"--accept-identity {name} is not exact: that host is the same machine")
        for name in sorted(set(accepted.names) - replaced.keys())
    )
    return found


def _shared(what: str, pairs: Iterable[tuple[str, str]]) -> Iterable[Refusal]:
    owners: dict[str, list[str]] = {}
    for value, owner in pairs:
        owners.setdefault(value, []).append(owner)
    for value, names in sorted(owners.items()):
        if len(names) > 1:
            yield Refusal("identity", f"{abbreviated(sorted(names))} have the {what} {value}: correct the mapping")


def fresh_guard(
    changed: Sequence[datetime], now: datetime, last: datetime | None, accepted: Accepted
) -> tuple[list[Refusal], list[str]]:
    """Refuse facts if the newest are older than 2 h, or older than those of the file.

    Facts of the future prove nothing, since one wrong clock would keep an inventory fresh forever: they are left out.

    last: the time of the facts in the file. Returns warnings too: facts of the future, and an oldest quarter that is
    older than a day.
    """
    if not changed:
        return [], []
    limit = now + CLOCK_LEAD
    times = sorted(time for time in changed if time <= limit)
    if not times:
        message = f"all facts are of the future, the first of {min(changed):%Y-%m-%d %H:%M} UTC: correct the clocks"
        return ([], [message]) if accepted.stale else ([Refusal("fresh", message, "--stale-ok WHY")], [])
    future = len(changed) - len(times)
    refused = []
    if now - times[-1] > _STALE:
        age = durations.format_seconds(int((now - times[-1]).total_seconds()) // 60 * 60)
        refused.append(f"the newest facts are {age} old ({times[-1]:%Y-%m-%d %H:%M} UTC)")
    if last and times[-1] < last <= limit:
        refused.append(f"the newest facts are of {times[-1]:%Y-%m-%d %H:%M}, older than those of the file")
    quarter = times[(len(times) - 1) // 4]
    warnings = []
    if future:
        until = f"{max(changed):%Y-%m-%d %H:%M} UTC"
        warnings.append(f"the facts of {future} of {len(changed)} machines are of the future, up to {until}")
    if now - quarter > _DAY:
        count = sum(1 for time in times if now - time > _DAY)
        warnings.append(f"the facts of {count} of {len(times)} machines are older than a day")
    if accepted.stale:
        return [], [*refused, *warnings]
    return [Refusal("fresh", message, "--stale-ok WHY") for message in refused], warnings


def mapping_guard(problems: Mapping[str, str], total: int) -> list[Refusal]:
    """Refuse machines that the mappings cannot make hosts of: silence is how machines go unwatched."""
    by_problem: dict[str, list[str]] = {}
    for id, problem in problems.items():
        by_problem.setdefault(problem, []).append(id)
    return [
        Refusal("mapping", f"{len(ids)} of {total} machines: {problem}: {abbreviated(sorted(ids))}")
        for problem, ids in sorted(by_problem.items(), key=lambda one: (-len(one[1]), one[0]))
    ]
