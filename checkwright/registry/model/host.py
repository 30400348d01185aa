"""Hosts that a fleet module declares. `registry/inventory.py` reads those of inventories."""

from __future__ import annotations

from collections.abc import Mapping

from checkwright.registry.model.base import (
    Declaration,
    RegistryError,
    here,
    require_all,
    require_name,
    require_text,
    short_repr,
)
from checkwright.registry.model.pools import Pool, pool_name
from checkwright.registry.model.role import Role
from checkwright.registry.plan import Origin


class Host(Declaration):
    """One machine.

        Host("web-1", "10.0.0.11", roles=(web,), labels={"port": "8443"})

    address: an IP address or a DNS name. labels: values for `{label.NAME}` and `label("NAME")` in watches.
    parents: names of the hosts through which it is reached. pool: the workers that check it in place of the
    monitoring server. Raises RegistryError for an invalid value.
    """

    __slots__ = ("address", "labels", "name", "parents", "pool", "roles")
    name: str
    address: str
    roles: tuple[Role, ...]
    labels: Mapping[str, str]
    parents: tuple[str, ...]
    pool: str

    def __init__(
        self,
        name: str,
        address: str = "",
        *,
        roles: tuple[Role, ...] = (),
        labels: Mapping[str, str] | None = None,
        parents: tuple[str, ...] = (),
        pool: str | Pool = "",
    ) -> None:
        origin = here(2)
        what = f"Host {require_name('Host', name, origin)}"
        self._set(
            name=name,
            address=require_text(f"{what}: address", address, origin),
            roles=require_all(f"{what}: roles", roles, Role, origin),
            labels=_labels(what, {} if labels is None else labels, origin),
            parents=require_all(f"{what}: parents", parents, str, origin),
            pool=pool_name(f"{what}: pool", pool, origin),
            origin=origin,
        )


def _labels(what: str, labels: object, origin: Origin) -> dict[str, str]:
    if not isinstance(labels, Mapping):
        raise RegistryError(f"{what}: labels is {short_repr(labels)}, not a dict", origin)
    for key, value in labels.items():
        require_name(f"{what}: the label", key, origin)
        require_text(f"{what}: the label {key}", value, origin)
    return dict(labels)
