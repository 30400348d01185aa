"""The example project's Sensu checks, run as an agent on this machine would: state, text and metrics survive."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import sensu
from checkwright.registry.plan import Entry, Plan
from checkwright.testing import sensu_agent
from sensu import sensuctl_files
from tests.end_to_end.by_hand import Said, by_hand, plan_of, said, services_of, split
from tests.end_to_end.here import settle
from tests.end_to_end.installed_tools import checkctl
from tests.end_to_end.stand_in import StandIn
from tests.support.nagios import STATES

pytestmark = pytest.mark.daemon

Document = dict[str, Any]
CENTRAL_AGENT: Document = {"metadata": {"name": "central"}, "spec": {"entity_class": "agent"}}


def resources_of(text: str) -> dict[tuple[str, str], Document]:
    """The resources of a file, by type and name, as Sensu would read them."""
    read = [one.data for one in sensuctl_files.read(text) if isinstance(one, sensuctl_files.Document)]
    return {(one["type"], one["metadata"].get("name", "")): one for one in read}


def agents_of(plan: Plan) -> dict[str, Document]:
    """The entities that the machines' agents make of themselves, from the parts of agent.yml."""
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
    """The event of one check on one host."""
    check = resources["CheckConfig", f"{entry.role}.{entry.name}"]
    if entry.where == "host":
        return sensu_agent.run(check, agents[host])
    if entry.per == "role":
        return sensu_agent.run(check, CENTRAL_AGENT)
    return sensu_agent.run(check, CENTRAL_AGENT, proxy=agents.get(host) or resources["Entity", host])


def seen(event: sensu_agent.Event) -> Said:
    text, perfdata = split(event.output)
    return said(STATES[event.status], text, perfdata)


def test_every_check_survives_the_way_through_an_agent(shop: StandIn, folder: Path) -> None:
    here = settle(folder, shop)
    plan = plan_of(here)
    built = folder / "sensu.yaml"
    checkctl(here.project, "sensu", "build", "here", "--out", built, "--format", "yaml")
    resources, agents = resources_of(built.read_text()), agents_of(plan)
    services = services_of(plan)
    events = {place: executed(entry, place[0], resources, agents) for place, entry in services.items()}

    assert {(event.entity, name) for (_, name), event in events.items()} == services.keys()
    expected = {place: by_hand(plan, entry, place[0]) for place, entry in services.items()}
    assert {place: seen(event) for place, event in events.items()} == expected
    points = {place: [point.name for point in event.points] for place, event in events.items()}
    measured = {place: [label(token) for token in one.metrics if is_number(token)] for place, one in expected.items()}
    assert points == measured
    assert {point.name: point.value for point in events["queue.here", "order_queue"].points} == {
        "given_up": 0,
        "waiting": 3,
    }


def label(metric: str) -> str:
    return metric.partition("=")[0]


def is_number(metric: str) -> bool:
    """Whether a metric has a value: an undetermined one, U, is none to Sensu."""
    return not metric.partition("=")[2].startswith("U")
