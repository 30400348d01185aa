"""Page of all exceptions: overrides and maintenances of all environments, with their reasons and ends."""

from __future__ import annotations

from collections.abc import Sequence

from checkwright.catalogue import frame, page_paths
from checkwright.catalogue.frame import Frame, link, text
from checkwright.catalogue.phrases import plural
from checkwright.catalogue.plan_index import PlanIndex
from checkwright.registry.plan import Maintenance, Override


def page(indexes: Sequence[PlanIndex], frame_: Frame) -> tuple[str, str]:
    """Return (path, text) of the page."""
    parts = [
        "<p>Each value that differs from its role in an environment, with the reason and the last day. "
        "Those that end first come first.</p>"
    ]
    for index in indexes:
        plan = index.plan
        heading = link("", page_paths.environment_path(plan.environment), plan.environment)
        parts.append(f"<h2>{heading}: {plural(len(plan.overrides), 'override')}</h2>")
        ordered = sorted(plan.overrides, key=lambda one: one.until or "9999")
        if ordered:
            columns = ("Change", "For", "Teams", "Ends", "Reason", "Declared")
            parts.append(frame.table(columns, (_override(one, frame_) for one in ordered)))
        if plan.maintenance:
            parts.append(f"<h3>{plural(len(plan.maintenance), 'maintenance window')}</h3>")
            windows = (_window(one, frame_) for one in plan.maintenance)
            parts.append(frame.table(("From", "To", "For", "Reason", "Declared"), windows))
    return page_paths.EXCEPTIONS, frame_.page(page_paths.EXCEPTIONS, "Exceptions", (), "".join(parts))


def _override(one: Override, frame_: Frame) -> str:
    teams = ", ".join(link("", page_paths.team_path(name), name) for name in one.teams) or "nobody"
    cells = [
        ("For", text(one.scope)),
        ("Teams", teams),
        ("Ends", frame.day(one.until)),
        ("Reason", text(one.why)),
        ("Declared", frame_.place(one.origin)),
    ]
    return frame.row("<br>".join(text(change) for change in one.changes), cells)


def _window(one: Maintenance, frame_: Frame) -> str:
    watches = len({covered.entry for covered in one.entries})
    scope = [plural(len(one.hosts), "host")] if one.hosts else []
    scope += [plural(watches, "watch", "watches")] if watches else []
    cells = [
        ("To", f'<time datetime="{text(one.end)}">{text(one.end.replace("T", " "))}</time>'),
        ("For", " and ".join(scope) or "nothing"),
        ("Reason", text(one.why)),
        ("Declared", frame_.place(one.origin)),
    ]
    return frame.row(
        f'<time data-begin="1" datetime="{text(one.begin)}">{text(one.begin.replace("T", " "))}</time>', cells
    )
