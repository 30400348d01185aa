"""Tests of the comparison of a plan with a dump of Sensu."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import sensu
from checkwright.registry.plan import Entry, SensuAgents
from sensu import Resource, sensuctl_files
from sensu.agent_entities import compare_agents
from sensu.compare import Comparison, compare_files, compare_resources, in_order
from sensu.stale_events import compare_events
from tests.sensu.plans import entry, host, plan, shop


def differences(resources: Iterable[Resource], old: str) -> tuple[str, ...]:
    return compare_resources(resources, old, project="shop", namespace="production").lines


def between(old: str, *watches: Entry) -> tuple[str, ...]:
    return differences(sensu.render(plan(*watches)), old)


def text(*watches: Entry) -> str:
    return sensu.dump(sensu.render(plan(*watches)), "json")


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_build_does_not_differ_from_itself(format: str) -> None:
    resources = sensu.render(shop())
    written = sensu.dump(resources, "json" if format == "json" else "yaml")
    assert differences(resources, written) == ()


def test_differences_name_new_removed_and_changed_resources() -> None:
    old = text(entry("disk", interval=60), entry("load"))
    assert between(old, entry("disk", interval=30, notify="nobody"), entry("swap")) == (
        '~ CheckConfig production/web.disk: spec.handlers: ["page"] -> unset',
        "~ CheckConfig production/web.disk: spec.interval: 60 -> 30",
        "~ CheckConfig production/web.disk: spec.ttl: 192 -> 102",
        "- CheckConfig production/web.load",
        "+ CheckConfig production/web.swap",
    )


def test_fields_that_sensu_adds_are_no_difference() -> None:
    old = text(entry()).replace('"interval": 60', '"cron": "", "stdin": false, "check_hooks": null, "interval": 60')
    old = old.replace('"namespace": "production"', '"created_by": "admin", "namespace": "production"')
    assert between(old, entry()) == ()


def test_resources_of_others_are_ignored() -> None:
    ours = text(entry("load"))
    assert between(ours.replace('"cw_project": "shop"', '"cw_project": "other"')) == ()
    assert between(ours.replace('"namespace": "production"', '"namespace": "dev"')) == ()
    assert between(ours) == ("- CheckConfig production/web.load",)


def test_entities_are_compared_by_rendered_fields() -> None:
    watch = entry("ping", where="central")
    made = plan(watch)
    old = sensu.dump(sensu.render(made), "json").replace('"entity_class"', '"last_seen": 5, "entity_class"')
    moved = replace(made, hosts=(host("web-1", address="10.0.0.9"), made.hosts[1]))
    assert differences(sensu.render(moved), old) == (
        '~ Entity production/web-1: metadata.labels.cw_address: "10.0.0.1" -> "10.0.0.9"',
    )
    agent = old.replace('"entity_class": "proxy"', '"entity_class": "agent"')
    assert [line[0] for line in differences(sensu.render(made), agent)] == [
        "!",
        "!",
    ]


SAMPLES = Path(__file__).parent / "recorded"


@pytest.mark.parametrize(
    ("build", "dump"),
    [
        ("build-production.json", "dump-production.json"),
        ("build-production.json", "dump-production.yaml"),
        ("build-asset.json", "dump-asset.json"),
    ],
)
def test_dump_of_a_real_sensu_does_not_differ_from_its_build(build: str, dump: str) -> None:
    old, new = ((SAMPLES / name).read_text(encoding="utf-8") for name in (build, dump))
    assert compare_files(old, new).lines == ()
    assert compare_files(new, old).lines == ()


def test_files_differ_by_changed_and_removed_resources() -> None:
    old = (SAMPLES / "dump-production.json").read_text(encoding="utf-8")
    build = (SAMPLES / "build-production.json").read_text(encoding="utf-8")
    changed = build.replace('"interval": 30', '"interval": 31', 1).replace('"name": "page"', '"name": "paging"', 1)
    found = compare_files(changed, old)
    assert {line[0] for line in found.lines} == {"+", "-", "~"}
    assert all(command[:1] == ("sensuctl",) for command in found.deletions)


def test_asset_alone_says_nothing_about_other_resources() -> None:
    build = (SAMPLES / "build-asset.json").read_text(encoding="utf-8")
    dump = (SAMPLES / "dump-asset.json").read_text(encoding="utf-8")
    other = dump.replace('"type": "Asset"', '"type": "Handler"').replace('"builds"', '"handlers"')
    assert compare_files(build, dump + other).lines == ()


def test_resource_of_somebody_else_is_marked() -> None:
    ours = text(entry("load"))
    unowned = ours.replace('"cw_project": "shop"', '"some": "label"')
    assert between(unowned, entry("load")) == (
        "! CheckConfig production/web.load: it belongs to no project, and creating the build would overwrite it",
    )
    theirs = ours.replace('"cw_project": "shop"', '"cw_project": "depot"')
    assert between(theirs, entry("load")) == (
        "! CheckConfig production/web.load: it belongs to the project depot, and creating the build would overwrite it",
    )


AGENT = """---
type: Entity
api_version: core/v2
metadata:
  name: web-1
  namespace: production
  labels: {cw_address: 10.0.0.1, cw_project: shop, cw_roles: web, sensu.io/managed_by: sensu-agent}
spec:
  entity_class: agent
  subscriptions: [web, central, "entity:web-1"]
"""


def agents(text: str) -> Comparison:
    return compare_agents(plan(entry()), text)


def test_agent_as_in_the_registry_is_no_difference() -> None:
    assert agents(AGENT).lines == agents("").lines == ()


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("cw_roles: web,", "cw_roles: api,", '~ Entity production/web-1: metadata.labels.cw_roles: "api" -> "web"'),
        ("10.0.0.1", "10.0.0.9", '~ Entity production/web-1: metadata.labels.cw_address: "10.0.0.9" -> "10.0.0.1"'),
        (
            "[web, ",
            "[api, ",
            '~ Entity production/web-1: spec.subscriptions: ["api", "central", "entity:web-1"] -> '
            '["central", "entity:web-1", "web"]',
        ),
        (
            ", sensu.io/managed_by: sensu-agent",
            "",
            '~ Entity production/web-1: metadata.labels.sensu.io/managed_by: unset -> "sensu-agent"',
        ),
    ],
)
def test_changed_labels_and_subscriptions_of_an_agent_are_reported(old: str, new: str, line: str) -> None:
    assert agents(AGENT.replace(old, new)).lines == (line,)


def test_machine_that_left_the_registry_is_deleted() -> None:
    found = agents(AGENT.replace("web-1", "web-9"))
    assert found.lines == ("- Entity production/web-9: the machine is not in the registry",)
    flags = ("--namespace", "production", "--skip-confirm", "--")
    assert found.deletions == (("sensuctl", "entity", "delete", *flags, "web-9"),)


def test_agents_of_others_and_central_agents_are_not_stale() -> None:
    stale = AGENT.replace("web-1", "web-9")
    for changed in (("cw_project: shop", "cw_project: other"), ("namespace: production", "namespace: dev")):
        assert agents(stale.replace(*changed)).lines == ()
    central = replace(plan(entry()), sensu_agents=SensuAgents(central=("web-9",)))
    assert compare_agents(central, stale).lines == ()


def event(entity: str, check: str, *, project: str = "shop", namespace: str = "production") -> dict[str, Any]:
    labels = {"cw_project": project}
    return {
        "entity": {"metadata": {"name": entity, "namespace": namespace, "labels": labels}},
        "check": {"metadata": {"name": check, "namespace": namespace, "labels": labels}},
        "metadata": {"namespace": namespace},
    }


EVENTS = [
    event("web-1", "web.disk"),
    event("web-1", "web.gone"),
    event("web-2", "web.disk"),
    event("web-2", "web.disk", project="other"),
    event("web-2", "web.disk", namespace="dev"),
    event("web-9", "web.disk"),
]


@pytest.mark.parametrize("wrapped", [False, True])
def test_events_of_removed_checks_and_machines_are_stale(wrapped: bool) -> None:
    made = plan(entry(hosts=("web-1",)))
    if wrapped:
        documents = [{"type": "Event", "api_version": "core/v2", "metadata": {}, "spec": one} for one in EVENTS]
        text = "\n".join(json.dumps(one) for one in documents)
    else:
        text = json.dumps(EVENTS)
    found = compare_events(made, text)
    assert found.lines == (
        "- Event production/web-1/web.gone: web-1 does not have this check",
        "- Event production/web-2/web.disk: web-2 does not have this check",
        "- Event production/web-9/web.disk: the machine is not in the registry",
    )
    flags = ("--namespace", "production", "--skip-confirm", "--")
    assert set(found.deletions) == {
        ("sensuctl", "event", "delete", *flags, "web-1", "web.gone"),
        ("sensuctl", "event", "delete", *flags, "web-2", "web.disk"),
        ("sensuctl", "entity", "delete", *flags, "web-9"),
    }


def test_checks_are_deleted_before_their_events_and_these_before_the_rest() -> None:
    old = text(entry("disk"), entry("gone", where="central")) + AGENT.replace("web-1", "web-9")
    made = plan(entry("disk"))
    resources = compare_resources(sensu.render(made), old, project="shop", namespace="production")
    commands = in_order(resources, compare_agents(made, old), compare_events(made, json.dumps(EVENTS))).deletions
    assert [command[1] for command in commands] == ["check", "event", "entity"]
    assert len(set(commands)) == len(commands)


def test_host_checks_make_expected_events() -> None:
    made = shop()
    pings = json.dumps([event("lb-1", "host-up.lb"), event("api-1", "api.disk")])
    assert compare_events(made, pings).lines == ()


def test_broken_text_is_refused_with_its_line() -> None:
    with pytest.raises(sensuctl_files.Unreadable) as raised:
        between("{\n")
    assert raised.value.line == 2
