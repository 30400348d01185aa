"""Dependencies on services that others need: in the files, and as Nagios understands them."""

import re
import time
from dataclasses import replace

import pytest

from checkwright.registry.plan import Entry, Plan
from nagios_cfg import Programs, check, render
from nagios_cfg.cfgfile import loads
from tests.nagios_cfg.plans import BACKLOG, CHECKOUT, CLOUD, PRODUCTION
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
