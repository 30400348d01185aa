"""Tests of the size of plans: it grows with hosts plus watches, not with their product."""

from checks.system.disk import Disk
from checkwright.registry import planning
from checkwright.registry.model import Environment, Host, Override, Role, Site, Team, Watch
from checkwright.registry.registry import Registry
from tests.support.installed import ROOT

OPS = Team("ops", email="ops@example.com")


def registry(hosts: int, *overrides: Override) -> Registry:
    watches = tuple(Watch(Disk(), name=f"disk-{number}") for number in range(20))
    web = Role("web", owner=OPS, runbook="https://runbooks.example.com/", watches=watches)
    named = tuple(Host(f"web-{number:05}", "10.0.0.1", roles=(web,)) for number in range(hosts))
    production = Environment("production", site=Site(), hosts=named, overrides=overrides)
    folder = ROOT / "examples" / "shop"
    return Registry("shop", str(folder), (OPS,), (web,), (production,))


def test_entries_share_their_hosts() -> None:
    plan = planning.plan_of(registry(2_000), "production").plan
    assert len(plan.entries) == 20
    assert {id(entry.hosts) for entry in plan.entries} == {id(plan.roles[0].hosts)}


def test_override_of_one_host_adds_one_entry_for_each_watch() -> None:
    plan = planning.plan_of(registry(2_000, Override(every="5m", host="web-00007", why="slow")), "production").plan
    assert len(plan.entries) == 40
    assert sum(len(entry.hosts) for entry in plan.entries) == 20 * 2_000


def test_hosts_with_equal_overrides_share_commands() -> None:
    overrides = [Override(Disk.space.at(crit=97), host=f"web-{number:05}", why="measured") for number in range(50)]
    plan = planning.plan_of(registry(100, *overrides), "production").plan
    assert len(plan.entries) == 20 * 51
    assert len({id(entry.command) for entry in plan.entries}) == 20 * 2
