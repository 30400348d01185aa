"""Capacity of the machines of a role, which the latency report compares with the requests in flight."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from checkwright.registry.model.base import Declaration, RegistryError, here, short_repr

#: A size above it is a mistake: no machine works on as many requests at once.
_MOST = 1_000_000
_NONE: Mapping[str, int] = MappingProxyType({})


class Capacity(Declaration):
    """Capacity of one machine: `Capacity(workers=8, connections={"database": 20})`.

    workers: requests that the machine can work on at once, 0 if unknown. connections: sizes of the pools of
    connections of its application, by name. A request is taken to hold one connection of a pool at most.
    Raises RegistryError for an invalid value, and for a capacity of nothing.
    """

    __slots__ = ("connections", "workers")
    workers: int
    connections: Mapping[str, int]

    def __init__(self, *, workers: int = 0, connections: Mapping[str, int] = _NONE) -> None:
        origin = here(2)
        if not isinstance(connections, Mapping):
            raise RegistryError(
                f'Capacity: connections is {short_repr(connections)}, not sizes by name: {{"database": 20}}', origin
            )
        sizes = {"workers": workers} if workers != 0 else {}
        for name, size in {**sizes, **connections}.items():
            if not isinstance(name, str) or not name.strip() or not name.isprintable():
                raise RegistryError(f"Capacity: {short_repr(name)} is not the name of a pool of connections", origin)
            if type(size) is not int or not 1 <= size <= _MOST:
                raise RegistryError(f"Capacity: {name} is {short_repr(size)}, not a number from 1 to {_MOST:,}", origin)
        if "workers" in connections:
            raise RegistryError("Capacity: workers are no connections: write Capacity(workers=8)", origin)
        if not sizes and not connections:
            raise RegistryError("Capacity: nothing has a size: name workers or connections", origin)
        self._set(workers=workers, connections=MappingProxyType(dict(connections)), origin=origin)
