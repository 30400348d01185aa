"""A problem, its acknowledgement and its recovery, from the real Nagios through checkwright-notify to PagerDuty."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from checkwright.registry.plan import Channel, Check, Gauge, Host, Plan, Role, Site
from nagios_cfg import render
from tests.nagios_cfg.plans import OFFICE, PAYMENTS, PLATFORM, SMTP, at, words
from tests.support.installed import installed_bin
from tests.support.nagios import Nagios, nagios, own, place, scratch
from tests.support.paging_services import HOOK, KEY, Services, paging_services

pytestmark = pytest.mark.daemon

RUNBOOK = "https://runbooks.example.com/web/"
#: Nothing of it may reach a shell: it would make a file.
HOSTILE = "Used space of /srv 95 % '$(touch /tmp/checkwright-hostile)' `id` & <b>é</b>"
RESULT = f"{HOSTILE}|space:/srv=95%;80;90;0;100 space:/=12%;80;90;0;100\\nsecond line"


def plan(folder: Path, services: Services) -> Plan:
    """Return a plan with one watch that takes results, whose team has PagerDuty for pages and Slack for tickets."""
    settings = (("key", str(folder / "pagerduty")), ("url", f"{services.url}/v2/enqueue"))
    channels = (
        Channel(name="platform.pagerduty-1", kind="pagerduty", levels=("page",), settings=settings, origin=at(1)),
        Channel(
            name="platform.slack-1",
            kind="slack",
            levels=("ticket",),
            settings=(("webhook", str(folder / "slack")),),
            origin=at(2),
        ),
    )
    entry = replace(
        SMTP,
        id="web:disk",
        name="disk",
        role="web",
        check="disk",
        transport="passive",
        command=words("/bin/true"),
        interval=3_600,
        attempts=1,
        notify="page",
        runbook=RUNBOOK,
        hosts=("web",),
        origin=at(3),
    )
    return Plan(
        project="shop",
        environment="test",
        site=Site(check=str(installed_bin() / "check"), catalogue="https://cat.example.com"),
        teams=(PAYMENTS, replace(PLATFORM, channels=channels)),
        roles=(Role(name="web", owner="platform", runbook=RUNBOOK, hosts=("web",), origin=at(1)),),
        hours=(OFFICE,),
        hosts=(Host(name="web", address="127.0.0.1", roles=("web",), origin=at(1)),),
        entries=(entry, replace(entry, id="web:queue", name="queue", notify="ticket")),
        checks=(
            Check(
                name="disk",
                family="system",
                gauges=(Gauge(name="space", label="Used space", unit="%"),),
                origin=at(9, "checks/system/disk.py"),
            ),
        ),
    )


@contextmanager
def running(services: Services) -> Iterator[tuple[Nagios, Path]]:
    """Run Nagios with the plan, and yield it with the folder of the secrets, the spool and notify.json."""
    with scratch() as folder:
        made = plan(folder, services)
        files = render(made)
        place(folder / "pagerduty", KEY, mode=0o640)
        place(folder / "slack", f"{services.url}{HOOK}", mode=0o640)
        place(folder / "test.json", files["notify/test.json"])
        (folder / "spool").mkdir(mode=0o700)
        own(folder)
        objects = {
            path.removeprefix("nagios/"): text.replace(
                "/etc/checkwright/notify/test.json'", f"{folder}/test.json' '--spool={folder}/spool'"
            )
            for path, text in files.items()
            if path.startswith("nagios/")
        }
        assert f"{folder}/spool" in objects["commands.cfg"]
        with nagios(objects) as process:
            yield process, folder


def wait(happened: Callable[[], bool], process: Nagios, folder: Path) -> None:
    log = folder / "spool/notify.log"
    process.wait(happened, f"the service; the log says {log.read_text() if log.exists() else 'nothing'}")


def test_incident_is_opened_acknowledged_and_resolved() -> None:
    with paging_services() as services, running(services) as (process, folder):
        process.send(f"PROCESS_SERVICE_CHECK_RESULT;web;disk;2;{RESULT}")
        wait(lambda: len(services.events) == 1, process, folder)
        process.send("ACKNOWLEDGE_SVC_PROBLEM;web;disk;1;1;1;alice;known '$(id)', see 4711")
        wait(lambda: len(services.events) == 2, process, folder)
        process.send("PROCESS_SERVICE_CHECK_RESULT;web;disk;0;fine|space:/srv=50%;80;90;0;100")
        wait(lambda: len(services.events) == 3, process, folder)
        left = list((folder / "spool").rglob("*.json"))
        text = process.log()
    events = [event for _, event in services.events]
    assert [event["event_action"] for event in events] == ["trigger", "acknowledge", "resolve"]
    assert {event["dedup_key"] for event in events} == {"checkwright/test/web/disk"}
    payload = events[0]["payload"]
    assert payload["summary"] == "CRITICAL: disk on web: Used space of /srv 95 % (critical above 90 %)"
    details = payload["custom_details"]
    assert details["Output"] == HOSTILE
    assert details["Value"] == "Used space of /srv 95 % (critical above 90 %)"
    assert (details["Host"], details["Watch"], details["Runbook"]) == ("web (127.0.0.1)", "disk", RUNBOOK)
    assert details["Catalogue"] == "https://cat.example.com/host/test/web.html#disk"
    assert details["Details"] == "second line"
    assert left == []
    assert not Path("/tmp/checkwright-hostile").exists()
    assert KEY not in text


def test_service_that_is_down_gets_it_later_and_once() -> None:
    with paging_services() as services, running(services) as (process, folder):
        services.failing = lambda _: (503, {}, "maintenance")
        process.send(f"PROCESS_SERVICE_CHECK_RESULT;web;disk;2;{RESULT}")
        process.send("PROCESS_SERVICE_CHECK_RESULT;web;queue;2;42 wait|waiting=42;10;20")
        wait(lambda: services.attempts >= 3, process, folder)
        assert services.events == []
        assert len(list((folder / "spool").rglob("*.json"))) == 2
        services.failing = None
        wait(lambda: len(services.events) >= 2, process, folder)
        wait(lambda: list((folder / "spool").rglob("*.json")) == [], process, folder)
        log = (folder / "spool/notify.log").read_text()
    by_path = dict(services.events)
    assert len(services.events) == 2
    assert by_path["/v2/enqueue"]["event_action"] == "trigger"
    assert "CRITICAL: queue on web: waiting 42 (critical above 20)" in by_path[HOOK]["text"]
    assert log.count("platform.pagerduty-1: PagerDuty answered 503: maintenance; it is tried again") == 1
    assert log.count("platform.pagerduty-1: delivers again") == 1
    assert HOOK not in log
    assert KEY not in log


def test_host_that_is_down_names_the_runbooks_of_its_roles() -> None:
    with paging_services() as services, running(services) as (process, folder):
        process.send("PROCESS_HOST_CHECK_RESULT;web;1;no answer")
        process.send("PROCESS_HOST_CHECK_RESULT;web;1;no answer")
        process.send("PROCESS_HOST_CHECK_RESULT;web;1;no answer, at all")
        wait(lambda: len(services.events) == 1, process, folder)
    payload = services.events[0][1]["payload"]
    assert payload["summary"] == "DOWN: host web: no answer, at all"
    assert payload["custom_details"]["Runbook"] == RUNBOOK
