"""People of a team, and settings of notification: values, defaults, levels and errors."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checks.system.load import Load
from checkwright.registry.inventory import machines
from checkwright.registry.model import (
    Contact,
    Environment,
    Host,
    Hours,
    Override,
    RegistryError,
    Role,
    Site,
    Team,
    Watch,
)
from checkwright.registry.plan import Entry, Plan
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.resolve import resolve

wrong: Any = None
EVENINGS = Hours("evenings", "monday-friday 18:00-23:00")


def text(value: str) -> Any:
    return value


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "name": (lambda: Contact("a b", email="a@example.com"), "Contact 'a b' is not a name"),
    "no address": (lambda: Contact("ada", email=""), "Contact ada: email is empty"),
    "one channel": (
        lambda: Contact("ada", email="a@b", channels=text("sms")),
        "Contact ada: channels is 'sms', not a tuple of channel",
    ),
    "hours": (lambda: Contact("ada", email="a@b", hours=text("day")), "Contact ada: hours is 'day', not Hours(...)"),
    "one word": (lambda: Contact("ada", email="a@b", on=text("critical")), "Contact ada: on is 'critical', not words"),
    "a host's word": (
        lambda: Contact("ada", email="a@b", on=(text("down"),)),
        "Contact ada: on is 'down', and must be",
    ),
    "no problem": (lambda: Contact("ada", email="a@b", on=("recovery",)), "Contact ada: on has no problem such as"),
    "nothing": (lambda: Contact("ada", email="a@b", on=(), hosts=()), "Contact ada: on and hosts are empty"),
    "twice": (
        lambda: Team("t", email="", contacts=(Contact("ada", email="a@b"), Contact("ada", email="c@d"))),
        "Team t: two contacts have the name ada",
    ),
    "no contact": (
        lambda: Team("t", email="", contacts=(text("ada"),)),
        "Team t: contacts contains 'ada', which is not",
    ),
    "renotify": (lambda: Team("t", email="a@b", renotify="often"), "Team t: renotify: 'often' is not a duration"),
    "notify_on": (
        lambda: Team("t", email="a@b", notify_on=(text("down"),)),
        "Team t: notify_on has 'down', which is not one",
    ),
    "no problem in a watch": (
        lambda: Watch(Load(), notify_on=("recovery",)),
        "Watch load: notify_on has no problem such as critical",
    ),
    "notify_after": (lambda: Watch(Load(), notify_after="soon"), "Watch load: notify_after: 'soon' is not a duration"),
}


@pytest.mark.parametrize(("declare", "message"), REFUSED.values(), ids=REFUSED)
def test_wrong_value_is_refused_with_its_line(declare: Callable[[], object], message: str) -> None:
    with pytest.raises(RegistryError) as error:
        declare()
    assert error.value.message.startswith(message)
    assert error.value.origin is not None
    assert error.value.origin.file == __file__


def resolved(team: Team, *overrides: Override, **settings: Any) -> Plan:
    role = Role("linux", owner=team, runbook="https://wiki.example.com", watches=(Watch(Load(), **settings),))
    environment = Environment(
        "production", site=Site(), hosts=(Host("web-1", "10.0.0.1", roles=(role,)),), overrides=overrides
    )
    registry = Registry(
        project="shop", folder=str(Path(__file__).parent), teams=(team,), roles=(role,), environments=(environment,)
    )
    return resolve(registry, environment, machines(registry, environment)).plan


def entry(plan: Plan) -> Entry:
    (found,) = plan.entries
    return found


def test_contact_and_its_hours_are_in_the_plan() -> None:
    team = Team("ops", email="", contacts=(Contact("ada", email="ada@example.com", hours=EVENINGS, on=["critical"]),))
    plan = resolved(team)
    (contact,) = plan.teams[0].contacts
    assert (contact.email, contact.page, contact.hours, contact.on) == (
        "ada@example.com",
        "",
        "evenings",
        ("critical",),
    )
    assert contact.hosts == ("down", "unreachable", "recovery", "flapping")
    assert "evenings" in [hours.name for hours in plan.hours]


def test_override_wins_over_watch_and_watch_over_team() -> None:
    team = Team("ops", email="ops@example.com", renotify="once", notify_after="10m", notify_on=("critical",))
    found = entry(resolved(team))
    assert (found.renotify, found.notify_after, found.notify_on) == (0, 600, ("critical",))
    levels = {setting.name: (setting.value, setting.level) for setting in found.settings}
    assert levels["renotify"] == ("once", "team")
    assert levels["notify_after"] == ("10m", "team")
    found = entry(resolved(team, renotify="2h", notify_on=("recovery", "warning")))
    assert (found.renotify, found.notify_after, found.notify_on) == (7200, 600, ("warning", "recovery"))
    found = entry(resolved(team, Override(renotify="30m", notify_after="0s", why="it matters"), renotify="2h"))
    assert (found.renotify, found.notify_after) == (1800, 0)


def test_nothing_is_in_the_plan_by_default() -> None:
    found = entry(resolved(Team("ops", email="ops@example.com")))
    assert (found.renotify, found.notify_after) == (3600, 0)
    assert found.notify_on == ("warning", "critical", "unknown", "recovery", "flapping")
    assert not {"renotify", "notify_after", "notify_on"} & {setting.name for setting in found.settings}
