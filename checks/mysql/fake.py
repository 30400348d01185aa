"""Fake MySQL servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checks.mysql.source import MysqlReplication, MysqlServers, MysqlState, Replica
from checkwright.core.errors import CheckError
from checkwright.sources.server_login import ServerLogin
from checkwright.testing.canned import answer_for


class FakeMysqlServers(MysqlServers):
    """Servers by host, each with its state, its replication, or the rows of a query.

        FakeMysqlServers({"db-1": MysqlState({"Threads_connected": "3"}, {"max_connections": "151"})})

    A CheckError is raised.
    """

    def __init__(
        self,
        states: Mapping[str, MysqlState | CheckError] | None = None,
        replications: Mapping[str, MysqlReplication | CheckError] | None = None,
        rows: Mapping[str, Sequence[Mapping[str, Any]] | CheckError] | None = None,
    ) -> None:
        self.states = dict(states or {})
        self.replications = dict(replications or {})
        self.row_lists = dict(rows or {})

    def state(self, login: ServerLogin) -> MysqlState:
        return answer_for(self, self.states, login.host)

    def replication(self, login: ServerLogin, *, heartbeat: str = "", utc: bool = False) -> MysqlReplication:
        return answer_for(self, self.replications, login.host)

    def select(self, login: ServerLogin, query: str, *, most: int) -> tuple[list[dict[str, Any]], float]:
        return [dict(row) for row in answer_for(self, self.row_lists, login.host)][:most], 0.01


__all__ = ["FakeMysqlServers", "MysqlReplication", "MysqlState", "Replica"]
