"""The example project with a real Icinga 2: its results, a notification with the output, and suppressed ones."""

from dataclasses import replace
from pathlib import Path

import pytest

from checkwright.registry.plan import Downtime
from icinga_cfg import render
from tests.end_to_end.direct_run import PluginResult, plan_of, plugin_result, run_directly, services_of
from tests.end_to_end.installed_tools import ENVIRONMENTS, SHOP, checkctl, run_program
from tests.end_to_end.local_shop import make_local_shop
from tests.end_to_end.shop_services import ShopServices
from tests.end_to_end.test_notify_from_nagios import HOSTILE, RESULT, RUNBOOK, plan, wait
from tests.support.icinga import icinga
from tests.support.nagios import Status, own, place, scratch
from tests.support.paging_services import HOOK, KEY, paging_services
from tests.support.real import require

pytestmark = pytest.mark.daemon


def seen(status: Status) -> PluginResult:
    return plugin_result(status.state, status.output, status.perfdata)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_environments_of_the_shop_are_built_and_verified(environment: str, folder: Path) -> None:
    require("icinga2", package="icinga2-bin")
    done = run_program(["checkctl", "--project", SHOP, "icinga", "build", environment, "--out", folder / "out"])
    assert done.returncode == 0, done.stderr
    assert "verified by icinga2 daemon -C" in done.stderr
    assert " error " not in done.stderr
    assert "object Host " in (folder / "out/icinga/hosts.conf").read_text()


def test_checks_run_as_directly(shop: ShopServices, folder: Path) -> None:
    local = make_local_shop(folder, shop)
    checkctl(local.project, "icinga", "build", "here", "--out", folder / "build")
    files = {str(path.relative_to(folder / "build")): path.read_text() for path in (folder / "build").rglob("*.conf")}
    made = plan_of(local)
    services = services_of(made)
    with icinga(files) as daemon:
        daemon.wait(lambda: set(services) <= set(daemon.services()), "the services of the build")
        found = daemon.check_all_now(list(services))
    assert {place: seen(found[place]) for place in services} == {
        place: run_directly(made, entry, place[0]) for place, entry in services.items()
    }


def test_notification_has_the_output_and_runs_no_shell() -> None:
    with paging_services() as services, scratch() as folder:
        files = render(plan(folder, services))
        place(folder / "pagerduty", KEY, mode=0o640)
        place(folder / "slack", f"{services.url}{HOOK}", mode=0o640)
        place(folder / "test.json", files["notify/test.json"])
        (folder / "spool").mkdir(mode=0o700)
        own(folder)
        commands = files["icinga/commands.conf"].replace(
            '"--config=/etc/checkwright/notify/test.json"', f'"--config={folder}/test.json", "--spool={folder}/spool"'
        )
        assert f"{folder}/spool" in commands
        with icinga(files | {"icinga/commands.conf": commands}) as process:
            large = "x" * 200_000
            result = f"{RESULT.partition('|')[0]} $host.name$ $$|space:/srv=95%;80;90;0;100\\nsecond line {large}"
            process.send(f"PROCESS_SERVICE_CHECK_RESULT;web;disk;2;{result[:60_000]}")
            wait(lambda: len(services.events) == 1, process, folder)
            process.send("ACKNOWLEDGE_SVC_PROBLEM;web;disk;1;1;1;alice;known '$(id)' $host.name$, see 4711")
            wait(lambda: len(services.events) == 2, process, folder)
            process.send("PROCESS_SERVICE_CHECK_RESULT;web;disk;0;fine|space:/srv=50%;80;90;0;100")
            wait(lambda: len(services.events) == 3, process, folder)
            text = process.log()
    events = [event for _, event in services.events]
    assert [event["event_action"] for event in events] == ["trigger", "acknowledge", "resolve"]
    assert {event["dedup_key"] for event in events} == {"checkwright/test/web/disk"}
    payload = events[0]["payload"]
    assert payload["summary"] == "CRITICAL: disk on web: Used space of /srv 95 % (critical above 90 %)"
    details = payload["custom_details"]
    assert details["Output"] == f"{HOSTILE} $host.name$ $$"
    assert (details["Host"], details["Watch"], details["Runbook"]) == ("web (127.0.0.1)", "disk", RUNBOOK)
    assert details["Details"].startswith("second line x")
    assert not Path("/tmp/checkwright-hostile").exists()
    assert KEY not in text


def test_downtime_that_recurs_is_scheduled_for_a_host_and_its_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.nagios._PATIENCE", 150)  # Icinga looks at schedules each minute
    with paging_services() as services, scratch() as folder:
        made = plan(folder, services)
        origin = made.entries[0].origin
        always = Downtime(when="daily 00:00", length=86_340, why="moves", hosts=("web",), origin=origin)
        with icinga(render(replace(made, downtimes=(always,)))) as daemon:
            daemon.wait(lambda: (daemon.folder / "status.dat").read_text().count("downtime {") >= 3, "downtimes")


def test_passive_watch_is_fine_until_a_result_is_overdue() -> None:
    with paging_services() as services, scratch() as folder:
        made = plan(folder, services)
        entries = tuple(replace(entry, interval=1, retry=1, deadline=1) for entry in made.entries)
        with icinga(render(replace(made, entries=entries))) as daemon:
            daemon.wait(lambda: "no result has come in for too long" in str(daemon.services().values()), "UNKNOWN")
            assert "no result has come in yet" in daemon.log()
