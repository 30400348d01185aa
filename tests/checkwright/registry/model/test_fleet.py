"""Tests of declarations: their lines, their values, and that they cannot be changed."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from checks.aws.sqs_backlog import SqsBacklog
from checks.system.disk import Disk
from checks.systemd.systemd_unit import SystemdUnit
from checkwright import Secret
from checkwright.registry.model import (
    Downtime,
    Environment,
    Escalation,
    Host,
    Hours,
    Maintenance,
    Override,
    Plugin,
    RegistryError,
    Role,
    Site,
    Team,
    Watch,
    label,
)
from checkwright.registry.model.base import here

wrong: Any = None
TEAM = Team("payments", email="payments@example.com")
PROGRAM = "/usr/lib/nagios/plugins/check_smtp"


def untyped(kind: Any) -> Any:
    """Return the same class for mypy without its types, as a user without mypy calls it."""
    return kind


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "a name with a blank": (
        lambda: Team("the payers", email="a@example.com"),
        "Team 'the payers' is not a name: use letters, digits, _, . and -, and do not begin with . or -",
    ),
    "an empty name": (lambda: Host(""), "Host '' is not a name: use letters"),
    "a number as e-mail": (lambda: untyped(Team)("payments", email=5), "Team payments: email is 5, not text"),
    "office hours in words": (
        lambda: untyped(Team)("payments", email="a@example.com", office_hours="9 to 5"),
        "Team payments: office_hours is '9 to 5', not Hours(...)",
    ),
    "an owner by name": (lambda: untyped(Role)("api", owner="payments"), "Role api: owner is 'payments', not a Team"),
    "one watch, no comma": (
        lambda: untyped(Role)("api", owner=TEAM, watches=(Watch(Disk()))),
        "Role api: watches is Watch('disk'), not a tuple of Watch: mind the comma in (x,)",
    ),
    "a check for a watch": (
        lambda: untyped(Role)("api", owner=TEAM, watches=(Disk(),)),
        "Role api: watches contains Disk(), which is not a Watch",
    ),
    "a class for a check": (
        lambda: untyped(Watch)(Disk),
        "which is not a check: write Disk(...)",
    ),
    "a foreign limit": (
        lambda: untyped(Watch)(Disk(), SqsBacklog.depth.at(warn=3)),
        "Watch of Disk got a limit of another check, SqsBacklog.depth",
    ),
    "a number for a limit": (
        lambda: untyped(Watch)(Disk(), 80),
        "Watch got 80, not a limit such as Disk.space.at(warn=80)",
    ),
    "a gauge without thresholds": (
        lambda: untyped(Watch)(Disk(), Disk.space),
        "Watch got Disk.space without thresholds: write Disk.space.at(warn=..., crit=...)",
    ),
    "foreign words": (
        lambda: untyped(Watch)(Disk(), SystemdUnit.active.meaning(ok=("slow",))),
        "Watch of Disk got words of another check, SystemdUnit.active",
    ),
    "a verdict without words": (
        lambda: untyped(Override)(SystemdUnit.active, why="a"),
        "Override got SystemdUnit.active without words: write SystemdUnit.active.meaning(ok=(...), warn=(...), crit=",
    ),
    "words of watches that are off": (
        lambda: Override(SystemdUnit.active.meaning(ok=("slow",)), off=True, why="a"),
        "off=True switches the watches off, so it can change nothing else",
    ),
    "a misspelt setting": (
        lambda: untyped(Watch)(Disk(), evry="5m"),
        "Watch disk has no setting 'evry', did you mean every",
    ),
    "no duration": (
        lambda: Watch(Disk(), every="5x"),
        "Watch disk: every: '5x' is not a duration: write 30s, 5m, 1h30m or 1d",
    ),
    "a duration of nothing": (lambda: Watch(Disk(), retry="0s"), "Watch disk: retry: '0s' is not a duration"),
    "a number for a duration": (lambda: untyped(Watch)(Disk(), every=60), "Watch disk: every is 60, not text"),
    "a deadline of days": (lambda: Watch(Disk(), deadline="2d"), "and a day is the longest deadline"),
    "no attempts": (lambda: Watch(Disk(), attempts=0), "attempts is 0, and must be a number from 1 to 1000"),
    "loud": (
        lambda: untyped(Watch)(Disk(), notify="loud"),
        "Watch disk: notify is 'loud', and must be one of page, office-hours, ticket, nobody",
    ),
    "per what": (lambda: untyped(Watch)(Disk(), per="site"), "per is 'site', and must be one of host, role"),
    "per role on the host": (lambda: Watch(Disk(), per="role", where="host"), 'so remove where="host"'),
    "central by nrpe": (
        lambda: Watch(Disk(), where="central", transport="nrpe"),
        "where=\"central\" runs on the monitoring server, so remove transport='nrpe'",
    ),
    "quiet in words": (
        lambda: untyped(Watch)(Disk(), quiet=("night",)),
        "Watch disk: quiet contains 'night', which is not Hours",
    ),
    "a variable with a blank": (lambda: Watch(Disk(), env={"LC ALL": "C"}), "env sets 'LC ALL', which is not a name"),
    "a secret as a variable": (
        lambda: untyped(Watch)(Disk(), env={"TOKEN": Secret(env="T")}),
        "env TOKEN is a Secret: only options of checks accept one",
    ),
    "a relative program": (
        lambda: Plugin("check_smtp", name="smtp"),
        "Plugin is 'check_smtp', and must be an absolute path",
    ),
    "a secret as an argument": (
        lambda: untyped(Plugin)(PROGRAM, Secret(file="/etc/x"), name="smtp"),
        "Plugin smtp: an argument is a Secret",
    ),
    "a NUL in an argument": (lambda: Plugin(PROGRAM, "a\0b", name="smtp"), "contains a NUL character"),
    "a label of another kind": (lambda: label("port", bool), "must be str, int or float"),
    "a label that is a number": (
        lambda: untyped(Host)("web-1", labels={"port": 80}),
        "Host web-1: the label port is 80, not text",
    ),
    "a relative path": (lambda: Site(check="bin/check"), "Site: check is 'bin/check', and must be an absolute path"),
    "a site that is central": (
        lambda: untyped(Site)(transport="central"),
        "transport is 'central', and must be one of local, nrpe, passive",
    ),
    "graphs with another placeholder": (
        lambda: Site(graphs="https://graphs.example.com/{team}"),
        "Site: graphs is 'https://graphs.example.com/{team}', which is not a URL with {host}, {watch}, {role} or ",
    ),
    "graphs with a macro": (lambda: Site(graphs="https://graphs.example.com/$USER1$"), "which is not a URL with"),
    "performance data elsewhere": (
        lambda: Site(perfdata="rrd:/srv"),
        "Site: perfdata is 'rrd:/srv', and must be \"influxdb:https://HOST:8086/DATABASE\", ",
    ),
    "performance data with a login": (
        lambda: Site(perfdata="influxdb:http://nagios:word@db:8086/nagios"),
        "Site: perfdata is a text with a login or an @, and must be",
    ),
    "performance data with further settings": (lambda: Site(perfdata="graphite:h:2003,key=x"), "and must be"),
    "performance data with a shell's words": (lambda: Site(perfdata="pnp:/srv/$(id)/x"), "and must be"),
    "performance data below the root": (lambda: Site(perfdata="pnp:/spool"), "and must be"),
    "performance data above a folder": (lambda: Site(perfdata="pnp:/srv/../spool"), "and must be"),
    "performance data without a place": (lambda: Site(perfdata="influxdb"), "and must be"),
    "a login in a variable": (
        lambda: Site(perfdata="influxdb:http://db:8086/nagios", perfdata_login=Secret(env="LOGIN")),
        'Site: perfdata_login must be Secret(file="...")',
    ),
    "a login that is a text": (
        lambda: untyped(Site)(perfdata="influxdb:http://db:8086/nagios", perfdata_login="nagios:word"),
        'Site: perfdata_login must be Secret(file="...")',
    ),
    "a login for nothing": (
        lambda: Site(perfdata="graphite:h:2003", perfdata_login=Secret(file="x")),
        "Site: perfdata_login is for influxdb",
    ),
    "a catalogue in a folder": (
        lambda: Site(catalogue="/srv/catalogue"),
        "Site: catalogue is '/srv/catalogue', which is not a URL such as https://catalogue.example.com/checks",
    ),
    "a catalogue with a query": (lambda: Site(catalogue="https://c.example.com/?page="), "which is not a URL such as"),
    "a catalogue with a quote": (lambda: Site(catalogue="https://c.example.com/it's"), "which is not a URL such as"),
    "a catalogue that is a secret": (
        lambda: untyped(Site)(catalogue=Secret(env="X")),
        "Site: catalogue is a Secret",
    ),
    "a plugin's summary that is no text": (
        lambda: untyped(Plugin)(PROGRAM, name="smtp", summary=1),
        "Plugin smtp: summary is 1, not text",
    ),
    "no port": (lambda: Site(nrpe_port=0), "nrpe_port is 0, and must be a number from 1 to 65535"),
    "an environment without its site": (
        lambda: untyped(Environment)("qa", site="here"),
        "Environment qa: site is 'here', not a Site",
    ),
    "no day": (
        lambda: Override(why="x", until="tomorrow"),
        "Override: until is 'tomorrow': write a day as \"2027-03-01\"",
    ),
    "a role by name": (lambda: untyped(Override)(why="x", role="api"), "Override: role is 'api', not a Role"),
    "options in a dict": (
        lambda: untyped(Override)(why="x", options={"url": "y"}),
        "options is {'url': 'y'}, not a check with its options",
    ),
    "a why that is none": (lambda: untyped(Override)(why=wrong), "Override: why is None, not text"),
    "no day of the week": (
        lambda: Hours("night", "mo-fr 09:00-17:00"),
        "Hours 'night': 'mo' is not a day of the week (monday, ",
    ),
    "a holiday that is no day": (
        lambda: Hours("office", "monday 09:00-17:00", without=("christmas",)),
        "Hours 'office': without: 'christmas' is not a day: write \"2026-12-25\" or \"december 25\"",
    ),
    "a holiday that is no tuple": (
        lambda: Hours("office", "monday 09:00-17:00", without="december 25"),  # type: ignore[arg-type]
        "Hours 'office': without is 'december 25', not a tuple of text",
    ),
    "no times": (lambda: Hours("night"), "Hours 'night' has no times"),
    "a day without times": (lambda: Hours("night", "monday"), "'' is not a range of times such as 09:00-17:00"),
    "a time that is none": (lambda: Hours("night", "monday 9-17"), "'9-17' is not a range of times"),
    "over midnight": (
        lambda: Hours("night", "monday 22:00-06:00"),
        "22:00-06:00 ends before it begins; to end at midnight, write 24:00",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_invalid_value_is_refused_in_one_sentence_with_its_place(what: str) -> None:
    declare, sentence = REFUSED[what]
    with pytest.raises(RegistryError) as refused:
        declare()
    assert sentence in refused.value.message
    assert "\n" not in str(refused.value)
    assert refused.value.origin is not None
    assert refused.value.origin.file == __file__


def test_declaration_knows_its_line() -> None:
    line = here(1).line
    declared: list[Any] = [
        Team("payments", email="a@example.com"),
        Role("api", owner=TEAM),
        Host("web-1"),
        Site(),
        Environment("qa", site=Site()),
        Hours("night", "monday 00:00-06:00"),
        Watch(Disk()),
        Plugin(PROGRAM, name="smtp"),
        Override(why="x", every="5m"),
    ]
    assert [(one.origin.file, one.origin.line) for one in declared] == [
        (__file__, line + 2 + index) for index in range(len(declared))
    ]


@pytest.mark.parametrize("declared", [TEAM, Watch(Disk()), Override(why="x"), Hours("h", "monday 00:00-24:00")])
def test_declaration_cannot_be_changed(declared: Any) -> None:
    with pytest.raises(AttributeError):
        declared.name = "other"


def test_hours_are_times_by_day() -> None:
    hours = Hours("shop", "monday-wednesday 08:00-12:00, 13:00-17:00", "saturday-monday 20:00-24:00")
    assert hours.times == (
        ("monday", "08:00-12:00,13:00-17:00,20:00-24:00"),
        ("tuesday", "08:00-12:00,13:00-17:00"),
        ("wednesday", "08:00-12:00,13:00-17:00"),
        ("saturday", "20:00-24:00"),
        ("sunday", "20:00-24:00"),
    )


def test_watch_is_named_after_its_check() -> None:
    assert Watch(SqsBacklog(queue="q")).name == "sqs_backlog"
    assert Watch(SqsBacklog(queue="q"), name="orders").name == "orders"


def test_override_describes_its_scope_and_changes() -> None:
    override = Override(
        SqsBacklog.oldest.at(warn=3600, crit=7200),
        Disk.space.at("/srv*", warn=95),
        every="1h30m",
        role=Role("api", owner=TEAM),
        host="web-*",
        why="x",
    )
    assert override.changes() == ("every 1h30m", "oldest warn 3600 crit 7200", "space of /srv* warn 95")
    assert override.scope() == "role api, check sqs_backlog and disk, host web-*"
    assert Override(why="x", notify="nobody").scope() == "everything"


def test_escalations_are_in_order_of_time_and_go_to_different_teams() -> None:
    bakers = Team("bakers", email="bakers@example.com")
    millers = Team("millers", email="millers@example.com")
    with pytest.raises(RegistryError, match=r"'soon' is not a duration"):
        Escalation(after="soon", to=millers)
    with pytest.raises(RegistryError, match=r"Escalation: to is 'millers', not a Team"):
        Escalation(after="5m", to="millers")  # type: ignore[arg-type]
    first = Escalation(after="10m", to=millers)
    for steps, message in (
        (
            (first, Escalation(after="10m", to=bakers)),
            "after 10m follows the one after 10m: write them in order of time",
        ),
        ((first, Escalation(after="5m", to=bakers)), "after 5m follows the one after 10m"),
        ((first, Escalation(after="1h", to=millers)), "goes to millers, which is notified already"),
        ((Escalation(after="1h", to=Team("x", email="x")),), "goes to x, which is notified already"),
        ((millers,), "which is not an Escalation"),
    ):
        with pytest.raises(RegistryError, match=re.escape(message)):
            Team("x", email="x@example.com", escalations=steps)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("begin", "end", "message"),
    [
        ("2026-12-01", "2026-12-02 02:00", "begin is '2026-12-01': write a time as"),
        ("2026-12-01 22:00", "2026-13-02 02:00", "end is '2026-13-02 02:00': write a time as"),
        ("2026-12-01 22:00", "2026-12-01 22:00", "it ends at 2026-12-01 22:00, which is not after 2026-12-01 22:00"),
        ("2026-12-02 22:00", "2026-12-01 23:00", "which is not after 2026-12-02 22:00"),
        ("2026-12-01 22:00", "2028-12-01 22:00", "it is longer than a year"),
        (7, "2026-12-01 22:00", "begin is 7, not text"),
    ],
)
def test_maintenance_is_a_time_range(begin: Any, end: str, message: str) -> None:
    with pytest.raises(RegistryError, match=re.escape(message)):
        Maintenance(begin, end, why="x")
    with pytest.raises(RegistryError, match="role is 'mill', not a Role"):
        Maintenance("2026-12-01 22:00", "2026-12-02 02:00", role=wrong or "mill", why="x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("when", "length", "message"),
    [
        ("sunday", "2h", "Downtime: 'sunday' has no days with a time: write"),
        ("sonntag 02:00", "2h", "'sonntag' is not a day"),
        ("day 30 02:00", "2h", "not every month has that day"),
        ("daily 02:00", "2 hours", "Downtime: length: '2 hours' is not a duration"),
        ("day 1 02:00", "32d", "it is longer than 31 days"),
        (7, "2h", "when is 7, not text"),
    ],
)
def test_downtime_is_a_recurring_time(when: Any, length: str, message: str) -> None:
    with pytest.raises(RegistryError, match=re.escape(message)):
        Downtime(when, length, why="x")
    assert Downtime("First  Sunday 02:00", "2h", why="x").when == "first sunday 02:00"


def test_time_zone_of_an_environment_exists() -> None:
    with pytest.raises(RegistryError, match="time_zone is 'Mars', which is not a time zone"):
        Environment("qa", site=Site(), time_zone="Mars")
