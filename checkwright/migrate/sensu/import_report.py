"""Report of an import with the comparison of generated resources: as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from checkwright.migrate.report import Remark, Report, Thing
from checkwright.migrate.sensu.namespaces import Carried
from checkwright.migrate.sensu.roundtrip import CUSTOM, Difference, Generated


def add(report: Report, generated: Generated) -> None:
    """Add the fields that differ in the generated checks to the report."""
    reported = set(report.remarks)
    for difference in generated.differences:
        parts = difference.field.split(".")
        field = parts[1] if parts[0] == "metadata" else "custom fields" if parts[0] in CUSTOM else parts[0]
        remark = Remark(difference.thing, f"{field}: {difference.why or 'it is otherwise'}")
        if remark not in reported:
            report.changed(remark.thing, remark.message)
            reported.add(remark)
    for before, after in generated.renamed:
        report.renamed.append(("check", before, after))


def as_json(report: Report, generated: Generated, carried: Iterable[Carried]) -> dict[str, Any]:
    """Return the report as data for JSON."""
    return report.as_json() | {
        "differences": [
            {
                "where": one.thing.where,
                "name": one.thing.name,
                "generated": one.generated,
                "field": one.field,
                "before": one.before,
                "after": one.after,
                "why": one.why,
            }
            for one in generated.differences
        ],
        "kept": [{"where": one.thing.where, "name": one.thing.name, "why": one.kept} for one in carried if one.kept],
        "findings": [str(finding) for finding in generated.findings],
    }


def as_markdown(report: Report, generated: Generated, carried: Iterable[Carried]) -> str:
    """Return the report as Markdown, with each field that differs except those that only handlers read."""
    lines = [report.as_markdown().rstrip("\n")]
    kept: dict[str, list[Thing]] = {}
    for one in carried:
        if one.kept and one.thing not in kept.setdefault(one.kept, []):
            kept[one.kept].append(one.thing)
    if kept:
        lines += ["", "## Programs that are kept", ""]
        for why, things in sorted(kept.items()):
            named = ", ".join(f"{_inline(thing.name)} ({_inline(thing.where)})" for thing in things[:3])
            lines.append(f"- {_inline(why)}: {named}{f' and {len(things) - 3} more' if len(things) > 3 else ''}")
    if generated.findings:
        lines += ["", "## Obstacles to generating it", ""]
        lines += [f"- {_inline(str(finding))}" for finding in generated.findings]
    shown = [one for one in generated.differences if not _is_for_handlers(one)]
    if shown:
        lines += ["", "## Comparison with the generated resources", ""]
        lines += _fields(shown)
    return "\n".join(lines) + "\n"


def summary(report: Report, generated: Generated) -> Iterator[str]:
    """Return a line for each kind of object, and the numbers of differences."""
    for kind, fates in report.counts().items():
        counts = ", ".join(f"{number} {fate}" for fate, number in fates.items() if number)
        yield f"{kind}: {sum(fates.values())} read, {counts}"
    yield f"generated again: {len(generated.differences)} fields differ"


def _fields(shown: list[Difference]) -> Iterator[str]:
    for one in shown:
        yield (
            f"- {_inline(one.generated)} ({_inline(one.thing.where)}): {one.field} "
            f"{_value(one.before)} -> {_value(one.after)}"
        )


def _is_for_handlers(one: Difference) -> bool:
    return one.field.startswith("metadata.") or one.field in CUSTOM


def _value(value: Any) -> str:
    return "unset" if value is None else f"`{_inline(json.dumps(value, ensure_ascii=False))}`"


def _inline(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text).replace("`", "'")
