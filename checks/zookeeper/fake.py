"""Fake ZooKeeper servers."""

from __future__ import annotations

from collections.abc import Mapping

from checks.zookeeper.source import ZookeeperServers, ZookeeperState
from checkwright.core.errors import CheckError
from checkwright.testing.canned import answer_for


class FakeZookeeperServers(ZookeeperServers):
    """Servers by address: `FakeZookeeperServers({"zk-1": ZookeeperState("leader")})`. A CheckError is raised."""

    def __init__(self, servers: Mapping[str, ZookeeperState | CheckError]) -> None:
        self.servers = dict(servers)

    def state(self, address: str, *, details: bool = False) -> ZookeeperState:
        return answer_for(self, self.servers, address)


__all__ = ["FakeZookeeperServers", "ZookeeperState"]
