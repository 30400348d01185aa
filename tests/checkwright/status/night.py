"""A small plan, and status.dat of a Nagios that runs it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from checkwright.registry.plan import Covered, Host, Maintenance, Plan, Role, Site
from shop.nagios_status import block, state
from tests.nagios_cfg.plans import DISK, PAYMENTS, PLATFORM, SMTP, at

NOW = 1_796_000_000
#: Texts of others that must do no harm.
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</p></li></title><script>alert(2)</script>",
    "\x1b]0;owned\x07\x1b[31mred\x1b[2J",
    "\u202egnp.exe\u2066",
    "javascript:alert(1) &lt;b&gt;",
    "ü" * 20_000,
)
LOAD = replace(
    SMTP,
    id="web:load",
    name="load",
    role="web",
    check="load",
    plugin="",
    summary="Load of the machine.",
    runbook="https://runbooks.example.com/web/",
    transport="nrpe",
    where="host",
    owner="platform",
    notify="page",
    hosts=("web-1", "web-2"),
    origin=at(20),
)
HTTP = replace(LOAD, id="web:http", name="http", check="http", transport="central", where="central", owner="payments")
PLAN = Plan(
    project="shop",
    environment="production",
    site=Site(),
    teams=(PAYMENTS, PLATFORM),
    roles=(
        Role(name="payments-api", owner="payments", hosts=("pay-1",), origin=at(1)),
        Role(name="web", owner="platform", runbook="https://r.example.com/", hosts=("web-1", "web-2"), origin=at(2)),
    ),
    hosts=(
        Host(name="pay-1", address="10.0.0.1", roles=("payments-api",), origin=at(3)),
        Host(name="web-1", address="10.0.0.2", roles=("web",), parents=("pay-1",), origin=at(4)),
        Host(name="web-2", address="10.0.0.3", roles=("web",), origin=at(5)),
    ),
    entries=(replace(DISK, hosts=("pay-1",)), HTTP, LOAD),
)
SERVICES = (
    ("pay-1", "disk"),
    ("pay-1", "nrpe"),
    *((host, name) for host in ("web-1", "web-2") for name in ("http", "load", "nrpe")),
)


def with_maintenance(begin: str, end: str, **fields: Any) -> Plan:
    """Return the plan with a maintenance of http on web-1, and of the machine web-2."""
    covered = (Covered("web:http", HTTP.variant, ("web-1",)),)
    window = Maintenance(begin=begin, end=end, why="new switch", entries=covered, hosts=("web-2",), origin=at(9))
    return replace(PLAN, maintenance=(window,), **fields)


def status_text(
    services: Mapping[tuple[str, str], Mapping[str, object]] | None = None,
    hosts: Mapping[str, Mapping[str, object]] | None = None,
    *further: str,
    taken: int = NOW,
    environment: str = "production",
    program: Mapping[str, object] | None = None,
) -> str:
    """Return a status.dat. services, hosts: fields that differ from those of a service or host that is well."""
    texts = [block("info", {"created": taken, "version": "4.4.6"})]
    texts.append(
        block("programstatus", {"enable_notifications": 1, "active_service_checks_enabled": 1, **(program or {})})
    )
    well: dict[str, object] = {**state(0, NOW - 900_000, taken - 20, "OK", ""), "_ENVIRONMENT": f"0;{environment}"}
    for host in {**{one.name: {} for one in PLAN.hosts}, **(hosts or {})}:
        texts.append(block("hoststatus", {"host_name": host, **well, **(hosts or {}).get(host, {})}))
    for host, name in dict.fromkeys((*SERVICES, *(services or {}))):
        own = (services or {}).get((host, name), {})
        texts.append(block("servicestatus", {"host_name": host, "service_description": name, **well, **own}))
    return "".join((*texts, *further))


def bad(number: int = 2, since: int = 600, output: str = "broken", **fields: object) -> dict[str, object]:
    """Return the fields of a service that has had a state for some seconds."""
    return {**state(number, NOW - since, NOW - 20, output, ""), **fields}
