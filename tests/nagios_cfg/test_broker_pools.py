"""Tests of pools: the queue of each check, the broker module's file, the workers' command lines and units."""

import shlex
from dataclasses import replace
from itertools import pairwise
from os.path import dirname
from typing import Any

import pytest

from checkwright.registry.plan import Entry, Host, Plan, Pool
from checkwright.worker.worker_options import parse
from nagios_cfg import check, render
from nagios_cfg.broker_pools import worker_argv
from nagios_cfg.comparison.watched_objects import read_definitions, watched_objects
from tests.nagios_cfg.plans import CHECK, DISK, NEAR, PRODUCTION, SMTP

FAR = replace(NEAR, name="far", queues=("far.production",), via=("127.0.0.1:4730",), max_age=300, at_once=9, user="mon")
PAY_1, PAY_2, *OTHERS = PRODUCTION.hosts


def central(name: str, host: Host, **more: Any) -> Entry:
    return replace(
        SMTP, id=f"relay:{name}", name=name, hosts=(host.name,), transport="central", where="central", **more
    )


#: pay-1 is in the pool near, pay-2 is in none.
PLAN = replace(
    PRODUCTION,
    pools=(FAR, NEAR),
    hosts=(replace(PAY_1, pool="near"), PAY_2, *OTHERS),
    entries=(
        replace(DISK, hosts=(PAY_1.name, PAY_2.name), transport="nrpe"),
        central("own", PAY_1, pool="far", env=(("LC_ALL", "C"), ("A", "b c"))),
        central("of-host", PAY_1, pool="near"),
        central("kept", PAY_1),
        central("plain", PAY_2),
        replace(central("late", PAY_1), transport="passive"),
        replace(central("gearmand", PAY_1), check="gearman", family="services", plugin="", transport="nrpe"),
    ),
)


def queues(plan: Plan) -> dict[tuple[str, str], str]:
    """Return the queue variable by (host, service), with service "" for the host itself; "" if it is not set."""
    found = watched_objects(
        read_definitions({path: text for path, text in render(plan).items() if path.startswith("nagios/")})
    )
    hosts = {(name, ""): host.get("_QUEUE", "") for name, host in found.hosts.items()}
    return hosts | {place: service.get("_QUEUE", "") for place, service in found.services.items()}


def test_check_names_its_queue_unless_its_host_does() -> None:
    assert check(PLAN) == ()
    found = queues(PLAN)
    assert {place: queue for place, queue in found.items() if place[0] in (PAY_1.name, PAY_2.name)} == {
        ("pay-1", ""): "near.production",
        ("pay-1", "disk"): "",
        ("pay-1", "nrpe"): "",
        ("pay-1", "own"): "far.production",
        ("pay-1", "of-host"): "near.production",
        ("pay-1", "kept"): "local",
        ("pay-1", "late"): "local",
        ("pay-1", "gearmand"): "local",
        ("pay-2", ""): "",
        ("pay-2", "disk"): "",
        ("pay-2", "nrpe"): "",
        ("pay-2", "plain"): "",
    }


def test_plan_without_pools_mentions_no_queue() -> None:
    bare = replace(
        PLAN,
        pools=(),
        hosts=tuple(replace(host, pool="") for host in PLAN.hosts),
        entries=tuple(replace(one, pool="") for one in PLAN.entries),
    )
    files = render(bare)
    assert not [path for path in files if path.startswith("gearman/")]
    assert not [path for path, text in files.items() if "_QUEUE" in text or "gearman/" in text or "broker" in text]


def test_broker_configuration_is_complete() -> None:
    files = render(PLAN)
    lines = [line for line in files["gearman/broker.conf"].splitlines() if line and not line.startswith("#")]
    assert lines == [
        "server=mon1.example.com:4730",
        "server=mon2.example.com:4731",
        "encryption=yes",
        "keyfile=/etc/checkwright/gearman.key",
        "accept_clear_results=no",
        "queue_custom_variable=QUEUE",
        "services=no",
        "hosts=no",
        "do_hostchecks=yes",
        "eventhandler=no",
        "notifications=no",
        "perfdata=no",
        "use_uniq_jobs=on",
        "result_workers=1",
        "orphan_host_checks=no",
        "orphan_service_checks=yes",
        "orphan_return=3",
    ]
    assert "\nbroker_module=" in files["main.cfg"] and "config=/etc/checkwright/broker.conf\n" in files["main.cfg"]
    assert "\nevent_broker_options=-1\n" in files["main.cfg"]
    assert "near/checkwright-worker.service   for w1, w2\n" in files["README.txt"]


def test_broker_configuration_without_a_key_disables_encryption() -> None:
    clear = replace(PLAN, pools=tuple(replace(pool, key_file="") for pool in PLAN.pools))
    text = render(clear)["gearman/broker.conf"]
    assert "\nencryption=no\n" in text and "keyfile" not in text
    assert "--key-file" not in worker_argv(clear, clear.pools[0])


def test_worker_argv_has_all_options_of_the_pool() -> None:
    own = replace(DISK, family=PLAN.project, pool="near", where="central", transport="central")
    near, far = worker_argv(replace(PLAN, entries=(own,)), NEAR), worker_argv(PLAN, FAR)
    assert near[0] == f"{dirname(CHECK)}/checkwright-worker"
    assert " ".join(near[1:]) == (
        "--gearman mon1.example.com:4730 --gearman mon2.example.com:4731 --queue near.production "
        "--queue hostgroup_old --key-file /etc/checkwright/gearman.key --plugins /usr/lib/nagios/plugins "
        f"--allow-plugin check_ping --allow-project {PLAN.site.project} --at-once 50"
    )
    assert " ".join(far[1:]) == (
        "--gearman 127.0.0.1:4730 --queue far.production --key-file /etc/checkwright/gearman.key "
        "--plugins /usr/lib/nagios/plugins --allow-plugin check_smtp --allow-env A=b c --allow-env LC_ALL=C "
        "--at-once 9 --max-age 300"
    )


def allowed(plan: Plan, pool: Pool) -> list[str]:
    argv = worker_argv(plan, pool)
    return [f"{flag} {value}" for flag, value in pairwise(argv) if flag in ("--plugins", "--allow-plugin")]


def test_workers_may_run_the_plugins_of_their_jobs_and_no_other() -> None:
    folder = "--plugins /usr/lib/nagios/plugins"
    smtp = replace(SMTP, pool="near", where="central", transport="central")
    nested = replace(smtp, plugin="/usr/lib/nagios/plugins/contrib/check_own")
    assert allowed(replace(PLAN, hosts=(PAY_2,), entries=(smtp,)), NEAR) == [folder, "--allow-plugin check_smtp"]
    assert allowed(replace(PLAN, hosts=(PAY_2,), entries=(nested,)), NEAR) == [
        folder,
        f"{folder}/contrib",
        "--allow-plugin check_own",
    ]
    assert allowed(replace(PLAN, hosts=(PAY_2,), entries=(DISK,)), NEAR) == [folder]
    pooled = replace(PLAN, entries=(replace(DISK, hosts=("pay-1",), transport="nrpe"),))
    assert allowed(pooled, NEAR) == [folder, "--allow-plugin check_nrpe", "--allow-plugin check_ping"]
    passive = replace(PLAN, entries=(replace(DISK, hosts=("pay-1",), transport="passive"),))
    assert allowed(passive, NEAR) == [folder, "--allow-plugin check_dummy", "--allow-plugin check_ping"]
    virtual = replace(PLAN, hosts=(replace(PAY_1, pool="near", virtual=True),), entries=())
    assert allowed(virtual, NEAR) == [folder, "--allow-plugin check_dummy"]


def test_unit_starts_the_worker_argv() -> None:
    files = render(PLAN)
    text = files["gearman/far/checkwright-worker.service"]
    (start,) = [line for line in text.splitlines() if line.startswith("ExecStart=")]
    assert tuple(shlex.split(start.removeprefix("ExecStart="))) == worker_argv(PLAN, FAR)
    assert "\nUser=mon\nGroup=mon\n" in text
    assert text.startswith("# Generated by checkwright from the project")


@pytest.mark.parametrize("pool", [NEAR, FAR], ids=lambda pool: pool.name)
def test_worker_command_parses_the_argv(pool: Pool) -> None:
    options = parse(worker_argv(PLAN, pool)[1:]).gearman
    assert tuple(options.queues) == pool.queues
    assert options.key_file == pool.key_file
    assert tuple(options.folders) == pool.plugins
    assert options.at_once == pool.at_once
    assert options.max_age == (pool.max_age or None)


def test_unknown_pool_is_a_finding() -> None:
    lost = replace(PLAN, entries=(*PLAN.entries, replace(SMTP, id="relay:x", name="x", pool="gone")), pools=(NEAR, FAR))
    assert [finding.id for finding in check(lost)] == ["N002"]
    hosts = (replace(PAY_1, pool="gone"), *PLAN.hosts[1:])
    assert [finding.id for finding in check(replace(PLAN, hosts=hosts))] == ["N002"]


@pytest.mark.parametrize("change", [{"queues": ()}, {"queues": ("a b",)}, {"servers": ("a\nb",)}, {"key_file": "a b"}])
def test_pool_with_an_invalid_value_is_a_finding(change: dict[str, object]) -> None:
    broken = replace(PLAN, pools=(FAR, replace(NEAR, **change)))  # type: ignore[arg-type]
    (finding,) = check(broken)
    assert (finding.id, finding.severity, finding.origin) == ("N030", "error", NEAR.origin)
