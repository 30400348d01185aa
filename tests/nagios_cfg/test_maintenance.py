"""Tests of maintenance windows: their timeperiods, the services and hosts that exclude them, and the real nagios4."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from checkwright.registry.plan import Covered, Maintenance, Plan
from nagios_cfg import Programs, check, render
from nagios_cfg.cfgfile import loads
from nagios_cfg.objects import Definition
from tests.nagios_cfg.plans import CHECKOUT, DISK, PRODUCTION, at
from tests.nagios_cfg.test_daemons import STORE, below, go_down, subjects, watch, web
from tests.support.nagios import nagios, own, place, preflight, scratch


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as folder:
        yield folder


def window(begin: str, end: str, *entries: Covered, hosts: tuple[str, ...] = ()) -> Maintenance:
    return Maintenance(begin=begin, end=end, why="new disks", entries=entries, hosts=hosts, origin=at(50))


NIGHT = window(
    "2026-12-01T22:00",
    "2026-12-03T02:30",
    Covered(DISK.id, "", ()),
    Covered(CHECKOUT.id, "", ("pay-2",)),
    hosts=("pay-2",),
)
WITH_WINDOW = replace(PRODUCTION, maintenance=(NIGHT,))
NAME = "maintenance-20261201T2200-20261203T0230"


def all_of(plan: Plan, kind: str) -> list[Definition]:
    texts = (text for path, text in render(plan).items() if path.startswith("nagios/"))
    return [one.definition for text in texts for one in loads(text) if one.definition.kind == kind]


def test_window_is_a_dated_timeperiod_that_others_exclude() -> None:
    periods = {one.name.removesuffix(".production"): one for one in all_of(WITH_WINDOW, "timeperiod")}
    days = {name: value for name, value in periods[NAME].settings.items() if name[0] == "2"}
    assert days == {"2026-12-01": "22:00-24:00", "2026-12-02": "00:00-24:00", "2026-12-03": "00:00-02:30"}
    assert periods[NAME].comments == ("Why: new disks (shop/fleet/payments.py:50)",)
    assert periods[f"office.but.{NAME}"].listed("exclude") == (f"{NAME}.production",)
    assert periods[f"always.but.backup.but.{NAME}"].listed("exclude") == ("backup.production", f"{NAME}.production")


@pytest.mark.parametrize(
    ("begin", "end", "days"),
    [
        ("2026-12-01T10:00", "2026-12-01T11:30", {"2026-12-01": "10:00-11:30"}),
        ("2026-12-01T10:00", "2026-12-02T00:00", {"2026-12-01": "10:00-24:00"}),
        ("2026-12-31T23:59", "2027-01-01T00:01", {"2026-12-31": "23:59-24:00", "2027-01-01": "00:00-00:01"}),
    ],
)
def test_window_ends_with_its_last_minute(begin: str, end: str, days: dict[str, str]) -> None:
    plan = replace(PRODUCTION, maintenance=(window(begin, end, Covered(DISK.id, "", ())),))
    (period,) = [one for one in all_of(plan, "timeperiod") if one.name.startswith("maintenance-")]
    assert {name: value for name, value in period.settings.items() if name[0] == "2"} == days


def test_only_covered_objects_have_other_notification_periods() -> None:
    services = all_of(WITH_WINDOW, "service")
    hours = {
        (one.name, one.settings.get("hostgroup_name"), one.settings.get("host_name")): one.settings.get(
            "notification_period"
        )
        for one in services
        if one.name in ("disk", "checkout", "listen")
    }
    group = "payments-api.production"
    assert hours == {
        ("disk", group, None): f"office.but.{NAME}.production",
        ("checkout", group, "!pay-2"): "always.but.backup.production",
        ("checkout", None, "pay-2"): f"always.but.backup.but.{NAME}.production",
        ("listen", group, None): None,
    }
    # The command is the same: a window needs no new files on the machines.
    assert len({one.settings["check_command"] for one in services if one.name == "checkout"}) == 1
    hosts = {one.name: one.settings.get("notification_period") for one in all_of(WITH_WINDOW, "host")}
    assert hosts["pay-2"] == f"always.but.{NAME}.production"
    assert hosts["pay-1"] is None
    agents = {one.settings.get("host_name"): one for one in services if one.name == "nrpe"}
    assert agents["pay-2"].settings["notification_period"] == f"office.but.{NAME}.production"
    assert not any(path.startswith("nrpe/") for path, text in render(WITH_WINDOW).items() if "maintenance" in text)


def test_nagios_accepts_windows_without_a_warning() -> None:
    output = preflight(below("nagios", render(WITH_WINDOW)))
    assert "Total Warnings: 0" in output
    assert "Total Errors:   0" in output


@pytest.mark.parametrize(
    ("wrong", "id"),
    [
        (window("2026-12-01 22:00", "2026-12-03T02:30"), "N008"),
        (window("2026-12-03T02:30", "2026-12-03T02:30"), "N008"),
        (window("2026-12-01T22:00", "2026-12-03T02:30", Covered("a:b", "", ())), "N002"),
        (window("2026-12-01T22:00", "2026-12-03T02:30", hosts=("pay-9",)), "N002"),
    ],
)
def test_invalid_window_is_a_finding(wrong: Maintenance, id: str) -> None:
    assert [finding.id for finding in check(replace(PRODUCTION, maintenance=(wrong,)))] == [id]


@pytest.mark.daemon
def test_nobody_is_notified_within_the_window(folder: Path) -> None:
    page = str(place(folder / "page", STORE, mode=0o755))
    # The host goes down last, because Nagios sends no notifications for services of a host that is down.
    place(folder / "check_ping", f"#!/bin/sh\n[ ! -e '{folder}/down' ] || exit 2\n", mode=0o755)
    own(folder)
    now = datetime.now()
    past, soon = (f"{now + timedelta(days=days):%Y-%m-%dT%H:%M}" for days in (-1, 1))
    later, after = (f"{now + timedelta(days=days):%Y-%m-%dT%H:%M}" for days in (3, 4))
    failing = replace(watch("x", "passive", "/bin/false"), owner="payments", attempts=1, interval=600)
    entries = tuple(
        replace(failing, id=f"web:{name}", name=name, hosts=("other", "web")) for name in ("now", "later", "partly")
    )
    machine = web().hosts[0]
    plan = replace(
        web(*entries, plugins=str(folder)),
        hosts=(replace(machine, name="other"), machine),
        roles=(replace(web().roles[0], hosts=("other", "web")),),
        maintenance=(
            window(past, soon, Covered("web:now", "", ()), Covered("web:partly", "", ("web",)), hosts=("web",)),
            window(later, after, Covered("web:later", "", ()), hosts=("other",)),
        ),
    )
    expected = {"later on other", "later on web", "partly on other"}
    with nagios(below("nagios", render(plan, Programs(mail=page, page=page)))) as running:
        for round in ("first", "second"):
            for host in ("other", "web"):
                for name in ("now", "partly", "later"):
                    running.send(f"PROCESS_SERVICE_CHECK_RESULT;{host};{name};2;the {round} result")
        running.wait(lambda: len(subjects(folder)) >= len(expected), "the notifications outside the windows")
        (folder / "down").touch()
        for host in ("web", "other"):
            go_down(running, host)
        running.wait(
            lambda: "PROBLEM: host other is DOWN" in subjects(folder),
            "the notification of the host outside the windows",
        )
        services = running.services()
    assert {status.state for status in services.values()} == {"CRITICAL"}
    assert {status.raw["state_type"] for status in services.values()} == {"1"}
    problems = {f"PROBLEM: {what} is CRITICAL" for what in expected}
    assert sorted(subjects(folder)) == sorted({*problems, "PROBLEM: host other is DOWN"})
