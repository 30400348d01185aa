"""Pages of teams: how each is reached, and what notifies it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checkwright.catalogue import frame, page_paths
from checkwright.catalogue.frame import Frame, link, text
from checkwright.catalogue.phrases import hours_words, person_words, plural
from checkwright.catalogue.plan_index import PlanIndex, teams
from checkwright.registry.model.durations import format_seconds
from checkwright.registry.plan import Entry, Team

_ROOT = "../"


def pages(indexes: Sequence[PlanIndex], frame_: Frame) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of each team's page."""
    known = teams(indexes)
    for team in known.values():
        path = page_paths.team_path(team.name)
        content = "".join(
            (_about(team, known.values(), indexes, frame_), *(_environment(team, one) for one in indexes))
        )
        yield path, frame_.page(path, team.name, (), content)


def _about(team: Team, others: object, indexes: Sequence[PlanIndex], frame_: Frame) -> str:
    hours = next(
        (hours_words(one) for index in indexes for one in index.plan.hours if one.name == team.office_hours), ""
    )
    steps = ", ".join(
        f"after {format_seconds(step.after)} to {link(_ROOT, page_paths.team_path(step.to), step.to)}"
        for step in team.escalations
    )
    all_hours = {one.name: one for index in indexes for one in index.plan.hours}
    people = "<br>".join(text(person_words(contact, all_hours)) for contact in team.contacts)
    known = teams(indexes).values()
    from_others = ", ".join(
        f"{link(_ROOT, page_paths.team_path(other.name), other.name)} after {format_seconds(step.after)}"
        for other in known
        for step in other.escalations
        if step.to == team.name
    )
    pairs = [
        ("E-mail", text(team.email)),
        ("Pager", text(team.page) if team.page else "none: pages go to the e-mail address"),
        ("Office hours", text(hours)),
        ("People with hours of their own", people),
        ("A page that nobody acknowledges goes", steps),
        ("Gets pages that nobody acknowledged from", from_others),
        ("Declared", frame_.place(team.origin)),
    ]
    return frame.facts(pairs)


def _environment(team: Team, index: PlanIndex) -> str:
    environment = index.plan.environment
    groups: dict[str, list[Entry]] = {}
    for entry in index.plan.entries:
        if entry.owner == team.name:
            groups.setdefault(entry.id, []).append(entry)
    if not groups:
        return ""
    order = {"page": 0, "office-hours": 1, "ticket": 2, "nobody": 3}
    rows = []
    for first, *variants in sorted(groups.values(), key=lambda group: (order[group[0].notify], group[0].id)):
        page = page_paths.watch_path(environment, first.role, first.name)
        notified = dict.fromkeys(str(index.recipients.of(one)) for one in (first, *variants))
        hosts = sum(len(one.hosts) for one in (first, *variants))
        cells = [
            ("Role", link(_ROOT, page_paths.role_path(environment, first.role), first.role)),
            ("Notifies", "<br>".join(text(one) for one in notified)),
            ("Hosts", f"{hosts:,}" if first.per == "host" else f"once for the {first.per}"),
        ]
        rows.append(frame.row(link(_ROOT, page, first.name), cells))
    heading = link(_ROOT, page_paths.environment_path(environment), environment)
    count = plural(len(rows), "watch", "watches")
    return f"<h2>{count} in {heading}</h2>{frame.table(('Watch', 'Role', 'Notifies', 'Hosts'), rows)}"
