"""Hooks of an existing Sensu, imported and generated again: the same output after the same results."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sensu
from checkwright.cli.main import run
from checkwright.registry import planning
from checkwright.testing.sensu_agent import AGENT_ENVIRONMENT, token_data
from checkwright.testing.sensu_hooks import run_hooks
from sensu import core1

AGENT: dict[str, Any] = {
    "type": "Entity",
    "metadata": {"name": "web-1", "namespace": "qa", "labels": {"port": "80"}},
    "spec": {"entity_class": "agent", "subscriptions": ["web"]},
}
PIPED = "echo a b | wc -w"
HOOKS = {
    "plain": {"command": "/bin/echo 'it is' two", "timeout": 5},
    "piped": {"command": PIPED, "timeout": 20},
    "reads": {"command": "/usr/bin/wc -l", "timeout": 10, "stdin": True},
    "token": {"command": "/bin/echo {{ .labels.port }}", "timeout": 10},
    "unused": {"command": "/bin/true", "timeout": 10},
}


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "hooked"]:
        del sys.modules[name]


def check(name: str, check_hooks: list[dict[str, list[str]]], **spec: Any) -> dict[str, Any]:
    given = {"command": "/bin/true", "interval": 60, "publish": True, "subscriptions": ["web"]}
    return {
        "type": "CheckConfig",
        "metadata": {"name": name, "namespace": "qa"},
        "spec": {**given, "check_hooks": check_hooks, **spec},
    }


def imported(folder: Path, *documents: dict[str, Any]) -> dict[str, Any]:
    """Import documents as the project `hooked`; the report."""
    file = folder / "sensu.json"
    file.write_text("\n".join(json.dumps(one) for one in documents), encoding="utf-8")
    assert run(["sensu", "import", str(file), "--out", str(folder / "hooked")]) == 0
    found: dict[str, Any] = json.loads((folder / "hooked/import.json").read_text(encoding="utf-8"))
    return found


def config(name: str) -> dict[str, Any]:
    return {"type": "HookConfig", "metadata": {"name": name, "namespace": "qa"}, "spec": HOOKS[name]}


def outputs(spec: dict[str, Any], hooks: dict[str, Any], status: int) -> list[str]:
    """Return the output of the agent's hooks after a result, in any order."""
    ran = run_hooks(spec, status, hooks, data=token_data(AGENT), event=b"{}\n", agent=AGENT_ENVIRONMENT)
    return sorted(one.output for one in ran)


def test_the_same_hooks_run_after_the_same_results(tmp_path: Path) -> None:
    checks = [
        check("a", [{"critical": ["plain", "piped"]}, {"1": ["piped"]}]),
        check("b", [{"non-zero": ["piped", "reads"]}]),
        check("c", [{"critical": ["plain", "piped"]}, {"1": ["piped"]}]),
        check("d", []),
    ]
    imported(tmp_path, AGENT, *map(config, HOOKS), *checks)
    plan = planning.plan(str(tmp_path / "hooked"), "qa").plan
    made = {(one.kind, one.name): one.document() for one in sensu.render(plan)}
    hooks = {name: document for (kind, name), document in made.items() if kind == "HookConfig"}
    assert sorted(hooks) == ["web.piped", "web.piped-2", "web.plain", "web.reads"]
    before = {name: config(name) for name in HOOKS}
    for one in checks:
        again = made["CheckConfig", f"web.{one['metadata']['name']}"]
        for status in (0, 1, 2, 3):
            assert outputs(again["spec"], hooks, status) == outputs(one["spec"], before, status)


def test_what_cannot_be_carried_is_said(tmp_path: Path) -> None:
    report = imported(
        tmp_path,
        AGENT,
        *map(config, HOOKS),
        check("a", [{"critical": ["token", "nowhere"]}, {"whenever": ["plain"]}]),
        check("b", [{"critical": ["plain"]}], proxy_entity_name="web-1"),
    )
    messages = [remark["message"] for remark in report["remarks"]]
    for sentence in (
        "the hook token is left out: its command has a value of the machine, and a hook's words are literal here",
        "the hook nowhere is left out: it was not read",
        "check_hooks: whenever is not a result, so no hook runs after it",
        "its hooks are left out: no hook runs after a remote check",
        "no converted check that runs on the machine itself names it",
    ):
        assert sentence in messages
    plan = planning.plan(str(tmp_path / "hooked"), "qa").plan
    assert [role.hooks for role in plan.roles if role.hooks] == []


def test_hooks_of_core_stand_in_its_checks(tmp_path: Path) -> None:
    spec = {"command": "/bin/true", "interval": 60, "subscribers": ["web"]}
    hooks = {"critical": {"command": PIPED}, "1": {"command": "/bin/echo one", "timeout": 7, "stdin": True}}
    file = tmp_path / "checks.json"
    file.write_text(json.dumps({"checks": {"a": {**spec, "hooks": hooks}}}), encoding="utf-8")
    clients = tmp_path / "client.json"
    client = {"name": "web-1", "address": "10.0.0.1", "subscriptions": ["web"]}
    clients.write_text(json.dumps({"client": client}), encoding="utf-8")
    words = ["sensu", "import", str(file), str(clients), "--environment", "qa", "--out", str(tmp_path / "hooked")]
    assert run(words) == 0
    plan = planning.plan(str(tmp_path / "hooked"), "qa").plan
    (made,) = core1.render(plan).checks
    assert made.fields()["hooks"] == {
        "1": {"command": "/bin/echo one", "timeout": 7, "stdin": True},
        "critical": {"command": f"/bin/sh -c '{PIPED}'", "timeout": 60},
    }
