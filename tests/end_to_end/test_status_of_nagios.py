"""The status of a real Nagios: services of a built plan, with an acknowledgement, a downtime and hostile output."""

import time
from dataclasses import replace

import pytest

from checkwright.registry.plan import Host, Plan, Role, Site
from checkwright.status import status_dat
from checkwright.status.present_problems import Problem, Status, status
from nagios_cfg import render
from tests.nagios_cfg.plans import OFFICE, PAYMENTS, PLATFORM, SMTP, at, words
from tests.support.nagios import nagios

pytestmark = pytest.mark.daemon

HOSTILE = "<script>alert(1)</script> \x1b[31mred } ü"


def plan() -> Plan:
    """Return a plan whose services only take results."""
    names = ("bad", "acknowledged", "downtime", "fine", "pending")
    entries = tuple(
        replace(
            SMTP,
            id=f"web:{name}",
            name=name,
            role="web",
            transport="passive",
            command=words("/bin/true"),
            interval=3_600,
            attempts=1,
            hosts=("web",),
            origin=at(number),
        )
        for number, name in enumerate(names, 1)
    )
    return Plan(
        project="shop",
        environment="test",
        site=Site(),
        teams=(PAYMENTS, PLATFORM),
        roles=(Role(name="web", owner="platform", hosts=("web",), origin=at(1)),),
        hours=(OFFICE,),
        hosts=(Host(name="web", address="127.0.0.1", roles=("web",), origin=at(1)),),
        entries=entries,
    )


def test_real_status_dat_is_understood() -> None:
    made = plan()
    objects = {path.removeprefix("nagios/"): text for path, text in render(made).items() if path.startswith("nagios/")}
    with nagios(objects) as running:
        file = str(running.folder / "status.dat")

        def now() -> Status:
            return status([made], [status_dat.read(file)], [], time.time())

        def problems() -> dict[str, Problem]:
            return {one.watch: one for one in now().problems if one.watch}

        for name, code in (("bad", 2), ("acknowledged", 1), ("downtime", 3), ("fine", 0)):
            running.send(f"PROCESS_SERVICE_CHECK_RESULT;web;{name};{code};{HOSTILE}|a=1\\nsecond\\nthird")
        running.wait(lambda: set(problems()) == {"bad", "acknowledged", "downtime"}, "three problems")
        running.send("ACKNOWLEDGE_SVC_PROBLEM;web;acknowledged;1;1;1;alice;known, see 4711")
        begin = int(time.time()) - 10
        running.send(f"SCHEDULE_SVC_DOWNTIME;web;downtime;{begin};{begin + 3600};1;0;3600;bob;new disks")
        running.wait(lambda: len(now().handled) == 2, "both to be handled")
        found, seen = problems(), now()
    bad = found["bad"]
    assert (bad.state, bad.output, bad.details) == ("CRITICAL", HOSTILE, "second\nthird")
    assert (bad.environment, bad.handled, bad.confirmed) == ("test", "", True)
    assert 0 < bad.since <= bad.last_check
    one = found["acknowledged"]
    assert (one.handled, one.remark and one.remark.author, one.remark and one.remark.text) == (
        "acknowledged",
        "alice",
        "known, see 4711",
    )
    other = found["downtime"].remark
    assert other is not None
    assert (found["downtime"].state, other.author, other.text) == ("UNKNOWN", "bob", "new disks")
    assert (other.start, other.end) == (begin, begin + 3600)
    assert [gap.watch for gap in seen.pending] == ["pending"]
    assert (seen.missing, seen.unknown, seen.good) == ((), (), 1)
