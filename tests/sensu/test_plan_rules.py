"""Tests of the rules about plans. Each finds its mistake with its origin, and nothing else."""

from dataclasses import replace
from typing import Any

import pytest

import sensu
from checkwright.registry.plan import Downtime, Entry, Placeholder, Plan, Role, Routes, Secret, SensuAgents
from sensu import core1
from sensu.resources import CheckConfig
from tests.sensu.plans import CHECK, at, entry, host, plan, shop, words


def using(placeholder: str, **fields: Any) -> Entry:
    return entry(command=words(CHECK, (Placeholder(placeholder),)), **fields)


def labelled(value: str) -> Plan:
    hosts = (host("web-1", labels={"x": value}), host("web-2", labels={"x": "fine"}))
    return plan(using("label.x"), hosts=hosts)


CENTRAL = plan(
    using("label.x", where="central"),
    hosts=(host("web-1", labels={"x": "{{ .name }}"}), host("web-2", labels={"x": "y"})),
)

CASES = {
    "environment": (
        plan(entry(), environment="pro duction"),
        'error S001: the environment becomes a Sensu namespace, and its name "pro duction" has',
    ),
    "host": (plan(hosts=(host("web/1"),)), "payments.py:5: error S001: a host becomes a Sensu entity"),
    "role": (
        plan(roles=(Role(name="web front", owner="payments", origin=at(15)),)),
        "payments.py:15: error S001: a role becomes a part of Sensu names",
    ),
    "watch": (plan(entry("disk,full")), "payments.py:20: error S001: a watch becomes a part of Sensu names"),
    "one name twice": (
        plan(entry("c", role="a.b", origin=at(1)), entry("b.c", role="a", origin=at(2))),
        "payments.py:2: error S002: a:b.c and a.b:c (shop/fleet/payments.py:1) are both named a.b.c",
    ),
    "unknown placeholder": (
        plan(using("site")),
        "payments.py:20: error S003: web:disk has {site} in its command, which is not a placeholder",
    ),
    "missing label": (
        plan(using("label.port")),
        "payments.py:20: error S004: web:disk uses {label.port}: on web-1, web-2 it is not set "
        "(see shop/fleet/payments.py:5)",
    ),
    "empty label": (
        labelled(""),
        "S004: web:disk uses {label.x}: on web-1 it is empty, and Sensu accepts no empty variable",
    ),
    "empty address": (
        plan(using("address"), hosts=(host("web-1", address=""), host("web-2"))),
        "S004: web:disk uses {address}: on web-1 it is empty, and Sensu accepts no empty variable",
    ),
    "no value": (labelled("a <no value> b"), "S005: web:disk uses {label.x}: on web-1 it contains <no value>"),
    "NUL": (labelled("a\0b"), "S005: web:disk uses {label.x}: on web-1 it contains a NUL character"),
    "braces substituted twice": (
        CENTRAL,
        "S005: web:disk uses {label.x}: on web-1 it contains {{, which Sensu would evaluate",
    ),
    "our own label": (
        plan(hosts=(host("web-1", labels={"CW_roles": "all"}),)),
        "payments.py:5: error S006: the label CW_roles of web-1 begins with cw_",
    ),
    "labels that differ by case": (
        plan(hosts=(host("web-1", labels={"Port": "1", "port": "2"}),)),
        "payments.py:5: error S006: the labels Port and port of web-1 are both port in Sensu",
    ),
    "a host's value for a role": (
        plan(using("address", where="central", per="role", hosts=("web.production",))),
        "payments.py:20: error S007: web:disk runs once for its role and uses {address}",
    ),
    "two hosts for a role": (
        plan(entry(where="central", per="role")),
        "payments.py:20: error S007: web:disk runs once for its role and has 2 hosts instead of one",
    ),
    "a role called central": (
        plan(roles=(Role(name="central", owner="payments", origin=at(15)),)),
        "payments.py:15: error S008: a role called central would make its machines run every central check",
    ),
    "another account": (
        plan(entry(run_as="root")),
        "payments.py:20: warning S015: web:disk runs as root, so sudo must allow this for the agent's account",
    ),
    "another account without its secret": (
        plan(entry(run_as="root", secrets=(Secret("token", "env", "TOKEN"),))),
        "payments.py:20: error S015: web:disk runs as root, and sudo drops the variable TOKEN",
    ),
    "a role called as a pool's agents": (
        plan(
            entry(where="central", pool="dc1"),
            roles=(
                Role(name="web", owner="payments", hosts=("web-1", "web-2"), origin=at(10)),
                Role(name="pool.dc1", owner="payments", origin=at(15)),
            ),
        ),
        "payments.py:15: error S008: a role called pool.dc1 would make its machines run the checks of that pool",
    ),
    "no central agent": (
        plan(
            entry("a", where="central", notify="nobody"),
            entry("b", where="central", notify="nobody"),
            routes=Routes(origin=at(30)),
        ),
        "payments.py:30: error S016: production has central checks, web:a and 1 more, but no agent that runs them",
    ),
    "settings without a central agent": (
        plan(entry(where="central", notify="nobody"), sensu_agents=SensuAgents(origin=at(31))),
        "payments.py:31: error S016: production has central checks, web:disk, but no agent that runs them",
    ),
    "warning before the keepalive": (
        plan(sensu_agents=SensuAgents(keepalive=60, origin=at(31))),
        "payments.py:31: error S017: production has keepalives each 60 s, a warning after 60 s and a critical",
    ),
    "critical before the warning": (
        plan(sensu_agents=SensuAgents(critical=60, origin=at(31))),
        "payments.py:31: error S017: production has keepalives each 20 s, a warning after 60 s and a critical",
    ),
    "short silence": (
        plan(sensu_agents=SensuAgents(keepalive=1, warning=4, origin=at(31))),
        "payments.py:31: error S017: the warning time of production is 4 s, too short for Sensu (use at least 5 s)",
    ),
    "secret's variable": (
        plan(entry(secrets=(Secret("token", "env", "MY TOKEN"),))),
        'payments.py:20: error S009: web:disk reads a secret from the environment: "MY TOKEN" is not',
    ),
}


@pytest.mark.parametrize(("made", "expected"), CASES.values(), ids=CASES)
def test_rule(made: Plan, expected: str) -> None:
    findings = sensu.check(made)
    assert len(findings) == 1
    assert expected in str(findings[0])


def test_valid_plan_has_no_findings() -> None:
    assert sensu.check(shop()) == ()
    silent = replace(shop(), entries=tuple(replace(one, notify="nobody") for one in shop().entries))
    assert sensu.check(sensu.with_central(silent, ("mon-1",))) == ()
    assert [one.id for one in sensu.check(sensu.with_central(shop(), ("mon-1",)))] == ["S018"]


def test_missing_central_agent_fails_a_lint_and_not_a_build() -> None:
    made = plan(entry(where="central", notify="nobody"), sensu_agents=SensuAgents(origin=at(31)))
    assert [(one.id, one.severity) for one in sensu.check(made)] == [("S016", "error")]
    assert [(one.id, one.severity) for one in sensu.build(made)[1]] == [("S016", "warning")]


NOTIFYING = plan(entry("disk"), entry("load", notify="ticket"), entry("swap", notify="nobody"))


def test_build_warns_of_notifications_without_routes() -> None:
    (finding,) = sensu.build(NOTIFYING)[1]
    assert (finding.id, finding.severity, finding.origin) == ("S018", "warning", None)
    assert finding.message == ("production has no routes, so web:disk and 1 more notify only if Sensu has page, ticket")


def test_lint_warns_of_notifications_without_routes_where_sensu_agents_are_declared() -> None:
    assert sensu.check(NOTIFYING) == ()
    agents = SensuAgents(central=("mon-1",), origin=at(31))
    (finding,) = sensu.check(replace(NOTIFYING, sensu_agents=agents))
    assert (finding.id, finding.origin) == ("S018", at(31))
    assert [one.id for one in sensu.build(replace(NOTIFYING, sensu_agents=agents))[1]] == ["S018"]


def test_handlers_that_sensu_has_are_declared_by_routes() -> None:
    routes = Routes(page=("page",), ticket=("ticket",), origin=at(30))
    assert sensu.build(replace(NOTIFYING, routes=routes))[1] == ()
    assert sensu.build(plan(entry(notify="nobody")))[1] == ()


def test_finding_counts_many_hosts() -> None:
    names = tuple(f"web-{number}" for number in range(1, 10))
    made = plan(using("label.port", hosts=names), hosts=tuple(host(name) for name in names))
    (finding,) = sensu.check(made)
    assert "on web-1, web-2, web-3 and 6 more it is not set" in finding.message


def test_braces_in_a_label_are_allowed_if_it_is_substituted_once() -> None:
    assert sensu.check(labelled("{{ .name }}")) == ()


def test_virtual_host_needs_no_address() -> None:
    made = plan(entry(where="central", per="role", hosts=("web.production",)))
    assert sensu.check(replace(made, hosts=(host("web.production", address="", virtual=True),))) == ()


def test_another_account_runs_through_sudo_in_both_generations() -> None:
    made = plan(entry(run_as="root", env=(("LC_ALL", "C"),)))
    (check,) = (one for one in sensu.render(made) if isinstance(one, CheckConfig))
    start = f"/usr/bin/sudo -n -u root -- /usr/bin/env LC_ALL=C {CHECK} "
    assert check.command.startswith(start)
    assert check.env_vars == ()
    assert start in str(core1.render(made))


def test_downtime_that_recurs_is_for_nagios_only() -> None:
    downtime = Downtime(when="sunday 02:00", length=7_200, why="backup", origin=at(40))
    (found,) = sensu.check(plan(entry(), downtimes=(downtime,)))
    assert (found.id, found.severity, found.origin) == ("S021", "warning", at(40))
    assert found.message == "Sensu does not know the downtime sunday 02:00 in production: backup"
