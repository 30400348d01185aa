"""Tests of allow lists: an agent runs the commands of the plan and nothing else."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

import sensu
from checkwright.registry.plan import Hook, Placeholder, Plan, Role
from checkwright.testing.sensu_agent import token_data
from checkwright.testing.sensu_tokens import substitute
from sensu import CheckConfig, HookConfig
from tests.sensu.plans import CHECK, at, entry, plan, shop, words

HOOK = Hook(name="ps", command=("/bin/ps", "{{x}}", "it's"), on=("critical",), timeout=5, origin=at(4))
HOSTILE = words("/bin/echo", "{{.Names}} {{{x", "$(id); rm '/'", ("a", Placeholder("host")), "/bin/echo")


def allowed(items: list[dict[str, Any]], command: str) -> bool:
    """Return True if agent/allow_list.go of Sensu Go 6.12 would allow the command."""
    for item in items:
        assert item["exec"]
        assert item["args"]  # else the agent does not start
        if item["exec"] in command:
            remaining = command.replace(item["exec"], "")
            for argument in item["args"]:
                if argument in command:
                    remaining = remaining.replace(argument, "") if argument else remaining
            if not remaining.strip():
                return True
    return False


def hostile() -> Plan:
    role = Role(name="web", owner="payments", hosts=("web-1", "web-2"), hooks=(HOOK,), origin=at(15))
    return plan(
        entry("a", command=HOSTILE, hooks=("ps",), env=(("EMPTY", ""), ("PATH", "/x y"))),
        entry("b", command=HOSTILE, where="central"),
        entry("c", command=words(CHECK), hosts=("web-2",)),
        roles=(role,),
    )


@pytest.mark.parametrize("made", [hostile(), shop()], ids=["hostile", "shop"])
def test_allow_list_has_each_command_where_it_runs_and_nowhere_else(made: Plan) -> None:
    resources = sensu.render(made)
    checks = {one.name: one for one in resources if isinstance(one, CheckConfig)}
    hooks = {one.name: one.command for one in resources if isinstance(one, HookConfig)}
    lists = {path: yaml.safe_load(text) for path, text in sensu.allow_lists(made, resources).items()}
    agent = {"metadata": {"name": "web-1"}, "spec": {}}

    def run_by(command: str, passes: int) -> str:
        for _ in range(passes):
            command = str(substitute(command, token_data(agent)))
        return command

    for one in made.entries:
        check = checks[".".join(part for part in (one.role, one.name, one.variant) if part)]
        command = run_by(check.command, 2 if check.proxy_requests else 1)
        places = ["central"] if one.where == "central" else [f"hosts/{host}" for host in one.hosts]
        own = {f"{place}.allow-list.yaml" for place in places}
        for path, items in lists.items():
            if path in own:
                assert allowed(items, command)
                assert not allowed(items, command + " ; id")
                assert not allowed(items, "sudo " + command)
                assert all(allowed(items, run_by(hooks[name], 1)) for each in check.check_hooks for name in each.hooks)
    only_there = {path for path, items in lists.items() if allowed(items, CHECK)}
    assert only_there == ({"hosts/web-2.allow-list.yaml"} if made.entries[0].name == "a" else set())


def test_variables_of_a_check_are_kept_only_where_the_build_has_some() -> None:
    """A command that takes variables is open to LD_PRELOAD and the like for everybody who may write checks."""
    made = replace(
        hostile(),
        entries=(
            *hostile().entries,
            entry("d", command=words("/bin/twice")),
            entry("e", command=words("/bin/twice"), env=(("A", "b"),), hosts=("web-2",)),
        ),
    )
    resources = sensu.render(made)
    kept = {
        path: {one["exec"].split()[0]: one["enable_env"] for one in yaml.safe_load(text)}
        for path, text in sensu.allow_lists(made, resources).items()
    }
    twice = {"hosts/web-1.allow-list.yaml": False, "hosts/web-2.allow-list.yaml": True}
    for path, on_machine in twice.items():
        assert kept[path]["/bin/twice"] is on_machine
        assert kept[path]["/bin/ps"] is False
    assert kept["hosts/web-2.allow-list.yaml"][CHECK] is False
    (value,) = [value for name, value in kept["hosts/web-1.allow-list.yaml"].items() if "EMPTY" in name]
    assert value is True


def test_agent_files_name_the_allow_list() -> None:
    made = replace(hostile())
    for text in sensu.agent_files(made, allow_list=sensu.PLACE).values():
        assert yaml.safe_load(text)["allow-list"] == "/etc/sensu/checkwright-allow-list.yaml"
    assert all("allow-list" not in yaml.safe_load(text) for text in sensu.agent_files(made).values())


def test_central_machine_with_checks_of_its_own_may_run_both() -> None:
    alone, both = (
        {path: yaml.safe_load(text) for path, text in sensu.allow_lists(made, sensu.render(made)).items()}
        for made in (hostile(), sensu.with_central(hostile(), ("web-1",)))
    )
    own, central = alone["hosts/web-1.allow-list.yaml"], alone["central.allow-list.yaml"]
    assert sorted(both["hosts/web-1.allow-list.yaml"], key=str) == sorted([*own, *central], key=str)
    assert both.keys() == alone.keys()
    assert both["hosts/web-2.allow-list.yaml"] == alone["hosts/web-2.allow-list.yaml"]
