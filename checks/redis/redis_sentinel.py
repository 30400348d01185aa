"""Masters of a Redis Sentinel, and the quorum for a failover."""

from checks.redis.source import RedisServers
from checkwright import BadUsage, Metrics, gauge, option, uses, verdict
from checkwright.sources.numbers import natural
from checkwright.sources.server_check import ServerCheck


class RedisSentinel(ServerCheck):
    """State of each master as one Sentinel sees it, and the quorum for its failover.

    `status=ok` in INFO says nothing about the quorum: an isolated Sentinel reports it too. The check therefore runs
    SENTINEL CKQUORUM. A quorum that cannot be reached is CRITICAL, because no failover would happen. A master that only
    this Sentinel considers down (`sdown`) is WARNING, one that the quorum considers down (`odown`) is CRITICAL. Watch
    each Sentinel: a network split shows on some of them only.

    Account:

        ACL SETUSER nagios on >PASSWORD ~nothing -@all +ping +info +sentinel|ckquorum

    `sentinels` and `replicas` have no default limits, because only you know their number: set `--sentinels-critical 3:`
    and `--replicas-critical 1:`. `time` 0.1/1 s as for redis.

    Tested with Redis 7.0.15.
    """

    thread_safe = True

    servers = uses(RedisServers)

    host: str = ServerCheck.host_option("127.0.0.1", "26379")
    names: tuple[str, ...] = option(
        "Master that the Sentinel must monitor; all that it knows by default", flags="-m --master", default=()
    )

    status = verdict("Master", ok=["ok"], warn=["sdown"])
    quorum = verdict("Quorum for", ok=["can be reached"])
    sentinels = gauge("Sentinels of", min=0, optional=True)
    replicas = gauge("Replicas of", min=0, optional=True)
    masters = gauge("Masters", crit="1:", min=0)
    time = gauge("Response time", "s", warn=0.1, crit=1)

    def validate(self) -> None:
        super().validate()
        if "" in self.names:
            raise BadUsage("--master is empty: give the name of a master")
        if self.user and self.password is None:
            raise BadUsage("--user needs a password: give --password-file or --password-env")

    def probe(self) -> Metrics:
        state = self.servers.sentinel(
            self.host, self.names, user=self.user, password=self.password, tls=self.tls_options()
        )
        for name, master in state.masters.items():
            reason = state.quorums[name]
            yield self.status(master.get("status", "without a status"), of=name, hint=master.get("address", ""))
            yield self.quorum("cannot be reached" if reason else "can be reached", of=name, hint=reason)
            yield self.sentinels(_count(master, "sentinels"), of=name)
            yield self.replicas(_count(master, "slaves"), of=name)
        yield self.masters(len(state.masters))
        yield self.time(state.seconds)

    def known_items(self) -> tuple[str, ...] | None:
        return self.names or None


def _count(master: dict[str, str], name: str) -> int | None:
    return natural(master.get(name, ""))
