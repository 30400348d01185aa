"""Tests of the settings of Sensu agents: refused values, and their form in a plan."""

from collections.abc import Callable
from typing import Any

import pytest

from checkwright.registry import plan_json, planning
from checkwright.registry.model import Environment, RegistryError, SensuAgents, Site
from tests.checkwright.registry.conftest import Write


def untyped(kind: Any) -> Any:
    """Return the class without its types, as users without mypy call it."""
    return kind


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "no comma": (lambda: untyped(SensuAgents)(central="mon-1"), "mind the comma in (x,)"),
    "a machine that is no name": (lambda: SensuAgents(central=("mon 1",)), "SensuAgents: central 'mon 1' is not a"),
    "a number for a machine": (lambda: untyped(SensuAgents)(autoscaled=(5,)), "SensuAgents: autoscaled contains 5"),
    "a time in words": (lambda: SensuAgents(warning="soon"), "SensuAgents: warning: 'soon'"),
    "another class": (
        lambda: untyped(Environment)("qa", site=Site(), sensu_agents=("mon-1",)),
        "Environment qa: sensu_agents is ('mon-1',), not SensuAgents(...)",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_value_is_refused_in_one_sentence(case: str) -> None:
    make, sentence = REFUSED[case]
    with pytest.raises(RegistryError) as raised:
        make()
    assert sentence in raised.value.message
    assert raised.value.origin
    assert raised.value.origin.file == __file__


FLEET = """\
    mill = Role("mill", owner=bakers, runbook="https://runbooks.example.com/mill/", watches=(Watch(Disk()),))
    mills = (
        Host("mill-2", "10.0.0.2", roles=(mill,)),
        Host("mill-10", "10.0.0.10", roles=(mill,)),
        Host("scale-1", "10.0.0.3", roles=(mill,)),
    )
    qa = Environment(
        "qa",
        site=Site(),
        hosts=mills,
        sensu_agents=SensuAgents(central=("mon-2", "mill-2", "mon-2"), autoscaled=("mill-*",), critical="5m"),
    )
    bare = Environment("bare", site=Site(), hosts=(Host("oven-1", "10.0.0.4", roles=(mill,)),))
"""


def test_plan_has_the_settings_and_the_names_of_autoscaled_hosts(project: Write) -> None:
    plan, _ = planning.plan(str(project(FLEET)), "qa")
    agents = plan.sensu_agents
    assert agents is not None
    assert (agents.central, agents.autoscaled) == (("mill-2", "mon-2"), ("mill-10", "mill-2"))
    assert (agents.keepalive, agents.warning, agents.critical) == (20, 60, 300)
    assert plan_json.loads(plan_json.dumps(plan)) == plan


def test_plan_without_settings_leaves_them_out(project: Write) -> None:
    plan, _ = planning.plan(str(project(FLEET)), "bare")
    assert plan.sensu_agents is None
    assert "sensu_agents" not in plan_json.dumps(plan)
    assert plan_json.loads(plan_json.dumps(plan)) == plan


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="cannot be changed"):
        SensuAgents().critical = 5
