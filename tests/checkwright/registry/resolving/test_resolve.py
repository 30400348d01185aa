"""Tests of resolution: levels, command lines, and the origins of values."""

import json

import pytest

from checkwright.core.argv import parse
from checkwright.core.catalog import find
from checkwright.core.check import bind
from checkwright.core.world import World
from checkwright.registry import model, plan_json, planning
from checkwright.registry.findings import FindingsError
from checkwright.registry.model import RegistryError
from checkwright.registry.plan import (
    Check,
    Covered,
    Entry,
    Gauge,
    Hours,
    Limit,
    Meaning,
    Origin,
    Placeholder,
    Plan,
    Secret,
    Setting,
    Site,
    Team,
)
from checkwright.registry.plan import Override as PlanOverride
from tests.checkwright.registry.conftest import FIRST, Write
from tests.support.installed import ROOT

FLEET = "bakery/fleet/all.py"
OVEN = "bakery/plugins/oven.py"


def resolved(project: Write, watches: str, overrides: str = "", hosts: int = 3, **site: str) -> Plan:
    """Return the plan of a mill with these watches. Watches begin on line FIRST + 4, overrides after them."""
    listed = "\n".join(
        f'        Host("mill-{n}", "10.0.0.{n}", roles=(mill,), labels={{"port": "44{n}"}}),'
        for n in range(1, hosts + 1)
    )
    arguments = ", ".join(f"{name}={value!r}" for name, value in site.items())
    fleet = f"""\
mill = Role(
    "mill",
    owner=bakers,
    runbook="https://runbooks.example.com/mill/", watches=(
{watches}
    ),
)
qa = Environment(
    "qa",
    site=Site({arguments}),
    overrides=(
{overrides}
    ),
    hosts=(
{listed}
    ),
)
"""
    return planning.plan(str(project(fleet)), "qa").plan


def command_of(entry: Entry) -> str:
    """Return the argv as one line."""
    return " ".join(
        "".join(f"<{part.name}>" if isinstance(part, Placeholder) else part for part in word) for word in entry.command
    )


def only(plan: Plan) -> Entry:
    (entry,) = plan.entries
    return entry


def setting(entry: Entry, name: str) -> Setting:
    (found,) = (one for one in entry.settings if one.name == name)
    return found


def test_plan_contains_everything_it_refers_to(project: Write) -> None:
    plan = resolved(project, 'Watch(Disk()), Watch(SqsBacklog(queue="flour-{environment}"), per="role"),', hosts=1)
    assert (plan.version, plan.project, plan.environment) == (2, "bakery", "qa")
    assert plan.site == Site(project="/opt/checkwright/projects/bakery")
    assert plan.teams == (
        Team(
            name="bakers",
            email="bakers@example.com",
            page="bakers-pager",
            office_hours="office-hours",
            origin=Origin(FLEET, FIRST - 1),
        ),
    )
    days = ("monday", "tuesday", "wednesday", "thursday", "friday")
    assert [hours.times for hours in plan.hours] == [tuple((day, "09:00-17:00") for day in days)]
    (role,) = plan.roles
    assert (role.hosts, role.virtual_host, role.origin) == (("mill-1",), "mill.qa", Origin(FLEET, FIRST))
    host, virtual = plan.hosts
    assert (host.name, host.address, host.roles, dict(host.labels)) == (
        "mill-1",
        "10.0.0.1",
        ("mill",),
        {"port": "441"},
    )
    assert (virtual.name, virtual.virtual, virtual.roles, virtual.address) == ("mill.qa", True, ("mill",), "")
    disk, backlog = plan.entries
    assert (disk.id, disk.family, disk.check, disk.hosts, disk.where) == (
        "mill:disk",
        "system",
        "disk",
        ("mill-1",),
        "host",
    )
    assert (backlog.hosts, backlog.where, backlog.transport, backlog.per) == (
        ("mill.qa",),
        "central",
        "central",
        "role",
    )


def test_defaults_of_an_entry(project: Write) -> None:
    entry = only(resolved(project, "Watch(Oven()),"))
    assert (entry.interval, entry.retry, entry.attempts, entry.deadline) == (60, 30, 3, 10)
    assert (entry.notify, entry.quiet, entry.where, entry.transport) == ("page", (), "host", "nrpe")
    assert (entry.summary, entry.family, entry.owner) == (
        "State of the oven, as its status document reports it.",
        "bakery",
        "bakers",
    )
    assert entry.runbook == "https://runbooks.example.com/mill/"
    assert command_of(entry) == "/opt/checkwright/bin/check --project /opt/checkwright/projects/bakery oven -t 10"
    assert entry.why == ()


ARGV = {
    'Watch(Oven(url="https://{address}:{label.port}/{{host}}/{role}"))': (
        "--url https://<address>:<label.port>/{host}/<role> -t 10"
    ),
    'Watch(Oven(port=label("port", int)))': "--port=<label.port> -t 10",
    'Watch(Oven(shelves=("top", "{host} low")))': "--shelves top --shelves=<host> low -t 10",
    "Watch(Oven(gas=True))": "--gas -t 10",
    'Watch(Oven(token=Secret(file="/etc/oven")))': "--token-file /etc/oven -t 10",
    'Watch(Oven(token=Secret(file="oven")))': "--token-file /etc/checkwright/secrets/oven -t 10",
    'Watch(Oven(token=Secret(env="OVEN")))': "--token-env OVEN -t 10",
    'Watch(Oven(), deadline="1m")': "-t 60",
    "Watch(Oven(), Oven.heat.at(warn=250))": "-t 10",
    'Watch(Oven(), Oven.dough.at(crit="5:30"), Oven.heat.at(warn=240))': (
        "--heat-warning 240 --dough-critical 5:30 -t 10"
    ),
    'Watch(Oven(), Oven.heat.at("top*", warn=260), Oven.heat.at("=", crit=270))': (
        "--heat-warning top*=260 --heat-critical ==270 -t 10"
    ),
    'Watch(Oven(), Oven.heat.at("top*", warn=260), Oven.heat.at(warn=240))': "--heat-warning 240 -t 10",
    'Watch(Oven(), Oven.heat.at(warn=240), Oven.heat.at("top*", warn=260))': (
        "--heat-warning 240 --heat-warning top*=260 -t 10"
    ),
    'Watch(Oven(), Oven.heat.at("top*", warn=240), Oven.heat.at("top*", warn=260))': "--heat-warning top*=260 -t 10",
    'Watch(Oven(), Oven.heat.at(warn="~:"))': "--heat-warning ~: -t 10",
}


@pytest.mark.parametrize("watch", ARGV)
def test_command_line_of_a_check(project: Write, watch: str) -> None:
    entry = only(resolved(project, watch + ","))
    assert (
        command_of(entry) == f"/opt/checkwright/bin/check --project /opt/checkwright/projects/bakery oven {ARGV[watch]}"
    )


def test_remaining_words_stay_last(project: Write) -> None:
    wrap = """\
        from checkwright import Check, Metrics, option

        class Wrap(Check):
            "Wraps a command."

            job: str = option("Job")
            command: tuple[str, ...] = option("Command", flags="...", default=())

            def probe(self) -> Metrics:
                yield from ()
        """
    fleet = """
        from bakery.plugins.wrap import Wrap
        mill = Role("mill", owner=bakers, watches=(Watch(Wrap(job="a", command=("ls", "--", "{host}"))),))
        qa = Environment("qa", site=Site(), hosts=(Host("a", "10.0.0.1", roles=(mill,)),))
        """
    entry = only(planning.plan(str(project(fleet, {"plugins/wrap.py": wrap})), "qa").plan)
    assert command_of(entry).endswith(" wrap --job a -t 10 -- ls -- <host>")


def test_command_line_of_a_foreign_plugin(project: Write) -> None:
    watch = (
        'Plugin("/usr/lib/nagios/plugins/check_smtp", "-H", "{address}", "{a: 1}", name="smtp", env={"LC_ALL": "C"}),'
    )
    entry = only(resolved(project, watch))
    assert command_of(entry) == "/usr/lib/nagios/plugins/check_smtp -H <address> {a: 1}"
    assert (entry.plugin, entry.check, entry.family, entry.env) == (
        "/usr/lib/nagios/plugins/check_smtp",
        "",
        "",
        (("LC_ALL", "C"),),
    )


def test_secrets_are_recorded_by_their_place(project: Write) -> None:
    entry = only(resolved(project, 'Watch(Oven(token=Secret(file="oven"))),', secrets="/run/secrets"))
    assert entry.secrets == (Secret("token", "file", "/run/secrets/oven"),)
    assert setting(entry, "option token").value == "file /run/secrets/oven"


def test_last_of_three_levels_wins_and_is_recorded(project: Write) -> None:
    entry = only(
        resolved(
            project,
            'Watch(Oven(port=8080), Oven.heat.at(warn=240, crit=270), every="30s", attempts=5),',
            """\
        Override(every="5m", notify="nobody", why="testers look"),
        Override(Oven.heat.at(crit=290), every="10m", role=mill, watch="ov*", why="it is old"),
        Override(options=Oven(port=8443, gas=True), why="moved"),
            """,
        )
    )
    assert (entry.interval, entry.attempts, entry.notify, entry.deadline) == (600, 5, "nobody", 10)
    assert command_of(entry).endswith("oven --port 8443 --gas --heat-warning 240 --heat-critical 290 -t 10")
    assert entry.why == ("testers look", "it is old", "moved")
    watch, override = Origin(FLEET, FIRST + 4), FIRST + 11
    assert setting(entry, "every") == Setting("every", "10m", "override", Origin(FLEET, override + 1), "it is old")
    assert setting(entry, "notify") == Setting("notify", "nobody", "override", Origin(FLEET, override), "testers look")
    assert setting(entry, "attempts") == Setting("attempts", "5", "watch", watch)
    assert setting(entry, "deadline").level == "check"
    assert setting(entry, "option port") == Setting(
        "option port", "8443", "override", Origin(FLEET, override + 2), "moved"
    )
    assert setting(entry, "option url") == Setting("option url", "https://oven.example.com/", "check", Origin(OVEN, 12))
    old = Limit("heat", "", None, "290", "override", Origin(FLEET, override + 1), "it is old", label="Temperature")
    assert entry.limits == (
        Limit("heat", "", "240", None, "watch", watch, label="Temperature"),
        old,
        Limit("dough", "", "10", "20", "check", Origin(OVEN, 20), label="Dough waiting"),
    )


def test_limits_have_unit_and_label_of_their_gauge(project: Write) -> None:
    watches = 'Watch(Disk(), Disk.space.at("/srv", warn=70)), Watch(Heartbeat(job="bread"), Heartbeat.age.at(warn=60)),'
    disk, heartbeat = resolved(project, watches, hosts=1).entries
    assert {(limit.gauge, limit.unit, limit.label) for limit in disk.limits} == {
        ("space", "%", "Used space"),
        ("inodes", "%", "Used inodes"),
    }
    assert {(limit.unit, limit.label) for limit in heartbeat.limits if limit.gauge == "age"} == {
        ("s", "Time since last run")
    }


def test_plan_holds_the_declaration_of_each_check(project: Write) -> None:
    watches = 'Watch(Oven()), Watch(SystemdUnit(units=("a.service",))), Plugin("/bin/x", name="x"),'
    oven, unit = resolved(project, watches, hosts=1).checks
    assert oven == Check(
        name="oven",
        family="bakery",
        summary="State of the oven, as its status document reports it.",
        text="Nothing more.",
        gauges=(
            Gauge(name="heat", label="Temperature", warn="250", crit="280"),
            Gauge(name="dough", label="Dough waiting", warn="10", crit="20"),
        ),
        origin=Origin(OVEN, 6),
    )
    assert (unit.name, unit.family) == ("systemd_unit", "systemd")
    active = next(verdict for verdict in unit.verdicts if verdict.name == "active")
    assert "active" in active.ok
    assert active.other == "critical"


def test_plan_holds_the_overrides_with_their_last_day(project: Write) -> None:
    overrides = """\
        Override(Oven.heat.at(crit=290), every="10m", host="mill-1", why="it is old", until="2099-03-01"),
        Override(watch="disk", off=True, why="no disk", until="2099-04-01"),
        Override(options=Oven(gas=True), why="gas", until="2099-05-01"),
        Override(SystemdUnit.active.meaning(ok=("slow",)), role=mill, why="slow mill", until="2099-06-01"),
    """
    watches = 'Watch(Oven()), Watch(Disk()), Watch(SystemdUnit(units=("a.service",))),'
    plan = resolved(project, watches, overrides, hosts=1)
    oven, unit = plan.entries
    assert {limit.until for limit in oven.limits if limit.level == "override"} == {"2099-03-01"}
    assert {limit.until for limit in oven.limits if limit.level != "override"} == {""}
    assert (setting(oven, "every").until, setting(oven, "option gas").until) == ("2099-03-01", "2099-05-01")
    assert (setting(oven, "attempts").until, setting(oven, "option url").until) == ("", "")
    assert [(meaning.label, meaning.until) for meaning in unit.meanings] == [("Unit", "2099-06-01")]
    (off,) = plan.off
    assert (off.check, off.until) == ("disk", "2099-04-01")
    first, second, *_ = plan.overrides
    assert first == PlanOverride(
        scope="check oven, host mill-1",
        changes=("every 10m", "heat crit 290"),
        teams=("bakers",),
        why="it is old",
        until="2099-03-01",
        origin=oven_origin(oven),
    )
    assert (second.scope, second.changes) == ("watch disk", ("switched off",))


def oven_origin(entry: Entry) -> Origin:
    return next(limit.origin for limit in entry.limits if limit.level == "override")


def test_plugin_has_the_summary_of_its_declaration(project: Write) -> None:
    watches = 'Plugin("/bin/x", name="x", summary="Voltage of the mill"), Plugin("/bin/y", name="y"),'
    assert [entry.summary for entry in resolved(project, watches, hosts=1).entries] == ["Voltage of the mill", ""]


def test_site_has_its_catalogue(project: Write) -> None:
    plan = resolved(project, "Watch(Oven()),", catalogue="https://c.example.com/checks/")
    assert plan.site.catalogue == "https://c.example.com/checks"


def test_site_has_its_place_for_performance_data_and_the_path_of_its_login(project: Write) -> None:
    fleet = """\
qa = Environment(
    "qa",
    site=Site(perfdata="influxdb:https://db.example.com:8086/nagios", perfdata_login=Secret(file="influxdb")),
)
"""
    site = planning.plan(str(project(fleet)), "qa").plan.site
    assert site.perfdata == "influxdb:https://db.example.com:8086/nagios"
    assert site.perfdata_login == "/etc/checkwright/secrets/influxdb"
    written = plan_json.dumps(Plan(project="x", environment="qa", site=site))
    assert plan_json.loads(written).site == site


def test_override_of_limits_applies_to_watches_of_their_check(project: Write) -> None:
    disk, oven = resolved(
        project, "Watch(Disk()), Watch(Oven()),", '        Override(Oven.heat.at(crit=300), every="5m", why="x"),'
    ).entries
    assert (disk.interval, disk.why) == (60, ())
    assert (oven.interval, oven.why) == (300, ("x",))


def test_override_of_some_hosts_splits_a_watch(project: Write) -> None:
    entries = resolved(
        project,
        "Watch(Oven()),",
        """\
        Override(every="2m", why="all"),
        Override(Oven.heat.at(crit=300), host="mill-2", why="old"),
        Override(every="5m", host=("mill-[45]", "mill-2"), why="slow"),
        """,
        hosts=7,
    ).entries
    assert [(entry.variant, entry.hosts, entry.interval, entry.why) for entry in entries] == [
        ("", ("mill-1", "mill-3", "mill-6", "mill-7"), 120, ("all",)),
        ("mill-2-mill-45", ("mill-2",), 300, ("all", "old", "slow")),
        ("mill-45-mill-2", ("mill-4", "mill-5"), 300, ("all", "slow")),
    ]
    assert {entry.id for entry in entries} == {"mill:oven"}


def test_equal_groups_keep_their_own_origins(project: Write) -> None:
    overrides = """\
        Override(Disk.space.at(crit=90), host="mill-1", why="the first"),
        Override(Disk.space.at(crit=90), host="mill-2", why="the second"),
        Override(Disk.space.at(warn=80, crit=90), host="mill-3", why="both ends"),
        Override(
            Disk.space.at(warn=80),
            Disk.space.at(crit=90),
            host="mill-4",
            why="one after the other",
        ),"""
    plan = resolved(project, "        Watch(Disk(), Disk.space.at(warn=70, crit=80)),", overrides, hosts=5)
    found = {entry.hosts: entry for entry in plan.entries}
    one, two, three, four = (found[f"mill-{number}",] for number in range(1, 5))
    assert command_of(one) == command_of(two) != command_of(three) == command_of(four)

    def space(entry: Entry) -> list[tuple[str | None, str | None, str, int]]:
        return [(one.warn, one.crit, one.why, one.origin.line) for one in entry.limits if one.gauge == "space"]

    first = FIRST + 11
    assert space(one) == [("70", None, "", FIRST + 4), (None, "90", "the first", first)]
    assert space(two) == [("70", None, "", FIRST + 4), (None, "90", "the second", first + 1)]
    assert space(three) == [("80", "90", "both ends", first + 2)]
    assert space(four) == [
        ("80", None, "one after the other", first + 4),
        (None, "90", "one after the other", first + 5),
    ]


def test_largest_group_has_no_variant(project: Write) -> None:
    entries = resolved(project, "Watch(Oven()),", '        Override(every="5m", host="mill-[1-4]", why="x"),', hosts=5)
    assert [(entry.variant, entry.hosts) for entry in entries.entries] == [
        ("", ("mill-1", "mill-2", "mill-3", "mill-4")),
        ("others", ("mill-5",)),
    ]


def test_name_of_a_group_stays_short(project: Write) -> None:
    hosts = ", ".join(f'"mill-{number}"' for number in range(1, 9))
    overrides = f"""\
        Override(every="5m", host=({hosts}), why="x"),
        Override(every="6m", host=({hosts}), watch="ov*", why="y"),
        Override(every="7m", host="mill-8", why="z"),
        """
    entries = resolved(project, "Watch(Oven()),", overrides, hosts=20).entries
    assert sorted((entry.variant, len(entry.hosts)) for entry in entries) == [
        ("", 12),
        ("mill-1-mill-2-mill-3-mill-4-mill-5-mill-etc", 7),
        ("mill-1-mill-2-mill-3-mill-4-mill-5-mill-etc-2", 1),
    ]


def test_override_of_all_hosts_by_name_splits_nothing(project: Write) -> None:
    entry = only(resolved(project, "Watch(Oven()),", '        Override(every="5m", host="mill-*", why="x"),'))
    assert (entry.variant, entry.interval, len(entry.hosts)) == ("", 300, 3)


TRANSPORTS = {
    ("", "nrpe", ""): ("host", "nrpe"),
    ("", "local", ""): ("host", "local"),
    ('transport="passive"', "nrpe", ""): ("host", "passive"),
    ('where="central"', "nrpe", ""): ("central", "central"),
    ('where="central", transport="passive"', "nrpe", ""): ("central", "passive"),
    ('where="central"', "nrpe", 'where="host"'): ("host", "nrpe"),
    ("", "nrpe", 'where="central"'): ("central", "central"),
    ('per="role"', "nrpe", 'where="host"'): ("central", "central"),
    ("", "nrpe", 'transport="local"'): ("host", "local"),
}


@pytest.mark.parametrize(("watch", "site", "override"), TRANSPORTS)
def test_where_and_transport(project: Write, watch: str, site: str, override: str) -> None:
    text = f'        Override({override}, why="x"),' if override else ""
    entry = only(resolved(project, f"Watch(Oven(), {watch}),", text, transport=site))
    assert (entry.where, entry.transport) == TRANSPORTS[watch, site, override]


def test_quiet_hours_are_in_the_plan(project: Write) -> None:
    plan = resolved(project, 'Watch(Oven(), quiet=(Hours("night", "monday 00:00-06:00"),)),')
    assert only(plan).quiet == ("night",)
    assert plan.hours[0] == Hours(name="night", times=(("monday", "00:00-06:00"),), origin=Origin(FLEET, FIRST + 4))


def test_unknown_environment_is_refused(project: Write) -> None:
    folder = str(project('qa = Environment("qa", site=Site())\ndev = Environment("dev", site=Site())\n'))
    with pytest.raises(RegistryError) as refused:
        planning.plan(folder, "qua")
    assert str(refused.value) == "bakery has no environment 'qua', did you mean qa: it has dev, qa"


def test_project_without_environments(project: Write) -> None:
    with pytest.raises(RegistryError, match="bakery has no environment 'qa': it declares none"):
        planning.plan(str(project("")), "qa")


def test_watch_may_run_as_another_account(project: Write) -> None:
    fleet = """
        m = Role(
            "m",
            owner=bakers,
            runbook="https://runbooks.example.com/",
            watches=(Watch(Oven(), run_as="root"), Watch(Disk(), run_as="_backup"), Watch(Oven(), name="own")),
        )
        qa = Environment("qa", site=Site(account="nrpe"), hosts=(Host("a", "10.0.0.1", roles=(m,)),))
        """
    plan = planning.plan(str(project(fleet)), "qa").plan
    assert {entry.name: entry.run_as for entry in plan.entries} == {"oven": "root", "disk": "_backup", "own": ""}
    assert plan.site.account == "nrpe"
    assert plan_json.loads(plan_json.dumps(plan)) == plan


@pytest.mark.parametrize("account", ["Root!", "", "0", "a b", "root,ALL", "#0", "%wheel"])
def test_invalid_account_is_refused(project: Write, account: str) -> None:
    for text in (f"Watch(Oven(), run_as={account!r})", f"Site(account={account!r})"):
        with pytest.raises(FindingsError) as refused:
            planning.plan(str(project(f"x = {text}")), "qa")
        assert "which is not a name of an account such as root" in str(refused.value.findings[0])


def test_lint_reports_modules_that_cannot_be_loaded(project: Write) -> None:
    (finding,) = planning.lint(str(project("x = nowhere"))).findings
    assert finding.id == "R001"


def test_lint_returns_the_plans_without_errors(project: Write) -> None:
    fleet = """
        m = Role("m", owner=bakers, runbook="https://runbooks.example.com/", watches=(Watch(Oven()),))
        bad = Environment("bad", site=Site(watched_by="x"), hosts=(Host("a", roles=(m,)),))
        good = Environment("good", site=Site(watched_by="x"), hosts=(Host("b", "10.0.0.1", roles=(m,)),))
        late = Environment(
            "late",
            site=Site(watched_by="x"),
            hosts=(Host("c", "10.0.0.1", roles=(m,)),),
            overrides=(Override(every="5m", why="x", until="2020-01-01"),),
        )
        """
    plans, findings = planning.lint(str(project(fleet)))
    assert [plan.environment for plan in plans] == ["good", "late"]
    assert [finding.id for finding in findings] == ["R007", "R016"]


def test_refused_plan_has_its_warnings_too(project: Write) -> None:
    folder = project(
        'm = Role("m", owner=bakers)\nqa = Environment("qa", site=Site(), hosts=(Host("a", roles=(m,)),))\n'
    )
    with pytest.raises(FindingsError) as refused:
        planning.plan(str(folder), "qa")
    assert [finding.id for finding in refused.value.findings] == ["R007", "R020"]


SHOP = ROOT / "examples" / "shop"


@pytest.mark.parametrize("environment", ["dev", "qa", "staging", "production"])
def test_command_lines_of_the_example_contain_its_limits(environment: str) -> None:
    for entry in planning.plan(str(SHOP), environment).plan.entries:
        if not entry.check:
            continue
        kind = find(entry.check, str(SHOP))
        argv = ["".join("7" if isinstance(part, Placeholder) else part for part in word) for word in entry.command]
        words = argv[argv.index(entry.check) + 1 :]
        line = parse(kind, words)
        assert line.timeout == entry.deadline
        read = bind(line.check, World(sealed=True), line.limits, line.meanings)
        for limit in entry.limits:
            held = read.thresholds(kind.gauges[limit.gauge], limit.items or "anything")
            assert limit.warn in (None, held.warn)
            assert limit.crit in (None, held.crit)


@pytest.mark.parametrize("environment", ["dev", "qa", "staging", "production"])
def test_example_has_no_findings(environment: str) -> None:
    built = planning.plan(str(SHOP), environment)
    assert built.plan.entries != ()
    assert [finding for finding in built.findings if finding.id != "R016"] == []


def test_plan_contains_all_teams_of_escalations(project: Write) -> None:
    fleet = """\
    owners = Team("owners", email="owners@example.com", office_hours=Hours("late", "monday-friday 10:00-20:00"))
    millers = Team("millers", email="millers@example.com", escalations=(Escalation(after="2h", to=owners),))
    mill = Role(
        "mill",
        owner=Team("night-shift", email="n@example.com", escalations=(Escalation(after="1h30m", to=millers),)),
        runbook="https://runbooks.example.com/mill/",
        watches=(Watch(Disk()),),
    )
    qa = Environment("qa", site=Site(), hosts=(Host("mill-1", "10.0.0.1", roles=(mill,)),))
    """
    found = planning.plan(str(project(fleet)), "qa").plan
    assert {team.name: [(step.after, step.to) for step in team.escalations] for team in found.teams} == {
        "millers": [(7200, "owners")],
        "night-shift": [(5400, "millers")],
        "owners": [],
    }
    assert [hours.name for hours in found.hours] == ["late", "office-hours"]
    assert plan_json.dumps(found).count('"escalations"') == 2
    assert plan_json.loads(plan_json.dumps(found)) == found


def test_override_switches_a_watch_off_and_a_later_one_on_again(project: Write) -> None:
    plan = resolved(
        project,
        """        Watch(Disk()),
        Watch(Oven()),""",
        """        Override(watch="oven", off=True, why="no fire in summer"),
        Override(watch="oven", host="mill-2", off=False, why="but for bread"),
        Override(watch="disk", host="mill-3", off=True, why="it has none"),""",
    )
    assert {(entry.name, entry.variant): entry.hosts for entry in plan.entries} == {
        ("disk", ""): ("mill-1", "mill-2"),
        ("oven", ""): ("mill-2",),
    }
    assert [(off.id, off.hosts, off.why, off.owner, off.origin) for off in plan.off] == [
        ("mill:disk", ("mill-3",), "it has none", "bakers", Origin(FLEET, FIRST + 14)),
        ("mill:oven", ("mill-1", "mill-3"), "no fire in summer", "bakers", Origin(FLEET, FIRST + 12)),
    ]
    assert plan_json.loads(plan_json.dumps(plan)) == plan


def test_override_that_switches_off_can_change_nothing_else(project: Write) -> None:
    with pytest.raises(FindingsError, match="off=True switches the watches off, so it can change nothing else"):
        resolved(project, "        Watch(Disk()),", '        Override(off=True, every="5m", why="x"),')


def test_site_names_the_programs_for_notifications(project: Write) -> None:
    plan = resolved(project, "        Watch(Disk()),", mail="/usr/local/bin/mail", page="/opt/pager/send it")
    assert (plan.site.mail, plan.site.page) == ("/usr/local/bin/mail", "/opt/pager/send it")
    with pytest.raises(RegistryError, match="Site: page is 'sendmail', and must be an absolute path"):
        model.Site(page="sendmail")


def test_plan_omits_unused_features(project: Write) -> None:
    written = json.loads(plan_json.dumps(resolved(project, "        Watch(Disk()),")))
    assert "off" not in written
    assert {"mail", "page"}.isdisjoint(written["site"])
    assert "escalations" not in written["teams"][0]


def test_maintenance_lists_entries_with_their_hosts_and_machines(project: Write) -> None:
    plan = resolved(
        project,
        """        Watch(Disk()),
        Watch(SqsBacklog(queue="flour"), per="role"),""",
        """        Override(watch="disk", host="mill-3", every="5m", why="it is slow"),
    ),
    maintenance=(
        Maintenance("2026-12-03 08:00", "2026-12-05 09:30", why="moving house"),
        Maintenance("2026-12-01 22:00", "2026-12-02 02:00", host=("mill-2", "mill-3"), why="new disks"),
        Maintenance("2026-12-01 22:00", "2026-12-01 23:00", watch="sqs*", role=mill, why="new queue"),""",
    )
    queue, disks, house = plan.maintenance
    everywhere = (Covered("mill:disk", "", ()), Covered("mill:disk", "mill-3", ()), Covered("mill:sqs_backlog", "", ()))
    assert (house.begin, house.end, house.why) == ("2026-12-03T08:00", "2026-12-05T09:30", "moving house")
    assert (house.entries, house.hosts) == (everywhere, ("mill-1", "mill-2", "mill-3"))
    assert disks.entries == (Covered("mill:disk", "", ("mill-2",)), Covered("mill:disk", "mill-3", ()))
    assert disks.hosts == ("mill-2", "mill-3")
    assert (queue.entries, queue.hosts) == ((Covered("mill:sqs_backlog", "", ()),), ())
    assert queue.origin == Origin(FLEET, FIRST + 17)
    assert plan_json.loads(plan_json.dumps(plan)) == plan


def test_downtime_lists_entries_and_machines(project: Write) -> None:
    plan = resolved(
        project,
        """        Watch(Disk()),
        Watch(SqsBacklog(queue="flour"), per="role"),""",
        """    ),
    time_zone="Europe/Berlin",
    downtimes=(
        Downtime("first sunday 02:00", "90m", role=mill, host="mill-2", why="new disks"),
        Downtime("daily 01:00", "1h", watch="sqs*", why="new queue"),""",
    )
    disks, queue = plan.downtimes
    assert (disks.when, disks.length, disks.why) == ("first sunday 02:00", 5_400, "new disks")
    assert (disks.entries, disks.hosts) == ((Covered("mill:disk", "", ("mill-2",)),), ("mill-2",))
    assert (queue.entries, queue.hosts) == ((Covered("mill:sqs_backlog", "", ()),), ())
    assert plan.time_zone == "Europe/Berlin"
    assert plan_json.loads(plan_json.dumps(plan)) == plan


def test_a_watch_chooses_the_state_of_an_overdue_run(project: Write) -> None:
    entry = only(resolved(project, 'Watch(Disk(), deadline="20s", late="critical"),'))
    words = ["".join(str(part) for part in word) for word in entry.command]
    assert words[words.index("-t") + 1] == "20:critical"
    assert parse(find("disk"), words[words.index("disk") + 1 :]).timeout_state == "CRITICAL"
    (late,) = [setting for setting in entry.settings if setting.name == "late"]
    assert (late.value, late.level) == ("critical", "watch")


def test_an_override_chooses_the_state_of_overdue_runs_of_checks_and_not_of_plugins(project: Write) -> None:
    plan = resolved(
        project,
        'Watch(Disk()), Plugin("/usr/bin/true", name="true"),',
        '        Override(late="warning", why="the disks are slow"),',
    )
    states = {entry.name: [one.value for one in entry.settings if one.name == "late"] for entry in plan.entries}
    assert states == {"disk": ["warning"], "true": []}
    disk, true = plan.entries
    assert ("10:warning",) in disk.command
    assert true.command == (("/usr/bin/true",),)


@pytest.mark.parametrize(
    ("watch", "message"),
    [
        ('Watch(Disk(), late="down")', "Watch disk: late is 'down'"),
        ('Plugin("/usr/bin/true", name="x", late="critical")', "Plugin x: late is for checks of checkwright"),
    ],
)
def test_late_is_a_state_and_for_checks(project: Write, watch: str, message: str) -> None:
    with pytest.raises(FindingsError, match=message):
        resolved(project, f"{watch},")


UNIT = 'Watch(SystemdUnit(units=("nginx.service",)), SystemdUnit.active.meaning(ok=("inactive", "slow")),),'


def test_a_watch_gives_words_a_meaning(project: Write) -> None:
    plan = resolved(project, UNIT, hosts=1)
    entry = only(plan)
    assert command_of(entry) == (
        "/opt/checkwright/bin/check systemd_unit --unit nginx.service --active-ok inactive --active-ok slow -t 10"
    )
    (meaning,) = entry.meanings
    assert meaning == Meaning(
        verdict="active", ok=("inactive", "slow"), level="watch", origin=Origin(FLEET, FIRST + 4), label="Unit"
    )
    assert plan_json.loads(plan_json.dumps(plan)) == plan


OVERRIDDEN = {
    # An override of one word leaves the others as they are.
    'SystemdUnit.active.meaning(crit=("slow",))': "--active-ok inactive --active-critical slow",
    # The verdict's own meaning needs no flag.
    'SystemdUnit.active.meaning(warn=("slow",))': "--active-ok inactive",
    'SystemdUnit.active.meaning(warn=("slow",), crit=("inactive",))': "",
    # Words for some items stay behind those for all.
    'SystemdUnit.active.meaning("nginx*", crit=("inactive",))': (
        "--active-ok inactive --active-ok slow --active-critical nginx*=inactive"
    ),
}


@pytest.mark.parametrize("meaning", OVERRIDDEN)
def test_an_override_gives_words_a_meaning(project: Write, meaning: str) -> None:
    plan = resolved(project, UNIT, f'        Override({meaning}, why="a test"),')
    line = command_of(only(plan)).removeprefix("/opt/checkwright/bin/check systemd_unit --unit nginx.service ")
    assert line.removesuffix("-t 10").strip() == OVERRIDDEN[meaning]


def test_words_for_all_items_replace_those_for_some(project: Write) -> None:
    watch = UNIT.replace("meaning(ok=", 'meaning("nginx*", ok=')
    plan = resolved(project, watch, '        Override(SystemdUnit.active.meaning(warn=("inactive",)), why="a test"),')
    assert command_of(only(plan)).endswith(
        "--unit nginx.service --active-ok nginx*=slow --active-warning inactive -t 10"
    )
    assert [(one.level, one.ok, one.warn) for one in only(plan).meanings] == [
        ("watch", ("slow",), ()),
        ("override", (), ("inactive",)),
    ]


def test_words_of_an_override_apply_to_watches_of_their_check(project: Write) -> None:
    plan = resolved(
        project,
        UNIT + " Watch(Disk()),",
        '        Override(SystemdUnit.active.meaning(crit=("slow",)), host="mill-2", why="a test"),',
        hosts=3,
    )
    lines = {(entry.name, entry.variant): command_of(entry) for entry in plan.entries}
    assert set(lines) == {("disk", ""), ("systemd_unit", ""), ("systemd_unit", "mill-2")}
    assert "--active-critical slow" in lines["systemd_unit", "mill-2"]
    assert "--active-critical" not in lines["systemd_unit", ""]


def test_flags_of_words_give_the_meanings_of_the_plan(project: Write) -> None:
    entry = only(resolved(project, UNIT.replace("meaning(ok=", 'meaning("nginx*", ok=')))
    argv = ["".join(str(part) for part in word) for word in entry.command]
    kind = find("systemd_unit")
    line = parse(kind, argv[argv.index("systemd_unit") + 1 :])
    check = bind(line.check, World(sealed=True), line.limits, line.meanings)
    verdict = kind.verdicts["active"]
    assert check.meaning_of(verdict, "nginx.service", "inactive") == "ok"
    assert check.meaning_of(verdict, "other.service", "inactive") == ""


@pytest.mark.parametrize(
    ("watch", "option", "shown", "value"),
    [
        ('Disk(min_free="512M")', "min_free", "512M", 512 * 1024**2),
        ("Disk(min_free=536870912)", "min_free", "512M", 512 * 1024**2),
        ('Disk(min_free="1500")', "min_free", "1500", 1500),
        ('Cpu(over="90s")', "over", "90s", 90.0),
        ("Cpu(over=0.25)", "over", "0.25", 0.25),
        ('Cpu(over="1.5m")', "over", "90s", 90.0),
    ],
)
def test_sizes_and_durations_are_words_of_their_flags(
    project: Write, watch: str, option: str, shown: str, value: float
) -> None:
    entry = only(resolved(project, f"Watch({watch}),"))
    words = command_of(entry).split()
    flag = f"--{option.replace('_', '-')}"
    assert words[words.index(flag) + 1] == shown
    assert setting(entry, f"option {option}").value == shown
    assert getattr(parse(find(entry.check), words[2:]).check, option) == value


def test_override_accepts_a_size_as_text(project: Write) -> None:
    plan = resolved(project, "Watch(Disk()),", '        Override(options=Disk(min_free="10G"), why="large files"),')
    assert "--min-free 10G" in command_of(only(plan))
