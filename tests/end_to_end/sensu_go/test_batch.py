"""Tests of results that the batch posts to a real agent."""

import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checkwright.registry import plan_json
from checkwright.registry.plan import Plan, Site
from tests.end_to_end.sensu_go.deployed import AGENTS, deploy, namespace, plan, routes, watch
from tests.support.installed import installed_bin
from tests.support.ports import closed_port
from tests.support.sensu_go import Agent, Backend, agents, eventually

BATCH = str(Path(sys.executable).with_name("checkwright-batch"))
OUTPUT = "printf '%s\\n' 'DISK CRITICAL: full | used=97.5%;80;90'; exit 2"

#: Fields that differ between an event of an agent's own run and one of the batch, and who sets them.
OF_AGENT_OR_BACKEND = {
    "id": "one for each event",
    "sequence": "a number that the agent counts for its own runs",
    "timestamp": "the time of the run",
    "check.executed": "the time of the run",
    "check.issued": "the time of the run",
    "check.duration": "the time that the run took",
    "check.last_ok": "the backend's memory",
    "check.occurrences": "the backend's memory",
    "check.occurrences_watermark": "the backend's memory",
    "check.history": "the backend's memory",
    "check.scheduler": "how the backend schedules it: a posted check has no scheduler",
    "check.metadata.labels.sensu.io/managed_by": "sensuctl sets it on the check",
    "entity.last_seen": "the last keepalive",
    "entity.system": "what the agent knows about its machine",
}


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Return the fields that are set, by path. Moments of metrics count as one."""
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for key, one in value.items():
            found |= flat(one, f"{path}.{key}" if path else key)
        return found
    if path == "metrics.points":
        return {path: [{**point, "timestamp": 0} for point in value]}
    return {} if value in (None, "", 0, False, []) else {path: value}


def run_batch(made: Plan, agent: Agent, folder: Path, *selection: str) -> None:
    file = folder / "plan.json"
    file.write_text(plan_json.dumps(made), encoding="utf-8")
    file.chmod(0o600)
    to = f"sensu:http://127.0.0.1:{agent.api_port}"
    ended = subprocess.run(
        [BATCH, "--plan", str(file), *selection, "--once", "--to", to, "--store", str(folder / "store")],
        env={**os.environ, "CHECKS_STATE_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr


def test_critical_of_the_batch_notifies_and_its_metrics_are_stored(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    made = plan(
        backend,
        where,
        watch("disk", "/bin/sh", "-c", OUTPUT),
        watch("http", "/bin/sh", "-c", OUTPUT, where="central", hosts=("lb-1",), role="lb", owner="storefront"),
        watch("quiet", "/bin/sh", "-c", OUTPUT, notify="nobody"),
        routes=routes(backend, metrics=("tickets",)),
        sensu_agents=replace(AGENTS, central=("elsewhere-1",)),
    )
    parts = deploy(backend, made)
    # The agent does not subscribe to the role, so only the batch runs the checks.
    with agents(backend, tmp_path, parts["web-1"] | {"subscriptions": []}) as (agent,):
        run_batch(made, agent, tmp_path, "--host", "web-1", "--central")
        eventually(lambda: len(backend.notifications(where)) == 5, "calls of the handlers")
        calls = sorted((one.arguments[0], *one.about) for one in backend.notifications(where))
        assert calls == [
            ("pager", "lb-1", "lb.http", 2),
            ("pager", "web-1", "web.disk", 2),
            ("tickets", "lb-1", "lb.http", 2),
            ("tickets", "web-1", "web.disk", 2),
            ("tickets", "web-1", "web.quiet", 2),
        ]
        stored = next(one for one in backend.notifications(where) if one.arguments == ("tickets",))
        (point,) = stored.event["metrics"]["points"]
        assert (point["name"], point["value"]) == ("used", 97.5)
        assert {tag["name"] for tag in point["tags"]} == {"check", "environment", "role"}


CHECK = str(installed_bin() / "check")
#: Commands by the name of our check, "" for a foreign plugin: with metrics, with metrics that have no value, with none.
COMMANDS = {
    "foreign": ("", "/bin/sh", "-c", OUTPUT),
    "without a value": ("http", CHECK, "http", "-u", f"http://127.0.0.1:{closed_port()}/", "-t", "5"),
    "without metrics": ("dummy", CHECK, "dummy", "--state", "critical", "-t", "5"),
    "with metrics": ("dummy", CHECK, "dummy", "--value", "5", "-t", "5"),
}


@pytest.mark.parametrize(("check", "command"), [(one[0], one[1:]) for one in COMMANDS.values()], ids=COMMANDS)
def test_event_of_the_batch_equals_that_of_the_agent(
    backend: Backend, tmp_path: Path, check: str, command: tuple[str, ...]
) -> None:
    made = {}
    for batched in (False, True):
        where = namespace()
        own = plan(
            backend,
            where,
            watch("disk", *command, check=check, why=("first",), runbook="https://runbooks.example.com/"),
            routes=routes(backend, metrics=("tickets",)),
            site=Site(check=CHECK),
        )
        parts = deploy(backend, own)
        if batched:
            backend.ctl("check", "delete", "web.disk", "--namespace", where, "--skip-confirm")
        with agents(backend, tmp_path / where, parts["web-1"]) as (agent,):
            if batched:
                run_batch(own, agent, tmp_path, "--host", "web-1")
            event = eventually(partial(backend.event, where, "web-1", "web.disk"), "event")
            made[batched] = {path: str(value).replace(where, "NAMESPACE") for path, value in flat(event).items()}
    ignored = tuple(OF_AGENT_OR_BACKEND)
    differences = {
        path: (made[False].get(path), made[True].get(path))
        for path in made[False].keys() | made[True].keys()
        if made[False].get(path) != made[True].get(path) and not path.startswith(ignored)
    }
    # A single run has no ttl, since no further result follows.
    assert differences == {"check.ttl": (made[False]["check.ttl"], None)}
