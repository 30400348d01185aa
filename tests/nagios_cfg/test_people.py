"""People with hours of their own, and settings of notification, in the files for Nagios."""

from dataclasses import replace
from typing import get_args

import sensu
from checkwright.registry.plan import Channel, Contact, HostEvent, NotifyOn, Plan, Routes, Team
from nagios_cfg import check, render
from nagios_cfg.cfgfile import loads
from nagios_cfg.notifications import host_options, service_options
from nagios_cfg.objects import Definition
from nagios_cfg.reader import read_texts
from nagios_cfg.reader.effective import effective
from nagios_cfg.reader.notified import Notified
from tests.nagios_cfg.plans import CHECKOUT, PAYMENTS, PRODUCTION, at
from tests.support.nagios import precache

ADA = Contact(name="ada", email="ada@example.com", page="ada-pager", hours="office", origin=at(8))
BOB = Contact(name="bob", email="bob@example.com", on=("critical", "recovery"), hosts=(), origin=at(9))


def with_team(team: Team) -> Plan:
    teams = tuple(team if one.name == team.name else one for one in PRODUCTION.teams)
    return replace(PRODUCTION, teams=teams)


def built(plan: Plan) -> dict[str, str]:
    return {path: text for path, text in render(plan).items() if path.startswith("nagios/")}


def contacts(files: dict[str, str]) -> dict[str, Definition]:
    definitions = [item.definition for text in files.values() for item in loads(text)]
    return {one.name: one for one in definitions if one.kind in ("contact", "contactgroup") and not one.template}


def checkout(plan: Plan) -> tuple[Notified, ...]:
    files = built(plan)
    assert precache(files)
    services = effective(read_texts(files))
    return next(one.notified for (_, name), one in services.items() if name == CHECKOUT.name)


def test_people_are_notified_next_to_the_team_in_their_hours() -> None:
    plan = with_team(replace(PAYMENTS, contacts=(ADA, BOB)))
    assert not [one for one in check(plan) if one.severity == "error"]
    by_name = {one.who: one for one in checkout(plan)}
    assert set(by_name) == {"payments-pager", "ada-pager", "bob@example.com"}
    assert by_name["payments-pager"].hours == by_name["bob@example.com"].hours
    assert by_name["ada-pager"].hours == ("monday 09:00-12:00,13:00-17:00", "friday 09:00-15:00")
    assert by_name["bob@example.com"].options == "c,r"
    assert by_name["payments-pager"].options == "w,u,c,r,f"


def test_contacts_of_teams_let_every_event_of_watches_and_hosts_pass() -> None:
    (found,) = [
        item.definition
        for item in loads(built(PRODUCTION)["nagios/templates.cfg"])
        if item.definition.kind == "contact"
    ]
    passed = {kind: set(found.settings[f"{kind}_notification_options"].split(",")) for kind in ("host", "service")}
    assert passed["host"] == set(host_options(get_args(HostEvent)).split(","))
    assert passed["service"] == set(service_options(get_args(NotifyOn)).split(","))
    assert (len(passed["host"]), len(passed["service"])) == (len(get_args(HostEvent)), len(get_args(NotifyOn)))


def test_each_channel_has_a_contact_for_each_person() -> None:
    found = contacts(built(with_team(replace(PAYMENTS, contacts=(ADA, BOB)))))
    page = found["payments+bob.page.production"].settings
    assert page["pager"] == page["email"] == "bob@example.com"
    assert page["host_notification_options"] == "n"
    assert found["payments+ada.page.production"].settings["pager"] == "ada-pager"
    assert "pager" not in found["payments+ada.ticket.production"].settings


def test_team_may_consist_of_people_only() -> None:
    plan = with_team(replace(PAYMENTS, email="", page="", contacts=(ADA,)))
    assert not [one for one in check(plan) if one.severity == "error"]
    assert [one.who for one in checkout(plan)] == ["ada-pager"]
    assert "payments.page.production" not in {
        name for name, one in contacts(built(plan)).items() if one.kind == "contact"
    }


def test_bad_address_of_a_person_is_a_finding() -> None:
    plan = with_team(replace(PAYMENTS, contacts=(replace(ADA, email="Ada <ada@example.com>"),)))
    (finding,) = [one for one in check(plan) if one.id == "N007"]
    assert "of contact 'ada' of team 'payments'" in finding.message
    assert finding.origin == at(8)


def test_unknown_hours_of_a_person_are_a_finding() -> None:
    plan = with_team(replace(PAYMENTS, contacts=(replace(ADA, hours="never-declared"),)))
    assert any("contact 'ada' of team 'payments'" in one.message for one in check(plan) if one.severity == "error")


def test_settings_of_notification_become_directives() -> None:
    entry = replace(CHECKOUT, renotify=0, notify_after=900, notify_on=("warning", "critical"))
    entries = tuple(entry if one.id == entry.id and one.variant == entry.variant else one for one in PRODUCTION.entries)
    files = built(replace(PRODUCTION, entries=entries))
    assert precache(files)
    (service,) = [
        item.definition.settings
        for text in files.values()
        for item in loads(text)
        if item.definition.kind == "service" and item.definition.settings.get("first_notification_delay")
        if item.definition.settings.get("service_description") == CHECKOUT.name
    ]
    assert service["notification_interval"] == "0"
    assert service["first_notification_delay"] == "15"
    assert service["notification_options"] == "w,c"


def test_sensu_reports_people_that_it_does_not_notify() -> None:
    plan = with_team(replace(PAYMENTS, contacts=(ADA,)))
    assert "S019" not in [one.id for one in sensu.check(plan)]
    routes = Routes(page=("page",), office_hours=("office",), ticket=("ticket",), origin=at(30))
    (finding,) = [one for one in sensu.check(replace(plan, routes=routes)) if one.id == "S019"]
    assert finding.message.startswith("Sensu does not notify ada")


def test_team_of_people_keeps_the_channels_of_its_own() -> None:
    key = ("key", "/etc/checkwright/secrets/pagerduty")
    pagerduty = Channel(name="pagerduty", kind="pagerduty", levels=("page",), settings=(key,), origin=at(10))
    plan = with_team(replace(PAYMENTS, email="", page="", contacts=(ADA,), channels=(pagerduty,)))
    files = built(plan)
    assert precache(files)
    assert "payments.page.production,payments+ada.page.production" in files["nagios/contacts.cfg"]
    people = {item.definition.name for item in loads(files["nagios/contacts.cfg"]) if item.definition.kind == "contact"}
    assert "payments.page.production" in people
    assert "payments.ticket.production" not in people
    assert "notify-service-by-program" in files["nagios/contacts.cfg"]
