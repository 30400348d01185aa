"""Tests of the notification about dead machines, with a real backend and real agents."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import sensu
from checkwright.registry.plan import Escalation, Maintenance, Site
from sensu import host_checks
from tests.end_to_end.sensu_go.deployed import AGENTS, PAYMENTS, STOREFRONT, deploy, namespace, plan, watch
from tests.sensu.plans import at
from tests.support.sensu_go import Backend, agents, eventually

#: Longest time from the death of a machine to its notification: silence is noticed once in each warning time.
NOTICED = AGENTS.critical + AGENTS.warning + 3


def test_dead_machine_notifies_its_teams_once_and_when_it_is_back(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    made = plan(
        backend,
        where,
        watch("disk"),
        watch("shop", owner="storefront", notify="ticket"),
        watch("idle", notify="nobody", hosts=("web-2",)),
    )
    parts = deploy(backend, made)
    with agents(backend, tmp_path, parts["web-1"], parts["web-2"]) as (dead, unwatched):
        eventually(lambda: backend.event(where, "web-1", "web.disk"), "result")
        dead.kill()
        unwatched.kill()
        killed = time.time()
        eventually(lambda: len(backend.notifications(where)) >= 2, "notification")
        assert time.time() - killed < NOTICED
        time.sleep(AGENTS.critical)
        calls = {(one.arguments, one.recipient["CHECKWRIGHT_TEAM"], one.about) for one in backend.notifications(where)}
        down = ("web-1", "keepalive", 2)
        assert calls == {(("pager",), "payments", down), (("tickets",), "storefront", down)}
        assert len(backend.notifications(where)) == 2
        paged = next(one for one in backend.notifications(where) if one.arguments == ("pager",))
        assert paged.recipient["CHECKWRIGHT_PAGER"] == "payments-pager"
        assert paged.event["metadata"]["annotations"]["email"] == "payments@example.com,storefront@example.com"
        dead.start()
        eventually(lambda: len(backend.notifications(where)) >= 4, "notification of the end")
        assert {one.about for one in backend.notifications(where)[2:]} == {("web-1", "keepalive", 0)}
        time.sleep(3)
        assert len(backend.notifications(where)) == 4


def test_maintenance_of_a_machine_keeps_it_silent_until_its_end(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    end = int(time.time()) + 2 * AGENTS.critical + 8
    made = plan(backend, where, watch("disk"))
    window = Maintenance(
        begin=_moment(time.time() - 60), end=_moment(end), why="new disks", hosts=("web-1",), origin=at(7)
    )
    made = replace(made, maintenance=(window,))
    with agents(backend, tmp_path, deploy(backend, made)["web-1"]) as (machine,):
        machine.kill()
        eventually(lambda: _status(backend, where, "web-1") == 2, "critical keepalive")
        eventually(lambda: backend.notifications(where), "notification")
        (call,) = backend.notifications(where)
        assert call.about == ("web-1", "keepalive", 2)
        assert call.event["timestamp"] >= end


def test_page_of_a_dead_machine_is_escalated(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    paged = replace(PAYMENTS, escalations=(Escalation(after=10, to="storefront"),))
    made = plan(backend, where, watch("disk"), teams=(paged, STOREFRONT))
    with agents(backend, tmp_path, deploy(backend, made)["web-1"]) as (machine,):
        machine.kill()
        eventually(lambda: len(backend.notifications(where)) == 2, "escalation")
        first, second = backend.notifications(where)
        assert first.recipient["CHECKWRIGHT_TEAM"] == "payments"
        assert second.recipient["CHECKWRIGHT_TEAM"] == "storefront"
        assert second.event["timestamp"] - first.event["timestamp"] >= 10


def test_end_of_a_central_agent_notifies_the_teams_of_central_checks(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    made = plan(
        backend,
        where,
        watch("http", where="central", owner="storefront", hosts=("lb-1",), role="lb"),
        watch("disk", hosts=("mon-1",), role="linux", notify="nobody"),
        sensu_agents=replace(AGENTS, central=("mon-1", "elsewhere-1")),
    )
    parts = deploy(backend, made)
    parts["central"]["name"] = "elsewhere-1"
    with agents(backend, tmp_path, parts["mon-1"], parts["central"]) as running:
        eventually(lambda: backend.event(where, "lb-1", "lb.http"), "result of the central check")
        for agent in running:
            agent.kill()
        eventually(lambda: len(backend.notifications(where)) == 2, "notifications")
        calls = {(one.recipient["CHECKWRIGHT_TEAM"], one.about[0]) for one in backend.notifications(where)}
        assert calls == {("storefront", "mon-1"), ("storefront", "elsewhere-1")}


def test_machine_without_an_agent_is_pinged(backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = namespace()
    monkeypatch.setattr(host_checks, "INTERVAL", 1)
    up = tmp_path / "up"
    up.touch()
    ping = tmp_path / "check_ping"
    ping.write_text(
        f'#!/bin/sh\nshift; [ "$1" = 127.0.0.1 ] || exit 3\n[ -e {up} ] || {{ echo down; exit 2; }}; echo up\n'
    )
    ping.chmod(0o755)
    made = plan(
        backend,
        where,
        watch("http", where="central", hosts=("lb-1",), role="lb", notify="ticket"),
        site=Site(plugins=str(tmp_path)),
        sensu_agents=replace(AGENTS, central=("elsewhere-1",)),
    )
    parts = deploy(backend, made)
    with agents(backend, tmp_path, parts["central"] | {"name": "elsewhere-1"}):
        eventually(lambda: _status(backend, where, "lb-1", "host-up.lb") == 0, "ping")
        up.unlink()
        eventually(lambda: backend.notifications(where), "notification")
        up.touch()
        eventually(lambda: len(backend.notifications(where)) == 2, "notification of the end")
        assert [one.about for one in backend.notifications(where)] == [
            ("lb-1", "host-up.lb", 2),
            ("lb-1", "host-up.lb", 0),
        ]
        first = backend.notifications(where)[0]
        assert (first.arguments, first.recipient["CHECKWRIGHT_EMAIL"]) == (("tickets",), "payments@example.com")
        assert first.event["check"]["occurrences"] == host_checks.ATTEMPTS_UNTIL_DOWN


def test_without_routes_the_handler_of_the_level_gets_keepalives(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    made = plan(backend, where, watch("disk"), routes=None)
    parts = deploy(backend, made)
    own = sensu.Handler(
        name="page", namespace=where, command=f"{backend.handler} page", filters=("is_incident",), timeout=9
    )
    backend.create(sensu.dump([own], "json"))
    with agents(backend, tmp_path, parts["web-1"]) as (machine,):
        machine.kill()
        eventually(lambda: backend.notifications(where), "notification")
        call = backend.notifications(where)[0]
        assert (call.arguments, call.about[:2]) == (("page",), ("web-1", "keepalive"))
        assert call.event["metadata"]["labels"]["owner"] == "payments"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _status(backend: Backend, where: str, entity: str, check: str = "keepalive") -> int | None:
    event = backend.event(where, entity, check)
    return int(event["check"]["status"]) if event else None
