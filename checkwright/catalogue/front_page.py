"""Front page of the catalogue: environments, teams, and the other lists."""

from __future__ import annotations

from collections.abc import Sequence

from checkwright.catalogue import environment_sheets, frame, page_paths
from checkwright.catalogue.frame import Frame, link, text
from checkwright.catalogue.phrases import plural
from checkwright.catalogue.plan_index import PlanIndex, teams


def page(indexes: Sequence[PlanIndex], frame_: Frame, *, revision: str = "", parity: bool = False) -> tuple[str, str]:
    """Return (path, text) of the page. parity: whether there is a page of parity."""
    checks = len({entry.check or entry.plugin for index in indexes for entry in index.plan.entries})
    overrides = sum(len(index.plan.overrides) for index in indexes)
    lists = [link("", page_paths.CHECKS, plural(checks, "check"))]
    lists.append(link("", page_paths.EXCEPTIONS, plural(overrides, "exception")))
    if parity:
        lists.append(link("", page_paths.PARITY, "Differences between environments"))
    made = f"<p>Revision <code>{text(revision)}</code>.</p>" if revision else ""
    content = (
        '<p class="lead">What each server does, what watches it, who is notified, and why.</p>'
        f"<p>Press <code>/</code> and type the name of a server, an address, a role, a check, a team or a word of a "
        f"reason.</p>{_environments(indexes)}{_teams(indexes)}<h2>Lists</h2>{frame.bullets(lists)}{made}"
    )
    return page_paths.INDEX, frame_.page(page_paths.INDEX, f"{frame_.project} catalogue", (), content)


def _environments(indexes: Sequence[PlanIndex]) -> str:
    rows = []
    for index in indexes:
        plan = index.plan
        cells = [
            ("Hosts", f"{len(index.machines):,}"),
            ("Roles", f"{len(plan.roles):,}"),
            ("Watches", f"{len({entry.id for entry in plan.entries}):,}"),
            ("Page at night", f"{environment_sheets.night_watches(index):,}"),
        ]
        rows.append(frame.row(link("", page_paths.environment_path(plan.environment), plan.environment), cells))
    columns = ("Environment", "Hosts", "Roles", "Watches", "Page at night")
    return f"<h2>{plural(len(rows), 'environment')}</h2>{frame.table(columns, rows)}"


def _teams(indexes: Sequence[PlanIndex]) -> str:
    rows = []
    for team in teams(indexes).values():
        roles = dict.fromkeys(role.name for index in indexes for role in index.plan.roles if role.owner == team.name)
        cells = [("Pager", text(team.page or "none")), ("E-mail", text(team.email)), ("Roles", text(", ".join(roles)))]
        rows.append(frame.row(link("", page_paths.team_path(team.name), team.name), cells))
    return f"<h2>{plural(len(rows), 'team')}</h2>{frame.table(('Team', 'Pager', 'E-mail', 'Roles'), rows)}"
