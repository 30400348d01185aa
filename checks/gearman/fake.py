"""Fake gearmand servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checks.gearman.source import GearmanServers, JobQueue, select
from checkwright.core.errors import CheckError, Down


class FakeGearmanServers(GearmanServers):
    """Servers by address, each with its queues: `FakeGearmanServers({"127.0.0.1": [JobQueue("service", 3, 1, 2)]})`.

    A CheckError is raised. A server without an entry is Down.
    """

    def __init__(self, servers: Mapping[str, Sequence[JobQueue] | CheckError]) -> None:
        self.servers = dict(servers)

    def queues(self, server: str, names: Sequence[str] = ("*",), exclude: Sequence[str] = ()) -> list[JobQueue]:
        found = self.servers.get(server, Down(f"gearmand {server}: connection refused"))
        if isinstance(found, CheckError):
            raise found
        return select(found, names, exclude)


__all__ = ["FakeGearmanServers", "JobQueue"]
