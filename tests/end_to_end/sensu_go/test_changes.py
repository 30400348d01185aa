"""Tests of changes to a deployed environment: removed checks, changed machines and differences from a dump."""

import shlex
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

import sensu
from checkwright.registry.plan import Placeholder, Plan
from sensu import agent_entities, compare, stale_events
from sensu.compare import Comparison
from tests.end_to_end.sensu_go.deployed import deploy, namespace, plan, settings, watch
from tests.support.sensu_go import Backend, agents, eventually

TYPES = ",".join(
    f"core/v2.{kind}" for kind in ("CheckConfig", "Pipeline", "Handler", "EventFilter", "HookConfig", "Asset", "Entity")
)


def dump(backend: Backend, where: str, form: str = "wrapped-json") -> str:
    return backend.ctl("dump", TYPES, "--namespace", where, "--format", form)


def events(backend: Backend, where: str) -> str:
    return backend.ctl("event", "list", "--namespace", where, "--format", "json")


def differences(backend: Backend, made: Plan) -> Comparison:
    """Return what `checkctl sensu diff --events` finds."""
    text, where = dump(backend, made.environment), made.environment
    resources = compare.compare_resources(sensu.render(made), text, project=made.project, namespace=where)
    found = compare.in_order(resources, agent_entities.compare_agents(made, text))
    return compare.in_order(found, stale_events.compare_events(made, events(backend, where)))


def run(backend: Backend, command: tuple[str, ...]) -> None:
    """Run a command for sensuctl through a shell, as an operator runs the file of deletions."""
    line = shlex.join((str(backend.programs / "sensuctl"), *command[1:]))
    config = backend.folder / "sensuctl"
    subprocess.run(["sh", "-c", line], check=True, env={"XDG_CONFIG_HOME": str(config), "HOME": str(config)})


def test_dump_does_not_differ_from_its_build(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    made = plan(
        backend,
        where,
        watch("disk"),
        watch("http", where="central", hosts=("lb-1",), role="lb"),
        watch("queue", where="central", per="role", role="queue", hosts=(f"queue.{where}",)),
    )
    made = replace(made, hosts=tuple(replace(one, virtual=one.name.startswith("queue")) for one in made.hosts))
    made = sensu.with_central(made, ("web-1",))
    parts = deploy(backend, made)
    with agents(backend, tmp_path, parts["web-1"]):
        eventually(lambda: backend.event(where, "web-1", "web.disk"), "result")
        assert differences(backend, made) == Comparison()
        for form in ("wrapped-json", "yaml"):
            assert compare.compare_files(sensu.dump(sensu.render(made), "json"), dump(backend, where, form)).lines == ()


def test_changed_role_label_and_address_reach_sensu_with_a_restart(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    before = plan(
        backend,
        where,
        watch("rack", "/bin/echo", (Placeholder("label.rack"), " ", Placeholder("address"))),
        watch("load", role="db", hosts=("db-1",)),
    )
    before = replace(before, hosts=tuple(replace(host, labels={"rack": "r1"}) for host in before.hosts))
    parts = deploy(backend, before)
    (web,) = (host for host in before.hosts if host.name == "web-1")
    changed = replace(web, address="127.0.0.2", labels={"rack": "r7"}, roles=("db", "web"))
    after = replace(
        before,
        hosts=tuple(changed if host is web else host for host in before.hosts),
        roles=tuple(replace(role, hosts=("db-1", "web-1")) if role.name == "db" else role for role in before.roles),
        entries=tuple(replace(one, hosts=("db-1", "web-1")) if one.role == "db" else one for one in before.entries),
    )
    with agents(backend, tmp_path, parts["web-1"]) as (agent,):
        eventually(lambda: _output(backend, where, "web.rack") == "r1 127.0.0.1\n", "output with the first values")
        assert differences(backend, before).lines == ()
        backend.create(sensu.dump(sensu.render(after), "json"))
        title = f"~ Entity {where}/web-1: "
        assert [line.removeprefix(title).partition(":")[0] for line in differences(backend, after).lines] == [
            "metadata.labels.cw_address",
            "metadata.labels.cw_roles",
            "metadata.labels.rack",
            "spec.subscriptions",
        ]
        agent.restart(**settings(after)["web-1"])
        eventually(lambda: differences(backend, after) == Comparison(), "changed entity")
        eventually(lambda: backend.event(where, "web-1", "db.load"), "result of the new role's check")
        eventually(lambda: _output(backend, where, "web.rack") == "r7 127.0.0.2\n", "output with the new values")


def test_entity_of_an_agent_that_did_not_manage_it_is_taken_over(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    made = plan(backend, where, watch("disk"))
    part = deploy(backend, made)["web-1"]
    own = {"agent-managed-entity": False, "labels": {"own": "label"}, "subscriptions": ["other"]}
    with agents(backend, tmp_path, part | own) as (agent,):
        assert backend.get(f"namespaces/{where}/entities/web-1")["metadata"]["labels"] == {"own": "label"}
        agent.restart(**part)
        eventually(lambda: differences(backend, made) == Comparison(), "changed entity")
        eventually(lambda: backend.event(where, "web-1", "web.disk"), "result")


def test_removed_check_notifies_nobody(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    before = plan(backend, where, watch("disk"), watch("gone", deadline=1))
    parts = deploy(backend, before)
    after = replace(before, entries=before.entries[:1])
    with agents(backend, tmp_path, parts["web-1"]):
        eventually(lambda: backend.event(where, "web-1", "web.gone"), "result")
        backend.create(sensu.dump(sensu.render(after), "json"))
        found = differences(backend, after)
        assert found.lines == (
            f"- CheckConfig {where}/web.gone",
            f"- Event {where}/web-1/web.gone: web-1 does not have this check",
        )
        for command in found.deletions:
            run(backend, command)
            time.sleep(2)  # results in flight
        _delete_again(backend, after)
        time.sleep(_ttl(before, "web.gone") + 3)
        assert differences(backend, after) == Comparison()
        assert backend.notifications(where) == []


def test_check_that_a_machine_no_longer_has_notifies_nobody(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    before = plan(backend, where, watch("disk", hosts=("web-1", "web-2")), watch("gone", deadline=1, role="db"))
    parts = deploy(backend, before)
    hosts = tuple(replace(host, roles=("web",)) if host.name == "web-1" else host for host in before.hosts)
    after = replace(before, entries=before.entries[1:], roles=before.roles[1:], hosts=hosts)
    assert [one.role for one in after.entries] == ["web"]
    with agents(backend, tmp_path, parts["web-1"], parts["web-2"]) as (agent, _):
        eventually(lambda: backend.event(where, "web-1", "db.gone"), "result")
        backend.create(sensu.dump(sensu.render(after), "json"))
        agent.restart(**settings(after)["web-1"])
        lines = differences(backend, after).lines
        assert f"- Event {where}/web-1/db.gone: web-1 does not have this check" in lines
        for command in differences(backend, after).deletions:
            run(backend, command)
        _delete_again(backend, after)
        time.sleep(_ttl(before, "db.gone") + 3)
        assert differences(backend, after) == Comparison()
        assert [one.about for one in backend.notifications(where)] == []


def test_machine_that_left_the_registry_is_forgotten(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    before = plan(backend, where, watch("disk", hosts=("web-1", "web-2")))
    parts = deploy(backend, before)
    after = replace(
        before,
        hosts=before.hosts[:1],
        entries=tuple(replace(one, hosts=("web-1",)) for one in before.entries),
        roles=tuple(replace(one, hosts=("web-1",)) for one in before.roles),
    )
    with agents(backend, tmp_path, parts["web-1"], parts["web-2"]) as (_, leaving):
        eventually(lambda: backend.event(where, "web-2", "web.disk"), "result")
        backend.create(sensu.dump(sensu.render(after), "json"))
        leaving.stop()
        found = differences(backend, after)
        assert f"- Entity {where}/web-2: the machine is not in the registry" in found.lines
        assert [command[1] for command in found.deletions] == ["entity"]
        for command in found.deletions:
            run(backend, command)
        time.sleep(before.sensu_agents.critical + 5 if before.sensu_agents else 0)
        assert differences(backend, after) == Comparison()
        assert backend.notifications(where) == []


def test_autoscaled_machine_is_forgotten_when_its_agent_ends(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    made = plan(backend, where, watch("disk", hosts=("web-1", "web-2")))
    assert made.sensu_agents is not None
    made = replace(made, sensu_agents=replace(made.sensu_agents, autoscaled=("web-1", "web-2")))
    parts = deploy(backend, made)
    with agents(backend, tmp_path, parts["web-1"], parts["web-2"]) as (stopped, killed):
        stopped.stop()
        killed.kill()
        assert made.sensu_agents is not None

        def names() -> list[str]:
            return [one["metadata"]["name"] for one in backend.get(f"namespaces/{where}/entities")]

        eventually(lambda: names() == [], "end of both entities")
        time.sleep(made.sensu_agents.critical)
        assert backend.notifications(where) == []
        assert differences(backend, made) == Comparison()


def test_text_of_every_kind_survives_sensuctl(backend: Backend, tmp_path: Path) -> None:
    """Text that Go's YAML reader would take for another type is quoted."""
    where = namespace()
    texts = ("1e3", "0o17", "yes", "Y", "n", "null", "~", "12:30", "1_000", ".inf", "0x1f", "2026-11-24", "a: b", "- a")
    labels = {f"label_{number}": text for number, text in enumerate(texts)}
    made = [sensu.Entity(name="texts", namespace=where, labels=labels)]
    file = tmp_path / "texts.yaml"
    file.write_text(sensu.dump(made, "yaml"), encoding="utf-8")
    backend.ctl("create", "--file", file)
    stored: dict[str, Any] = backend.get(f"namespaces/{where}/entities/texts")
    stored["metadata"]["labels"].pop("sensu.io/managed_by")
    assert stored["metadata"]["labels"] == labels
    assert compare.compare_files(sensu.dump(made, "json"), dump(backend, where, "yaml")).lines == ()
    assert yaml.safe_load(file.read_text(encoding="utf-8"))["metadata"]["labels"] == labels


def _output(backend: Backend, where: str, check: str) -> str:
    event = backend.event(where, "web-1", check)
    return str(event["check"]["output"]) if event else ""


def _delete_again(backend: Backend, made: Plan) -> None:
    """Delete what results in flight restored, as the documentation describes."""
    for command in differences(backend, made).deletions:
        run(backend, command)


def _ttl(made: Plan, name: str) -> int:
    (check,) = (one for one in sensu.render(made) if isinstance(one, sensu.CheckConfig) and one.name == name)
    return check.ttl
