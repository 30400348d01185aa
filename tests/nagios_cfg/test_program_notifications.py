"""Teams with channels in the files for Nagios: contacts, commands, notify.json, settings and README."""

import json
from dataclasses import replace

from checkwright.notify.notify_file import NotifyFile
from checkwright.notify.notify_options import parse
from checkwright.registry.plan import Channel, Contact, Plan
from nagios_cfg import check, render
from nagios_cfg.cfgfile import loads
from nagios_cfg.objects import Definition
from tests.nagios_cfg.plans import PAYMENTS, PRODUCTION, at
from tests.support.nagios import precache

PAGER = Channel(
    name="payments.pagerduty-1",
    kind="pagerduty",
    levels=("page",),
    settings=(("key", "/etc/checkwright/secrets/pagerduty-payments"),),
    origin=at(8),
)


def with_channel(channel: Channel) -> Plan:
    team = replace(PAYMENTS, channels=(channel,))
    return replace(PRODUCTION, teams=tuple(team if one.name == team.name else one for one in PRODUCTION.teams))


def definitions(files: dict[str, str], kind: str) -> dict[str, Definition]:
    items = [item.definition for path, text in files.items() if path.startswith("nagios/") for item in loads(text)]
    return {one.name: one for one in items if one.kind == kind and not one.template}


def test_contact_with_a_channel_uses_the_program_and_others_mail() -> None:
    made = with_channel(PAGER)
    assert not [one for one in check(made) if one.severity == "error"]
    files = render(made)
    contacts = definitions(files, "contact")
    page, ticket = (contacts[f"payments.{channel}.production"].settings for channel in ("page", "ticket"))
    assert page["service_notification_commands"] == "checkwright.notify-service-by-program.production"
    assert page["host_notification_commands"] == "checkwright.notify-host-by-program.production"
    assert (page["_TEAM"], page["_LEVEL"]) == ("payments", "page")
    assert ticket["service_notification_commands"] == "checkwright.notify-service-by-ticket.production"
    platform = contacts["platform.page.production"].settings
    assert platform["service_notification_commands"] == "checkwright.notify-service-by-page.production"
    assert precache({path: text for path, text in files.items() if path.startswith("nagios/")})


def test_person_with_a_channel_uses_the_program_in_their_hours() -> None:
    sms = Channel(
        name="payments+ada.sms-1", kind="sms", levels=("page",), settings=(("token", "/s/sms"),), origin=at(8)
    )
    ada = Contact(name="ada", email="ada@example.com", hours="office", channels=(sms,), origin=at(8))
    team = replace(PAYMENTS, contacts=(ada,))
    made = replace(PRODUCTION, teams=tuple(team if one.name == team.name else one for one in PRODUCTION.teams))
    assert not [one for one in check(made) if one.severity == "error"]
    files = render(made)
    contacts = definitions(files, "contact")
    page, ticket = (contacts[f"payments+ada.{channel}.production"].settings for channel in ("page", "ticket"))
    assert page["service_notification_commands"] == "checkwright.notify-service-by-program.production"
    assert (page["_TEAM"], page["_LEVEL"], page["email"]) == ("payments+ada", "page", "ada@example.com")
    assert page["service_notification_period"] == ticket["service_notification_period"] != "24x7"
    assert ticket["service_notification_commands"] == "checkwright.notify-service-by-ticket.production"
    found = NotifyFile(json.loads(files["notify/production.json"]))
    assert found.channels_of("payments+ada", "page") == ("payments+ada.sms-1",)
    assert found.channels_of("payments", "page") == ()
    assert "/s/sms\n" in files["README.txt"]
    assert precache({path: text for path, text in files.items() if path.startswith("nagios/")})


def test_command_has_no_text_of_plugins_or_people() -> None:
    commands = definitions(render(with_channel(PAGER)), "command")
    for kind in ("host", "service"):
        line = commands[f"checkwright.notify-{kind}-by-program.production"].settings["command_line"]
        assert line.startswith("'/opt/checkwright/bin/checkwright-notify' 'nagios'")
        assert "OUTPUT" not in line
        assert "PERFDATA" not in line
        assert "COMMENT" not in line
        assert "pagerduty-payments" not in line
        options = parse([word.strip("'") for word in line.replace("$_CONTACTLEVEL$", "page").split(" ")[1:]])
        assert options.config == "/etc/checkwright/notify/production.json"
        assert (options.team, options.status_file) == ("$_CONTACTTEAM$", "$STATUSDATAFILE$")


def test_file_names_channels_and_runbooks_and_no_secret() -> None:
    files = render(with_channel(PAGER))
    found = NotifyFile(json.loads(files["notify/production.json"]))
    assert found.channels_of("payments", "page") == ("payments.pagerduty-1",)
    assert found.channels_of("payments", "ticket") == ()
    assert found.channels_of("platform", "page") == ()
    assert found.watch("payments-api", "disk").runbook == "https://runbooks.example.com/payments/?a=1&b=2"
    assert "/etc/checkwright/secrets/pagerduty-payments\n" in files["README.txt"]
    assert "status_update_interval=5" in files["main.cfg"]


def test_without_channels_nothing_changes() -> None:
    files = render(PRODUCTION)
    assert "notify/production.json" not in files
    assert "by-program" not in files["nagios/commands.cfg"]
    assert "status_update_interval" not in files["main.cfg"]
    assert "notify/" not in files["README.txt"]


def test_runbook_of_an_override_is_that_of_its_hosts() -> None:
    made = with_channel(PAGER)
    disk = next(entry for entry in made.entries if entry.id == "payments-api:disk")
    special = replace(disk, variant="pay-9", hosts=("pay-3",), runbook="https://runbooks.example.com/special/")
    others = replace(disk, hosts=("pay-1", "pay-2"))
    entries = tuple(entry for entry in made.entries if entry is not disk)
    found = NotifyFile(json.loads(render(replace(made, entries=(*entries, others, special)))["notify/production.json"]))
    watch = found.watch("payments-api", "disk")
    assert (watch.runbook, dict(watch.runbooks)) == (
        "https://runbooks.example.com/payments/?a=1&b=2",
        {"pay-3": "https://runbooks.example.com/special/"},
    )
