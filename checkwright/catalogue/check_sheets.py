"""Pages of checks and foreign plugins: what each measures, its defaults, and who uses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from checkwright.catalogue import frame, page_paths
from checkwright.catalogue.frame import Frame, link, text
from checkwright.catalogue.phrases import checks_by_name, own_alerts, plural, range_words, verdict_words
from checkwright.catalogue.plan_index import PlanIndex, Use
from checkwright.registry.plan import Check

#: Watches of one check on its page, in each environment.
_USES = 200


def pages(indexes: Sequence[PlanIndex], frame_: Frame) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of each check's page, of each plugin's, and of the list of both."""
    checks = checks_by_name(index.plan for index in indexes)
    used = _uses(indexes)
    for name in sorted(used):
        path = page_paths.check_path(name)
        check = checks.get(name)
        content = f"{_about(check, frame_) if check else _plugin(name)}{_used(used[name], path)}"
        title = name if check else name.rpartition("/")[2]
        yield path, frame_.page(path, title, [("checks", page_paths.CHECKS)], content)
    yield page_paths.CHECKS, frame_.page(page_paths.CHECKS, "Checks", (), _list(checks, used))


def _uses(indexes: Sequence[PlanIndex]) -> dict[str, list[Use]]:
    found: dict[str, list[Use]] = {}
    for index in indexes:
        for entry in index.plan.entries:
            found.setdefault(entry.check or entry.plugin, []).append(Use(index, entry))
    return found


def _about(check: Check, frame_: Frame) -> str:
    paragraphs = "".join(f"<p>{text(' '.join(part.split()))}</p>" for part in check.text.split("\n\n") if part.strip())
    rows = [
        frame.row(
            text(gauge.label),
            [
                ("Name", f"<code>{text(gauge.name)}</code>"),
                ("Warning", text(range_words(gauge.warn, gauge.unit) or "none")),
                ("Critical", text(range_words(gauge.crit, gauge.unit) or "none")),
            ],
        )
        for gauge in check.gauges
    ]
    table = frame.table(("Measures", "Name", "Warning", "Critical"), rows) if rows else ""
    words = frame.bullets(text(verdict_words(one)) for one in check.verdicts)
    return (
        f'<p class="lead">{text(check.summary)}</p>{paragraphs}'
        f"{frame.facts([('Family', text(check.family)), ('Declared', frame_.place(check.origin))])}"
        f"{f'<h2>Default thresholds</h2>{table}' if table else ''}{f'<h2>Words</h2>{words}' if words else ''}"
    )


def _plugin(path: str) -> str:
    return f'<p class="lead">Foreign plugin <code>{text(path)}</code>. Its thresholds are among its arguments.</p>'


def _used(uses: Sequence[Use], path: str) -> str:
    root = page_paths.to_root(path)
    groups: dict[tuple[str, str], list[Use]] = {}
    for use in uses:
        groups.setdefault((use.index.plan.environment, use.entry.id), []).append(use)
    rows = []
    shown: dict[str, int] = {}
    for (environment, _), group in groups.items():
        shown[environment] = shown.get(environment, 0) + 1
        if shown[environment] <= _USES:
            rows.append(_use(group, environment, root))
    left = len(groups) - len(rows)
    more = f"<p>{plural(left, 'more watch', 'more watches')}: see the pages of the roles.</p>" if left else ""
    columns = ("Watch", "Environment", "Hosts", "Alerts", "Notifies")
    return f"<h2>Used by {plural(len(groups), 'watch', 'watches')}</h2>{frame.table(columns, rows)}{more}"


def _use(group: Sequence[Use], environment: str, root: str) -> str:
    first = group[0]
    entry = first.entry
    page = page_paths.watch_path(environment, entry.role, entry.name)
    role = link(root, page_paths.role_path(environment, entry.role), entry.role)
    hosts = sum(len(use.entry.hosts) for use in group)
    cells = [
        ("Environment", link(root, page_paths.environment_path(environment), environment)),
        ("Hosts", f"{hosts:,}" if entry.per == "host" else f"once for the {entry.per}"),
        (
            "Alerts",
            frame.bullets(map(text, own_alerts(entry))) or ("as by default" if entry.check else "as its arguments say"),
        ),
        ("Notifies", text(str(first.index.recipients.of(entry)))),
    ]
    return frame.row(f"{link(root, page, entry.name)}<p>of {role}</p>", cells)


def _list(checks: Mapping[str, Check], used: Mapping[str, Sequence[Use]]) -> str:
    rows = []
    for name in sorted(used):
        check = checks.get(name)
        about = check.summary if check else next((use.entry.summary for use in used[name] if use.entry.summary), "")
        watches = len({(use.index.plan.environment, use.entry.id) for use in used[name]})
        cells = [
            ("Measures", text(about)),
            ("Family", text(check.family) if check else "plugin"),
            ("Watches", f"{watches:,}"),
        ]
        rows.append(frame.row(link("", page_paths.check_path(name), name), cells))
    return frame.table(("Check", "Measures", "Family", "Watches"), rows)
