"""Watches that need others: what the plan holds, and the rules."""

from datetime import date

import pytest

from checkwright.registry import plan_json, planning
from checkwright.registry.findings import Finding
from checkwright.registry.plan import Entry, Plan
from tests.checkwright.registry.conftest import FIRST, Write

#: Rules that this module tests.
RULES = {"R090", "R091", "R092", "R093"}
TODAY = date(2026, 11, 24)
FLEET = """\
database = Role(
    "database",
    owner=bakers,
    runbook="https://runbooks.example.com/database/",
    watches=(Watch(Disk()), Watch(Cpu())),
)
mill = Role(
    "mill",
    owner=bakers,
    runbook="https://runbooks.example.com/mill/",
    watches=(
        Watch(Oven(url="https://{address}/"), needs=("database:disk", "mill:load")),
        Plugin("/usr/lib/nagios/plugins/check_load", name="load"),
    ),
)
qa = Environment(
    "qa",
    site=Site(watched_by="the other Nagios"),
    hosts=(
        Host("mill-1", "10.0.0.1", roles=(mill,)),
        Host("mill-2", "10.0.0.2", roles=(mill,)),
        Host("db-1", "10.0.0.3", roles=(database,)),
    ),
    overrides=(Override(every="5m", why="testers look for themselves"),),
)
"""
OVEN = '        Watch(Oven(url="https://{address}/"), needs=("database:disk", "mill:load")),'


def built(project: Write, text: str = FLEET) -> Plan:
    found, _ = planning.plan(str(project(text)), "qa", today=TODAY)
    assert plan_json.loads(plan_json.dumps(found)) == found
    return found


def oven(plan: Plan) -> Entry:
    return next(entry for entry in plan.entries if entry.name == "oven")


def findings(project: Write, text: str) -> list[Finding]:
    return [one for one in planning.lint(str(project(text)), today=TODAY).findings if one.id in RULES]


def test_plan_holds_the_needs_and_the_line_that_declares_them(project: Write) -> None:
    entry = oven(built(project))
    assert entry.held_by == ("database:disk", "mill:load")
    setting = next(one for one in entry.settings if one.name == "needs")
    assert (setting.value, setting.level) == ("database:disk, mill:load", "watch")
    assert setting.origin.line == FIRST + FLEET.splitlines().index(OVEN)
    assert findings(project, FLEET) == []


def test_override_changes_needs_where_nothing_is_needed(project: Write) -> None:
    override = '    overrides=(Override(needs=(), host="mill-2", why="it has an oven of its own"),'
    plan = built(project, FLEET.replace("    overrides=(", override))
    needs = {entry.hosts: entry.held_by for entry in plan.entries if entry.name == "oven"}
    assert needs == {("mill-1",): ("database:disk", "mill:load"), ("mill-2",): ()}


def test_environment_without_the_needed_role_says_so(project: Write) -> None:
    text = FLEET.replace('        Host("db-1", "10.0.0.3", roles=(database,)),\n', "")
    (found,) = findings(project, text)
    assert (found.id, found.severity) == ("R091", "warning")
    assert found.message == "mill:oven needs database:disk, which nothing watches in qa"


def test_environment_that_lacks_the_needed_role_has_its_reason(project: Write) -> None:
    text = FLEET.replace('        Host("db-1", "10.0.0.3", roles=(database,)),\n', "")
    lacking = text.replace("    overrides=(", '    lacks=((database, "QA uses SQLite"),),\n    overrides=(')
    plan, warnings = planning.plan(str(project(lacking)), "qa", today=TODAY)
    assert [one for one in warnings if one.id in RULES] == []
    assert oven(plan).held_by == ("mill:load",)


def test_needed_watch_that_is_switched_off_has_its_reason(project: Write) -> None:
    off = '    overrides=(Override(role=database, watch="disk", off=True, why="it has no disk"),'
    text = FLEET.replace("    overrides=(", off)
    assert findings(project, text) == []


def test_plan_leaves_out_a_need_that_is_switched_off(project: Write) -> None:
    off = '    overrides=(Override(role=database, watch="disk", off=True, why="it has no disk"),'
    assert oven(built(project, FLEET.replace("    overrides=(", off))).held_by == ("mill:load",)


MISTAKES: dict[str, tuple[str, str, str, str]] = {
    "an unknown watch": (
        '"database:disk"',
        '"database:dsik"',
        "R090",
        "mill:oven needs 'database:dsik', which no role declares, did you mean database:disk",
    ),
    "a circle": (
        'name="load"',
        'name="load", needs=("mill:oven",)',
        "R092",
        "the watches need each other: mill:load -> mill:oven -> mill:load",
    ),
    "several hosts": (
        "Watch(Cpu())",
        'Watch(Cpu(), needs=("mill:load",))',
        "R093",
        "database:cpu on db-1 needs mill:load, which runs on 2 other hosts",
    ),
}


@pytest.mark.parametrize(("old", "new", "rule", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_found(project: Write, old: str, new: str, rule: str, sentence: str) -> None:
    assert old in FLEET
    text = FLEET.replace(old, new, 1)
    (found,) = findings(project, text)
    assert (found.id, found.severity, found.message) == (rule, "error", sentence)
    line = next(number for number, line in enumerate(text.splitlines()) if new in line)
    assert found.origin is not None and found.origin.line == FIRST + line


@pytest.mark.parametrize("needs", ['"database:disk"', '("disk",)', "(database,)"])
def test_needs_that_name_no_watch_are_refused(project: Write, needs: str) -> None:
    (found,) = planning.lint(str(project(FLEET.replace('("database:disk", "mill:load")', needs)))).findings
    assert found.id == "R001"
    assert "needs" in found.message
