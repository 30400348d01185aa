"""Tests of docs/reference/rules.md and of the rules' docstrings, from which it is generated."""

import re

import pytest

from checkwright.cli.rule_pages import all_rules, documentation, page
from checkwright.registry.findings import Finding, Rule
from checkwright.registry.plan import Origin
from tests.support.installed import ROOT


class Sample(Rule):
    """An oven has no door.

    Heat escapes.

    Wrong:
        Oven(
            door=None,
        )

    Right:
        Oven(door=Door())
    """

    id = "X001"
    hint = "give it a door"


def test_documentation_splits_a_docstring() -> None:
    assert documentation(Sample) == (
        "An oven has no door.",
        "Heat escapes.",
        "Oven(\n    door=None,\n)",
        "Oven(door=Door())",
    )


def test_documentation_needs_neither_description_nor_example() -> None:
    class Bare(Rule):
        """An oven is cold."""

        id = "X002"

    assert documentation(Bare) == ("An oven is cold.", "", "", "")


def test_finding_has_the_hint_and_severity_of_its_rule() -> None:
    origin = Origin("all.py", 3)
    assert Sample.finding(origin, "no door") == Finding("X001", "error", origin, "no door", "give it a door")


def test_finding_overrides_the_hint_and_severity() -> None:
    finding = Sample.finding(None, "no door", hint="", severity="warning")
    assert finding == Finding("X001", "warning", None, "no door")


def test_rule_ids_are_unique() -> None:
    ids = [rule.id for rule in all_rules()]
    assert sorted(set(ids)) == ids
    assert [id for id in ids if not re.fullmatch("[ILNRS][0-9]{3}", id)] == []


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_rule_is_documented(rule: type[Rule]) -> None:
    parts = documentation(rule)
    assert re.fullmatch(r"[A-Z].*[^.]\.", parts.title), parts.title
    assert rule.hint or parts.description, "say what to do"
    assert bool(parts.wrong) == bool(parts.right)
    examples = f"{parts.wrong}\n{parts.right}"
    assert [line for line in examples.splitlines() if len(line) > 100] == []


def test_titles_are_unique() -> None:
    titles = [documentation(rule).title for rule in all_rules()]
    assert sorted(set(titles)) == sorted(titles)


def test_page_is_up_to_date() -> None:
    assert (ROOT / "docs/reference/rules.md").read_text(encoding="utf-8") == page(), "run `make docs`"


def test_page_keeps_its_lines_short() -> None:
    too_long = [line for line in page().splitlines() if len(line) > 100 and not line.startswith("|")]
    assert too_long == []
