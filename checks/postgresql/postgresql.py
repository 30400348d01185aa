"""Connections, transactions, locks, WAL archive and databases."""

from checks.postgresql._database_check import DatabaseCheck
from checks.postgresql.source import Database, PostgresqlServers
from checkwright import UNLIMITED, BadUsage, CannotTell, Metrics, gauge, option, uses, verdict
from checkwright.sources.statefile import StateFile

_WINDOW = 600.0
_COUNTERS = ("commits", "rollbacks", "hits", "reads", "temp")


class Postgresql(DatabaseCheck):
    """Health of one PostgreSQL server, from its statistics views as a role with `pg_monitor` sees them.

    CRITICAL: no answer, "too many connections" (applications get the same error), a server that is still starting.
    UNKNOWN: a login that is rejected, no entry in pg_hba.conf, a missing database, a role that reached its own
    CONNECTION LIMIT, and a role without `pg_monitor`, which sees empty columns instead of an error.

    Account, without a password over the local socket:

        CREATE ROLE nagios LOGIN;
        GRANT pg_monitor TO nagios;
        -- pg_hba.conf, above the lines for all users:
        -- local  postgres  nagios  peer

    From version 16 on, `GRANT pg_use_reserved_connections TO nagios` and `reserved_connections = 3` let the check in
    when applications use all other connections.

    Defaults and their reasons:

    - `connections` 80/95 % of max_connections, without the reserved ones.
    - `longest` 15 min/1 h: an old transaction keeps VACUUM from removing rows. Raise it if pg_dump or reports run for
      hours. `idle` 5/30 min in a transaction is a client that forgot to commit.
    - `blocked` 30/120 s waiting for a lock. On servers before 14 the time counts from the start of the statement.
      `prepared` 1/10 min: a prepared transaction holds its locks until somebody ends it.
    - `wraparound` 40/70 % of the 2^31 transactions after which the server stops. Autovacuum starts at 9 % by default,
      so 40 % means that it cannot keep up.
    - `ready` 10/50 WAL files of 16 MiB that wait for the archiver, and `archiver` for its failures.
    - `checksums`: one checksum failure in 10 minutes is CRITICAL. It has no value if checksums are disabled.
      `restart` is a WARNING: changed settings wait for a restart.
    - `deadlocks`, `rollbacks`, `hits`, `temp` and `size` have no default, because normal values differ.

    `size` reads the size of each file; use `--no-sizes` on servers with very many tables. `--only` accepts patterns; a
    pattern that matches no database is UNKNOWN. The check never prints statements.

    Tested with PostgreSQL 15.18. Not tested: 10 to 14, 16 and later.
    """

    thread_safe = True

    servers = uses(PostgresqlServers)
    memory = uses(StateFile, keeps_labels=True)

    only: tuple[str, ...] = option("Database to report, or a pattern; all by default", default=(), example="shop*")
    sizes: bool = option("Leave out the sizes of databases", default=True)

    connections = gauge("Connections used", "%", warn=80, crit=95, max=UNLIMITED)
    longest = gauge("Longest transaction", "s", warn=900, crit=3_600)
    idle = gauge("Longest idle transaction", "s", warn=300, crit=1_800)
    blocked = gauge("Longest wait for a lock", "s", warn=30, crit=120)
    archiver = verdict("Archiver", ok=["ok", "off"])
    ready = gauge("WAL files to archive", warn=10, crit=50, min=0, missing="ok")
    prepared = gauge("Oldest prepared transaction", "s", warn=60, crit=600)
    restart = verdict("Restart", ok=["not needed"], warn=["pending"])
    time = gauge("Response time", "s", warn=0.5, crit=2)
    wraparound = gauge("Wraparound", "%", warn=40, crit=70, optional=True)
    checksums = gauge("Checksum failures in 10 minutes", crit=0, min=0, missing="ok", optional=True)
    deadlocks = gauge("Deadlocks in 10 minutes", min=0, missing="ok", optional=True)
    rollbacks = gauge("Rollbacks", "%", missing="ok", optional=True)
    hits = gauge("Cache hits", "%", missing="ok", optional=True)
    temp = gauge("Temporary files", "B/s", min=0, missing="ok", optional=True)
    size = gauge("Size", "B", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        if "" in self.only:
            raise BadUsage("--only is empty: give the name of a database, or a pattern")

    def probe(self) -> Metrics:
        state = self.servers.state(self.login(), sizes=self.sizes)
        yield self.connections(round(100 * state.clients / state.room, 2) if state.room > 0 else None)
        yield self.longest(state.longest)
        yield self.idle(state.idle)
        yield self.blocked(state.blocked)
        yield self.archiver(state.archiver, hint=state.archiver_hint)
        yield self.ready(state.ready)
        yield self.prepared(state.prepared)
        yield self.restart("pending" if state.pending else "not needed", hint=state.pending)
        yield self.time(state.seconds)
        shown = [database for database in state.databases if self._is_shown(database.name)]
        if self.only and not shown:
            raise CannotTell(f"postgresql {self.host}: no database fits --only {' '.join(self.only)}")
        for database in shown:
            yield self.wraparound(database.wraparound, of=database.name)
        used = [database for database in shown if database.used]
        for database in used:
            if self.sizes:
                yield self.size(database.size, of=database.name)
        yield from self._counters(used)

    def _counters(self, databases: list[Database]) -> Metrics:
        events = {f"deadlocks/{one.name}": one.counters.get("deadlocks", 0.0) for one in databases}
        events |= {f"checksums/{one.name}": one.checksums for one in databases if one.checksums is not None}
        counters = {f"{name}/{one.name}": one.counters.get(name, 0.0) for one in databases for name in _COUNTERS}
        counters |= {
            f"{total}/{one.name}": sum(one.counters.get(name, 0.0) for name in parts)
            for one in databases
            for total, parts in (("transactions", ("commits", "rollbacks")), ("blocks", ("hits", "reads")))
        }
        found, delta = self.memory.together(
            lambda memory: (memory.within(events, _WINDOW, "events"), memory.since_last_run(counters, "rates"))
        )
        for database in databases:
            name = database.name
            yield self.deadlocks(found[f"deadlocks/{name}"], of=name)
            if database.checksums is not None:
                yield self.checksums(found[f"checksums/{name}"], of=name)
            yield self.rollbacks(
                delta.percent(f"rollbacks/{name}", of=f"transactions/{name}") if delta else None, of=name
            )
            yield self.hits(delta.percent(f"hits/{name}", of=f"blocks/{name}") if delta else None, of=name)
            yield self.temp(delta.rate(f"temp/{name}") if delta else None, of=name)

    def _is_shown(self, name: str) -> bool:
        from fnmatch import fnmatchcase

        return not self.only or any(fnmatchcase(name, pattern) for pattern in self.only)
