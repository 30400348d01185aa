"""Entities and clients of an existing Sensu: machines with agents, and other watched things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sensu.quote import ADDRESS_LABEL
from sensu.reading.stored_objects import Object

_OWN = ("sensu.io/", "cw_")
#: Fields of a client or an entity that Sensu hides by default.
_SECRETS = frozenset(
    ("password", "passwd", "pass", "api_key", "api_token", "access_key", "secret_key", "private_key", "secret")
)
#: Fields of a client of Core that are settings, not attributes for its checks.
_OF_A_CLIENT = frozenset(
    (
        "name",
        "address",
        "subscriptions",
        "labels",
        "safe_mode",
        "keepalive",
        "keepalives",
        "socket",
        "http_socket",
        "redact",
        "signature",
        "registration",
        "deregistration",
        "deregister",
        "timestamp",
        "version",
    )
)


@dataclass(frozen=True, slots=True)
class Machine:
    """Machine with an agent (`is_proxy` False), or something that central machines watch.

    `attributes` are further fields of a client of Core that tokens can name, `a.b` as `a_b`. `hidden` are the names of
    labels and attributes that are left out because Sensu hides their values.
    """

    source: Object
    name: str
    is_proxy: bool
    entity_class: str
    address: str
    subscriptions: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    attributes: Mapping[str, str]
    hidden: tuple[str, ...]


def of(source: Object) -> Machine:
    """Return the machine of an Entity of Go or a client of Core."""
    fields = source.fields
    labels = source.metadata.get("labels") if source.generation == "go" else fields.get("labels")
    known = {key: str(value) for key, value in labels.items()} if isinstance(labels, dict) else {}
    own = {key: value for key, value in known.items() if not key.startswith(_OWN)}
    others = {} if source.generation == "go" else dict(_attributes(fields))
    listed = fields.get("redact")
    hidden = _SECRETS.union(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else _SECRETS
    secret = {key for key in (*own, *others) if key.rpartition(".")[2] in hidden}
    subscriptions = fields.get("subscriptions")
    entity_class = fields.get("entity_class") if source.generation == "go" else "agent"
    address = fields.get("address") if source.generation == "core1" else known.get(ADDRESS_LABEL) or _network(fields)
    return Machine(
        source=source,
        name=source.name,
        is_proxy=entity_class != "agent",
        entity_class=entity_class if isinstance(entity_class, str) else "",
        address=address if isinstance(address, str) else "",
        subscriptions=_own_subscriptions(source.name, subscriptions),
        labels=tuple(sorted((key, value) for key, value in own.items() if key not in secret)),
        attributes={key.replace(".", "_"): value for key, value in others.items() if key not in secret},
        hidden=tuple(sorted(secret)),
    )


def _attributes(fields: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, value) of the texts and numbers in a client's own fields."""
    for key, value in fields.items():
        if not prefix and key in _OF_A_CLIENT:
            continue
        if isinstance(value, dict):
            yield from _attributes(value, f"{prefix}{key}.")
        elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
            yield f"{prefix}{key}", str(value)


def _own_subscriptions(name: str, found: Any) -> tuple[str, ...]:
    """Return the subscriptions without those that every machine has of its own."""
    own = (f"entity:{name}", f"client:{name}")
    texts = [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
    return tuple(one.removeprefix("roundrobin:") for one in dict.fromkeys(texts) if one not in own)


def _network(fields: Any) -> str:
    """Return the first IPv4 address that an agent found on its machine, except the loopback address."""
    system = fields.get("system")
    network = system.get("network") if isinstance(system, dict) else None
    interfaces = network.get("interfaces") if isinstance(network, dict) else None
    for interface in interfaces if isinstance(interfaces, list) else ():
        addresses = interface.get("addresses") if isinstance(interface, dict) else None
        for address in addresses if isinstance(addresses, list) else ():
            text = str(address).partition("/")[0]
            if text.count(".") == 3 and not text.startswith("127."):
                return text
    return ""
