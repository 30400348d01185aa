"""Fake Redis servers and Sentinels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checks.redis.source import RedisServers, RedisState, SentinelState
from checkwright.core.errors import CheckError
from checkwright.core.secret import Secret
from checkwright.net.tls_context import TlsOptions
from checkwright.testing.canned import answer_for


class FakeRedisServers(RedisServers):
    """Servers and Sentinels by address: `FakeRedisServers({"cache-1": RedisState({"role": "master"})})`.

    A CheckError is raised.
    """

    def __init__(
        self,
        servers: Mapping[str, RedisState | CheckError] | None = None,
        sentinels: Mapping[str, SentinelState | CheckError] | None = None,
    ) -> None:
        self.servers = dict(servers or {})
        self.sentinels = dict(sentinels or {})

    def state(
        self,
        address: str,
        *,
        user: str = "",
        password: Secret | None = None,
        tls: TlsOptions | None = None,
        lists: Sequence[str] = (),
    ) -> RedisState:
        found = answer_for(self, self.servers, address)
        counts = {name: found.lists.get(name, 0) for name in lists}
        return RedisState(found.info, cluster=found.cluster, lists=counts, seconds=found.seconds)

    def sentinel(
        self,
        address: str,
        names: Sequence[str] = (),
        *,
        user: str = "",
        password: Secret | None = None,
        tls: TlsOptions | None = None,
    ) -> SentinelState:
        found = answer_for(self, self.sentinels, address)
        shown = list(names or found.masters)
        masters = {name: found.masters[name] for name in shown}
        return SentinelState(masters, {name: found.quorums[name] for name in shown}, found.seconds)


__all__ = ["FakeRedisServers", "RedisState", "SentinelState"]
