"""Index of everything that has a page: rows for the search of the pages and of `checkctl search`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from checkwright.catalogue import page_paths
from checkwright.catalogue.phrases import checks_by_name, subject, summary_of
from checkwright.catalogue.plan_index import PlanIndex, teams
from checkwright.registry.plan import Entry

KINDS = ("host", "role", "team", "check", "watch", "exception")


@dataclass(frozen=True, slots=True)
class Found:
    """Thing with a page. kind: one of KINDS. detail: one line about it. text: further words that find it."""

    kind: str
    name: str
    detail: str
    path: str
    text: str = ""


def rows(indexes: Sequence[PlanIndex]) -> tuple[Found, ...]:
    """Return a row for each host, role, team, check, watch and override of several environments."""
    parts = (_hosts, _roles, _watches, _overrides)
    found = [one for index in indexes for part in parts for one in part(index)]
    return (*found, *_teams(indexes), *_checks(indexes))


def search(found: Iterable[Found], query: str) -> list[Found]:
    """Return the rows that contain every word of a query, the best first.

    The exact name comes first, then names that begin with the query, then words of a name, then the rest.
    """
    whole = query.strip().lower()
    words = whole.split()
    if not words:
        return []
    ranked = [(_rank(one, words, whole), KINDS.index(one.kind), one.name, one) for one in found]
    ranked = [one for one in ranked if one[0] >= 0]
    ranked.sort(key=lambda one: one[:3])
    return [one for *_, one in ranked]


def script(found: Iterable[Found]) -> str:
    """Return the index as a script: a browser reads no JSON from file://."""
    lines = (
        json.dumps([one.kind, one.name, one.detail, one.path, *([one.text] if one.text else [])], separators=(",", ":"))
        for one in found
    )
    separator = ",\n"
    return f"globalThis.CATALOGUE=[\n{separator.join(lines)}\n];\n"


def _rank(one: Found, words: Sequence[str], whole: str) -> int:
    """Return 0 for the best, -1 for a row without one of the words. The script of the pages does the same."""
    name = one.name.lower()
    text = f"{one.name} {one.detail} {one.text}".lower()
    if not all(word in text for word in words):
        return -1
    if name == whole:
        return 0
    if name.startswith(whole):
        return 1
    at = name.find(whole)
    if at > 0 and not (name[at - 1].isascii() and name[at - 1].isalnum()):
        return 2
    if at >= 0:
        return 3
    return 4 if all(word in name for word in words) else 5


def _hosts(index: PlanIndex) -> Iterator[Found]:
    environment = index.plan.environment
    for host in index.plan.hosts:
        detail = f"{environment}: {', '.join(host.roles) or 'no role'}"
        labels = " ".join(host.labels.values())
        yield Found(
            "host", host.name, detail, page_paths.host_path(environment, host.name), f"{host.address} {labels}".strip()
        )


def _roles(index: PlanIndex) -> Iterator[Found]:
    environment = index.plan.environment
    for role in index.plan.roles:
        detail = f"{environment}, {role.owner}{f': {role.summary}' if role.summary else ''}"
        yield Found("role", role.name, detail, page_paths.role_path(environment, role.name), role.runbook)


def _watches(index: PlanIndex) -> Iterator[Found]:
    environment = index.plan.environment
    groups: dict[str, list[Entry]] = {}
    for entry in index.plan.entries:
        groups.setdefault(entry.id, []).append(entry)
    for entry, *variants in groups.values():
        words: dict[str, None] = {subject(entry): None, entry.owner: None}
        for one in (entry, *variants):
            words |= dict.fromkeys((one.runbook, *one.why))
            words |= dict.fromkeys(limit.label for limit in one.limits)
        path = page_paths.watch_path(environment, entry.role, entry.name)
        detail = f"{environment}, {entry.role}: {summary_of(entry)}"
        yield Found("watch", entry.name, detail, path, " ".join(word for word in words if word))


def _overrides(index: PlanIndex) -> Iterator[Found]:
    for one in index.plan.overrides:
        end = f" until {one.until}" if one.until else ""
        detail = f"{index.plan.environment}, {one.scope}{end}: {one.why}"
        yield Found("exception", "; ".join(one.changes), detail, page_paths.EXCEPTIONS, str(one.origin))


def _teams(indexes: Sequence[PlanIndex]) -> Iterator[Found]:
    for team in teams(indexes).values():
        detail = ", ".join(part for part in (team.email, f"pager {team.page}" if team.page else "") if part)
        yield Found("team", team.name, detail, page_paths.team_path(team.name))


def _checks(indexes: Sequence[PlanIndex]) -> Iterator[Found]:
    checks = checks_by_name(index.plan for index in indexes)
    for name, check in checks.items():
        labels = " ".join(gauge.label for gauge in check.gauges)
        yield Found("check", name, f"{check.family}: {check.summary}", page_paths.check_path(name), labels)
    plugins = {entry.plugin: entry.summary for index in indexes for entry in index.plan.entries if entry.plugin}
    for path in sorted(plugins):
        yield Found(
            "check", path, f"plugin{f': {plugins[path]}' if plugins[path] else ''}", page_paths.check_path(path)
        )
