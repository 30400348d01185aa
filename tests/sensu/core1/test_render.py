"""Golden files of a whole plan, and tests of each decision and rule. examples/shop renders in all environments."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checkwright.registry.findings import FindingsError
from checkwright.registry.plan import Entry, Placeholder, Plan, Role, Secret
from checkwright.registry.planning import plan as build_plan
from sensu import core1
from tests.sensu.core1.client import substituted
from tests.sensu.plans import CHECK, at, entry, host, plan, shop, words
from tests.support.golden_file import assert_golden
from tests.support.installed import ROOT

GOLDENS = Path(__file__).parent / "goldens"
SHOP = ROOT / "examples/shop"


def without_env_secrets() -> Plan:
    made = shop()
    return replace(made, entries=tuple(replace(one, secrets=()) for one in made.entries))


def fields(one: Entry) -> dict[str, Any]:
    (check,) = core1.render(plan(one)).checks
    return check.fields()


@pytest.mark.parametrize("standalone", [False, True])
def test_golden(standalone: bool) -> None:
    files = core1.files(core1.render(without_env_secrets(), standalone=standalone))
    text = "".join(f"// {path}\n{text}" for path, text in files.items())
    assert_golden(GOLDENS / ("standalone.txt" if standalone else "subscriptions.txt"), text)
    assert core1.validate_files(files) == ()


@pytest.mark.parametrize("standalone", [False, True])
@pytest.mark.parametrize("environment", ["dev", "qa", "staging", "production"])
def test_example_project_renders_and_every_token_has_a_value(environment: str, standalone: bool) -> None:
    made, _ = build_plan(str(SHOP), environment)
    definitions = core1.render(made, standalone=standalone)
    files = core1.files(definitions)
    assert core1.validate_files(files) == ()
    clients = {one.name: one.fields() for one in (*definitions.clients, *definitions.proxies)}
    central = {"name": "central-1", "subscriptions": ["roundrobin:central"]}
    runs = 0
    for check in (*definitions.checks, *(one for own in definitions.standalone.values() for one in own)):
        for client in clients.values() if check.proxied else ():
            if selected(check.proxied, client):
                substituted(substituted(check.fields(), client), central)
                runs += 1
    for host_name, checks in definitions.standalone.items():
        for check in checks:
            substituted(check.fields(), clients[host_name])
            runs += 1
    for check in definitions.checks:
        for client in clients.values():
            if {*client["subscriptions"], f"client:{client['name']}"} & set(check.subscribers):
                substituted(check.fields(), client)
                runs += 1
    per_role = sum(1 for one in made.entries if one.per == "role")
    assert runs == sum(len(one.hosts) for one in made.entries) - per_role


def selected(attributes: Any, client: dict[str, Any]) -> bool:
    """Evaluate the two forms of generated Ruby as Ruby would."""
    if "subscriptions" in attributes:
        name = attributes["subscriptions"].removeprefix("eval: value.include?('").removesuffix("')")
        return name in client["subscriptions"]
    names = attributes["name"].removeprefix("eval: [").removesuffix("].include?(value)")
    return f"'{client['name']}'" in names.split(", ")


def test_equal_plans_give_equal_bytes_whatever_their_order() -> None:
    made = without_env_secrets()
    turned = replace(made, entries=made.entries[::-1], hosts=made.hosts[::-1])
    assert core1.files(core1.render(made)) == core1.files(core1.render(turned))


def test_check_on_the_machines() -> None:
    assert fields(entry(interval=60, attempts=3, deadline=10)) == {
        "command": f"{CHECK} disk",
        "email": "payments@example.com",
        "environment": "production",
        "handlers": ["page"],
        "interval": 60,
        "occurrences": 3,
        "origin": "shop/fleet/payments.py:20",
        "owner": "payments",
        "pager": "payments-pager",
        "project": "shop",
        "role": "web",
        "subscribers": ["web"],
        "timeout": 12,
        "ttl": 192,
    }


def test_check_that_notifies_nobody_is_not_handled_by_default() -> None:
    assert fields(entry(notify="nobody"))["handle"] is False


def test_some_hosts_of_a_role_subscribe_by_name() -> None:
    assert fields(entry(hosts=("web-2",)))["subscribers"] == ["client:web-2"]


def test_central_checks_run_in_turns_for_clients_or_for_the_role() -> None:
    central = fields(entry(where="central"))
    assert central["subscribers"] == ["roundrobin:central"]
    assert central["proxy_requests"] == {"client_attributes": {"subscriptions": "eval: value.include?('web')"}}
    assert "ttl" not in central
    role = Role(name="queue", owner="payments", virtual_host="queue.production", origin=at(60))
    watch = entry("depth", role="queue", where="central", per="role", hosts=("queue.production",))
    virtual = host("queue.production", address="", roles=("queue",), virtual=True)
    (check,) = core1.render(plan(watch, roles=(role,), hosts=(virtual,))).checks
    assert (check.source, dict(check.proxied)) == ("queue.production", {})


def test_a_standalone_check_stays_on_its_machine() -> None:
    made = core1.render(plan(entry(), entry("ping", where="central")), standalone=True)
    assert [one.name for one in made.checks] == ["web.ping"]
    assert {name: [one.name for one in own] for name, own in made.standalone.items()} == {
        "web-1": ["web.disk"],
        "web-2": ["web.disk"],
    }
    own = json.loads(core1.files(made)["clients/web-1/checks.json"])["checks"]["web.disk"]
    assert own["standalone"] is True
    assert "subscribers" not in own


def test_check_links_to_the_catalogue() -> None:
    made = plan(entry())
    (check,) = core1.render(replace(made, site=replace(made.site, catalogue="https://c.example.com"))).checks
    assert check.fields()["catalogue"] == "https://c.example.com/role/production/web.html#disk"
    assert "catalogue" not in fields(entry())


def test_text_outside_ascii_becomes_question_marks() -> None:
    assert fields(entry(summary="Größe"))["summary"] == "Gr??e"


LABEL = words(CHECK, (Placeholder("label.x"),))


@pytest.mark.parametrize(
    ("made", "finding"),
    [
        (
            plan(entry(hosts=("a:b",)), hosts=(host("a:b"),)),
            'shop/fleet/payments.py:5: error S201: a host becomes a Sensu client, and its name "a:b" has other'
            " characters than letters, digits and _ . -"
            " (rename it: Sensu Core allows letters, digits and _ . - only)",
        ),
        (
            plan(entry("a:b")),
            'shop/fleet/payments.py:20: error S201: a watch becomes a part of Sensu names, and its name "a:b" has other'
            " characters than letters, digits and _ . -"
            " (rename it: Sensu Core allows letters, digits and _ . - only)",
        ),
        (
            plan(hosts=(host("web-1", labels={"a.b": "1", "a_b": "2"}),)),
            "shop/fleet/payments.py:5: error S202: the labels a.b and a_b of web-1 are both a_b in Sensu Core"
            " (rename one of the labels)",
        ),
        (
            plan(entry(command=LABEL, hosts=("web-1",))),
            "shop/fleet/payments.py:20: error S203: web:disk uses {label.x}: on web-1 it is not set"
            " (see shop/fleet/payments.py:5)",
        ),
        (
            plan(entry(command=LABEL, hosts=("web-1",)), hosts=(host("web-1", labels={"x": "a'b"}),)),
            "shop/fleet/payments.py:20: error S204: web:disk uses {label.x}: on web-1 it contains a single quote, which"
            " could break out of the quotes around it (see shop/fleet/payments.py:5)",
        ),
        (
            plan(entry(secrets=(Secret("token", "env", "TOKEN"),))),
            "shop/fleet/payments.py:20: error S205: web:disk reads token from the environment, and a check of Sensu"
            ' Core has no variables of its own (use Secret(file="/..."))',
        ),
        (
            plan(entry(why=("see a:::b",))),
            "shop/fleet/payments.py:20: error S206: web:disk has ::: in its why, where Sensu Core would look for a"
            " token (write it in another way)",
        ),
        (
            plan(entry(command=words(CHECK, "ü"))),
            "shop/fleet/payments.py:20: error S207: web:disk: '\\xfc' contains characters outside ASCII, which Sensu"
            " Core drops from every command",
        ),
        (
            plan(entry(interval=0)),
            "shop/fleet/payments.py:20: error S208: check web.disk: the check needs an interval above 0 or a cron"
            " schedule",
        ),
        (
            plan(entry(command=words(CHECK, (Placeholder("site"),)))),
            "shop/fleet/payments.py:20: error S003: web:disk has {site} in its command, which is not a placeholder"
            " (use host, address, environment, role or label.NAME)",
        ),
    ],
)
def test_plans_that_core_cannot_express_are_refused(made: Plan, finding: str) -> None:
    assert [str(one) for one in core1.check(made)] == [finding]
    with pytest.raises(FindingsError):
        core1.render(made)


def test_checks_of_a_pool_run_on_its_clients() -> None:
    made = plan(entry("a", where="central", pool="dc1"), entry("b", where="central"))
    definitions = core1.render(made)
    assert {check.name: check.subscribers for check in definitions.checks} == {
        "web.a": ("roundrobin:pool.dc1",),
        "web.b": ("roundrobin:central",),
    }
    files = core1.files(definitions)
    assert '"roundrobin:pool.dc1"' in files["pool.dc1/client.json"]
    assert '"roundrobin:central"' in files["central/client.json"]
