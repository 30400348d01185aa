"""Threads, lag and heartbeat of a MySQL replica."""

from checks.mysql._mysql_check import MysqlCheck
from checks.mysql.source import MysqlServers, Replica, quoted
from checkwright import BadUsage, CannotTell, Metrics, gauge, option, uses, verdict

#: Errors of a source that rejects the account of the replica, or its host: it will not connect by itself.
_REJECTED = frozenset([1044, 1045, 1129, 1130, 1142, 1227, 1251, 1275, 1396, 1524, 1698, 1862, 3118, 3159, 4151])


class MysqlReplication(MysqlCheck):
    """Replication of each channel, as the replica sees it.

    A stopped thread is CRITICAL, and its lag has no value then: the server reports NULL, which is neither 0 nor
    unknown. A thread that is connecting is WARNING, because it retries by itself. A thread whose account the source
    rejects is CRITICAL, because somebody has to fix it. The check prints error numbers and never their texts, which
    repeat statements with customer data.

    A source that hangs is reported as "running, lag 0" for slave_net_timeout (60 s). Only a heartbeat table reveals it:
    run `pt-heartbeat --update --utc -D DB --table TABLE` against the source, and give `--heartbeat-table DB.TABLE
    --heartbeat-utc` here, with SELECT on that table.

    The account is that of the check mysql. From MariaDB 10.5 on, REPLICATION CLIENT does not allow SHOW SLAVE STATUS:
    GRANT SLAVE MONITOR. A server that is not a replica is UNKNOWN; with `--maybe`, for pairs that swap roles, it is OK.

    Defaults: `lag` and `heartbeat` 30/300 s, because readers notice minutes; an intended delay (SQL_Delay) is
    subtracted. `time` 0.5/2 s.

    Tested with MariaDB 10.11.19. Not tested: MySQL, which names the columns `Replica_*`.
    """

    thread_safe = True

    servers = uses(MysqlServers)

    channels: tuple[str, ...] = option("Channel that must be there; all by default", flags="--channel", default=())
    table: str = option("Table of pt-heartbeat, DATABASE.TABLE", flags="--heartbeat-table", default="", example="db.hb")
    utc: bool = option("Times in the heartbeat table are UTC", flags="--heartbeat-utc", default=False)
    maybe: bool = option("Accept a server that is no replica", default=False)

    sql = verdict("SQL thread", ok=["running"])
    io = verdict("IO thread", ok=["running"], warn=["connecting"])
    lag = gauge("Lag", "s", warn=30, crit=300, missing="ok", optional=True)
    heartbeat = gauge("Age of the heartbeat", "s", warn=30, crit=300, optional=True)
    replicas = gauge("Channels", min=0)
    time = gauge("Response time", "s", warn=0.5, crit=2)

    def validate(self) -> None:
        super().validate()
        if self.table:
            quoted(self.table)
        elif self.utc:
            raise BadUsage("--heartbeat-utc needs --heartbeat-table")

    def probe(self) -> Metrics:
        found = self.servers.replication(self.login(), heartbeat=self.table, utc=self.utc)
        by_name = {replica.name: replica for replica in found.replicas}
        if not by_name and not self.maybe:
            raise CannotTell(f"mysql {self.host}: it is no replica: give --maybe where that is right")
        for name in self.channels:
            if name not in by_name:
                raise CannotTell(f"mysql {self.host}: it has no channel {name}")
        for name, replica in by_name.items():
            if not self.channels or name in self.channels:
                yield from self._channel(replica)
        if found.heartbeat is not None:
            yield self.heartbeat(found.heartbeat)
        yield self.replicas(len(by_name))
        yield self.time(found.seconds)

    def _channel(self, replica: Replica) -> Metrics:
        yield self.sql(replica.sql, of=replica.name, hint=f"error {replica.sql_error}" if replica.sql_error else "")
        io, reason = replica.io, f"error {replica.io_error}" if replica.io_error else ""
        if io == "connecting" and replica.io_error in _REJECTED:
            io, reason = "rejected", f"the source does not accept the replica's account, {reason}"
        yield self.io(io, of=replica.name, hint=reason)
        lag = replica.lag
        yield self.lag(None if lag is None else max(0.0, lag - replica.delay), of=replica.name)
