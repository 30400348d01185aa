"""The example project in a running Nagios, with this machine in the role of its hosts."""

from pathlib import Path

import pytest

from tests.end_to_end.direct_run import PluginResult, plan_of, plugin_result, run_directly, services_of
from tests.end_to_end.installed_tools import files_below, nagios_build
from tests.end_to_end.local_shop import age, make_local_shop
from tests.end_to_end.shop_services import ShopServices
from tests.nagios_cfg.test_daemons import STORE
from tests.support.nagios import Nagios, Status, nagios, nrpe, own, place
from tests.support.ports import free_port
from tests.support.real import require

pytestmark = pytest.mark.daemon


def seen(status: Status) -> PluginResult:
    return plugin_result(status.state, status.output, status.perfdata)


def test_every_service_has_the_result_of_a_direct_run(shop: ShopServices, folder: Path) -> None:
    local = make_local_shop(folder, shop)
    plan = plan_of(local)
    services = services_of(plan)
    with nagios(files_below("nagios", nagios_build(local.project, "here", folder / "build"))) as running:
        found = running.wait_until_checked(len(services))
        expected = {place: run_directly(plan, entry, place[0]) for place, entry in services.items()}
    assert {place: seen(status) for place, status in found.items()} == expected
    # With systemd, the state of this machine's units is unknown.
    assert {place for place, status in found.items() if status.state != "OK"} <= {("web-here", "systemd_unit")}
    checkout = found["pay-here", "checkout"]
    assert (checkout.state, checkout.output.partition(",")[0]) == ("OK", "CHECKOUT OK: Status up")
    assert "waiting=7;100;500;;" in checkout.perfdata
    queue = found["queue.here", "order_queue"]
    assert (queue.state, queue.perfdata) == ("OK", "given_up=0;;0;; waiting=3;200;1000;;")


def test_every_service_has_the_same_result_through_nrpe(shop: ShopServices, folder: Path) -> None:
    require("check_nrpe", package="nagios-nrpe-plugin")
    port = free_port()
    local = make_local_shop(folder, shop, transport="nrpe", nrpe_port=port)
    plan = plan_of(local)
    services = services_of(plan)
    agents = {(host, "nrpe") for entry in plan.entries if entry.transport == "nrpe" for host in entry.hosts}
    files = nagios_build(local.project, "here", folder / "build")
    with nrpe(port, one_folder(files_below("nrpe", files))), nagios(files_below("nagios", files)) as running:
        found = running.wait_until_checked(len(services) + len(agents))
        expected = {place: run_directly(plan, entry, place[0]) for place, entry in services.items()}
    answers = {found.pop(place).output for place in agents}
    assert {answer.split()[0] for answer in answers} == {"NRPE"}
    assert {entry.transport for entry in plan.entries} == {"nrpe", "central"}
    assert {place: seen(status) for place, status in found.items()} == expected


def one_folder(files: dict[str, str]) -> dict[str, str]:
    """Return the files of all roles and hosts for the one NRPE that plays all machines."""
    return {path.replace("/", "-"): text for path, text in files.items()}


def until_hard(
    running: Nagios, services: list[tuple[str, str]], state: str, checks: int
) -> dict[tuple[str, str], Status]:
    """Run the checks of services several times, and wait until Nagios has their state as hard."""
    for _ in range(checks):
        found = running.check_all_now(services)
    assert {status.state for status in found.values()} == {state}
    for host, name in services:
        alert = f"SERVICE ALERT: {host};{name};{state};HARD;"
        running.wait(lambda alert=alert: alert in running.log(), alert)  # type: ignore[misc]
    return found


def test_broken_service_becomes_critical_and_recovers(shop: ShopServices, folder: Path) -> None:
    local = make_local_shop(folder, shop)
    services = services_of(plan_of(local))
    with nagios(files_below("nagios", nagios_build(local.project, "here", folder / "build"))) as running:
        before = running.wait_until_checked(len(services))
        watched = [
            ("pay-here", "checkout"),
            ("db-here", "tcp_port"),
            ("web-here", "puppet"),
            ("queue.here", "order_queue"),
        ]
        assert {before[place].state for place in watched} == {"OK"}

        shop.serve_error("/health", "the ledger is read-only")
        shop.database.close()
        age(local.puppet, 7 * 3600)
        shop.queue("orders-here-dead", messages=1)
        broken = until_hard(running, watched, "CRITICAL", checks=3)
        assert "the ledger is read-only" in broken["pay-here", "checkout"].output
        assert "refused" in broken["db-here", "tcp_port"].output
        assert broken["queue.here", "order_queue"].perfdata.startswith("given_up=1;")

        shop.serve("/health", status="up", orders={"waiting": 9}, pool={"used": 1, "size": 40})
        shop.database.open()
        age(local.puppet, 0)
        shop.sqs.purge_queue(QueueUrl=shop.queue("orders-here-dead", messages=0))
        until_hard(running, watched, "OK", checks=1)


def test_contacts_of_nrpe_central_and_passive_services_are_notified(shop: ShopServices, folder: Path) -> None:
    require("check_nrpe", package="nagios-nrpe-plugin")
    port = free_port()
    programs = folder / "programs"
    for name in ("mail", "page"):
        place(programs / name, STORE, mode=0o755)
    own(programs)
    local = make_local_shop(
        folder,
        shop,
        transport="nrpe",
        nrpe_port=port,
        programs=programs,
        overrides=(
            'Override(watch="checkout", notify="page", why="as in production")',
            'Override(watch="invoices", notify="ticket", transport="passive", attempts=1, why="sent in by a batch")',
            'Override(watch="tcp_port", notify="page", why="as in production")',
        ),
    )
    plan = plan_of(local)
    ways = {entry.name: entry.transport for entry in plan.entries}
    assert (ways["checkout"], ways["tcp_port"], ways["invoices"]) == ("nrpe", "central", "passive")
    files = nagios_build(local.project, "here", folder / "build")

    def sent() -> list[str]:
        path = programs / "sent"
        return path.read_text().splitlines() if path.exists() else []

    with nrpe(port, one_folder(files_below("nrpe", files))), nagios(files_below("nagios", files)) as running:
        expected = [place for place in services_of(plan) if place != ("jobs-here", "invoices")]
        running.wait(lambda: all(running.services()[place].checked for place in expected), "the first results")
        shop.serve_error("/health", "the ledger is read-only")
        shop.database.close()
        shop.queue("orders-here-dead", messages=1)
        running.send("PROCESS_SERVICE_CHECK_RESULT;jobs-here;invoices;2;HEARTBEAT CRITICAL: none for 31 h")
        until_hard(
            running, [("pay-here", "checkout"), ("db-here", "tcp_port"), ("queue.here", "order_queue")], "CRITICAL", 3
        )
        running.wait(lambda: len([line for line in sent() if " to " in line]) == 3, "three notifications")
        notified = {line.rpartition("/")[2] for line in sent() if " to " in line}
    assert notified == {
        "page to payments-pager: PROBLEM: checkout on pay-here is CRITICAL",
        "page to platform-pager: PROBLEM: tcp_port on db-here is CRITICAL",
        "mail to fulfilment@example.com: PROBLEM: invoices on jobs-here is CRITICAL",
    }
    assert "order_queue" not in "".join(sent())
