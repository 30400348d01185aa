"""Tests of handlers, routes and hooks: their declarations, and the plan."""

from collections.abc import Callable
from typing import Any

import pytest

from checkwright.registry import plan_json, planning
from checkwright.registry.model import Environment, Handler, Hook, RegistryError, Role, Routes, Site, Team
from tests.checkwright.registry.conftest import Write

TEAM = Team("payments", email="payments@example.com")
PAGE = ("/opt/bin/page",)


def untyped(kind: Any) -> Any:
    """Return the same class for mypy without its types, as a user without mypy calls it."""
    return kind


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "a command as text": (
        lambda: untyped(Handler)("pager", "/opt/bin/page -v"),
        'Handler pager: the command is text, and must be words such as ("/bin/program", "-v")',
    ),
    "no command": (lambda: Handler("pager", ()), "Handler pager: the command is empty"),
    "a number in the command": (lambda: untyped(Handler)("pager", ("/bin/x", 5)), "contains 5, which is not text"),
    "a relative executable": (
        lambda: Handler("pager", ("page",)),
        "Handler pager: the executable is 'page', and must be an absolute path",
    ),
    "a handler's bad name": (lambda: Handler("the pager", PAGE), "Handler 'the pager' is not a name"),
    "a bad variable": (
        lambda: Handler("pager", PAGE, env={"A-B": "x"}),
        "Handler pager: env sets 'A-B', which is not a name of an environment variable",
    ),
    "variables in a list": (
        lambda: untyped(Handler)("pager", PAGE, env=["A=b"]),
        "Handler pager: env is ['A=b'], not variables such as",
    ),
    "a secret with a blank": (
        lambda: Handler("pager", PAGE, secrets=("PAGER KEY",)),
        "Handler pager: secrets has 'PAGER KEY', which is not a name",
    ),
    "secrets without comma": (lambda: untyped(Handler)("pager", PAGE, secrets="KEY"), "mind the comma in (x,)"),
    "a timeout in words": (lambda: Handler("pager", PAGE, timeout="soon"), "timeout: 'soon' is not a duration"),
    "one handler, no comma": (
        lambda: untyped(Routes)(page=Handler("pager", PAGE)),
        "Routes: page is Handler('pager'), not a tuple of handlers: mind the comma in (x,)",
    ),
    "a number for a handler": (lambda: untyped(Routes)(page=(5,)), "Routes: page contains 5, which is not a Handler"),
    "a handler's name that is none": (lambda: Routes(page=("a b",)), "Routes: page 'a b' is not a name"),
    "one handler twice": (lambda: Routes(page=("a", "a")), "Routes: page names one handler twice"),
    "two handlers of one name": (
        lambda: Routes(page=(Handler("a", PAGE),), ticket=(Handler("a", PAGE),)),
        "Routes: two handlers have the name a, at lines",
    ),
    "a zone that is nowhere": (
        lambda: Routes(time_zone="Mars/Olympus"),
        "Routes: time_zone is 'Mars/Olympus', which is not a time zone of this machine, such as \"Europe/Berlin\"",
    ),
    "a zone that leads elsewhere": (lambda: Routes(time_zone="../etc/passwd"), "which is not a time zone"),
    "flapping upside down": (
        lambda: Routes(flapping=(40, 20)),
        "Routes: flapping is (40, 20), and must be two percentages, the lower first, such as (20, 40)",
    ),
    "a repeat in words": (lambda: Routes(repeat="often"), "Routes: repeat: 'often' is not a duration"),
    "routes by name": (
        lambda: untyped(Environment)("qa", site=Site(), sensu="page"),
        "Environment qa: sensu is 'page', not Routes(...)",
    ),
    "a hook after a state that is none": (
        lambda: Hook("ps", PAGE, on=("broken",)),
        "Hook ps: on has 'broken', and must be one of ok, warning, critical, unknown, non-zero, or an exit status",
    ),
    "a hook after 256": (lambda: Hook("ps", PAGE, on="256"), "Hook ps: on has '256'"),
    "a hook after nothing": (lambda: Hook("ps", PAGE, on=()), "Hook ps: on is empty, so it would never run"),
    "a hook's command as text": (lambda: untyped(Hook)("ps", "ps"), "Hook ps: the command is text"),
    "stdin in words": (lambda: untyped(Hook)("ps", PAGE, stdin="yes"), "Hook ps: stdin is 'yes', and must be True or"),
    "two hooks of one name": (
        lambda: Role("web", owner=TEAM, hooks=(Hook("ps", PAGE), Hook("ps", PAGE))),
        "Role web: two hooks have the same name",
    ),
    "a hook without comma": (
        lambda: untyped(Role)("web", owner=TEAM, hooks=Hook("ps", PAGE)),
        "mind the comma in (x,)",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_invalid_value_is_refused_in_one_sentence_with_its_place(what: str) -> None:
    make, sentence = REFUSED[what]
    with pytest.raises(RegistryError) as raised:
        make()
    assert sentence in raised.value.message
    assert "\n" not in raised.value.message
    assert raised.value.origin
    assert raised.value.origin.file == __file__


def test_executable_of_an_asset_needs_no_path() -> None:
    assert Handler("mail", ("mailer", "-v"), assets=("org/mailer",)).command == ("mailer", "-v")


def test_declaration_cannot_be_changed() -> None:
    for made in (Handler("pager", PAGE), Routes(), Hook("ps", PAGE)):
        with pytest.raises(AttributeError, match="cannot be changed"):
            made.origin = None  # type: ignore[assignment]


FLEET = """\
    mill = Role(
        "mill",
        owner=bakers,
        runbook="https://runbooks.example.com/mill/",
        watches=(
            Watch(Disk()),
            Watch(Oven(), where="central"),
            Watch(Disk(paths=("/srv",)), name="disk-srv"),
        ),
        hooks=(Hook("ps", ("/bin/ps", "{host}"), on="non-zero"), Hook("df", ("/bin/df",), watch="disk*", timeout="1m")),
    )
    pager = Handler("pager", ("/bin/page", "-v"), env={"B": "2", "A": ""}, secrets=("KEY",), filters=("f",))
    qa = Environment(
        "qa",
        site=Site(),
        hosts=(Host("mill-1", "10.0.0.1", roles=(mill,)),),
        sensu=Routes(
            page=(pager, "log"), office_hours=(pager,), repeat="", time_zone="Europe/Berlin", flapping=(20, 40)
        ),
    )
    bare = Environment("bare", site=Site(), hosts=(Host("mill-2", "10.0.0.2", roles=(mill,)),))
"""


def test_plan_contains_routes_and_hooks(project: Write) -> None:
    found, _ = planning.plan(str(project(FLEET)), "qa")
    assert found.routes is not None
    (handler,) = found.routes.handlers
    assert (handler.command, handler.env) == (("/bin/page", "-v"), (("A", ""), ("B", "2")))
    assert (handler.secrets, handler.filters, handler.timeout) == (("KEY",), ("f",), 30)
    assert (found.routes.page, found.routes.office_hours, found.routes.ticket) == (("pager", "log"), ("pager",), ())
    assert (found.routes.repeat, found.routes.time_zone, found.routes.flapping) == (0, "Europe/Berlin", (20, 40))
    assert str(handler.origin).startswith("bakery/fleet/all.py:")
    (role,) = found.roles
    assert [(hook.name, hook.command, hook.on, hook.timeout) for hook in role.hooks] == [
        ("df", ("/bin/df",), ("critical",), 60),
        ("ps", ("/bin/ps", "{host}"), ("non-zero",), 10),
    ]
    hooks = {entry.name: entry.hooks for entry in found.entries}
    assert hooks == {"disk": ("df", "ps"), "disk-srv": ("df", "ps"), "oven": ()}
    assert plan_json.loads(plan_json.dumps(found)) == found


def test_plan_without_routes_does_not_mention_them(project: Write) -> None:
    fleet = "\n".join(line for line in FLEET.splitlines() if "hooks=" not in line)
    found, _ = planning.plan(str(project(fleet)), "bare")
    text = plan_json.dumps(found)
    assert '"routes"' not in text
    assert '"hooks"' not in text
