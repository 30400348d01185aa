"""Hand-made plans, like those that a registry resolves to."""

from dataclasses import replace
from typing import Any

from checkwright.registry.plan import Entry, Host, Origin, Placeholder, Plan, Role, Secret, Site, Team, Word

CHECK = "/opt/checkwright/bin/check"


def at(line: int, file: str = "shop/fleet/payments.py") -> Origin:
    return Origin(file, line)


def words(*parts: str | tuple[str | Placeholder, ...]) -> tuple[Word, ...]:
    return tuple((part,) if isinstance(part, str) else part for part in parts)


def entry(name: str = "disk", **fields: Any) -> Entry:
    defaults: dict[str, Any] = {
        "id": f"{fields.get('role', 'web')}:{name}",
        "name": name,
        "role": "web",
        "check": name,
        "command": words(CHECK, name),
        "owner": "payments",
        "origin": at(20),
        "hosts": ("web-1", "web-2"),
    }
    return Entry(**defaults | fields)


def host(name: str, **fields: Any) -> Host:
    defaults: dict[str, Any] = {"name": name, "address": "10.0.0.1", "roles": ("web",), "origin": at(5)}
    return Host(**defaults | fields)


def plan(*entries: Entry, **fields: Any) -> Plan:
    """Return a plan with two machines of the role web, and the entries of a test."""
    defaults: dict[str, Any] = {
        "project": "shop",
        "environment": "production",
        "site": Site(),
        "teams": (Team(name="payments", email="payments@example.com", page="payments-pager", origin=at(8)),),
        "roles": (Role(name="web", owner="payments", hosts=("web-1", "web-2"), origin=at(15)),),
        "hosts": (host("web-1", address="10.0.0.1"), host("web-2", address="10.0.0.2")),
        "entries": entries,
    }
    return Plan(**defaults | fields)


def shop() -> Plan:
    """Return a plan with and without agents, with a role without machines and an override that splits a watch."""
    api, lb, queue = ("api-1", "api-2", "api-3"), ("lb-1", "lb-2", "lb-3"), ("queue.production",)
    roles = (
        Role(name="api", owner="payments", hosts=api, origin=at(15)),
        Role(name="lb", owner="network", hosts=lb, origin=at(40)),
        Role(name="queue", owner="payments", virtual_host="queue.production", origin=at(60)),
    )
    hosts = (
        *(
            host(name, address=f"10.9.0.{number}", roles=("api",), labels={"port": f"844{number}"})
            for number, name in enumerate(api, 1)
        ),
        *(
            host(
                name,
                address=f"10.9.1.{number}",
                roles=("lb",),
                labels={"Public-Name": f"www{number}.example.com", "rack.unit": "1e3"},
            )
            for number, name in enumerate(lb, 1)
        ),
        host("queue.production", address="", roles=("queue",), virtual=True),
    )
    url = (
        "https://",
        Placeholder("address"),
        ":",
        Placeholder("label.port"),
        "/health?env=",
        Placeholder("environment"),
    )
    entries = (
        entry(
            "checkout",
            role="api",
            summary="What the checkout service says of itself.",
            command=words(CHECK, "checkout", "--url", url, "--token-file", "/etc/checks/checkout"),
            interval=30,
            where="central",
            runbook="https://runbooks.example.com/payments/",
            secrets=(Secret("token", "file", "/etc/checks/checkout"),),
            hosts=api,
        ),
        entry(
            "containers",
            role="api",
            command=words("/usr/lib/plugins/check_docker", "--format", "{{.Names}} it's up"),
            plugin="/usr/lib/plugins/check_docker",
            check="",
            env=(("DOCKER_HOST", "unix:///run/docker.sock"), ("PATH", "/usr/bin:/bin"), ("NO_PROXY", "")),
            secrets=(Secret("key", "env", "DOCKER_KEY"),),
            notify="office-hours",
            hosts=api,
        ),
        entry(
            "disk",
            role="api",
            command=words(CHECK, "disk", "-p", "/", "--space-warning", "75"),
            hosts=("api-1", "api-3"),
        ),
        entry(
            "disk",
            role="api",
            variant="2",
            command=words(CHECK, "disk", "-p", "/", "--space-warning", "95"),
            why=("the archive lives on api-2", "until the new volume is there"),
            quiet=("weekends",),
            notify="ticket",
            hosts=("api-2",),
        ),
        entry("ping", role="lb", owner="network", where="central", hosts=("lb-1", "lb-3")),
        entry(
            "ping",
            role="lb",
            owner="network",
            variant="slow",
            command=words(CHECK, "ping", "-H", (Placeholder("address"),)),
            where="central",
            hosts=("lb-2",),
        ),
        entry(
            "site",
            role="lb",
            owner="network",
            where="central",
            command=words(
                CHECK,
                "http",
                "-H",
                (Placeholder("label.Public-Name"),),
                "--rack",
                (Placeholder("label.rack.unit"),),
            ),
            hosts=lb,
        ),
        entry(
            "sqs_backlog",
            role="queue",
            where="central",
            per="role",
            notify="nobody",
            command=words(CHECK, "sqs_backlog", "--queue", ("payments-", Placeholder("environment"))),
            hosts=queue,
        ),
    )
    teams = (
        Team(name="network", email="network@example.com", origin=at(3)),
        Team(name="payments", email="payments@example.com", page="payments-pager", origin=at(8)),
    )
    return replace(plan(*entries), roles=roles, hosts=hosts, teams=teams)
