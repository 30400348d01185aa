"""Standbys, slots and lag of PostgreSQL replication."""

from checks.postgresql._database_check import DatabaseCheck
from checks.postgresql.source import PostgresqlServers, Receiver
from checkwright import BadUsage, Literal, Metrics, gauge, option, uses, verdict


class PostgresqlReplication(DatabaseCheck):
    """State of replication, as the queried server sees it. Run it on the primary and on each standby.

    On a standby, the WAL receiver must stream and the replay must not be paused. `lag` is the age of the last replayed
    transaction, and 0 if everything received is replayed, because on an idle primary that age grows without any delay.
    A standby that lost its primary has also replayed everything, so the receiver is judged first.

    On a primary, the check reports each standby and slot. A standby is judged by bytes: the lag in pg_stat_replication
    stayed at 16 ms while a paused standby fell 12 MB behind. With `--expect NAME`, a standby with that application_name
    that is not connected is CRITICAL. An unused slot retains WAL until the disk is full: `kept`. A slot that has lost
    WAL is CRITICAL, because its standby must be rebuilt.

    The account is that of the check postgresql: a role with `pg_monitor`. Without it the columns are empty, which is
    UNKNOWN.

    Defaults and their reasons:

    - `lag` 30/300 s: readers of the standby notice minutes. `silent` 60/180 s: an idle primary sends a message every
      30 s.
    - `behind` 64 MiB/1 GiB: 4 and 64 WAL files. `kept` 4/16 GiB: set it below the free space, and limit it with
      `max_slot_wal_keep_size`.
    - `standbys` has no default: set `--standbys-critical 1:` or `--expect`. `waiting` has none.

    A standby that reads an archive and never streams has no receiver: use `--no-receiver`. Its `lag` grows while the
    primary is idle.

    Tested with PostgreSQL 15.18. Not tested: 10 to 14, 16 and later. Servers before 13 do not report that a slot has
    lost WAL.
    """

    thread_safe = True

    servers = uses(PostgresqlServers)

    role_expected: Literal["primary", "standby"] | None = option(
        "Role that the server must have; any by default", flags="--role", default=None
    )
    expect: tuple[str, ...] = option("Name of a standby that must be connected", default=())
    receiver_expected: bool = option("Expect no receiver", flags="--receiver", default=True)

    role = verdict("Role", ok=["primary", "standby"])
    receiver = verdict("Receiver", ok=["streaming", "not expected"], warn=["starting"])
    replay = verdict("Replay", ok=["running"])
    standby = verdict("Standby", ok=["streaming", "backup"], warn=["startup", "catchup"])
    slot = verdict("Slot", ok=["reserved", "unused"], warn=["extended", "unreserved"])
    lag = gauge("Lag", "s", warn=30, crit=300, optional=True, missing="ok")
    waiting = gauge("Received but not replayed", "B", optional=True, missing="ok")
    silent = gauge("Primary silent for", "s", warn=60, crit=180, optional=True, missing="ok")
    behind = gauge("Behind", "B", warn="64M", crit="1G", optional=True, missing="ok")
    kept = gauge("WAL kept by slot", "B", warn="4G", crit="16G", optional=True, missing="ok")
    standbys = gauge("Standbys", min=0)
    time = gauge("Response time", "s", warn=0.5, crit=2)

    def validate(self) -> None:
        super().validate()
        if "" in self.expect:
            raise BadUsage("--expect is empty: give the application_name of a standby")

    def probe(self) -> Metrics:
        found = self.servers.replication(self.login())
        role = "primary" if found.receiver is None else "standby"
        expected = self.role_expected in (None, role)
        yield self.role(role if expected else f"{role}, not {self.role_expected}")
        yield self.time(found.seconds)
        if found.receiver is not None:
            yield from self._standby(found.receiver)
        for name in self.expect:
            if name not in found.standbys:
                yield self.standby("not connected", of=name)
        for name, (state, behind) in found.standbys.items():
            yield self.standby(state, of=name)
            yield self.behind(None if state == "backup" else behind, of=name)
        for name, (status, kept) in found.slots.items():
            yield self.slot(status, of=name)
            yield self.kept(None if status == "lost" else kept, of=name)
        yield self.standbys(sum(state != "backup" for state, _ in found.standbys.values()))

    def _standby(self, receiver: Receiver) -> Metrics:
        missing = "not connected" if self.receiver_expected else "not expected"
        yield self.receiver(receiver.status or missing)
        yield self.replay("paused" if receiver.paused else "running")
        yield self.lag(receiver.lag)
        yield self.waiting(receiver.waiting)
        if receiver.status:
            yield self.silent(receiver.silent)
