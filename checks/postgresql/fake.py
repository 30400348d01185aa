"""Fake PostgreSQL servers and PgBouncers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checks.postgresql.source import (
    Database,
    PgBouncers,
    PgBouncerState,
    Pool,
    PostgresqlServers,
    Receiver,
    Replication,
    ServerState,
)
from checkwright.core.errors import CheckError
from checkwright.sources.server_login import ServerLogin
from checkwright.testing.canned import answer_for


class FakePostgresqlServers(PostgresqlServers):
    """Servers by host, each with its state, its replication, or the rows of a query.

        FakePostgresqlServers({"db-1": ServerState(clients=12)})

    A CheckError is raised.
    """

    def __init__(
        self,
        states: Mapping[str, ServerState | CheckError] | None = None,
        replications: Mapping[str, Replication | CheckError] | None = None,
        rows: Mapping[str, Sequence[Mapping[str, Any]] | CheckError] | None = None,
    ) -> None:
        self.states = dict(states or {})
        self.replications = dict(replications or {})
        self.row_lists = dict(rows or {})

    def state(self, login: ServerLogin, *, sizes: bool = True) -> ServerState:
        return answer_for(self, self.states, login.host)

    def replication(self, login: ServerLogin) -> Replication:
        return answer_for(self, self.replications, login.host)

    def select(self, login: ServerLogin, query: str, *, most: int) -> tuple[list[dict[str, Any]], float]:
        return [dict(row) for row in answer_for(self, self.row_lists, login.host)][:most], 0.01


class FakePgBouncers(PgBouncers):
    """PgBouncers by host: `FakePgBouncers({"pool-1": PgBouncerState(clients=3)})`. A CheckError is raised."""

    def __init__(self, states: Mapping[str, PgBouncerState | CheckError]) -> None:
        self.states = dict(states)

    def state(self, login: ServerLogin) -> PgBouncerState:
        return answer_for(self, self.states, login.host)


__all__ = [
    "Database",
    "FakePgBouncers",
    "FakePostgresqlServers",
    "PgBouncerState",
    "Pool",
    "Receiver",
    "Replication",
    "ServerState",
]
