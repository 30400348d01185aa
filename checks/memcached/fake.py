"""Fake memcached servers."""

from __future__ import annotations

from collections.abc import Mapping

from checks.memcached.source import MemcachedServers, MemcachedState
from checkwright.core.errors import CheckError
from checkwright.testing.canned import answer_for


class FakeMemcachedServers(MemcachedServers):
    """Servers by address: `FakeMemcachedServers({"cache-1": MemcachedState({"curr_connections": "3"})})`.

    A CheckError is raised.
    """

    def __init__(self, servers: Mapping[str, MemcachedState | CheckError]) -> None:
        self.servers = dict(servers)

    def state(self, address: str) -> MemcachedState:
        return answer_for(self, self.servers, address)


__all__ = ["FakeMemcachedServers", "MemcachedState"]
