"""Tests of pools: their declarations, the checks that run in them, and the plan."""

from pathlib import Path
from typing import Any

import pytest

from checks.system.disk import Disk
from checkwright.registry import plan_json, planning
from checkwright.registry.model import Host, Override, Pool, Watch
from checkwright.registry.model.base import RegistryError
from checkwright.registry.model.pools import LONGEST_QUEUE, queue_fault
from checkwright.registry.plan import Entry, Plan
from tests.checkwright.registry.conftest import FIRST, Write

FLEET = """\
from checkwright.registry.model import Pool
from checks.gearman.gearman import Gearman

near = Pool("near", servers=("mon1", "mon2:4731"), workers=("w2", "w1"))
mill = Role(
    "mill",
    owner=bakers,
    runbook="https://runbooks.example.com/mill/",
    watches=(
        Watch(Disk()),
        Watch(Oven(url="https://{address}/"), where="central"),
        Watch(Oven(url="https://{address}/two"), name="two", where=near),
        Watch(SqsBacklog(queue="flour"), per="role", where="near"),
        Watch(Heartbeat(job="x"), Heartbeat.age.at(crit=9), name="beat", transport="passive"),
        Watch(Gearman(server=("mon1",)), where="central"),
    ),
)
qa = Environment(
    "qa",
    site=Site(watched_by="x"),
    pools=(near, Pool("far", servers=near.servers, workers=("w3",), queues=("q", "host"), max_age="5m")),
    hosts=(
        Host("m1", "10.0.0.1", roles=(mill,), pool=near),
        Host("m2", "10.0.0.2", roles=(mill,), pool="far"),
        Host("m3", "10.0.0.3", roles=(mill,), pool="far"),
        Host("m4", "10.0.0.4", roles=(mill,)),
    ),
    overrides=(OVERRIDES),
)
"""


def resolved(project: Write, overrides: str = "") -> Plan:
    return planning.plan(str(project(FLEET.replace("OVERRIDES", overrides))), "qa").plan


def pools_of_services(plan: Plan) -> dict[tuple[str, str], str]:
    """Return the pool of each service, "" for Nagios."""
    found = {(entry.name, host): entry.pool for entry in plan.entries for host in entry.hosts}
    assert len(found) == sum(len(entry.hosts) for entry in plan.entries)
    return found


def entries_named(plan: Plan, name: str) -> dict[str, Entry]:
    return {entry.variant: entry for entry in plan.entries if entry.name == name}


def test_pool_of_a_host_runs_the_checks_of_the_monitoring_server(project: Write) -> None:
    plan = resolved(project)
    found = pools_of_services(plan)
    assert [found["oven", f"m{number}"] for number in (1, 2, 3, 4)] == ["near", "far", "far", ""]
    ovens = entries_named(plan, "oven")
    assert {variant: (one.pool, one.hosts) for variant, one in ovens.items()} == {
        "": ("far", ("m2", "m3")),
        "in-central": ("", ("m4",)),
        "in-near": ("near", ("m1",)),
    }
    assert {(one.where, one.transport, one.command) for one in ovens.values()} == {
        ("central", "central", ovens[""].command)
    }


def test_pool_of_a_watch_has_precedence_over_that_of_its_host(project: Write) -> None:
    found = pools_of_services(resolved(project))
    assert {found["two", f"m{number}"] for number in (1, 2, 3, 4)} == {"near"}
    assert found["sqs_backlog", "mill.qa"] == "near"


def test_checks_on_the_machine_and_of_gearmand_are_in_no_pool(project: Write) -> None:
    plan = resolved(project)
    found = pools_of_services(plan)
    for name in ("disk", "beat", "gearman"):
        assert {found[name, f"m{number}"] for number in (1, 2, 3, 4)} == {""}
    assert (*entries_named(plan, "disk").values(),)[0].where == "host"


def test_where_of_an_override_has_precedence(project: Write) -> None:
    text = 'Override(where="central", watch="oven", host="m2", why="seen from outside"),'
    text += 'Override(where="far", watch="two", why="near is too small"),'
    text += 'Override(where="near", watch="disk", host="m4", why="it has no agent"),'
    found = pools_of_services(resolved(project, text))
    assert [found["oven", f"m{number}"] for number in (1, 2, 3, 4)] == ["near", "", "far", ""]
    assert {found["two", f"m{number}"] for number in (1, 2, 3, 4)} == {"far"}
    assert [found["disk", f"m{number}"] for number in (1, 2, 3, 4)] == ["", "", "", "near"]


def test_plan_with_pools_reads_back(project: Write) -> None:
    plan = resolved(project)
    far, near = plan.pools
    assert (near.name, near.queues, near.servers, near.workers) == (
        "near",
        ("near.qa",),
        ("mon1", "mon2:4731"),
        ("w2", "w1"),
    )
    assert (far.queues, far.max_age, far.plugins) == (("q", "host"), 300, ("/usr/lib/nagios/plugins",))
    assert {host.name: host.pool for host in plan.hosts if host.pool} == {"m1": "near", "m2": "far", "m3": "far"}
    assert plan_json.loads(plan_json.dumps(plan)) == plan


def test_plan_without_pools_does_not_mention_them(project: Write) -> None:
    fleet = 'shop = Role("shop", owner=bakers, runbook="https://x.example.com/", watches=(Watch(Disk()),))\n'
    fleet += 'qa = Environment("qa", site=Site(watched_by="x"), hosts=(Host("s1", "10.0.0.1", roles=(shop,)),))\n'
    assert "pool" not in plan_json.dumps(planning.plan(str(project(fleet)), "qa").plan)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("hosts.yaml", "hosts:\n  - {name: m1, address: 10.0.0.1, roles: [shop], pool: near}\n"),
        ("hosts.csv", "name,address,roles,pool\nm1,10.0.0.1,shop,near\n"),
    ],
)
def test_inventory_names_the_pool_of_a_host(project: Write, file: str, text: str) -> None:
    fleet = f"""\
from checkwright.registry.model import Pool
shop = Role("shop", owner=bakers, runbook="https://x.example.com/", watches=(Watch(Disk()),))
qa = Environment(
    "qa", site=Site(), inventory="{file}", pools=(Pool("near", servers=("mon1",), workers=("w1",)),)
)
"""
    plan = planning.plan(str(project(fleet, {file: text})), "qa").plan
    assert [host.pool for host in plan.hosts] == ["near"]


VALID: dict[str, Any] = {"servers": ("mon1",), "workers": ("w1",)}
WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "a name that is a word": ("central", {}, "Pool central: where= uses this name for something else"),
    "no name": ("d c", {}, "Pool 'd c' is not a name"),
    "no server": ("dc1", {"servers": ()}, "Pool dc1: servers is empty: name the gearmand as HOST or HOST:PORT"),
    "a server as text": ("dc1", {"servers": "mon1"}, "not a tuple of str"),
    "two servers in one": ("dc1", {"servers": ("a,b",)}, "has 'a,b', which is not HOST or HOST:PORT"),
    "no port": ("dc1", {"servers": ("a:99999",)}, "not HOST or HOST:PORT"),
    "an address that the module cannot read": ("dc1", {"servers": ("[::1]:4730",)}, "not HOST or HOST:PORT"),
    "a key that is no path": ("dc1", {"key_file": "secret"}, "key_file is 'secret', and must be an absolute path"),
    "half a folder": ("dc1", {"plugins": ("plugins",)}, "must be an absolute path"),
    "a worker that is none": ("dc1", {"workers": ("w 1",)}, "the worker 'w 1' is not a name"),
    "too many at once": ("dc1", {"at_once": 0}, "at_once is 0, and must be a number from 1 to 5000"),
    "no age": ("dc1", {"max_age": "old"}, "Pool dc1: max_age: "),
    "no network": ("dc1", {"reaches": ("10.0.0.1/8",)}, "reaches has '10.0.0.1/8', which is not a network"),
    "nothing to reach": ("dc1", {"reaches": (7,)}, "reaches has 7, which is not a Role, a host or a network"),
}


@pytest.mark.parametrize(("name", "arguments", "message"), WRONG.values(), ids=WRONG)
def test_invalid_pool_is_refused(name: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(RegistryError) as caught:
        Pool(name, **(VALID | arguments))
    assert message in caught.value.message
    assert caught.value.origin is not None and Path(caught.value.origin.file).name == "test_pools.py"


def test_pool_and_transport_exclude_each_other() -> None:
    with pytest.raises(RegistryError, match="where='dc1' runs in a pool, so remove transport='nrpe'"):
        Watch(Disk(), where="dc1", transport="nrpe")


def test_value_that_is_not_a_pool_is_refused() -> None:
    with pytest.raises(RegistryError, match="where is 7, not text"):
        Override(where=7, why="x")  # type: ignore[arg-type]
    with pytest.raises(RegistryError, match="Host m: pool is 7, not text"):
        Host("m", pool=7)  # type: ignore[arg-type]


def test_hosts_that_a_pool_can_reach() -> None:
    all_of_it = Pool("dc1", **VALID)
    some = Pool("dc1", **VALID, reaches=("10.1.0.0/16", "2001:db8::/32", "web-*"))
    assert all_of_it.can_reach("m", "10.9.0.1", ())
    for host, address in (("m", "10.1.2.3"), ("m", "2001:db8::7"), ("web-1", "10.9.0.1"), ("web-1", "")):
        assert some.can_reach(host, address, ("mill",)), (host, address)
    for host, address in (("m", "10.2.0.1"), ("m", "m.example.com"), ("m", ""), ("old-web-1", "")):
        assert not some.can_reach(host, address, ("mill",)), (host, address)


def test_names_of_queues() -> None:
    assert queue_fault("q" * LONGEST_QUEUE) == ""
    assert "longer than 512 bytes" in queue_fault("ü" * (LONGEST_QUEUE // 2) + "q")
    for name in ("a b", "a\tb", "a\nb", "a\0b", "a\u00a0b"):
        assert "white space or control characters" in queue_fault(name)


def test_two_environments_on_one_gearmand_are_reported(project: Write) -> None:
    fleet = """\
from checkwright.registry.model import Pool
shop = Role("shop", owner=bakers, runbook="https://x.example.com/", watches=(Watch(Disk(), where="p"),))
qa = Environment(
    "qa",
    site=Site(watched_by="x"),
    hosts=(Host("s1", "10.0.0.1", roles=(shop,)),),
    pools=(Pool("p", servers=("mon1", "mon2"), workers=("w",)),),
)
staging = Environment(
    "staging",
    site=Site(watched_by="x"),
    hosts=(Host("s2", "10.0.0.2", roles=(shop,)),),
    pools=(Pool("p", servers=("SERVER",), workers=("w",)),),
)
"""
    linted = planning.lint(str(project(fleet.replace("SERVER", "mon2:4730")))).findings
    # No watch uses the project's own check.
    (found,) = [one for one in linted if one.id != "L004"]
    assert (found.id, found.severity) == ("R051", "warning")
    assert found.message == (
        f"the pool p of staging and p of qa (bakery/fleet/all.py:{FIRST + 6}) use the same gearmand, mon2:4730"
    )
    assert found.origin is not None and found.origin.line == FIRST + 12
