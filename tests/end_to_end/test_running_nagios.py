"""The example project in a running Nagios, with this machine in the role of its hosts."""

from pathlib import Path

import pytest

from tests.end_to_end.by_hand import Said, by_hand, plan_of, said, services_of
from tests.end_to_end.here import age, settle
from tests.end_to_end.installed_tools import below, nagios_build
from tests.end_to_end.stand_in import StandIn
from tests.nagios_cfg.test_daemons import STORE
from tests.support.nagios import Nagios, Status, nagios, nrpe, own, place
from tests.support.ports import free_port
from tests.support.real import require

pytestmark = pytest.mark.daemon


def seen(status: Status) -> Said:
    return said(status.state, status.output, status.perfdata)


def test_every_service_says_what_the_check_says_by_hand(shop: StandIn, folder: Path) -> None:
    here = settle(folder, shop)
    plan = plan_of(here)
    services = services_of(plan)
    with nagios(below("nagios", nagios_build(here.project, "here", folder / "build"))) as running:
        found = running.wait_until_checked(len(services))
        expected = {place: by_hand(plan, entry, place[0]) for place, entry in services.items()}
    assert {place: seen(status) for place, status in found.items()} == expected
    # Where systemd runs, its units are what they are.
    assert {place for place, status in found.items() if status.state != "OK"} <= {("web-here", "systemd_unit")}
    checkout = found["pay-here", "checkout"]
    assert (checkout.state, checkout.output.partition(",")[0]) == ("OK", "CHECKOUT OK: Own verdict up")
    assert "waiting=7;100;500;;" in checkout.perfdata
    queue = found["queue.here", "order_queue"]
    assert (queue.state, queue.perfdata) == ("OK", "given_up=0;;0;; waiting=3;200;1000;;")


def test_through_nrpe_it_is_the_same(shop: StandIn, folder: Path) -> None:
    require("check_nrpe", package="nagios-nrpe-plugin")
    port = free_port()
    here = settle(folder, shop, transport="nrpe", nrpe_port=port)
    plan = plan_of(here)
    services = services_of(plan)
    agents = {(host, "nrpe") for entry in plan.entries if entry.transport == "nrpe" for host in entry.hosts}
    files = nagios_build(here.project, "here", folder / "build")
    with nrpe(port, one_folder(below("nrpe", files))), nagios(below("nagios", files)) as running:
        found = running.wait_until_checked(len(services) + len(agents))
        expected = {place: by_hand(plan, entry, place[0]) for place, entry in services.items()}
    answers = {found.pop(place).output for place in agents}
    assert {answer.split()[0] for answer in answers} == {"NRPE"}
    assert {entry.transport for entry in plan.entries} == {"nrpe", "central"}
    assert {place: seen(status) for place, status in found.items()} == expected


def one_folder(files: dict[str, str]) -> dict[str, str]:
    """The files of all roles and hosts for the one NRPE that stands for all machines."""
    return {path.replace("/", "-"): text for path, text in files.items()}


def until_hard(
    running: Nagios, services: list[tuple[str, str]], state: str, checks: int
) -> dict[tuple[str, str], Status]:
    """Check so many times, and wait until Nagios believes the state of each service."""
    for _ in range(checks):
        found = running.check_all_now(services)
    assert {status.state for status in found.values()} == {state}
    for host, name in services:
        alert = f"SERVICE ALERT: {host};{name};{state};HARD;"
        running.wait(lambda alert=alert: alert in running.log(), alert)  # type: ignore[misc]
    return found


def test_what_breaks_becomes_critical_and_recovers(shop: StandIn, folder: Path) -> None:
    here = settle(folder, shop)
    services = services_of(plan_of(here))
    with nagios(below("nagios", nagios_build(here.project, "here", folder / "build"))) as running:
        before = running.wait_until_checked(len(services))
        watched = [
            ("pay-here", "checkout"),
            ("db-here", "tcp_port"),
            ("web-here", "puppet"),
            ("queue.here", "order_queue"),
        ]
        assert {before[place].state for place in watched} == {"OK"}

        shop.fail("/health", "the ledger is read-only")
        shop.database.close()
        age(here.puppet, 7 * 3600)
        shop.queue("orders-here-dead", messages=1)
        broken = until_hard(running, watched, "CRITICAL", checks=3)
        assert "the ledger is read-only" in broken["pay-here", "checkout"].output
        assert "refused" in broken["db-here", "tcp_port"].output
        assert broken["queue.here", "order_queue"].perfdata.startswith("given_up=1;")

        shop.say("/health", status="up", orders={"waiting": 9}, pool={"used": 1, "size": 40})
        shop.database.open()
        age(here.puppet, 0)
        shop.sqs.purge_queue(QueueUrl=shop.queue("orders-here-dead", messages=0))
        until_hard(running, watched, "OK", checks=1)


def test_who_is_told_of_what_runs_through_nrpe_centrally_and_comes_in(shop: StandIn, folder: Path) -> None:
    require("check_nrpe", package="nagios-nrpe-plugin")
    port = free_port()
    programs = folder / "programs"
    for name in ("mail", "page"):
        place(programs / name, STORE, mode=0o755)
    own(programs)
    here = settle(
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
    plan = plan_of(here)
    ways = {entry.name: entry.transport for entry in plan.entries}
    assert (ways["checkout"], ways["tcp_port"], ways["invoices"]) == ("nrpe", "central", "passive")
    files = nagios_build(here.project, "here", folder / "build")

    def sent() -> list[str]:
        path = programs / "sent"
        return path.read_text().splitlines() if path.exists() else []

    with nrpe(port, one_folder(below("nrpe", files))), nagios(below("nagios", files)) as running:
        expected = [place for place in services_of(plan) if place != ("jobs-here", "invoices")]
        running.wait(lambda: all(running.services()[place].checked for place in expected), "the first results")
        shop.fail("/health", "the ledger is read-only")
        shop.database.close()
        shop.queue("orders-here-dead", messages=1)
        running.send("PROCESS_SERVICE_CHECK_RESULT;jobs-here;invoices;2;HEARTBEAT CRITICAL: none for 31 h")
        until_hard(
            running, [("pay-here", "checkout"), ("db-here", "tcp_port"), ("queue.here", "order_queue")], "CRITICAL", 3
        )
        running.wait(lambda: len([line for line in sent() if " to " in line]) == 3, "three notifications")
        told = {line.rpartition("/")[2] for line in sent() if " to " in line}
    assert told == {
        "page to payments-pager: PROBLEM: checkout on pay-here is CRITICAL",
        "page to platform-pager: PROBLEM: tcp_port on db-here is CRITICAL",
        "mail to fulfilment@example.com: PROBLEM: invoices on jobs-here is CRITICAL",
    }
    assert "order_queue" not in "".join(sent())
