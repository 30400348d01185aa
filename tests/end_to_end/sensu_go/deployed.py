"""Plans for a real Sensu, and their deployment as docs/guides/deploy-to-sensu.md describes it."""

from __future__ import annotations

import itertools
from typing import Any

import yaml

import sensu
from checkwright.registry.plan import Entry, Handler, Host, Plan, Role, Routes, SensuAgents, Site, Team, Word
from tests.sensu.plans import at, words
from tests.support.sensu_go import Backend

_numbers = itertools.count(1)

#: Namespaces that the backend has from its start. Agents cannot connect to a new one for some seconds.
NAMESPACES = tuple(f"test-{number}" for number in range(1, 61))
#: Keepalives of seconds. Sensu notices silence once in each warning time, so a machine counts as down after 10 s.
AGENTS = SensuAgents(keepalive=1, warning=5, critical=10, origin=at(31))
PAYMENTS = Team(name="payments", email="payments@example.com", page="payments-pager", origin=at(8))
STOREFRONT = Team(name="storefront", email="storefront@example.com", page="storefront-pager", origin=at(9))


def namespace() -> str:
    """Return a namespace for one test."""
    return NAMESPACES[next(_numbers) - 1]


def watch(name: str, *command: str | Word, **fields: Any) -> Entry:
    """Return an entry with literal words that runs each second."""
    role = fields.get("role", "web")
    defaults: dict[str, Any] = {
        "id": f"{role}:{name}",
        "name": name,
        "role": role,
        "command": words(*(command or ("/bin/true",))),
        "interval": 1,
        "deadline": 5,
        "attempts": 1,
        "owner": "payments",
        "origin": at(20),
        "hosts": ("web-1",),
    }
    return Entry(**defaults | fields)


def handler(backend: Backend, name: str, **fields: Any) -> Handler:
    """Return a handler that records its calls."""
    defaults: dict[str, Any] = {"name": name, "command": (str(backend.handler), name), "timeout": 10, "origin": at(3)}
    return Handler(**defaults | fields)


def routes(backend: Backend, **fields: Any) -> Routes:
    """Return routes to recording handlers, one for each level."""
    defaults: dict[str, Any] = {
        "page": ("pager",),
        "office_hours": ("pager",),
        "ticket": ("tickets",),
        "handlers": (handler(backend, "pager"), handler(backend, "tickets")),
        "origin": at(30),
    }
    return Routes(**defaults | fields)


def plan(backend: Backend, environment: str, *entries: Entry, **fields: Any) -> Plan:
    """Return a plan of the hosts that its entries name, with recording routes and keepalives of seconds."""
    hosts_of: dict[str, set[str]] = {}
    for entry in entries:
        hosts_of.setdefault(entry.role, set()).update(entry.hosts)
    names = sorted(set().union(*hosts_of.values()))
    defaults: dict[str, Any] = {
        "project": "shop",
        "environment": environment,
        "site": Site(),
        "teams": (PAYMENTS, STOREFRONT),
        "roles": tuple(
            Role(name=role, owner="payments", hosts=tuple(sorted(hosts_of[role])), origin=at(15))
            for role in sorted(hosts_of)
        ),
        "hosts": tuple(
            Host(
                name=name,
                address="127.0.0.1",
                roles=tuple(sorted(role for role in hosts_of if name in hosts_of[role])),
                origin=at(5),
            )
            for name in names
        ),
        "entries": tuple(sorted(entries, key=lambda entry: (entry.id, entry.variant))),
        "routes": routes(backend),
        "sensu_agents": AGENTS,
    }
    return Plan(**defaults | fields)


def deploy(backend: Backend, made: Plan) -> dict[str, dict[str, Any]]:
    """Create the resources of a plan. Return the settings of each machine's agent."""
    found = sensu.check(made)
    assert not [one for one in found if one.severity == "error"], found
    backend.create(sensu.dump(sensu.render(made), "json"))
    return settings(made)


def settings(made: Plan) -> dict[str, dict[str, Any]]:
    """Return {machine or file: settings} of the parts of agent.yml."""
    files = sensu.agent_files(made)
    return {
        path.removeprefix("hosts/").removesuffix(".agent.yml"): yaml.safe_load(text) for path, text in files.items()
    }
