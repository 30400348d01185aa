"""Objects for Icinga 2 of hand-written plans: commands, notifications, dependencies, hours, downtimes, and findings."""

from dataclasses import replace
from typing import Any

import pytest

from checkwright.registry.findings import FindingsError
from checkwright.registry.notify_json import notify_json
from checkwright.registry.plan import (
    Contact,
    Downtime,
    Escalation,
    Hook,
    HostCheck,
    Hours,
    Maintenance,
    Plan,
    Site,
)
from icinga_cfg import check, render, users
from icinga_cfg.config_check import find_icinga, verify
from icinga_cfg.downtimes import ranges
from icinga_cfg.dsl import NotExpressible, Object, Raw, dumps, string
from tests.nagios_cfg.plans import CHECKOUT, CLOUD, DISK, NEAR, OFFICE, PAYMENTS, PRODUCTION, SPLIT, at, large, words

PLANS = {"production": PRODUCTION, "split": SPLIT, "cloud": CLOUD, "large": large(30, 10)}


def block(files: dict[str, str], path: str, start: str) -> str:
    """Return the text of one object."""
    text = files[f"icinga/{path}"]
    begin = text.index(start)
    return text[begin : text.index("\n}\n", begin)]


def with_entry(**changes: Any) -> Plan:
    entries = tuple(replace(one, **changes) if one is CHECKOUT else one for one in PRODUCTION.entries)
    return replace(PRODUCTION, entries=entries)


def with_team(**changes: Any) -> Plan:
    teams = tuple(replace(one, **changes) if one is PAYMENTS else one for one in PRODUCTION.teams)
    return replace(PRODUCTION, teams=teams)


@pytest.mark.daemon
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_icinga_verifies_the_objects(plan: Plan) -> None:
    if find_icinga() is None:
        pytest.skip("icinga2 is not on this machine: install the Debian package icinga2-bin")
    assert not [one for one in check(plan) if one.severity == "error"]
    assert verify(render(plan)) == ()


@pytest.mark.daemon
def test_error_of_icinga_has_the_place_of_the_declaration() -> None:
    if find_icinga() is None:
        pytest.skip("icinga2 is not on this machine: install the Debian package icinga2-bin")
    files = render(PRODUCTION)
    path = "icinga/services/payments-api.conf"
    broken = files[path].replace('check_command = "payments-api.disk.production"', 'check_command = "gone"', 1)
    assert broken != files[path]
    found = verify(files | {path: broken})
    assert [(one.id, one.severity, str(one.origin)) for one in found] == [("I008", "error", str(DISK.origin))]
    assert "gone" in found[0].message


def test_equal_plans_give_equal_bytes() -> None:
    assert render(PRODUCTION) == render(PRODUCTION)


def test_command_is_a_list_with_macros_and_without_a_shell() -> None:
    made = with_entry(command=words("/opt/check", "a b", "$HOME `id`", 'say "x"', "", CHECKOUT.command[3]))
    text = block(render(made), "commands.conf", 'object CheckCommand "payments-api.checkout.production"')
    assert (
        'command = [ "/opt/check", "a b", "$$HOME `id`", "say \\"x\\"", "", '
        '"https://$host.address$:$host.vars.LABEL_PORT$/health?of=payments-api" ]' in text
    )
    assert "timeout = 16" in text


def test_notification_has_period_states_and_delay_in_seconds() -> None:
    made = with_entry(notify_after=90, notify_on=("critical",), renotify=0)
    files = render(made)
    start = 'object Notification "payments" {\n  host_name = "pay-1"\n  service_name = "checkout"'
    text = block(files, "services/payments-api.conf", start)
    assert 'user_groups = [ "payments.page.production" ]' in text
    assert 'period = "always.but.backup.production"' in text
    assert "interval = 0" in text
    assert "states = [ OK, Critical ]" in text
    assert "types = [ Problem, Acknowledgement, Custom ]" in text
    assert '"begin" = 90' in text
    period = block(files, "timeperiods.conf", 'object TimePeriod "always.but.backup.production"')
    assert 'excludes = [ "backup.production" ]' in period


def test_escalation_begins_at_its_time_and_notifies_the_other_team() -> None:
    made = with_team(escalations=(Escalation(after=1_800, to="platform"),))
    start = 'object Notification "payments.escalation-platform" {\n  host_name = "pay-1"\n  service_name = "checkout"'
    text = block(render(made), "services/payments-api.conf", start)
    assert 'user_groups = [ "platform.page.production" ]' in text
    assert '"begin" = 1800' in text


def test_watch_that_notifies_nobody_has_no_notification() -> None:
    text = render(with_entry(notify="nobody"))["icinga/services/payments-api.conf"]
    assert 'service_name = "checkout"' not in text
    assert 'object Service "checkout"' in text


def test_holidays_are_excluded() -> None:
    office = replace(OFFICE, without=("december 25", "2027-03-26"))
    files = render(replace(PRODUCTION, hours=tuple(office if one is OFFICE else one for one in PRODUCTION.hours)))
    assert 'excludes = [ "office.holidays.production" ]' in block(
        files, "timeperiods.conf", 'object TimePeriod "office.production"'
    )
    days = block(files, "timeperiods.conf", 'object TimePeriod "office.holidays.production"')
    assert '"december 25" = "00:00-24:00"' in days
    assert '"2027-03-26" = "00:00-24:00"' in days


def test_person_has_users_of_their_own_for_watches_and_hosts() -> None:
    ada = Contact(name="ada", email="ada@example.com", hours="office", on=("critical",), hosts=(), origin=at(9))
    files = render(with_team(contacts=(ada,)))
    user = block(files, "users.conf", 'object User "payments+ada.page.production"')
    assert 'groups = [ "payments.page.production" ]' in user
    assert "states = [ OK, Critical ]" in user
    assert 'period = "office.production"' in user
    assert 'vars.team = "payments+ada"' in user
    assert "payments.hosts+ada" not in files["icinga/users.conf"]


def test_addresses_without_channels_become_mails_in_the_settings() -> None:
    text = notify_json(users.with_mail(PRODUCTION))
    assert '"payments.page-mail"' in text
    assert '"to": "payments-pager"' in text
    assert '"to": "payments@example.com"' in text
    assert render(PRODUCTION)["notify/production.json"] == text


def test_watches_behind_nrpe_depend_on_its_daemon() -> None:
    files = render(PRODUCTION)
    text = block(files, "dependencies.conf", 'object Dependency "pay-1.disk.needs-nrpe"')
    assert 'parent_service_name = "nrpe"' in text
    assert "disable_checks = true" in text
    agent = block(files, "agents.conf", 'object Service "nrpe" {\n  host_name = "pay-1"')
    assert "max_check_attempts = 1" in agent


def test_one_of_several_parents_is_enough() -> None:
    first, second = PRODUCTION.hosts[0].name, PRODUCTION.hosts[1].name
    child = replace(
        PRODUCTION.hosts[-1], name="child", address="10.0.0.9", parents=(first, second), roles=(), labels={}
    )
    made = replace(PRODUCTION, hosts=tuple(sorted((*PRODUCTION.hosts, child), key=lambda one: one.name)))
    text = block(render(made), "dependencies.conf", f'object Dependency "child.behind-{second}"')
    assert 'redundancy_group = "parents"' in text
    assert "states = [ Up ]" in text


RANGES = {
    "daily 02:00": {f"{day}day" for day in ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")},
    "first sunday 02:00": {"sunday 1"},
    "last friday 02:00": {"friday -1"},
    "day 5 02:00": {"day 5"},
    "last day 02:00": {"day -1"},
    "2027-03-06 02:00": {"2027-03-06"},
}


@pytest.mark.parametrize(("when", "days"), RANGES.items(), ids=RANGES)
def test_downtimes_that_recur(when: str, days: set[str]) -> None:
    downtime = Downtime(when=when, length=5_400, why="backup", origin=at(1))
    assert ranges(downtime) == dict.fromkeys(days, "02:00-03:30")


def test_downtime_across_midnight_ends_earlier_on_the_clock() -> None:
    assert ranges(Downtime(when="monday 22:00", length=14_400, why="x", origin=at(1))) == {"monday": "22:00-02:00"}
    assert ranges(Downtime(when="monday 22:00", length=7_200, why="x", origin=at(1))) == {"monday": "22:00-24:00"}


def test_maintenance_is_a_downtime_of_host_and_daemon() -> None:
    window = Maintenance(begin="2026-12-01T22:00", end="2026-12-02T02:00", why="moves", hosts=("pay-1",), origin=at(30))
    text = render(replace(PRODUCTION, maintenance=(window,)))["icinga/downtimes.conf"]
    assert text.count("object ScheduledDowntime") == 2
    assert '"2026-12-01" = "22:00-24:00"' in text
    assert '"2026-12-02" = "00:00-02:00"' in text
    assert 'service_name = "nrpe"' in text


HOOK = Hook(name="ps", command=("/bin/ps",), on=("critical",), timeout=5, origin=at(60))
FINDINGS: dict[str, tuple[Plan, str, int]] = {
    "pool": (
        replace(
            PRODUCTION,
            pools=(NEAR,),
            hosts=tuple(replace(one, pool="near") if one.name == "pay-1" else one for one in PRODUCTION.hosts),
        ),
        "warning I002: checks of the pool 'near' run on the Icinga server, not on w1, w2",
        40,
    ),
    "hook": (
        replace(PRODUCTION, roles=(replace(PRODUCTION.roles[0], hooks=(HOOK,)), *PRODUCTION.roles[1:])),
        "warning I003: the hook 'ps'",
        60,
    ),
    "unreachable": (
        replace(PRODUCTION, host_checks=(HostCheck(name="s", notify_on=("down", "unreachable"), origin=at(61)),)),
        "warning I004: these hosts do not notify of being unreachable",
        61,
    ),
    "program": (replace(PRODUCTION, site=Site(page="/usr/bin/pager")), "warning I005: /usr/bin/pager, which", 7),
    "perfdata": (replace(PRODUCTION, site=Site(perfdata="graphite:g:2003")), "warning I006: performance data are", 7),
    "long downtime": (
        replace(PRODUCTION, downtimes=(Downtime(when="daily 01:00", length=90_000, why="x", origin=at(62)),)),
        "error I009: the downtime 'daily 01:00' lasts 90000 s",
        62,
    ),
    "time zone": (
        replace(
            PRODUCTION,
            time_zone="Europe/Berlin",
            downtimes=(Downtime(when="daily 01:00", length=60, why="x", origin=at(63)),),
        ),
        "warning I009: the downtime 'daily 01:00' is in the server's time zone, which must be Europe/Berlin",
        63,
    ),
    "NUL": (with_entry(command=words("/opt/check", "a\0b")), "error I001: the CheckCommand 'payments-api.checkout", 15),
    "two of a name": (
        replace(PRODUCTION, hours=(*PRODUCTION.hours, Hours(name="always", times=OFFICE.times, origin=at(64)))),
        "error I007: the TimePeriod 'always.production' exists already",
        64,
    ),
}


@pytest.mark.parametrize(("plan", "message", "line"), FINDINGS.values(), ids=FINDINGS)
def test_what_icinga_cannot_express_is_a_finding_with_its_line(plan: Plan, message: str, line: int) -> None:
    (found,) = [one for one in check(plan) if one.id.startswith("I")]
    assert message in str(found)
    assert found.origin is not None
    assert found.origin.line == line
    if found.severity == "error":
        with pytest.raises(FindingsError):
            render(plan)
    else:
        assert render(plan)


def test_strings_and_values_of_the_language() -> None:
    assert string('a"b\\c\nd\te\x01ä') == '"a\\"b\\\\c\\nd\\te\\001ä"'
    one = Object("Host", "a", {"vars.x": {"k": (1, True, "s"), "r": Raw("[ OK ]")}, "groups": ()}, at(3), ("why\nnot",))
    assert dumps([one], ("top",)) == (
        "// top\n\n// why not\n// declared at shop/fleet/payments.py:3\n"
        'object Host "a" {\n  vars.x = {\n    "k" = [ 1, true, "s" ]\n    "r" = [ OK ]\n  }\n  groups = [ ]\n}\n'
    )
    for text in ("a\0", "\ud800"):
        with pytest.raises(NotExpressible):
            string(text)
