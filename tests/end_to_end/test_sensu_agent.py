"""Sensu checks of the example project, run as an agent runs them: state, text and metrics survive."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import sensu
from checkwright.registry.plan import Entry, Plan
from checkwright.testing import sensu_agent
from sensu import sensuctl_files
from tests.end_to_end.direct_run import (
    PluginResult,
    for_agent,
    has_value,
    plan_of,
    plugin_result,
    run_directly,
    services_of,
    split,
)
from tests.end_to_end.installed_tools import checkctl
from tests.end_to_end.local_shop import make_local_shop
from tests.end_to_end.shop_services import ShopServices
from tests.support.nagios import STATES

pytestmark = pytest.mark.daemon

Document = dict[str, Any]
CENTRAL_AGENT: Document = {"metadata": {"name": "central"}, "spec": {"entity_class": "agent"}}


def resources_of(text: str) -> dict[tuple[str, str], Document]:
    """Return the resources of a file by type and name, as Sensu reads them."""
    read = [one.data for one in sensuctl_files.read(text) if isinstance(one, sensuctl_files.Document)]
    return {(one["type"], one["metadata"].get("name", "")): one for one in read}


def agents_of(plan: Plan) -> dict[str, Document]:
    """Return the entities that the agents register, from the parts of agent.yml."""
    files = (yaml.safe_load(text) for path, text in sensu.agent_files(plan).items() if path.startswith("hosts/"))
    return {
        part["name"]: {
            "metadata": {"name": part["name"], "labels": part["labels"]},
            "spec": {"entity_class": "agent"},
        }
        for part in files
    }


def executed(
    entry: Entry, host: str, resources: dict[tuple[str, str], Document], agents: dict[str, Document]
) -> sensu_agent.Event:
    """Return the event of one check on one host."""
    check = resources["CheckConfig", f"{entry.role}.{entry.name}"]
    if entry.where == "host":
        return sensu_agent.run(check, agents[host])
    if entry.per == "role":
        return sensu_agent.run(check, CENTRAL_AGENT)
    return sensu_agent.run(check, CENTRAL_AGENT, proxy=agents.get(host) or resources["Entity", host])


def seen(event: sensu_agent.Event) -> PluginResult:
    text, perfdata = split(event.output)
    return plugin_result(STATES[event.status], text, perfdata)


def test_every_check_has_the_same_result_through_an_agent(shop: ShopServices, folder: Path) -> None:
    local = make_local_shop(folder, shop)
    plan = plan_of(local)
    built = folder / "sensu.yaml"
    checkctl(local.project, "sensu", "build", "here", "--out", built, "--format", "yaml")
    resources, agents = resources_of(built.read_text()), agents_of(plan)
    services = services_of(plan)
    events = {place: executed(entry, place[0], resources, agents) for place, entry in services.items()}

    assert {(event.entity, name) for (_, name), event in events.items()} == services.keys()
    expected = {place: run_directly(plan, entry, place[0]) for place, entry in services.items()}
    assert {place: seen(event) for place, event in events.items()} == {
        place: for_agent(one) for place, one in expected.items()
    }
    assert {event.errors for event in events.values()} == {()}
    points = {place: [point.name for point in event.points] for place, event in events.items()}
    measured = {place: [label(token) for token in one.metrics if has_value(token)] for place, one in expected.items()}
    assert points == measured
    assert {point.name: point.value for point in events["queue.here", "order_queue"].points} == {
        "given_up": 0,
        "waiting": 3,
    }


def label(metric: str) -> str:
    return metric.partition("=")[0]
