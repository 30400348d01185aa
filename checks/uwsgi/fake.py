"""Fake uWSGI servers."""

from __future__ import annotations

from collections.abc import Mapping

from checks.uwsgi.source import UwsgiServers, UwsgiState
from checkwright.core.errors import CheckError
from checkwright.testing.canned import answer_for


class FakeUwsgiServers(UwsgiServers):
    """Servers by address: `FakeUwsgiServers({"app-1": UwsgiState(workers=["idle"])})`. A CheckError is raised."""

    def __init__(self, servers: Mapping[str, UwsgiState | CheckError]) -> None:
        self.servers = dict(servers)

    def state(self, address: str) -> UwsgiState:
        return answer_for(self, self.servers, address)


__all__ = ["FakeUwsgiServers", "UwsgiState"]
