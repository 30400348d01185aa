"""Business services: their declaration, and the services of their parts in a plan."""

from datetime import date

import pytest

from checkwright.registry import plan_json, planning
from checkwright.registry.findings import Finding
from checkwright.registry.plan import Entry, Plan, part_text
from tests.checkwright.registry.conftest import FIRST, Write

#: Rules that this module tests.
RULES = {"R094", "R095"}
TODAY = date(2026, 11, 24)
FLEET = """\
from checkwright.registry.model import BusinessService, Part

mill = Role(
    "mill",
    owner=bakers,
    runbook="https://runbooks.example.com/mill/",
    watches=(Watch(Disk()), Watch(Cpu(), every="5m"), Watch(SqsBacklog(queue="flour-{environment}"), per="role")),
)
oven = Role("oven", owner=bakers, runbook="https://runbooks.example.com/oven/", watches=(Watch(Disk()),))
bread = BusinessService(
    "bread",
    owner=bakers,
    runbook="https://runbooks.example.com/bread/",
    parts=(Part("mill:disk", at_least="50%"), Part("mill:cpu", "oven:disk", at_least=2), "mill:sqs_backlog"),
)
cake = BusinessService("cake", owner=bakers, runbook="https://runbooks.example.com/cake/", parts=("bread:service",))
qa = Environment(
    "qa",
    site=Site(watched_by="the other Nagios"),
    hosts=(
        Host("mill-1", "10.0.0.1", roles=(mill,)),
        Host("mill-2", "10.0.0.2", roles=(mill,)),
        Host("mill-3", "10.0.0.3", roles=(mill,)),
        Host("oven-1", "10.0.0.4", roles=(oven,)),
    ),
    roles=(bread, cake),
)
"""


def built(project: Write, text: str = FLEET) -> Plan:
    found, _ = planning.plan(str(project(text)), "qa", today=TODAY)
    assert plan_json.loads(plan_json.dumps(found)) == found
    return found


def service(plan: Plan, role: str = "bread") -> Entry:
    return next(entry for entry in plan.entries if entry.id == f"{role}:service")


def findings(project: Write, text: str) -> list[Finding]:
    return [one for one in planning.lint(str(project(text)), today=TODAY).findings if one.severity == "error"]


def test_plan_holds_the_services_of_each_part(project: Write) -> None:
    plan = built(project)
    entry = service(plan)
    assert (entry.hosts, entry.check, entry.where, entry.per) == (("bread.qa",), "quorum", "central", "role")
    assert (entry.interval, entry.notify, entry.owner) == (30, "ticket", "bakers")
    assert [part_text(part) for part in entry.parts] == [
        "2 of 3 services of mill:disk must work",
        "2 of 4 services of mill:cpu or oven:disk must work",
        "1 of 1 services of mill:sqs_backlog must work",
    ]
    assert entry.parts[1].members == (("mill-1", "cpu"), ("mill-2", "cpu"), ("mill-3", "cpu"), ("oven-1", "disk"))
    assert entry.parts[1].oldest == 3 * 300 + 10
    assert service(plan, "cake").parts[0].members == (("bread.qa", "service"),)
    bread = next(number for number, line in enumerate(FLEET.splitlines()) if line.startswith("bread ="))
    assert entry.origin.line == FIRST + bread


def test_settings_of_the_service_may_be_others(project: Write) -> None:
    text = FLEET.replace("    parts=(Part(", '    notify="page",\n    attempts=5,\n    parts=(Part(')
    text = text.replace(
        "    roles=(bread", '    overrides=(Override(role=cake, every="5m", why="rarely"),),\n    roles=(bread'
    )
    plan = built(project, text)
    assert (service(plan).notify, service(plan).attempts, service(plan, "cake").interval) == ("page", 5, 300)


def test_hosts_without_the_watch_are_no_members(project: Write) -> None:
    off = (
        '    overrides=(Override(watch="disk", role=mill, host="mill-2", off=True, why="no disk"),),\n    roles=(bread'
    )
    part = service(built(project, FLEET.replace("    roles=(bread", off))).parts[0]
    assert (part.at_least, part.members) == (1, (("mill-1", "disk"), ("mill-3", "disk")))


MISTAKES: dict[str, tuple[str, str, str, str]] = {
    "too few members": (
        'Part("mill:disk", at_least="50%")',
        'Part("mill:disk", at_least=4)',
        "R094",
        "bread needs 4 services of mill:disk, and bread.qa has 3",
    ),
    "an unknown part": (
        '"mill:sqs_backlog"',
        '"mill:backlog"',
        "R090",
        "bread:service needs 'mill:backlog', which no role declares",
    ),
    "a circle of parts and needs": (
        "Watch(Disk()), Watch(Cpu()",
        'Watch(Disk(), needs=("bread:service",)), Watch(Cpu()',
        "R092",
        "the watches need each other: bread:service -> mill:disk -> bread:service",
    ),
    "nothing of it": ("roles=(oven,)", "roles=(mill,)", "R095", ""),
    "a share": (
        'at_least="50%"',
        'at_least="half"',
        "R001",
        "Part mill:disk: at_least is 'half', and must be a number",
    ),
    "no part": ('parts=("bread:service",)', "parts=()", "R001", "BusinessService cake: parts is empty"),
    "not an id": ('"mill:sqs_backlog"', '"sqs_backlog"', "R001", "BusinessService bread: parts has 'sqs_backlog'"),
    "a place": (
        "    parts=(Part",
        '    where="host", parts=(Part',
        "R001",
        "bread has no setting 'where'",
    ),
}


@pytest.mark.parametrize(("old", "new", "rule", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_found(project: Write, old: str, new: str, rule: str, sentence: str) -> None:
    assert old in FLEET
    text = FLEET.replace(old, new, 1)
    if rule == "R095":
        text = FLEET.replace('"bread:service"', '"oven:disk"').replace(
            '        Host("oven-1", "10.0.0.4", roles=(oven,)),\n', ""
        )
        text = text.replace("    roles=(bread", '    lacks=((oven, "bread is bought"),),\n    roles=(bread')
        text = text.replace('"mill:cpu", "oven:disk"', '"mill:cpu"')
        sentence = "qa watches no part of the business service cake"
    found = findings(project, text)
    assert [one.id for one in found] == [rule]
    assert sentence in found[0].message
