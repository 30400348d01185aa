"""Capacity of a role: its declaration, and the plan."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from checkwright.registry import plan_json, planning
from checkwright.registry.findings import FindingsError
from checkwright.registry.model import Capacity, RegistryError, Role, Team
from tests.checkwright.registry.conftest import Write

TEAM = Team("bakers", email="bakers@example.com")


def untyped(kind: Any) -> Any:
    """Return the same class for mypy without its types, as a user without mypy calls it."""
    return kind


FLEET = """\
    from checkwright.registry.model import Capacity
    mill = Role(
        "mill",
        owner=bakers,
        runbook="https://runbooks.example.com/mill/",
        watches=(Watch(Disk()),),
        capacity=Capacity(workers=8, connections={"queue": 3, "database": 20}),
    )
    qa = Environment("qa", site=Site(), hosts=(Host("mill-1", "10.0.0.1", roles=(mill,)),))
"""


def test_plan_has_workers_first_and_pools_by_name(project: Write) -> None:
    found, _ = planning.plan(str(project(FLEET)), "qa")
    (role,) = found.roles
    assert [(one.name, one.size) for one in role.capacity] == [("workers", 8), ("database", 20), ("queue", 3)]
    assert plan_json.loads(plan_json.dumps(found)) == found


def test_environment_has_the_last_word(project: Write) -> None:
    fleet = FLEET.replace("site=Site(),", "site=Site(), capacity=((mill, Capacity(workers=2)),),")
    found, _ = planning.plan(str(project(fleet)), "qa")
    (role,) = found.roles
    assert [(one.name, one.size) for one in role.capacity] == [("workers", 2)]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("(Capacity(workers=2),)", "contains Capacity"),
        ("((mill, 2),)", "write ((api, Capacity(workers=2)),)"),
        ("((mill, Capacity(workers=2)), (mill, Capacity(workers=3)))", "names the role mill twice"),
    ],
)
def test_wrong_capacity_of_an_environment_is_refused(given: str, reason: str, project: Write) -> None:
    fleet = FLEET.replace("site=Site(),", f"site=Site(), capacity={given},")
    with pytest.raises(FindingsError, match=re.escape(reason)):
        planning.plan(str(project(fleet)), "qa")


def test_plan_of_a_role_without_capacity_does_not_mention_it(project: Write) -> None:
    fleet = "\n".join(line for line in FLEET.splitlines() if "capacity=" not in line)
    found, _ = planning.plan(str(project(fleet)), "qa")
    assert '"capacity"' not in plan_json.dumps(found)


def test_capacity_cannot_be_changed() -> None:
    made = Capacity(connections={"database": 20})
    with pytest.raises(AttributeError, match="cannot be changed"):
        made.workers = 3
    with pytest.raises(TypeError):
        made.connections["database"] = 3  # type: ignore[index]


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "nothing": (lambda: Capacity(), "nothing has a size: name workers or connections"),
    "no worker": (lambda: Capacity(workers=-1), "workers is -1, not a number from 1 to 1,000,000"),
    "a text": (lambda: untyped(Capacity)(workers="8"), "workers is '8', not a number"),
    "a boolean": (lambda: untyped(Capacity)(workers=True), "workers is True, not a number"),
    "an empty pool": (lambda: Capacity(connections={"db": 0}), "db is 0, not a number from 1"),
    "a number": (lambda: untyped(Capacity)(connections=20), "connections is 20, not sizes by name"),
    "no name": (lambda: Capacity(connections={" ": 2}), "' ' is not the name of a pool"),
    "workers as a pool": (lambda: Capacity(connections={"workers": 2}), "workers are no connections"),
    "another type": (lambda: untyped(Role)("web", owner=TEAM, capacity=8), "Role web: capacity is 8, not a Capacity"),
}


@pytest.mark.parametrize(("declare", "sentence"), BAD.values(), ids=BAD)
def test_wrong_values_are_refused(declare: Callable[[], object], sentence: str) -> None:
    with pytest.raises(RegistryError) as raised:
        declare()
    assert sentence in str(raised.value) and "test_capacity.py" in str(raised.value)
