"""Tests of each rule on a plan that breaks it. test_render.py checks that valid plans pass."""

from dataclasses import replace
from typing import Any

import pytest

from checkwright.registry.findings import FindingsError
from checkwright.registry.plan import Hours, Placeholder, Plan, Secret, Site, Word
from nagios_cfg import check, render
from tests.nagios_cfg.plans import (
    BACKLOG,
    CHECK,
    CHECKOUT,
    DISK,
    JOB_RUN,
    NEAR,
    OFFICE,
    PAYMENTS,
    PRODUCTION,
    SMTP,
    at,
    words,
)

PAY_1, PAY_2, PAY_3, VIRTUAL, RELAY = PRODUCTION.hosts
API, RELAYS = PRODUCTION.roles


def entry(**changes: object) -> Plan:
    """Return the plan with SMTP changed and no other entry."""
    return replace(PRODUCTION, entries=(replace(SMTP, **changes),))  # type: ignore[arg-type]


def host(**changes: object) -> Plan:
    """Return the plan with its last host changed and only SMTP watched."""
    changed = replace(RELAY, **changes)  # type: ignore[arg-type]
    return replace(PRODUCTION, hosts=(*PRODUCTION.hosts[:-1], changed), entries=(SMTP,))


def team(**changes: object) -> Plan:
    """Return the plan with its first team changed."""
    return replace(PRODUCTION, teams=(replace(PAYMENTS, **changes), *PRODUCTION.teams[1:]))  # type: ignore[arg-type]


def hours(*times: tuple[str, str]) -> Plan:
    return replace(PRODUCTION, hours=(PRODUCTION.hours[0], replace(OFFICE, times=times)))


def role(**changes: object) -> Plan:
    """Return the plan with its last role changed and nothing else watched."""
    changed = replace(RELAYS, **changes)  # type: ignore[arg-type]
    return replace(PRODUCTION, roles=(API, changed), entries=(SMTP,))


def command(*argv: str | Word) -> Plan:
    return entry(command=words(*argv))


# id, plan, a part of the message, and the line of the registry
BROKEN: dict[str, tuple[str, Plan, str, int | None]] = {
    "environment name": (
        "N001",
        replace(PRODUCTION, environment="a|b"),
        "environment name 'a|b' holds '|'",
        None,
    ),
    "environment name as file": ("N001", replace(PRODUCTION, environment="a/b"), "holds '/'", None),
    "team name": ("N001", team(name="a,b"), "team name 'a,b' holds ','", 7),
    "role name": ("N001", role(name=".relay"), "begins with '.'", 8),
    "host name": ("N001", host(name="a;b"), "host name 'a;b' holds ';'", 33),
    "hours name": ("N001", replace(PRODUCTION, hours=(replace(OFFICE, name="9=5"),)), "hours name '9=5'", 5),
    "watch name": ("N001", entry(name="load > 5"), "watch name 'load > 5' holds '>'", 9),
    "variant name": ("N001", entry(variant="(2)"), "watch name 'relay.smtp.(2)' holds '('", 9),
    "family name": ("N001", entry(family="a,b"), "family name 'a,b' holds ','", 9),
    "unknown office hours": ("N002", team(office_hours="gone"), "names the hours 'gone'", 7),
    "unknown role owner": ("N002", role(owner="gone"), "names the team 'gone'", 8),
    "unknown role host": ("N002", role(hosts=("gone",)), "names the host 'gone'", 8),
    "unknown host role": ("N002", host(roles=("gone",)), "names the role 'gone'", 33),
    "unknown parent": ("N002", host(parents=("gone",)), "host 'relay' names the host 'gone'", 33),
    "unknown entry owner": ("N002", entry(owner="gone"), "names the team 'gone'", 9),
    "unknown entry role": ("N002", entry(role="gone"), "names the role 'gone'", 9),
    "unknown entry host": ("N002", entry(hosts=("gone",)), "names the host 'gone'", 9),
    "unknown quiet hours": ("N002", entry(quiet=("gone",)), "names the hours 'gone'", 9),
    "team twice": (
        "N003",
        replace(PRODUCTION, teams=(PAYMENTS, *PRODUCTION.teams)),
        "the team 'payments' is declared twice",
        7,
    ),
    "role twice": (
        "N003",
        replace(PRODUCTION, roles=(API, API, RELAYS)),
        "the role 'payments-api' is declared twice",
        10,
    ),
    "host twice": (
        "N003",
        replace(PRODUCTION, hosts=(PAY_1, *PRODUCTION.hosts)),
        "the host 'pay-1' is declared twice",
        30,
    ),
    "hours twice": (
        "N003",
        replace(PRODUCTION, hours=(OFFICE, *PRODUCTION.hours)),
        "the hours 'office' is declared twice",
        5,
    ),
    "service twice": (
        "N003",
        replace(PRODUCTION, entries=(replace(SMTP, hosts=("pay-1",)), replace(DISK, name="smtp"))),
        "and 'relay:smtp' (shop/fleet/platform.py:9) both add the service 'smtp' to host 'pay-1'",
        13,
    ),
    "the name of NRPE's own service": (
        "N018",
        replace(PRODUCTION, entries=(DISK, replace(CHECKOUT, name="nrpe"))),
        "'payments-api:checkout' has the name of the service that checks each NRPE daemon",
        15,
    ),
    "a pool without a queue": (
        "N030",
        replace(PRODUCTION, pools=(replace(NEAR, queues=()),)),
        "the pool 'near' has no queue or no server",
        40,
    ),
    "circle of parents": ("N004", host(parents=("pay-1",)), "pay-1 -> relay -> pay-1", 30),
    "no address": ("N005", host(address=""), "host 'relay' has no address", 33),
    "address that a shell reads": ("N005", host(address="a'b"), "\"a'b\" of host 'relay' is neither", 33),
    "address like an option": ("N005", host(address="-x"), "'-x' of host 'relay' is neither", 33),
    "label that a shell reads": ("N006", host(labels={"port": "80`id`"}), "'80`id`' holds '`'", 33),
    "no e-mail": ("N007", team(email=""), "team 'payments' has no e-mail address", 7),
    "e-mail that a shell reads": ("N007", team(email="a'b@example.com"), "cannot be passed to a mail program", 7),
    "e-mail like an option": ("N007", team(email="-a@example.com"), "cannot be passed to a mail program", 7),
    "pager that is piped": ("N007", team(page="|id"), "the pager '|id' of team 'payments'", 7),
    "day": ("N008", hours(("freitag", "09:00-17:00")), "'freitag' is not a day of the week", 5),
    "time": ("N008", hours(("friday", "9-17")), "'9-17' on friday is not a range of times", 5),
    "time after midnight": ("N008", hours(("friday", "09:00-24:30")), "ends after 24:00", 5),
    "time over midnight": ("N008", hours(("friday", "22:00-06:00")), "ends before it starts", 5),
    "second time": ("N008", hours(("friday", "09:00-12:00, 13:00-17:00")), "' 13:00-17:00' on friday", 5),
    "runbook of a role": ("N009", role(runbook="wiki/relay"), "'wiki/relay' of role 'relay' is not a URL", 8),
    "runbook of a watch": ("N009", entry(runbook="https://x/'a"), "of watch 'relay:smtp' is not a URL", 9),
    "interval": ("N010", entry(interval=0), "the interval of 'relay:smtp' is 0", 9),
    "retry": ("N010", entry(retry=0), "the retry interval of 'relay:smtp' is 0", 9),
    "attempts": ("N010", entry(attempts=0), "the number of attempts of 'relay:smtp' is 0", 9),
    "deadline": ("N010", entry(deadline=-1), "the deadline of 'relay:smtp' is -1", 9),
    "port": ("N010", replace(PRODUCTION, site=Site(nrpe_port=0)), "NRPE port is 0", None),
    "office hours": ("N011", entry(notify="office-hours"), "team 'platform' has none", 9),
    "secret of the server": (
        "N012",
        entry(secrets=(Secret("token", "env", "RELAY_TOKEN"),)),
        "takes its token from the environment variable RELAY_TOKEN, and Nagios sets none",
        9,
    ),
    "secret of a machine": (
        "N012",
        entry(secrets=(Secret("token", "env", "RELAY_TOKEN"),), transport="nrpe"),
        "takes its token from the environment variable RELAY_TOKEN",
        9,
    ),
    "no placeholder": ("N013", command("/x", (Placeholder("hostname"),)), "holds {hostname}, which is no", 9),
    "no label": (
        "N013",
        command("/x", (Placeholder("label.port"),)),
        "needs the label 'port', which host 'relay' (shop/fleet/environments.py:33) lacks",
        9,
    ),
    "no label on several": (
        "N013",
        replace(PRODUCTION, entries=(replace(CHECKOUT, command=words("/x", (Placeholder("label.rack"),))),)),
        "which host 'pay-1' (shop/fleet/environments.py:30) and 2 more of its hosts lack",
        15,
    ),
    "no address to put in": (
        "N013",
        replace(PRODUCTION, entries=(replace(BACKLOG, command=words("/x", (Placeholder("address"),))),)),
        "needs the address of 'payments-api.production', a role without machines",
        21,
    ),
    "relative program": (
        "N014",
        command("check_smtp"),
        "runs 'check_smtp', and Nagios needs the absolute path",
        9,
    ),
    "no program": ("N014", entry(command=()), "runs ''", 9),
    "variable": ("N014", entry(env=(("A-B", "c"),)), "sets 'A-B'", 9),
    "program like a variable": (
        "N014",
        entry(command=words("/a=b"), env=(("A", "c"),)),
        "'/a=b', which env(1)",
        9,
    ),
    "plugins": (
        "N014",
        replace(PRODUCTION, site=Site(plugins="plugins")),
        "plugin folder 'plugins' is not an absolute path",
        None,
    ),
    "line end": (
        "N015",
        command("/x", "a\nb"),
        "'relay:smtp' cannot be run by Nagios: the argument 'a\\nb' holds",
        9,
    ),
    "NUL on a machine": ("N015", entry(command=words("/x", "a\0"), transport="nrpe"), "holds a NUL byte", 9),
    "long line on a machine": (
        "N015",
        entry(command=words("/x", "a" * 2000), transport="nrpe"),
        "2023 bytes",
        9,
    ),
    "long line": (
        "N015",
        command("/x", "a" * 100_000),
        "above the limit of 100000: the kernel accepts arguments below 131072 bytes",
        9,
    ),
    "name on the wire": ("N015", entry(name="mail relay", transport="nrpe"), "NRPE allows only letters", 9),
    "blank for sudo": (
        "N019",
        entry(command=words("/x", "a b"), run_as="root", transport="nrpe"),
        "'relay:smtp' cannot be run as root: the argument 'a b' holds a blank",
        9,
    ),
    "hours with a reserved name": (
        "N017",
        replace(PRODUCTION, hours=(*PRODUCTION.hours, Hours(name="always", times=(), origin=at(99)))),
        "timeperiod 'always.production' is defined twice",
        99,
    ),
    "commands of one name": (
        "N017",
        replace(
            PRODUCTION,
            entries=(replace(SMTP, name="a.b"), replace(SMTP, name="a", variant="b", hosts=("pay-1",))),
        ),
        "command 'relay.a.b.production' is defined twice, first at shop/fleet/platform.py:9",
        9,
    ),
}


@pytest.mark.parametrize(("id", "plan", "words", "line"), BROKEN.values(), ids=BROKEN)
def test_broken_plan_is_refused_with_a_finding(id: str, plan: Plan, words: str, line: int | None) -> None:
    about = [finding for finding in check(plan) if words in finding.message]
    assert [(finding.id, finding.severity) for finding in about] == [(id, "error")]
    assert (about[0].origin.line if about[0].origin else None) == line
    with pytest.raises(FindingsError) as refused:
        render(plan)
    assert refused.value.findings == check(plan)


def test_watch_that_alerts_before_a_dead_daemon_is_known_is_a_warning() -> None:
    plan = entry(transport="nrpe", where="host", attempts=1, notify="page")
    (found,) = [finding for finding in check(plan) if finding.id == "N024"]
    assert found.severity == "warning"
    assert found.message == "'relay:smtp' notifies 0 s after its first bad result, also if only NRPE is dead"
    assert "N024" in [one.id for one in check(entry(transport="nrpe", where="host", attempts=2, retry=30))]
    for harmless in (
        entry(transport="nrpe", where="host", attempts=3, retry=30, notify="page"),
        entry(transport="nrpe", where="host", attempts=2, retry=30, notify_after=30, notify="page"),
        entry(transport="nrpe", where="host", attempts=1, notify="ticket"),
        entry(transport="central", attempts=1, notify="page"),
    ):
        assert "N024" not in [finding.id for finding in check(harmless)]


def test_watch_that_notifies_before_its_need_is_known_is_a_warning() -> None:
    needed = replace(DISK, transport="central", interval=60, deadline=10)
    held = replace(SMTP, held_by=(needed.id,), attempts=3, retry=30, notify="page")

    def found(**changes: Any) -> list[str]:
        plan = replace(PRODUCTION, entries=(needed, replace(held, **changes)))
        return [finding.message for finding in check(plan) if finding.id == "N025"]

    assert found() == [
        "'relay:smtp' notifies 60 s after its first bad result, and needs 'payments-api:disk', which may be known to"
        " have failed only after 70 s"
    ]
    assert found(attempts=4) == found(notify_after=10) == found(notify="ticket") == found(held_by=()) == []
    assert len(found(attempts=1)) == 1


def test_every_rule_has_a_broken_plan() -> None:
    assert {id for id, *_ in BROKEN.values()} == {f"N{number:03}" for number in (*range(1, 20), 30)} - {"N016"}


def test_plan_that_watches_nothing_is_a_warning() -> None:
    plan = replace(PRODUCTION, entries=(replace(SMTP, hosts=()),))
    assert [(finding.id, finding.severity) for finding in check(plan)] == [("N016", "warning")]
    assert "services" not in "".join(path for path in render(plan))


def test_plan_with_one_bare_host_is_only_a_warning() -> None:
    bare = replace(PRODUCTION, teams=(), roles=(), hosts=(replace(RELAY, roles=()),), hours=(), entries=())
    assert [finding.id for finding in check(bare)] == ["N016"]
    assert "contact_groups" not in render(bare)["nagios/hosts.cfg"]


def test_finding_is_one_readable_line() -> None:
    assert str(check(command("check_smtp"))[0]) == (
        "shop/fleet/platform.py:9: error N014: 'relay:smtp' runs 'check_smtp', "
        "and Nagios needs the absolute path of a program"
    )


def test_watch_may_have_the_name_nrpe_if_nothing_runs_through_nrpe() -> None:
    assert check(replace(PRODUCTION, entries=(DISK, replace(SMTP, name="nrpe")))) == ()


def test_passive_watch_may_take_its_secret_from_the_environment() -> None:
    assert JOB_RUN.secrets[0].kind == "env"
    assert JOB_RUN.transport == "passive"
    assert check(replace(PRODUCTION, entries=(JOB_RUN,))) == ()
    (finding,) = check(replace(PRODUCTION, entries=(replace(JOB_RUN, run_as="root"),)))
    assert (finding.id, "and sudo to root removes it" in finding.message) == ("N012", True)


def test_later_stages_run_only_after_earlier_ones_pass() -> None:
    plan = replace(PRODUCTION, entries=(replace(CHECKOUT, command=words(CHECK, "a\nb")),))
    assert {finding.id for finding in check(plan)} == {"N015"}
    assert {finding.id for finding in check(replace(plan, environment="a|b"))} == {"N001"}
