"""Host checks, from declarations to the files for Nagios."""

from pathlib import Path
from typing import Any

import pytest

from checks.system.load import Load
from checkwright.registry import plan_json
from checkwright.registry.inventory import machines
from checkwright.registry.model import (
    Environment,
    Escalation,
    Host,
    HostCheck,
    RegistryError,
    Role,
    Site,
    Team,
    Watch,
)
from checkwright.registry.plan import Plan
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.resolve import resolve
from nagios_cfg import check, render
from nagios_cfg.reader import Live, read_texts
from nagios_cfg.reader.effective import Effective, Reader
from tests.support.nagios import precache

OPS = Team("ops", email="ops@example.com")
NETWORK = Team("network", email="network@example.com", escalations=(Escalation(after="30m", to=OPS),))
PLUGINS = "/usr/lib/nagios/plugins"
wrong: Any = None
unknown: Any = "icmp"
wrong_settings: Any = {"evry": "5m"}


def planned(*states: HostCheck, of_role: HostCheck | None = None) -> Plan:
    web = Role("web", owner=OPS, runbook="https://wiki.example.com", watches=(Watch(Load()),), host_check=of_role)
    hosts = (Host("web-1", "10.0.0.1", roles=(web,)), Host("switch-1", "10.0.0.2"), Host("switch-2", "10.0.0.3"))
    environment = Environment("test", site=Site(), hosts=hosts, host_checks=states)
    teams = (NETWORK, OPS)
    registry = Registry(
        project="shop", folder=str(Path(__file__).parent), teams=teams, roles=(web,), environments=(environment,)
    )
    plan = resolve(registry, environment, machines(registry, environment)).plan
    assert plan_json.loads(plan_json.dumps(plan)) == plan
    return plan


def live(plan: Plan) -> Live:
    assert not [one for one in check(plan) if one.severity == "error"]
    files = {path: text for path, text in render(plan).items() if path.startswith("nagios/")}
    expanded = precache(files)
    assert "define host {" in expanded
    return read_texts(files)


def state(plan: Plan, name: str) -> tuple[Effective, dict[str, str]]:
    found = live(plan)
    reader = Reader(found, {})
    return reader.host(found.hosts[name]), reader.others_of_host(found.hosts[name])


@pytest.mark.parametrize(
    ("stated", "argv"),
    [
        (HostCheck("ping"), (f"{PLUGINS}/check_ping", "-H", "10.0.0.1", "-w")),
        (HostCheck("tcp", port=22), (f"{PLUGINS}/check_tcp", "-H", "10.0.0.1", "-p", "22")),
        (HostCheck("http"), (f"{PLUGINS}/check_http", "-I", "10.0.0.1", "-p", "80")),
        (HostCheck("http", port=8080), (f"{PLUGINS}/check_http", "-I", "10.0.0.1", "-p", "8080")),
        (HostCheck("nrpe"), (f"{PLUGINS}/check_nrpe", "-H", "10.0.0.1", "-p", "5666")),
        (HostCheck((f"{PLUGINS}/check_ssh", "-t", "5", "{address}")), (f"{PLUGINS}/check_ssh", "-t", "5", "10.0.0.1")),
        (HostCheck("none"), ()),
    ],
    ids=["ping", "tcp", "http", "port of http", "nrpe", "plugin", "none"],
)
def test_each_check_becomes_its_command(stated: HostCheck, argv: tuple[str, ...]) -> None:
    found, _ = state(planned(stated), "web-1")
    assert found.argv[: len(argv)] == argv
    assert bool(found.argv) == bool(argv)


def test_environment_wins_over_role_and_the_last_one_wins() -> None:
    plan = planned(
        HostCheck(attempts=5, every="10m"),
        HostCheck(attempts=7, host="web-*"),
        of_role=HostCheck("tcp", port=22, retry="1m", attempts=4),
    )
    found, _ = state(plan, "web-1")
    assert (found.argv[0], found.every, found.retry, found.attempts) == (f"{PLUGINS}/check_tcp", 600, 60, 7)
    found, _ = state(plan, "switch-1")
    assert (found.argv[0], found.every, found.retry, found.attempts) == (f"{PLUGINS}/check_ping", 600, 30, 5)


def test_hosts_without_watches_notify_their_owner() -> None:
    assert state(planned(), "switch-1")[0].notified == ()
    plan = planned(HostCheck(host="switch-*", owner=NETWORK, notify_on=("down", "unreachable")))
    found, others = state(plan, "switch-1")
    assert [(one.who, one.options) for one in found.notified] == [("network@example.com", "d,u")]
    escalations = Reader(live(plan), {}).relations().of("switch-1")["escalations"]
    assert escalations.startswith("network@example.com, ops@example.com from notification 2")
    assert others["renotify"] == "every 1800 s"  # the interval on which the escalation falls
    assert [one.who for one in state(plan, "web-1")[0].notified] == ["ops@example.com"]


def test_level_and_repetition_are_stated() -> None:
    plan = planned(HostCheck(notify="nobody", host="web-1"), HostCheck(renotify="once", notify_after="10m"))
    found, others = state(plan, "web-1")
    assert found.notified == ()
    assert (others["renotify"], others["first notification"]) == ("once", "after 600 s")


def test_hosts_do_not_notify_that_they_are_unreachable_by_default() -> None:
    assert [one.options for one in state(planned(), "web-1")[0].notified] == ["d,r,f"]


def test_check_of_no_host_is_in_no_plan() -> None:
    assert planned(HostCheck(attempts=2, host="nosuch-*")).host_checks == ()


REFUSED = {
    "kind": (lambda: HostCheck(unknown), "HostCheck: the check is 'icmp', and must be one of ping"),
    "no port": (lambda: HostCheck("tcp"), "HostCheck: port is None, and must be a number"),
    "big port": (lambda: HostCheck("tcp", port=70000), "HostCheck: port is 70000, and must be a number"),
    "port of ping": (lambda: HostCheck("ping", port=22), "HostCheck: port is for tcp and http, not for 'ping'"),
    "relative": (lambda: HostCheck(("check_ssh",)), "HostCheck: the plugin is 'check_ssh', and must be an absolute"),
    "empty": (lambda: HostCheck(()), "HostCheck: the plugin is empty"),
    "nothing": (lambda: HostCheck(host="web-1"), "HostCheck states nothing"),
    "setting": (lambda: HostCheck(**wrong_settings), "HostCheck has no setting 'evry', did you mean every"),
    "events": (lambda: HostCheck(notify_on=("recovery",)), "HostCheck: notify_on has neither down nor unreachable"),
    "owner": (lambda: HostCheck(owner=wrong), "HostCheck: owner is None, not a Team"),
    "of a role": (
        lambda: Role("web", owner=OPS, host_check=HostCheck("ping", host="web-1")),
        "Role web: host_check applies to the role, so it names neither role nor host",
    ),
}


@pytest.mark.parametrize(("declare", "message"), REFUSED.values(), ids=REFUSED)
def test_wrong_value_is_refused(declare: Any, message: str) -> None:
    with pytest.raises(RegistryError) as error:
        declare()
    assert error.value.message.startswith(message)
    assert error.value.origin is not None
    assert error.value.origin.file == __file__
