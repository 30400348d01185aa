"""Tests of escalations: from times to numbers of notifications, and in the real nagios4."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.registry.plan import Escalation, Plan, Site, Team
from nagios_cfg import Programs, check, render
from nagios_cfg.cfgfile import loads
from nagios_cfg.escalation_steps import EscalationSteps, escalation_steps
from nagios_cfg.intervals import RENOTIFY_INTERVAL
from nagios_cfg.names import Names
from nagios_cfg.objects import Definition
from tests.nagios_cfg.plans import CHECKOUT, PAYMENTS, PLATFORM, PRODUCTION, at, large
from tests.nagios_cfg.test_daemons import STORE, below, watch, web
from tests.support.nagios import nagios, own, place, preflight, scratch

TEST = Names("test")
BOSS = Team(name="boss", email="boss@example.com", office_hours="office", origin=at(1))
ESCALATED = replace(PAYMENTS, escalations=(Escalation(1800, "platform"), Escalation(5400, "boss")))
SHOP = replace(PRODUCTION, teams=(BOSS, ESCALATED, PLATFORM))


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as folder:
        yield folder


def moments(found: EscalationSteps, count: int) -> list[tuple[int, tuple[str, ...]]]:
    """Return the seconds after the first notification of each of the first ones, and the groups of its step."""
    sent: list[tuple[int, tuple[str, ...]]] = []
    when, number = 0, 1
    while len(sent) < count:
        due = [step for step in found.steps if step.first <= number and (not step.last or number <= step.last)]
        assert len(due) <= 1
        sent.append((when, due[0].groups if due else ()))
        when += due[0].interval if due else found.interval
        number += 1
    return sent


def test_one_notification_falls_on_each_step() -> None:
    found = escalation_steps(ESCALATED.escalations, ("payments.page.test",), 60, TEST)
    both = ("payments.page.test", "platform.page.test")
    everybody = (*both, "boss.page.test")
    assert moments(found, 5) == [(0, ()), (1800, both), (5400, everybody), (9000, everybody), (12600, everybody)]


def test_interval_before_a_late_step_is_not_longer_than_usual() -> None:
    found = escalation_steps((Escalation(4 * 3600 + 60, "platform"),), ("a",), 60, TEST)
    assert [when for when, _ in moments(found, 7)] == [0, 2892, 5784, 8676, 11568, 14460, 18060]
    assert found.steps[0].first == 6


def test_rarely_checked_service_escalates_after_its_next_check() -> None:
    found = escalation_steps(ESCALATED.escalations, ("a",), 7200, TEST)
    assert (found.interval, [step.first for step in found.steps]) == (7200, [2, 3])
    assert {step.interval for step in found.steps} == {7200}


@given(
    st.lists(st.integers(1, 10**6), max_size=5).map(sorted),
    st.just(1) | st.integers(1, 10**5),
    st.lists(st.sampled_from(["platform", "boss", "c", "d"]), min_size=5, max_size=5),
)
def test_steps_are_consecutive_and_keep_all_recipients(after: list[int], check_interval: int, to: list[str]) -> None:
    escalations = [Escalation(*step) for step in zip(after, to, strict=False)]
    found = escalation_steps(escalations, ("own",), check_interval, TEST)
    due: dict[str, int] = {}
    for step in escalations:
        due.setdefault(TEST.contact(step.to, "page"), step.after)
    notified: dict[str, int] = {}
    for when, groups in moments(found, found.steps[-1].first if found.steps else 1):
        for group in groups[1:]:
            notified.setdefault(group, when)
    assert notified.keys() == due.keys()
    for earlier, later in zip(found.steps, found.steps[1:], strict=False):
        assert earlier.last == later.first - 1
        assert set(earlier.groups) < set(later.groups)
    longest = max(RENOTIFY_INTERVAL, check_interval)
    assert all(step.groups[0] == "own" and check_interval <= step.interval <= longest for step in found.steps)
    assert check_interval <= found.interval <= longest
    if check_interval == 1:
        # The interval is whole seconds, so each notification is at most one second early.
        assert all(0 <= due[group] - notified[group] <= found.steps[-1].first for group in due)


def objects(plan: Plan) -> dict[tuple[str, str], Definition]:
    texts = (text for path, text in render(plan).items() if path.startswith("nagios/"))
    return {(one.definition.kind, one.definition.name): one.definition for text in texts for one in loads(text)}


def test_only_a_page_is_escalated() -> None:
    levels = ("page", "office-hours", "ticket", "nobody")
    entries = [replace(CHECKOUT, id=f"payments-api:{level}", name=level, notify=level) for level in levels]  # type: ignore[arg-type]
    found = objects(replace(SHOP, entries=tuple(entries)))
    escalations = [one for (kind, _), one in found.items() if kind == "serviceescalation" and not one.template]
    assert {one.settings["service_description"] for one in escalations} == {"page"}
    assert found["service", "checkwright.payments.page.production"].settings["notification_interval"] == "30"
    assert "notification_interval" not in found["service", "checkwright.payments.ticket.production"].settings


def test_plan_without_escalations_has_no_object_and_no_file() -> None:
    assert not any("escalation" in text for path, text in render(PRODUCTION).items() if path.startswith("nagios/"))


def test_entry_has_one_object_for_each_step() -> None:
    plan = large(200, 20)
    plan = replace(plan, teams=(BOSS, ESCALATED, PLATFORM))
    found = objects(plan)
    paging = [entry for entry in plan.entries if entry.notify == "page"]
    services = [one for (kind, _), one in found.items() if kind == "serviceescalation" and not one.template]
    hosts = [one for (kind, _), one in found.items() if kind == "hostescalation"]
    # None of the agents' services: they notify at the level of the NRPE entries, which is office-hours here.
    assert (len(paging), len(services), len(hosts)) == (40, 80, 2)
    assert all("host_name" not in one.settings for one in (*services, *hosts))
    output = preflight(below("nagios", render(plan)))
    assert "Total Warnings: 0" in output
    assert "Total Errors:   0" in output


def test_an_unknown_team_is_a_finding() -> None:
    plan = replace(PRODUCTION, teams=(replace(PAYMENTS, escalations=(Escalation(60, "nobody-knows"),)), PLATFORM))
    assert [finding.id for finding in check(plan)] == ["N002"]


@pytest.mark.daemon
def test_unacknowledged_page_reaches_each_step_and_the_first_recipients(folder: Path) -> None:
    program = str(place(folder / "page", STORE, mode=0o755))
    place(folder / "check_ping", "#!/bin/sh\necho fine\n", mode=0o755)
    own(folder)
    # One minute of Nagios is one second here: the steps are after 4 s and after 8 s.
    team = replace(PAYMENTS, escalations=(Escalation(240, "platform"), Escalation(480, "boss")))
    failing = replace(watch("x", "passive", "/bin/false"), owner="payments", attempts=1, interval=60)
    office = replace(failing, id="web:y", name="office", notify="office-hours")
    plan = replace(web(failing, office, plugins=str(folder)), teams=(BOSS, team, PLATFORM))
    plan = replace(plan, site=Site(plugins=str(folder)))

    def notifications() -> list[str]:
        path = folder / "sent"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.split(" to ")[1] for line in lines if " to " in line and " x on web" in line]

    with nagios(below("nagios", render(plan, Programs(page=program, mail=program))), interval_length="1") as running:

        def fails() -> bool:
            for name in ("x", "office"):
                running.send(f"PROCESS_SERVICE_CHECK_RESULT;web;{name};2;still broken")
            return any(line.startswith("boss@") for line in notifications())

        running.wait(fails, "the last step")
        running.send("PROCESS_SERVICE_CHECK_RESULT;web;x;0;well again")
        running.wait(lambda: sum("RECOVERY" in line for line in notifications()) >= 3, "all recoveries")
        log = running.log()
    payments, platform, boss = "payments-pager: ", "platform@example.com: ", "boss@example.com: "
    problem, over = "PROBLEM: x on web is CRITICAL", "RECOVERY: x on web is OK"
    assert sorted(notifications()) == sorted(
        [
            *[payments + problem] * 3,
            *[platform + problem] * 2,
            boss + problem,
            *(who + over for who in (payments, platform, boss)),
        ]
    )
    assert "boss.page.test;web;office" not in log
