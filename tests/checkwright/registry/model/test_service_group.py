"""Servicegroups that a fleet declares, in plans and in the files of Nagios."""

from datetime import date

import pytest

from checkwright.registry import plan_json, planning
from nagios_cfg import render
from nagios_cfg.cfgfile import loads
from tests.checkwright.registry.conftest import Write

FLEET = """\
from checkwright.registry.model import ServiceGroup

ovens = ServiceGroup("ovens", alias="Things that burn", notes_url="https://wiki.example.com/ovens")
mill = Role(
    "mill",
    owner=bakers,
    runbook="https://runbooks.example.com/mill/",
    watches=(Watch(Disk(), groups=(ovens,)), Watch(Cpu())),
)
qa = Environment(
    "qa",
    site=Site(watched_by="the other Nagios"),
    hosts=(Host("mill-1", "10.0.0.1", roles=(mill,)), Host("mill-2", "10.0.0.2", roles=(mill,))),
    overrides=(Override(groups=(), host="mill-2", why="it is a grill"),),
)
"""


def test_services_name_their_groups(project: Write) -> None:
    plan, _ = planning.plan(str(project(FLEET)), "qa", today=date(2026, 11, 24))
    assert plan_json.loads(plan_json.dumps(plan)) == plan
    files = render(plan)
    groups = [dict(one.definition.settings) for one in loads(files["nagios/groups.cfg"])]
    assert {
        "servicegroup_name": "ovens",
        "alias": "Things that burn",
        "notes_url": "https://wiki.example.com/ovens",
    } in groups
    found = {}
    for one in loads(files["nagios/services/mill.cfg"]):
        service = one.definition
        found[service.name, service.settings.get("host_name", "all")] = "ovens" in service.listed("servicegroups")
    assert found == {
        ("cpu", "mill-1"): False,
        ("cpu", "mill-2"): False,
        ("disk", "mill-1"): True,
        ("disk", "mill-2"): False,
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('ServiceGroup("ovens and more")', "is not a name"),
        ('ServiceGroup("ovens", notes="one\\ntwo")', "must be one line of text"),
        ('ServiceGroup("ovens", notes=1)', "is 1, not text"),
        ('"ovens"', "which is not a ServiceGroup"),
    ],
)
def test_invalid_group_is_refused(project: Write, text: str, sentence: str) -> None:
    first = next(line for line in FLEET.splitlines() if line.startswith("ovens ="))
    findings = planning.lint(str(project(FLEET.replace(first, f"ovens = {text}")))).findings
    assert findings[0].id == "R001"
    assert sentence in findings[0].message
