"""Business services: in the files, and as Nagios knows the states of their parts."""

from dataclasses import replace

import pytest

from checkwright.registry.plan import Host, Hours, Part, Placeholder, Plan, Role, Site
from nagios_cfg import Programs, check, render
from nagios_cfg.cfgfile import loads
from tests.nagios_cfg.plans import BACKLOG, PAYMENTS, PLATFORM, at, words
from tests.nagios_cfg.test_daemons import STORE, below, subjects
from tests.nagios_cfg.test_needed_services import FAILS
from tests.support.installed import installed_bin
from tests.support.nagios import nagios, own, place, scratch

WEBS = ("web-1", "web-2")
HTTP = replace(
    BACKLOG,
    id="web:http",
    name="http",
    role="web",
    hosts=WEBS,
    interval=60,
    retry=30,
    attempts=2,
    transport="central",
    notify="page",
    quiet=(),
    env=(),
)
SHOP = replace(
    HTTP,
    id="shop:service",
    name="service",
    role="shop",
    check="quorum",
    command=words("/opt/checkwright/bin/check", "quorum", "-t", "10"),
    hosts=("shop.test",),
    interval=30,
    owner="payments",
    parts=(
        Part(
            name="web:http",
            at_least=1,
            oldest=190,
            watches=("web:http",),
            members=tuple((host, "http") for host in WEBS),
        ),
    ),
)
PLAN = Plan(
    project="shop",
    environment="test",
    site=Site(),
    teams=(PAYMENTS, PLATFORM),
    roles=(
        Role(name="shop", owner="payments", virtual_host="shop.test", origin=at(1)),
        Role(name="web", owner="platform", hosts=WEBS, origin=at(1)),
    ),
    hosts=(
        Host(name="shop.test", address="", roles=("shop",), virtual=True, origin=at(1)),
        *(Host(name=name, address="127.0.0.1", roles=("web",), origin=at(1)) for name in WEBS),
    ),
    hours=(Hours(name="office", times=(("monday", "09:00-17:00"),), origin=at(1)),),
    entries=(SHOP, HTTP),
)


def found(plan: Plan, path: str, kind: str) -> list[dict[str, str]]:
    return [dict(one.definition.settings) for one in loads(render(plan)[path]) if one.definition.kind == kind]


def test_command_holds_the_states_of_the_parts_as_macros() -> None:
    assert check(PLAN) == ()
    lines = {one["command_name"]: one["command_line"] for one in found(PLAN, "nagios/commands.cfg", "command")}
    assert lines["shop.service.test"] == (
        "/opt/checkwright/bin/check quorum -t 10 --part 'web:http 1 190"
        " web-1=$SERVICESTATEID:web-1:http$,$LASTSERVICECHECK:web-1:http$,$HOSTSTATEID:web-1$"
        " web-2=$SERVICESTATEID:web-2:http$,$LASTSERVICECHECK:web-2:http$,$HOSTSTATEID:web-2$'"
    )


def test_parts_are_a_servicegroup() -> None:
    groups = found(PLAN, "nagios/groups.cfg", "servicegroup")
    assert {"servicegroup_name": "parts.shop.test", "alias": "Parts of the business service shop in test"} in groups
    (http,) = found(PLAN, "nagios/services/web.cfg", "service")
    assert "parts.shop.test" in http["servicegroups"].split(",")
    (service,) = found(PLAN, "nagios/services/shop.cfg", "service")
    assert "parts." not in service["servicegroups"]


def test_too_many_services_for_one_command_are_an_error() -> None:
    members = tuple((f"web-{number:04}", "http") for number in range(2_000))
    part = replace(SHOP.parts[0], members=members)
    hosts = tuple(Host(name=host, address="127.0.0.1", origin=at(1)) for host, _ in members)
    plan = replace(PLAN, hosts=(*PLAN.hosts, *hosts), entries=(replace(SHOP, parts=(part,)), HTTP))
    (finding,) = check(plan)
    assert finding.id == "N015"
    assert "the states of its 2000 services are" in finding.message


def test_unknown_members_are_an_error() -> None:
    part = replace(SHOP.parts[0], members=(("web-3", "http"),))
    (finding,) = check(replace(PLAN, entries=(replace(SHOP, parts=(part,)), HTTP)))
    assert (finding.id, "'web-3'" in finding.message) == ("N002", True)


@pytest.mark.daemon
def test_service_fails_when_too_few_of_its_parts_work() -> None:
    with scratch() as folder:
        mail = str(place(folder / "mail", STORE, mode=0o755))
        fails = str(place(folder / "fails", FAILS, mode=0o755))
        own(folder)
        quorum = words(str(installed_bin() / "check"), "quorum", "-t", "10")
        entries = (
            replace(SHOP, command=quorum, notify="ticket", attempts=2, retry=15),
            replace(HTTP, command=((fails,), (Placeholder("host"),)), owner="platform", notify="nobody"),
        )
        files = render(replace(PLAN, entries=entries), Programs(mail=mail, page=mail))
        with nagios(below("nagios", files), interval_length="4") as running:
            running.wait_until_checked(3)

            def state() -> str:
                return running.services()["shop.test", "service"].state

            running.wait(lambda: state() == "OK", "a result of all parts")
            place(folder / "web-1", "")
            running.wait(lambda: len(subjects(folder)) == 1, "one of two that works")
            running.wait(lambda: state() == "WARNING", "its state")
            place(folder / "web-2", "")
            running.wait(lambda: len(subjects(folder)) == 2, "none that works")
            running.wait(lambda: state() == "CRITICAL", "its state")
            shown = running.services()["shop.test", "service"].output
            assert "web-1 CRITICAL, web-2 CRITICAL" in shown
            (folder / "web-1").unlink()
            (folder / "web-2").unlink()
            running.wait(lambda: state() == "OK", "all that work")
            running.wait(lambda: any("RECOVERY" in one for one in subjects(folder)), "the recovery")
        assert subjects(folder) == [
            "PROBLEM: service on shop.test is WARNING",
            "PROBLEM: service on shop.test is CRITICAL",
            "RECOVERY: service on shop.test is OK",
        ]
