"""Dependencies on services that others need: in the files, and as Nagios understands them."""

import re
import time
from dataclasses import replace

import pytest

from checkwright.registry.plan import Entry, Host, Hours, Plan, Role, Site
from nagios_cfg import Programs, check, render
from nagios_cfg.cfgfile import loads
from tests.nagios_cfg.plans import BACKLOG, CHECKOUT, CLOUD, PAYMENTS, PLATFORM, PRODUCTION, at
from tests.nagios_cfg.test_daemons import STORE, below, subjects, watch, web
from tests.support.nagios import nagios, own, place, precache, scratch

ACCESS = replace(
    BACKLOG,
    id="queue:aws_access.shop",
    name="aws_access.shop",
    role="queue",
    check="aws_access",
    hosts=("queue.cloud",),
    notify="page",
    interval=60,
    retry=30,
    attempts=3,
)


def needing(entry: Entry, name: str, *needs: str) -> Entry:
    return replace(entry, id=f"queue:{name}", name=name, role="queue", hosts=("queue.cloud",), needs=needs)


PLAN = replace(
    CLOUD,
    entries=(ACCESS, needing(BACKLOG, "acm", ACCESS.id), needing(BACKLOG, "rds", ACCESS.id), needing(BACKLOG, "free")),
)


def settings(plan: Plan, path: str, kind: str) -> list[dict[str, str]]:
    return [dict(one.definition.settings) for one in loads(render(plan)[path]) if one.definition.kind == kind]


def test_services_of_an_account_depend_on_its_access() -> None:
    assert check(PLAN) == ()
    assert settings(PLAN, "nagios/needed.cfg", "servicedependency") == [
        {
            "use": "checkwright.needed.cloud",
            "name": "queue.acm.needs-aws_access.shop.cloud",
            "host_name": "queue.cloud",
            "service_description": "aws_access.shop",
            "dependent_host_name": "queue.cloud",
            "dependent_service_description": "acm,rds",
        }
    ]
    assert "expired\n  credentials are one alert" in render(PLAN)["README.txt"]


def test_needed_service_is_hard_at_once_and_notifies_as_late_as_before() -> None:
    services = {one["service_description"]: one for one in settings(PLAN, "nagios/services/queue.cfg", "service")}
    assert services["aws_access.shop"]["max_check_attempts"] == "1"
    assert services["aws_access.shop"]["first_notification_delay"] == "1"
    assert "max_check_attempts" not in services["acm"]


def test_services_on_machines_may_need_it_too() -> None:
    on_machines = replace(CHECKOUT, needs=("payments-api:sqs_backlog",))
    plan = replace(PRODUCTION, entries=(on_machines, BACKLOG))
    (dependency,) = settings(plan, "nagios/needed.cfg", "servicedependency")
    assert dependency["host_name"] == "payments-api.production"
    assert dependency["dependent_hostgroup_name"] == "payments-api.production"


def test_plan_without_needs_has_no_dependencies() -> None:
    files = render(CLOUD)
    assert "nagios/needed.cfg" not in files
    assert "needed" not in files["nagios/templates.cfg"]
    assert "Access to accounts" not in files["README.txt"]


def test_nagios_reads_the_dependencies() -> None:
    files = render(PLAN)
    expanded = precache({path.removeprefix("nagios/"): files[path] for path in files if path.startswith("nagios/")})
    found = [
        dict(line.strip().split("\t", 1) for line in block.splitlines())
        for block in re.findall(r"define servicedependency \{\n(.*?)\n\t\}", expanded, re.DOTALL)
    ]
    criteria = {one.get("execution_failure_options") or one.get("notification_failure_options") for one in found}
    assert {(one["service_description"], one["dependent_service_description"]) for one in found} == {
        ("aws_access.shop", "acm"),
        ("aws_access.shop", "rds"),
    }
    assert criteria == {"u,c"}


#: UNKNOWN as soon as a file `expired` is next to it, as with credentials that have expired.
ASKS = """#!/bin/sh
if [ -e "$(dirname "$0")/expired" ]; then echo "the credentials have expired"; exit 3; fi
echo fine
"""


@pytest.mark.daemon
def test_expired_credentials_are_one_notification() -> None:
    with scratch() as folder:
        page = str(place(folder / "page", STORE, mode=0o755))
        asks = str(place(folder / "asks", ASKS, mode=0o755))
        own(folder)
        access = replace(watch("access", "central", asks), owner="payments")
        needing = [
            replace(watch(f"needs-{number}", "central", asks), owner="payments", needs=(access.id,))
            for number in range(6)
        ]
        files = render(web(access, *needing), Programs(mail=page, page=page))
        with nagios(below("nagios", files), interval_length="4", cached_service_check_horizon="0") as running:
            running.wait_until_checked(len(needing) + 1)
            assert {status.state for status in running.services().values()} == {"OK"}
            place(folder / "expired", "")
            running.wait(lambda: bool(subjects(folder)), "a notification")
            later = time.time() + 6
            running.wait(lambda: time.time() > later, "further intervals")
            assert subjects(folder) == ["PROBLEM: access on web is UNKNOWN"]
            (folder / "expired").unlink()
            running.wait(lambda: {status.state for status in running.services().values()} == {"OK"}, "all OK")
            running.wait(lambda: len(subjects(folder)) > 1, "the recovery")
        assert subjects(folder) == ["PROBLEM: access on web is UNKNOWN", "RECOVERY: access on web is OK"]


DATABASE = replace(BACKLOG, id="database:postgresql", name="postgresql", role="database", hosts=("db",))
HELD = Plan(
    project="shop",
    environment="test",
    site=Site(),
    teams=(PAYMENTS, PLATFORM),
    roles=(
        Role(name="database", owner="platform", hosts=("db",), origin=at(1)),
        Role(name="web", owner="payments", hosts=("db", "web-1", "web-2"), origin=at(1)),
    ),
    hosts=tuple(Host(name=name, address="127.0.0.1", origin=at(1)) for name in ("db", "web-1", "web-2")),
    hours=(Hours(name="office", times=(("monday", "09:00-17:00"),), origin=at(1)),),
    entries=(
        DATABASE,
        *(
            replace(
                BACKLOG, id=f"web:{name}", name=name, role="web", hosts=("db", "web-1", "web-2"), held_by=(DATABASE.id,)
            )
            for name in ("basket", "search")
        ),
    ),
)


def test_held_services_depend_on_the_needed_one_of_their_own_host_or_on_the_other() -> None:
    template = settings(HELD, "nagios/templates.cfg", "servicedependency")
    assert template == [
        {
            "name": "checkwright.held.test",
            "register": "0",
            "inherits_parent": "1",
            "notification_failure_criteria": "u,c",
        }
    ]
    assert settings(HELD, "nagios/needed.cfg", "servicedependency") == [
        {
            "use": "checkwright.held.test",
            "name": "web.basket.needs-postgresql.here.test",
            "host_name": "db",
            "service_description": "postgresql",
            "dependent_service_description": "basket,search",
        },
        {
            "use": "checkwright.held.test",
            "name": "web.basket.needs-postgresql.test",
            "hostgroup_name": "database.test",
            "service_description": "postgresql",
            "dependent_hostgroup_name": "web.test",
            "dependent_host_name": "!db",
            "dependent_service_description": "basket,search",
        },
    ]
    assert "Dependencies\n" in render(HELD)["README.txt"]
    service = settings(HELD, "nagios/services/database.cfg", "service")[0]
    assert service["max_check_attempts"] == "1"


def test_nagios_holds_each_service_by_one_other() -> None:
    files = render(HELD)
    expanded = precache({path.removeprefix("nagios/"): files[path] for path in files if path.startswith("nagios/")})
    pairs = re.findall(
        r"\thost_name\t(\S+)\n\tservice_description\t(\S+)\n\tdependent_host_name\t(\S+)\n"
        r"\tdependent_service_description\t(\S+)\n",
        expanded,
    )
    assert sorted(pairs) == [
        ("db", "postgresql", host, name) for host in ("db", "web-1", "web-2") for name in ("basket", "search")
    ]


#: CRITICAL as soon as a file with the name of the argument is next to it.
FAILS = """#!/bin/sh
if [ -e "$(dirname "$0")/$1" ]; then echo "$1 is there"; exit 2; fi
echo fine
"""


@pytest.mark.daemon
def test_failed_database_is_one_notification_and_what_stays_bad_after_it_notifies() -> None:
    with scratch() as folder:
        page = str(place(folder / "page", STORE, mode=0o755))
        fails = str(place(folder / "fails", FAILS, mode=0o755))
        own(folder)

        def failing(entry: Entry, *files: str) -> Entry:
            shell = " || exit 2; ".join(f"{fails} {file}" for file in files)
            return replace(
                entry,
                command=(("/bin/sh",), ("-c",), (f"{shell} || exit 2",)),
                # The database is checked twice before what needs it is in a hard state.
                interval=15 if entry is HELD.entries[0] else 60,
                retry=30,
                owner="payments",
                transport="central",
                notify="page",
                quiet=(),
            )

        database, basket, search = HELD.entries
        entries = (
            failing(database, "db-down"),
            failing(basket, "db-down"),
            failing(search, "db-down", "search-down"),
        )
        files = render(replace(HELD, entries=entries), Programs(mail=page, page=page))
        with nagios(below("nagios", files), interval_length="4", cached_service_check_horizon="0") as running:
            running.wait_until_checked(7)
            place(folder / "db-down", "")
            running.wait(lambda: bool(subjects(folder)), "a notification")
            hard = "SERVICE ALERT: web-2;search;CRITICAL;HARD;3"
            running.wait(lambda: hard in running.log(), "hard states of what needs it")
            later = time.time() + 6
            running.wait(lambda: time.time() > later, "further intervals")
            assert subjects(folder) == ["PROBLEM: postgresql on db is CRITICAL"]
            place(folder / "search-down", "")
            (folder / "db-down").unlink()
            running.wait(lambda: len(subjects(folder)) == 5, "the recovery, and what stays bad")
            later = time.time() + 6
            running.wait(lambda: time.time() > later, "further intervals")
        assert subjects(folder)[0] == "PROBLEM: postgresql on db is CRITICAL"
        assert sorted(subjects(folder)[1:]) == [
            *(f"PROBLEM: search on {host} is CRITICAL" for host in ("db", "web-1", "web-2")),
            "RECOVERY: postgresql on db is OK",
        ]
