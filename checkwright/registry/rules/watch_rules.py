"""Rules about watches: their placeholders, thresholds, options and runbooks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checkwright.core.catalog import all_checks
from checkwright.core.check import Check
from checkwright.core.errors import BadUsage
from checkwright.core.gauges import Gauge
from checkwright.core.options import FromHost
from checkwright.core.ranges import parse
from checkwright.registry.inventory import Machine
from checkwright.registry.model import durations
from checkwright.registry.model.watches import AnyWatch, Plugin
from checkwright.registry.plan import PLACEHOLDERS, Entry, Origin
from checkwright.registry.resolving import placeholders
from checkwright.registry.rules.subject import Said, Subject, some

_URL = re.compile(r"https?://[^\s/]\S*")
#: What the name of a variable that holds a secret says; and how one ends that only tells where to find it.
_SECRET_WORDS = frozenset(["SECRET", "PASSWORD", "PASSWD", "TOKEN", "CREDENTIAL", "CREDENTIALS", "APIKEY"])
_PLACE_WORDS = frozenset(["FILE", "PATH", "DIR", "URL"])
_INFINITE = float("inf")


def unknown(subject: Subject) -> Iterator[Said]:
    """R010"""
    known = ", ".join(f"{{{name}}}" for name in (*PLACEHOLDERS, "label.NAME"))
    strange: dict[object, list[str]] = {}
    for entry, watch, check in _entries(subject):
        source = watch if check is None else check
        if source not in strange:
            strange[source] = [name for word in _words(watch, check) for name in placeholders.unknown(word)]
        for name in strange[source]:
            yield entry.origin, f"{entry.id} holds {{{name}}}, which is none of {known}"


def of_a_host(subject: Subject) -> Iterator[Said]:
    """R011"""
    entries = subject.resolved.plan.entries
    for entry, names in zip(entries, placeholders.used(entries), strict=True):
        of_hosts = [name for name in names if placeholders.is_of_a_host(name)] if entry.per == "role" else ()
        if of_hosts:
            message = f"{entry.id} runs once for its role and holds {{{of_hosts[0]}}}, of which each host has its own"
            yield entry.origin, message


def labels(subject: Subject) -> Iterator[Said]:
    """R012"""
    machines = {machine.name: machine for machine in subject.resolved.machines}
    used = placeholders.used(subject.resolved.plan.entries)
    for (entry, _, check), names in zip(_entries(subject), used, strict=True):
        if entry.per == "role" or not names:  # an option that is a label is a placeholder as well
            continue
        covered = [machines[name] for name in entry.hosts]
        for name in names:
            label = name.removeprefix(placeholders.LABEL)
            if label == name:
                continue
            lacking = [machine for machine in covered if not machine.labels.get(label)]
            if lacking:
                where = some([machine.name for machine in lacking])
                message = f"{entry.id} ({entry.origin}) needs the label {label!r}, which is missing on {where}"
                yield lacking[0].origin, message
        yield from _label_kinds(entry, check, covered)


def twice(subject: Subject) -> Iterator[Said]:
    """R013"""
    shown = subject.registry.relative
    roles = {role.name: role for role in subject.resolved.roles}
    hosts: dict[tuple[str, ...], str] = {(role,): "" for role in roles}
    for machine in subject.resolved.machines:
        hosts.setdefault(tuple(sorted({name for name in machine.roles if name in roles})), machine.name)
    for names, host in hosts.items():
        seen: dict[tuple[str, str], tuple[str, Origin]] = {}
        for role in names:
            for watch in roles[role].watches:
                # What runs per role stands on the role's own virtual host.
                key = (watch.name, role if watch.per == "role" else "")
                other, origin = seen.setdefault(key, (role, watch.origin))
                if origin is not watch.origin and (other != role or not host):
                    both = f"{role}:{watch.name} and {other}:{watch.name} ({shown(origin)})"
                    where = f"are both on host {host!r}" if host else "have one name"
                    yield watch.origin, f"{both} {where}"


def order(subject: Subject) -> Iterator[Said]:
    """R014"""
    right: set[tuple[object, ...]] = set()
    for entry, _, check in _entries(subject):
        # Hosts with overrides of their own have few different thresholds: those that are right are looked at once.
        alike = (type(check), *[(one.gauge, one.items, one.warn, one.crit, one.level) for one in entry.limits])
        if alike not in right:
            wrong = list(_disordered(entry, check))
            yield from wrong
            if not wrong:
                right.add(alike)


def _disordered(entry: Entry, check: Check | None) -> Iterator[Said]:
    for gauge, items in dict.fromkeys((limit.gauge, limit.items) for limit in entry.limits):
        held = [limit for limit in entry.limits if limit.gauge == gauge and limit.items in ("", items)]
        warn = next((limit.warn for limit in reversed(held) if limit.warn), None)
        crit = next((limit.crit for limit in reversed(held) if limit.crit), None)
        stated = [limit for limit in held if limit.level != "check"]
        floor = type(check).gauges[gauge].min if check else None
        if stated and warn and crit and not warns_first(warn, crit, -_INFINITE if floor is None else floor):
            which = f"{gauge} of {items}" if items else gauge
            yield stated[-1].origin, f"{entry.id}: {which} warns at {warn}, beyond its critical {crit}"


def runbooks(subject: Subject) -> Iterator[Said]:
    """R018"""
    found: list[tuple[str, str, Origin]] = []
    for role in subject.resolved.roles:
        found.append((f"role {role.name!r}", role.runbook, role.origin))
        found += ((f"watch {one.name!r}", one.settings.get("runbook", ""), one.origin) for one in role.watches)
    for override in subject.environment.overrides:
        found.append(("this override", override.settings.get("runbook", ""), override.origin))
    for what, url, origin in found:
        if url and not _URL.fullmatch(url):
            yield origin, f"the runbook of {what} is {url!r}, which is no URL"


def no_runbook(subject: Subject) -> Iterator[Said]:
    """R019"""
    for role in subject.resolved.roles:
        if not role.runbook and any(not watch.settings.get("runbook") for watch in role.watches):
            yield role.origin, f"role {role.name!r} has no runbook"


def idle(subject: Subject) -> Iterator[Said]:
    """R020"""
    hosts = {role.name: role.hosts for role in subject.resolved.plan.roles}
    for role in subject.resolved.roles:
        if not role.watches:
            yield role.origin, f"role {role.name!r} has no watches"
        elif not hosts[role.name]:
            waiting = [watch.name for watch in role.watches if watch.per == "host"]
            if waiting:
                message = f"role {role.name!r} has no hosts in {subject.environment.name}"
                yield role.origin, f"{message}, so nothing runs {some(waiting)}"


def nowhere_to_be(subject: Subject) -> Iterator[Said]:
    """R031"""
    for entry in subject.resolved.plan.entries:
        if entry.run_as and entry.where != "host":
            said = next(one.origin for one in entry.settings if one.name == "run_as")
            yield said, f"{entry.id} has run_as={entry.run_as!r} and runs on the monitoring server"


def useless_hooks(subject: Subject) -> Iterator[Said]:
    """R030"""
    for role in subject.resolved.roles:
        here = [entry for entry in subject.resolved.plan.entries if entry.role == role.name]
        for hook in role.hooks:
            if here and not any(hook.name in entry.hooks for entry in here):
                after = f" called {' or '.join(hook.watches)}" if hook.watches else ""
                message = (
                    f"the hook {hook.name} of {role.name} runs after nothing: no watch{after} runs on its machines"
                )
                yield hook.origin, message


def options(subject: Subject) -> Iterator[Said]:
    """R021"""
    judged: dict[Check, str] = {}
    for entry, _, check in _entries(subject):
        if check is None:
            continue
        if check not in judged:
            open_ends = any(len(word) > 1 or not isinstance(word[0], str) for word in entry.command)
            judged[check] = "" if open_ends else _misfit(check)
        if judged[check]:
            yield entry.origin, f"{entry.id}: {judged[check]}"


def _misfit(check: Check) -> str:
    try:
        check.validate()
    except BadUsage as error:
        return str(error)
    except Exception as error:
        return f"{type(check).__name__}.validate() failed: {type(error).__name__}: {error}"
    return ""


def secrets(subject: Subject) -> Iterator[Said]:
    """R023"""
    for entry in subject.resolved.plan.entries:
        for name, _ in entry.env:
            words = name.upper().split("_")
            if _SECRET_WORDS & set(words) and not _PLACE_WORDS & set(words[-1:]):
                yield entry.origin, f"{entry.id} sets {name}, and built files would show its value to all who read them"


def limits_needed(subject: Subject) -> Iterator[Said]:
    """R024"""
    needing: dict[type[Check], list[Gauge]] = {}
    for entry, _, check in _entries(subject):
        if check is None:
            continue
        kind = type(check).__name__
        if type(check) not in needing:
            needing[type(check)] = [gauge for gauge in type(check).gauges.values() if gauge.threshold_required]
        for gauge in needing[type(check)]:
            if not any(limit.gauge == gauge.name and (limit.warn or limit.crit) for limit in entry.limits):
                yield (
                    entry.origin,
                    f"{entry.id} has no threshold for {gauge.name}: say {kind}.{gauge.name}.at(crit=...)",
                )


def too_slow(subject: Subject) -> Iterator[Said]:
    """R025"""
    for entry in subject.resolved.plan.entries:
        if entry.deadline > entry.interval:
            times = f"every {durations.shown(entry.interval)} and may take {durations.shown(entry.deadline)}"
            yield entry.origin, f"{entry.id} runs {times}"


def hidden(subject: Subject) -> Iterator[Said]:
    """R022"""
    kinds = {type(check): entry for entry, _, check in reversed(list(_entries(subject))) if check is not None}
    if not kinds:
        return
    first: dict[str, tuple[str, str]] = {}
    for found in all_checks(subject.registry.folder):
        first.setdefault(found.name, (found.module, found.file))
    for kind, entry in kinds.items():
        module, file = first.get(kind.title(), ("", ""))
        if module != kind.__module__:
            other = f"finds the one in {file}" if file else f"finds none: {kind.__module__} is no place for a check"
            yield (
                entry.origin,
                f"{entry.id} watches {kind.__name__} of {kind.__module__}, and check {kind.title()} {other}",
            )


def _entries(subject: Subject) -> Iterator[tuple[Entry, AnyWatch, Check | None]]:
    for entry, (watch, check) in zip(subject.resolved.plan.entries, subject.resolved.sources, strict=True):
        yield entry, watch, check


def _words(watch: AnyWatch, check: Check | None) -> list[str | FromHost]:
    if isinstance(watch, Plugin):
        return list(watch.arguments)
    return check.arguments() if check else []


def _label_kinds(entry: Entry, check: Check | None, covered: list[Machine]) -> Iterator[Said]:
    """Labels that an option reads as a number, on hosts where they are none."""
    for name in check.options if check else ():
        value = getattr(check, name)
        for one in value if isinstance(value, tuple) else (value,):
            if not isinstance(one, FromHost) or check is None:
                continue
            for machine in covered:
                try:
                    check.options[name].parse(machine.labels.get(one.name, "0"))
                except ValueError as error:
                    what = f"the label {one.name!r} of host {machine.name!r}"
                    yield machine.origin, f"{entry.id} takes its {name} from {what}: {error}"


def warns_first(warn: str, crit: str, floor: float) -> bool:
    """Whether the warning comes before the critical on each side on which both are stated, and some value is OK.

    Values are never below `floor`, and a range without a colon states no lower end.
    """
    first, then = parse(warn), parse(crit)
    if first.invert != then.invert:
        return True
    if first.invert:
        return first.start <= then.start and then.end <= first.end
    lower = [one.start if ":" in text and one.start > floor else floor for one, text in ((first, warn), (then, crit))]
    if lower[0] != floor and lower[0] < lower[1]:
        return False
    if first.end != _INFINITE and first.end > then.end:
        return False
    return max(lower) <= min(first.end, then.end)
