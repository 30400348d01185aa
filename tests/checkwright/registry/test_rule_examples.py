"""Examples in the docstrings of the registry's rules: the wrong one breaks its rule, the right one does not.

An example is a part of a fleet. Statements are added before the environment; calls such as `Host(...)` and
`Watch(...)`, separated by commas, are added to the tuple where they belong.
"""

import ast
from datetime import date

import pytest

from checkwright.cli.rule_pages import all_rules, documentation
from checkwright.registry import planning
from checkwright.registry.findings import Finding, Rule
from tests.checkwright.registry.conftest import Write

#: The fleet around an example, with a tuple for each kind of call.
FLEET = """\
from checkwright import Secret
from checkwright.registry.model import BusinessService, Part
from checkwright.registry.model import Account, Downtime, Environment, Hook, Host, HostCheck, Hours
from checkwright.registry.model import Maintenance, Override, Plugin, Pool, Role, Site, Team, Watch, at_least, label
from checks.aws.acm import Acm
from checks.aws.aws_access import AwsAccess
from checks.aws.load_balancer import LoadBalancer
from checks.gearman.gearman import Gearman
from checks.heartbeat.heartbeat import Heartbeat
from checks.http.http import Http
from checks.latency.api_latency import ApiLatency
from checks.system.disk import Disk
from checks.system.memory import Memory
from checks.systemd.systemd_unit import SystemdUnit
from checks.tcp.tcp_port import TcpPort
from checks.watchdog.dead_mans_switch import DeadMansSwitch

storefront = Team("storefront", email="storefront@example.com", page="storefront-pager")
web = Role(
    "web",
    owner=storefront,
    runbook="https://runbooks.example.com/web/",
    watches=(Watch(Disk(), name="root"), {Watch}),
    hooks=({Hook}),
)
"""
ENVIRONMENT = """

production = Environment(
    "production",
    site=Site(),
    {inventory}
    hosts=(Host("web-1", "10.0.0.11", roles=(web,), labels={{"ssh": "22"}}), {shop} {Host}),
    overrides=({Override}),
    maintenance=({Maintenance}),
    downtimes=({Downtime}),
    pools=({Pool}),
    aws=({Account}),
    host_checks=({HostCheck}),
)
"""
KINDS = {"Plugin": "Watch"}
RULES = [rule for rule in all_rules() if rule.id.startswith("R")]


def fleet(example: str, language: str) -> dict[str, str]:
    """Return the files of a project that holds an example."""
    slots = dict.fromkeys(
        ("Watch", "Hook", "Host", "Override", "Maintenance", "Downtime", "Pool", "Account", "HostCheck"), ""
    )
    statements = "" if language == "yaml" or example.startswith("# checkctl inventory") else example
    try:
        calls = ast.parse(f"({example}\n)", mode="eval").body
    except SyntaxError:
        calls = ast.Tuple([])
    if isinstance(calls, ast.Tuple) and calls.elts and language == "python":
        statements = ""
        for call in calls.elts:
            assert isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
            slots[KINDS.get(call.func.id, call.func.id)] += f"{ast.unparse(call)}, "
    file = "hosts.csv" if example.startswith("# checkctl inventory") else "hosts.yaml" if language == "yaml" else ""
    inventory = f'inventory="{file}",' if file else ""
    shop = 'Host("shop-1", "10.0.0.21", roles=(shop,)),' if "shop = Role" in statements else ""
    text = FLEET.format(**slots) + statements + "\n"
    if "Environment(" not in statements:
        text += ENVIRONMENT.format(**slots, inventory=inventory, shop=shop)
    return {"fleet/all.py": text} | ({file: example} if file else {})


def findings(project: Write, example: str, rule: type[Rule]) -> tuple[Finding, ...]:
    files = fleet(example, rule.language)
    return planning.lint(str(project("", files)), today=date(2026, 11, 24)).findings


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.id != "R022"], ids=lambda rule: rule.id)
def test_wrong_example_breaks_the_rule(project: Write, rule: type[Rule]) -> None:
    example = documentation(rule).wrong
    assert example
    found = {finding.id: finding.severity for finding in findings(project, example, rule)}
    # An example that names a pool need not use it.
    assert {id for id, severity in found.items() if severity == "error"} <= {rule.id}
    assert rule.id in found


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.id != "R022"], ids=lambda rule: rule.id)
def test_right_example_keeps_the_rule(project: Write, rule: type[Rule]) -> None:
    found = findings(project, documentation(rule).right, rule)
    assert [finding for finding in found if finding.severity == "error" or finding.id == rule.id] == []
