import random
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from checkwright.registry.plan import Hours, Limit, Meaning, Plan
from nagios_cfg import Programs, check, render
from nagios_cfg.cfgfile import loads
from nagios_cfg.intervals import minutes
from nagios_cfg.object_faults import faults
from nagios_cfg.objects import Definition
from tests.nagios_cfg.plans import (
    BACKLOG,
    CHECKOUT,
    CLOUD,
    DISK,
    JOB_RUN,
    PAYMENTS,
    PLATFORM,
    PRODUCTION,
    SPLIT,
    at,
    large,
    moved,
)
from tests.support.golden_file import assert_golden
from tests.support.nagios import precache

GOLDENS = Path(__file__).parent / "goldens"
SHAPES = {
    "production": PRODUCTION,
    "split": SPLIT,
    "cloud": CLOUD,
    "large": large(200, 20),
    "moved": moved(PRODUCTION, "qa"),
}


def objects(plan: Plan) -> dict[tuple[str, str], Definition]:
    """Return all definitions of a plan by kind and name. Of services with the same description the last one wins."""
    return {
        (item.definition.kind, item.definition.name): item.definition
        for path, text in render(plan).items()
        if path.startswith("nagios/")
        for item in loads(text)
    }


def only(plan: Plan, *entries: object) -> Plan:
    return replace(plan, entries=entries)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["production", "split", "cloud"])
def test_goldens(name: str) -> None:
    files = render(SHAPES[name])
    folder = GOLDENS / name
    for path, text in files.items():
        assert_golden(folder / path, text)
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == set(files)


@pytest.mark.parametrize("plan", SHAPES.values(), ids=SHAPES)
def test_valid_plans_have_no_findings_and_no_faults(plan: Plan) -> None:
    assert check(plan) == ()
    texts = [text for path, text in render(plan).items() if path.startswith("nagios/")]
    assert list(faults(item.definition for text in texts for item in loads(text))) == []


def test_equal_plans_give_equal_bytes() -> None:
    shuffled = random.Random(7)

    def mixed(labels: dict[str, str]) -> dict[str, str]:
        return dict(shuffled.sample(sorted(labels.items()), len(labels)))

    hosts = tuple(replace(host, labels=mixed(dict(host.labels))) for host in PRODUCTION.hosts)
    first, second = render(PRODUCTION), render(replace(PRODUCTION, hosts=hosts))
    assert list(first.items()) == list(second.items())


def test_names_end_in_the_environment_except_hosts_and_services() -> None:
    for plan in SHAPES.values():
        for (kind, name), definition in objects(plan).items():
            if definition.template or kind not in ("host", "service"):
                assert name.endswith(f".{plan.environment}")


def test_service_is_on_the_hostgroup_of_its_role() -> None:
    disk = objects(PRODUCTION)["service", "disk"]
    assert disk.listed("hostgroup_name") == ("payments-api.production",)
    assert "host_name" not in disk.settings


def test_variant_names_its_hosts_and_the_other_service_excludes_them() -> None:
    text = render(SPLIT)["nagios/services/payments-api.cfg"]
    first, second = [item.definition for item in loads(text) if item.definition.name == "disk"]
    assert first.listed("hostgroup_name") == ("payments-api.production",)
    assert first.listed("host_name") == ("!pay-3",)
    assert second.listed("host_name") == ("pay-3",)
    assert "hostgroup_name" not in second.settings
    assert first.settings["check_command"] != second.settings["check_command"]


def test_role_without_machines_is_a_host_that_is_always_up() -> None:
    found = objects(CLOUD)
    assert found["host", "queue.cloud"].settings["use"] == "checkwright.role-as-host.cloud"
    assert found["service", "sqs_backlog"].settings["host_name"] == "queue.cloud"
    command = found["command", "checkwright.role-up.cloud"].settings["command_line"]
    assert command.startswith("/usr/lib/nagios/plugins/check_dummy 0 ")


def test_check_nrpe_sends_only_the_name_of_a_command() -> None:
    command = objects(PRODUCTION)["command", "payments-api.disk.production"].settings["command_line"]
    assert command == (
        "/usr/lib/nagios/plugins/check_nrpe -H '$HOSTADDRESS$' -p 5666 -t 14:UNKNOWN -c payments-api.disk"
    )


def test_each_layer_has_a_longer_timeout_than_the_one_inside() -> None:
    slow = replace(DISK, deadline=50)
    files = render(only(PRODUCTION, slow, replace(CHECKOUT, deadline=30)))
    assert "command_timeout=52\n" in files["nrpe/checkwright.cfg"]
    assert " -t 54:UNKNOWN " in files["nagios/commands.cfg"]
    assert "service_check_timeout=56\n" in files["main.cfg"]


def test_nrpe_file_of_a_host_exists_only_for_commands_with_its_values() -> None:
    files = {path for path in render(only(PRODUCTION, DISK)) if path.startswith("nrpe/")}
    assert files == {"nrpe/checkwright.cfg", "nrpe/roles/payments-api.cfg"}
    files = {path for path in render(PRODUCTION) if path.startswith("nrpe/hosts/")}
    assert files == {f"nrpe/hosts/pay-{number}.cfg" for number in (1, 2, 3)}
    assert not any(path.startswith("nrpe/") for path in render(CLOUD))


def test_nrpe_command_sets_environment_variables() -> None:
    text = render(only(PRODUCTION, replace(DISK, env=(("TZ", "UTC"),))))["nrpe/roles/payments-api.cfg"]
    assert "command[payments-api.disk]=/usr/bin/env 'TZ=UTC' /opt/checkwright/bin/check disk " in text


def test_passive_service_is_overdue_after_two_intervals_and_the_deadline() -> None:
    service = objects(only(PRODUCTION, replace(JOB_RUN, interval=300, deadline=20)))["service", "Nightly run"]
    assert service.settings["freshness_threshold"] == "620"
    assert "check_command" not in service.settings


@pytest.mark.parametrize(
    ("levels", "groups", "others"),
    [
        # levels of a payments and a platform service on one host, then the host's contactgroups and other settings
        (("page", "page"), "payments.page,platform.page", {}),
        (("office-hours", "page"), "payments.ticket,platform.page", {}),
        (("office-hours", "ticket"), "payments.page,platform.ticket", {"notification_period": "office"}),
        (
            ("office-hours", "office-hours"),
            "payments.ticket,platform.page",
            {"notification_period": "backup"},
        ),
        (("ticket", "nobody"), "payments.ticket", {}),
        (("nobody", "nobody"), "payments.ticket,platform.ticket", {"notifications_enabled": "0"}),
    ],
)
def test_host_notifies_at_the_level_of_its_services(
    levels: tuple[str, str], groups: str, others: dict[str, str]
) -> None:
    plan = replace(
        PRODUCTION,
        teams=(PAYMENTS, replace(PLATFORM, office_hours="backup")),
        entries=(
            replace(DISK, notify=levels[0]),  # type: ignore[arg-type]
            replace(JOB_RUN, notify=levels[1]),  # type: ignore[arg-type]
        ),
    )
    settings = objects(plan)["host", "pay-2"].settings
    assert settings["contact_groups"] == ",".join(f"{name}.production" for name in groups.split(","))
    notification = {
        name: settings[name] for name in ("notification_period", "notifications_enabled") if name in settings
    }
    assert notification == {name: value if value == "0" else f"{value}.production" for name, value in others.items()}


def agents(plan: Plan) -> dict[str, list[dict[str, str]]]:
    """Return the settings in agents.cfg, by kind."""
    found: dict[str, list[dict[str, str]]] = {}
    for item in loads(render(plan)["nagios/agents.cfg"]):
        found.setdefault(item.definition.kind, []).append(dict(item.definition.settings))
    return found


def test_services_through_nrpe_depend_on_nrpe_of_the_same_host() -> None:
    found = agents(PRODUCTION)
    assert [service["hostgroup_name"] for service in found["service"]] == ["payments-api.production"]
    assert [dependency["dependent_service_description"] for dependency in found["servicedependency"]] == ["disk,listen"]
    assert not any(name.startswith("dependent_host") for one in found["servicedependency"] for name in one)
    template = objects(PRODUCTION)["servicedependency", "checkwright.nrpe.production"].settings
    assert template["service_description"] == "nrpe"
    command = objects(PRODUCTION)["command", "checkwright.nrpe.production"].settings["command_line"]
    assert command == "/usr/lib/nagios/plugins/check_nrpe -H '$HOSTADDRESS$' -p 5666 -t 10"


def test_plan_without_nrpe_has_no_agents() -> None:
    plan = only(PRODUCTION, CHECKOUT, JOB_RUN)
    assert "nagios/agents.cfg" not in render(plan)
    assert not any("nrpe" in name for _, name in objects(plan))


def test_variants_share_a_dependency_that_excludes_hosts_without_the_service() -> None:
    (dependency,) = agents(SPLIT)["servicedependency"]
    assert dependency["hostgroup_name"] == "payments-api.production"
    assert "host_name" not in dependency
    (dependency,) = agents(only(PRODUCTION, replace(DISK, hosts=("pay-1", "pay-3"))))["servicedependency"]
    assert dependency["host_name"] == "!pay-2"


def test_dead_agent_notifies_at_the_level_of_its_services() -> None:
    found = agents(
        only(
            PRODUCTION,
            replace(DISK, notify="ticket"),
            replace(DISK, name="raid", notify="page", owner="platform", hosts=("pay-3",)),
            replace(CHECKOUT, notify="page"),
        )
    )["service"]
    assert [
        (service.get("hostgroup_name"), service["host_name"], service["contact_groups"], service["_OWNER"])
        for service in found
    ] == [
        ("payments-api.production", "!pay-3", "payments.ticket.production", "payments"),
        (None, "pay-3", "payments.ticket.production,platform.page.production", "payments,platform"),
    ]
    (quiet,) = agents(only(PRODUCTION, replace(DISK, notify="nobody")))["service"]
    assert quiet["notifications_enabled"] == "0"


def test_servicegroup_above_the_limit_is_left_out() -> None:
    plan = large(1000, 12)
    found = objects(plan)
    groups = {name for kind, name in found if kind == "servicegroup"}
    assert groups == {"family.shop.production", "family.system.production"}
    assert found["service", "watch00"].settings["servicegroups"] == "family.shop.production"
    assert "servicegroups" not in found["service", "nrpe"].settings
    assert found["service", "nrpe"].settings["_OWNER"] == "payments"


def test_levels_are_templates() -> None:
    found = objects(PRODUCTION)

    def level(name: str) -> dict[str, str]:
        settings = found["service", f"checkwright.payments.{name}.production"].settings
        return {key: settings[key] for key in settings if key not in ("name", "register", "_OWNER")}

    always = {"notification_period": "always.production"}
    assert level("page") == {"contact_groups": "payments.page.production", **always}
    assert level("ticket") == {"contact_groups": "payments.ticket.production", **always}
    assert level("office-hours") == {
        "contact_groups": "payments.page.production",
        "notification_period": "office.production",
    }
    assert level("nobody")["notifications_enabled"] == "0"


def test_quiet_hours_are_excluded_from_the_hours_of_the_level() -> None:
    plan = only(PRODUCTION, replace(DISK, quiet=("backup", "office")), CHECKOUT)
    found = objects(plan)
    period = found["service", "disk"].settings["notification_period"]
    assert period == "office.but.backup.but.office.production"
    settings = found["timeperiod", period].settings
    assert settings["exclude"] == "backup.production,office.production"
    assert settings["monday"] == "09:00-12:00,13:00-17:00"
    assert found["service", "checkout"].settings["notification_period"] == "always.but.backup.production"


def test_days_without_hours_are_excluded_dates() -> None:
    office = Hours(
        name="office",
        times=(("monday", "09:00-17:00"),),
        origin=at(5),
        without=("december 24..december 25", "2027-03-26"),
    )
    entry = replace(PRODUCTION.entries[0], owner="payments", notify="office-hours", quiet=(PRODUCTION.hours[-1].name,))
    hours = (office, *(one for one in PRODUCTION.hours if one.name != "office"))
    plan = replace(PRODUCTION, hours=hours, entries=(entry, *PRODUCTION.entries[1:]))
    files = render(plan)
    text = next(text for path, text in files.items() if "office.holidays.production" in text and path.endswith(".cfg"))
    periods = {one.definition.name: one.definition.settings for one in loads(text)}
    off = periods["office.holidays.production"]
    assert [name for name in off if off[name] == "00:00-24:00"] == ["december 24", "december 25", "2027-03-26"]
    assert periods["office.production"]["exclude"] == "office.holidays.production"
    combined = [settings["exclude"] for name, settings in periods.items() if name.startswith("office.but.")]
    assert combined
    assert all(one.startswith("office.holidays.production,") for one in combined)


def test_times_of_one_day_are_joined() -> None:
    split = Hours(name="office", times=(("monday", "09:00-12:00"), ("monday", "13:00-17:00")), origin=at(5))
    period = objects(replace(PRODUCTION, hours=(PRODUCTION.hours[0], split)))["timeperiod", "office.production"]
    assert period.settings["monday"] == "09:00-12:00,13:00-17:00"


def test_team_without_a_pager_is_paged_by_mail() -> None:
    found = objects(PRODUCTION)
    assert found["contact", "platform.page.production"].settings["pager"] == "platform@example.com"
    assert found["contact", "payments.page.production"].settings["pager"] == "payments-pager"


def test_notification_commands_contain_no_plugin_output() -> None:
    for (kind, name), definition in objects(PRODUCTION).items():
        if kind == "command" and "notify" in name:
            line = definition.settings["command_line"]
            assert not any(word in line for word in ("OUTPUT", "PERFDATA", "COMMENT", "LABEL", "ACK", "ALIAS"))
            outside = "".join(line.split("'")[::2])
            assert "$" not in outside, "a macro is outside single quotes"


def test_programs_that_send_notifications_can_be_replaced() -> None:
    text = render(PRODUCTION, Programs(mail="/opt/a b/mail", page="/opt/page"))["nagios/commands.cfg"]
    assert "| '/opt/a b/mail' -s '" in text
    assert "| /opt/page -s '" in text
    assert "/usr/bin/mail" not in text


def test_comments_contain_reasons_and_overridden_limits() -> None:
    limit = Limit(gauge="inodes", items="", warn=None, crit=None, level="override", origin=at(50), why="never\nfull")
    text = render(only(PRODUCTION, replace(DISK, limits=(*DISK.limits, limit), why=("one\nthing",))))[
        "nagios/services/payments-api.cfg"
    ]
    assert "# Why: one thing\n" in text
    assert (
        "# space of /srv*: warning 95, by the override at shop/fleet/payments.py:40: "
        "the archive; it is meant to be full\n"
    ) in text
    assert "# inodes: no threshold, by the override at shop/fleet/payments.py:50: never full\n" in text


def test_comments_contain_overridden_words() -> None:
    words = Meaning(
        verdict="state", items="a*", ok=("x", "y"), crit=("z",), level="override", origin=at(51), why="b\nc"
    )
    text = render(only(PRODUCTION, replace(DISK, meanings=(words, replace(words, level="watch", why="no")))))[
        "nagios/services/payments-api.cfg"
    ]
    assert "# state of a*: ok x, y; critical z, by the override at shop/fleet/payments.py:51: b c\n" in text
    assert text.count("state of a*") == 1


def test_macros_in_notes_are_escaped() -> None:
    service = objects(only(PRODUCTION, replace(DISK, summary="$HOSTNAME$; costs 5$")))["service", "disk"]
    assert service.settings["notes"].startswith("$$HOSTNAME$$; costs 5$$ Why: ")


def test_rarely_checked_service_is_not_notified_more_often_than_checked() -> None:
    service = objects(only(PRODUCTION, BACKLOG))["service", "sqs_backlog"].settings
    assert (service["check_interval"], service["notification_interval"]) == ("120", "120")


def test_nagios_computes_the_same_seconds_from_minutes() -> None:
    # Nagios multiplies the result of strtod by 60 and truncates it.
    assert [n for n in range(1, 200_000) if int(float(minutes(n)) * 60) != n] == []
    assert (minutes(60), minutes(30), minutes(3600)) == ("1", "0.5", "60")


@pytest.mark.slow
def test_cost_grows_no_faster_than_the_hosts() -> None:
    small, tall = large(1000, 20), large(10_000, 20)
    seconds = []
    for plan in (small, tall):
        start = time.process_time()
        files = render(plan)
        seconds.append(time.process_time() - start)
    # Ten times the hosts. A quadratic step would take a hundred times as long; the margin is for a busy machine.
    assert seconds[1] < 40 * max(seconds[0], 0.05)
    assert files["nagios/services/role000.cfg"].count("define service") == 20
    assert len(files["nagios/services/role000.cfg"]) <= len(render(small)["nagios/services/role000.cfg"])


def test_site_sets_the_programs_that_send_notifications() -> None:
    site = replace(PRODUCTION.site, mail="/usr/local/bin/mail", page="/opt/pager/send it")
    found = objects(replace(PRODUCTION, site=site))
    by_page = found["command", "checkwright.notify-service-by-page.production"].settings["command_line"]
    by_mail = found["command", "checkwright.notify-host-by-ticket.production"].settings["command_line"]
    assert " | '/opt/pager/send it' -s " in by_page
    assert " | /usr/local/bin/mail -s " in by_mail
    assert [finding.id for finding in check(replace(PRODUCTION, site=replace(site, page="/opt/a\nb")))] == ["N014"]


def test_service_links_to_its_graphs() -> None:
    site = replace(PRODUCTION.site, graphs="https://g.example.com/d/{environment}?h={host}&w={watch};x=[1]")
    plan = replace(PRODUCTION, site=site)
    assert check(plan) == ()
    expanded = precache(
        {path.removeprefix("nagios/"): text for path, text in render(plan).items() if path.startswith("nagios/")}
    )
    url = "https://g.example.com/d/production?h=$HOSTNAME$&w=$SERVICEDESC$;x=[1]"
    services = expanded.count("define service {")
    assert services > 0
    assert expanded.count(f"\taction_url\t{url}\n") == services
    assert "action_url" not in "".join(render(PRODUCTION).values())


def test_service_links_to_the_graphs_of_its_role() -> None:
    plan = replace(PRODUCTION, site=replace(PRODUCTION.site, graphs="https://g.example.com/d/{environment}-{role}"))
    files = {path: text for path, text in render(plan).items() if path.startswith("nagios/")}
    assert "action_url" not in files["nagios/templates.cfg"]
    services = [text for path, text in files.items() if path.startswith("nagios/services/")]
    assert services
    for text in services:
        role = text.partition("_ROLE")[2].split()[0]
        assert text.count(f"https://g.example.com/d/production-{role}\n") == text.count("define service {")


def test_hosts_and_alerts_link_to_the_catalogue() -> None:
    site = replace(PRODUCTION.site, catalogue="https://c.example.com/checks")
    plan = replace(PRODUCTION, site=site)
    assert check(plan) == ()
    files = render(plan)
    expanded = precache({path.removeprefix("nagios/"): files[path] for path in files if path.startswith("nagios/")})
    for host in plan.hosts:
        assert f"\tnotes_url\thttps://c.example.com/checks/host/production/{host.name}.html\n" in expanded
    for entry in plan.entries:
        page = f"https://c.example.com/checks/role/production/{entry.role}.html#{quote(entry.name)}"
        assert f"\t_CATALOGUE\t{page}\n" in expanded
        if entry.runbook:
            assert f"\tnotes_url\t{entry.runbook}\n" in expanded
    page = "https://c.example.com/checks/host/production/$HOSTNAME$.html#$SERVICEDESC$"
    assert expanded.count(f"'Runbook:  $SERVICENOTESURL$' 'Details:  {page}' |") == 2
    assert expanded.count("'Details:  $HOSTNOTESURL$' |") == 2
    assert "$HOSTNOTESURL$" in files["nagios/commands.cfg"]
    without = "".join(render(PRODUCTION).values())
    assert "Details:" not in without
    assert "_CATALOGUE" not in without


def test_catalogue_that_a_command_cannot_hold_is_refused() -> None:
    (finding,) = check(replace(PRODUCTION, site=replace(PRODUCTION.site, catalogue="https://c.example.com/it's")))
    assert (finding.id, finding.severity) == ("N009", "error")
    assert "the site's catalogue" in finding.message


def test_hostgroup_of_all_hosts_exists_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = {name: found.listed("hostgroups") for (kind, name), found in objects(PRODUCTION).items() if kind == "host"}
    assert all("all.production" in of_host for name, of_host in groups.items() if not name.startswith("checkwright."))
    monkeypatch.setattr("nagios_cfg.hosts.GROUP_LIMIT", 4)
    assert "all.production" not in "".join(render(PRODUCTION).values())


def test_role_with_the_name_of_the_group_of_all_hosts_keeps_it() -> None:
    first, *others = PRODUCTION.roles
    entries = tuple(replace(one, role="all") if one.role == first.name else one for one in PRODUCTION.entries)
    hosts = tuple(
        replace(host, roles=tuple("all" if name == first.name else name for name in host.roles))
        for host in PRODUCTION.hosts
    )
    plan = replace(PRODUCTION, roles=(replace(first, name="all"), *others), hosts=hosts, entries=entries)
    assert [finding for finding in check(plan) if finding.id == "N017"] == []
    groups = {name: found.listed("hostgroups") for (kind, name), found in objects(plan).items() if kind == "host"}
    assert {name for name, of_host in groups.items() if "all.production" in of_host} == set(first.hosts)


def test_variants_with_the_same_command_line_share_a_command() -> None:
    first, rarer = replace(CHECKOUT, hosts=("pay-1",)), replace(CHECKOUT, variant="rare", hosts=("pay-2",), interval=90)
    other = replace(CHECKOUT, variant="other", hosts=("pay-3",), command=(*CHECKOUT.command, ("-v",)))
    found = objects(only(PRODUCTION, first, rarer, other))
    names = {name for kind, name in found if kind == "command" and name.startswith("payments-api.")}
    assert names == {"payments-api.checkout.production", "payments-api.checkout.other.production"}
    assert check(only(PRODUCTION, first, rarer, other)) == ()


@pytest.mark.parametrize("text", ["the archive lies on C:\\", "ends in two \\\\", "a # b; c } {", "$HOME, $$", "{ }"])
def test_reason_with_special_characters_stays_text_in_nagios(text: str) -> None:
    limit = replace(DISK.limits[0], why=text)
    entry = replace(DISK, why=(text,), summary=text, limits=(limit,), transport="central")
    plan = only(PRODUCTION, entry)
    files = {path.removeprefix("nagios/"): read for path, read in render(plan).items() if path.startswith("nagios/")}
    expanded = precache(files)
    assert expanded.count("define service {") == len(entry.hosts)
    carried = text.replace("$", "$$")
    assert f"\tnotes\t{carried} Why: {carried}\n" in expanded
