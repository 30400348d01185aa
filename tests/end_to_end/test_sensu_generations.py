"""Every check of the shop in all four environments, through Sensu Go's agent and through Sensu Core's client.

Agent and client are models. Each check runs on one of its hosts.
"""

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import sensu
from checkwright.registry import planning
from checkwright.registry.plan import Entry, Plan, without_business_services
from sensu import core1
from sensu.names import check_name
from tests.end_to_end.direct_run import PluginResult, argv_of, for_agent, has_value, plugin_result, split
from tests.end_to_end.installed_tools import ENVIRONMENT, ENVIRONMENTS, SHOP
from tests.end_to_end.local_shop import make_local_shop
from tests.end_to_end.relocated_plan import Relocation
from tests.end_to_end.shop_services import run_shop_services
from tests.end_to_end.test_sensu_agent import agents_of, executed, label, resources_of
from tests.sensu.core1 import client
from tests.support.dns_server import dns_server
from tests.support.nagios import STATES, scratch

pytestmark = pytest.mark.daemon


@pytest.fixture(scope="module")
def relocation() -> Iterator[Relocation]:
    """Run the services, all healthy, with the queues of each environment."""
    names = [f"{name}.shop.example.com" for name in ("staging", "production")]
    zone = {f"{name} A": [f"{name}. A 127.0.0.1"] for name in names}
    with scratch() as folder, run_shop_services() as shop, dns_server({**zone}) as dns:
        for name in ENVIRONMENTS:
            shop.queue(f"payments-{name}", messages=2)
            shop.queue(f"orders-{name}", messages=3)
            shop.queue(f"orders-{name}-dead", messages=0)
        yield Relocation(make_local_shop(folder, shop), shop, folder / "job-runs", dns)


def run_directly(plan: Plan, entry: Entry) -> PluginResult:
    done = subprocess.run(
        argv_of(plan, entry, entry.hosts[0]),
        env=ENVIRONMENT | dict(entry.env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return plugin_result(STATES[done.returncode], *split(done.stdout))


class Go:
    """Built environment for Sensu Go, read back from its file, with the entities of its agents."""

    def __init__(self, plan: Plan) -> None:
        text = sensu.dump(sensu.render(plan), "json")
        assert sensu.validate(text, "built") == ()
        self.resources, self.agents = resources_of(text), agents_of(plan)
        self.names = {name for kind, name in self.resources if kind == "CheckConfig"}

    def run(self, entry: Entry) -> tuple[PluginResult, list[str]]:
        event = executed(entry, entry.hosts[0], self.resources, self.agents)
        assert event.entity == entry.hosts[0]
        return plugin_result(STATES[event.status], *split(event.output)), [point.name for point in event.points]


class Core:
    """Built environment for Sensu Core."""

    def __init__(self, plan: Plan) -> None:
        files = core1.files(core1.render(plan))
        assert core1.validate_files(files) == ()
        self.documents: dict[str, Any] = {path: json.loads(text) for path, text in files.items()}
        self.checks = self.documents["server/checks.json"]["checks"]

    def run(self, entry: Entry) -> PluginResult:
        check = self.checks[check_name(entry)]
        own = f"clients/{entry.hosts[0]}/client.json"
        other = self.documents.get(f"proxies/{entry.hosts[0]}.json") or self.documents.get(own, {}).get("client")
        if entry.where == "host":
            status, output = client.executed(check, self.documents[own]["client"])
        else:
            central = {"name": "central", "address": "127.0.0.9"}
            status, output = client.executed(check, central, proxied=other if entry.per == "host" else None)
        return plugin_result(STATES[status], *split(output))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_check_has_the_same_result_in_both_generations(
    relocation: Relocation, environment: str, tmp_path: Path
) -> None:
    plan, _ = planning.plan(str(SHOP), environment)
    plan = without_business_services(plan)
    hand, for_go, for_core = (relocation.relocated(plan, tmp_path / name) for name in ("hand", "go", "core"))
    go, core = Go(for_go), Core(for_core)
    assert go.names == core.checks.keys() == {check_name(entry) for entry in plan.entries}
    with ThreadPoolExecutor(3) as pool:
        expected = dict(
            zip(names_of(hand), pool.map(lambda entry: run_directly(hand, entry), hand.entries), strict=True)
        )
        events = dict(zip(names_of(for_go), pool.map(go.run, for_go.entries), strict=True))
        results = dict(zip(names_of(for_core), pool.map(core.run, for_core.entries), strict=True))
    assert {name: event[0] for name, event in events.items()} == {
        name: for_agent(one) for name, one in expected.items()
    }
    assert results == expected
    for name, (_, points) in events.items():
        assert points == [label(metric) for metric in expected[name].metrics if has_value(metric)], name
    well = WELL | (WITHOUT_TOKEN if environment == "dev" else {})
    states = {name: one.state for name, one in expected.items() if name in well}
    assert states == {name: well[name] for name in states}
    assert states.keys() >= {"payments-api.checkout", "api.api", "web.http", "payments-api.sqs_backlog"}


#: Expected states. Those that depend on this machine, such as its load, are left out.
WELL = {
    "api.api": "OK",
    "database.backup": "OK",
    "database.tcp_port": "OK",
    "linux.puppet": "OK",
    "linux.ssh": "OK",
    "monitoring.nagios": "CRITICAL",
    "payments-api.checkout": "OK",
    "payments-api.sqs_backlog": "OK",
    "queue.invoices": "OK",
    "queue.nightly_export": "OK",
    "queue.order_queue": "OK",
    "site.dns": "OK",
    "site.http": "OK",
    "web.http": "OK",
}
#: In dev the shop has no token, and the local service requires one.
WITHOUT_TOKEN = {"payments-api.checkout": "CRITICAL"}


def names_of(plan: Plan) -> list[str]:
    return [check_name(entry) for entry in plan.entries]
