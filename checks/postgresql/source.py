"""State of PostgreSQL servers and PgBouncers, read with SQL by pg8000."""

from checks.postgresql._session import Session
from checkwright.core.text import clean
from checkwright.sources import CannotTell, Source
from checkwright.sources.server_login import ServerLogin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Row = dict[str, Any]

REQUIRES = "pg8000"

PORT = 5432
PGBOUNCER_PORT = 6432
#: Transactions after which the server stops: half of the numbers that there are.
_NUMBERS = 1 << 31

_ABOUT = """
SELECT current_setting('server_version_num')::int AS version,
       pg_is_in_recovery() AS standby,
       pg_has_role(current_user, 'pg_monitor', 'usage') AS monitor,
       current_user AS account,
       current_setting('max_connections')::int
         - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true)::int, 0) AS room,
       (SELECT string_agg(name, ', ' ORDER BY name) FROM pg_settings WHERE pending_restart) AS pending,
       current_setting('archive_mode') AS archive_mode
"""
_ACTIVITY = """
SELECT count(*) FILTER (WHERE backend_type = 'client backend') AS clients,
       extract(epoch FROM max(clock_timestamp() - xact_start)
         FILTER (WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()))::float8 AS longest,
       extract(epoch FROM max(clock_timestamp() - state_change)
         FILTER (WHERE backend_type = 'client backend' AND state LIKE 'idle in transaction%'))::float8 AS idle,
       extract(epoch FROM max(clock_timestamp() - query_start)
         FILTER (WHERE wait_event_type = 'Lock'))::float8 AS waiting
FROM pg_stat_activity
"""
_BLOCKED = """
SELECT extract(epoch FROM max(clock_timestamp() - waitstart))::float8 AS blocked FROM pg_locks WHERE NOT granted
"""
_DATABASES = """
SELECT d.datname::text AS name, d.datallowconn AND NOT d.datistemplate AS used,
       age(d.datfrozenxid) AS xids, mxid_age(d.datminmxid) AS mxids,
       CASE WHEN {sizes} AND d.datallowconn AND NOT d.datistemplate
         THEN pg_database_size(d.oid) END AS size,
       s.xact_commit AS commits, s.xact_rollback AS rollbacks, s.blks_hit AS hits, s.blks_read AS reads,
       s.temp_bytes AS temp, s.deadlocks AS deadlocks, {checksums} AS checksums
FROM pg_database d LEFT JOIN pg_stat_database s ON s.datid = d.oid ORDER BY d.datname
"""
_ARCHIVER = """
SELECT failed_count, last_failed_wal,
       last_failed_time IS NOT NULL
         AND (last_archived_time IS NULL OR last_failed_time > last_archived_time) AS failing,
       {ready} AS ready
FROM pg_stat_archiver
"""
_READY = "(SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready')"
_PREPARED = """
SELECT extract(epoch FROM max(clock_timestamp() - prepared))::float8 AS prepared FROM pg_prepared_xacts
"""
_STANDBY = """
SELECT pg_is_wal_replay_paused() AS paused,
       pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::float8 AS waiting,
       CASE WHEN pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn() THEN 0
         ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 END AS lag
"""
_RECEIVER = """
SELECT status, extract(epoch FROM clock_timestamp() - last_msg_receipt_time)::float8 AS silent FROM pg_stat_wal_receiver
"""
_HERE = "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END"
_STANDBYS = f"""
SELECT pid, application_name AS name, host(client_addr) AS address, state,
       pg_wal_lsn_diff({_HERE}, replay_lsn)::float8 AS behind
FROM pg_stat_replication ORDER BY backend_start, pid
"""  # noqa: S608 - text of this module
_SLOTS = f"""
SELECT slot_name::text AS name, active, {{status}} AS status,
       pg_wal_lsn_diff({_HERE}, restart_lsn)::float8 AS kept
FROM pg_replication_slots ORDER BY slot_name
"""  # noqa: S608 - text of this module


class Database:
    """One database. counters: commits, rollbacks, hits, reads, temp (bytes) and deadlocks since the last reset.

    used: people connect to it, so it is no template. wraparound: percent of the transactions after which the server
    stops. size: bytes, None if it was not requested. checksums: pages with a wrong checksum, None without checksums.
    """

    __slots__ = ("checksums", "counters", "name", "size", "used", "wraparound")

    def __init__(
        self,
        name: str,
        *,
        used: bool = True,
        wraparound: float = 0.0,
        size: float | None = None,
        counters: "dict[str, float] | None" = None,
        checksums: float | None = None,
    ) -> None:
        self.name = name
        self.used = used
        self.wraparound = wraparound
        self.size = size
        self.counters = counters or {}
        self.checksums = checksums


class ServerState:
    """State of one server. seconds: from the connection to the first answer.

    clients, room: connections of clients, and those that they may have. longest, idle, blocked, prepared: seconds of
    the oldest transaction, idle transaction, wait for a lock, and prepared transaction; 0 for none. archiver: ok,
    failing or off. ready: WAL files to archive, None if archiving is off or the server is older than 12. pending:
    settings that wait for a restart.
    """

    __slots__ = (
        "archiver", "archiver_hint", "blocked", "clients", "databases", "idle", "longest", "pending", "prepared",
        "ready", "room", "seconds",
    )  # fmt: skip

    def __init__(
        self,
        *,
        clients: int = 0,
        room: int = 97,
        longest: float = 0.0,
        idle: float = 0.0,
        blocked: float = 0.0,
        prepared: float = 0.0,
        archiver: str = "off",
        archiver_hint: str = "",
        ready: int | None = None,
        pending: str = "",
        databases: "Sequence[Database]" = (),
        seconds: float = 0.0,
    ) -> None:
        self.clients = clients
        self.room = room
        self.longest = longest
        self.idle = idle
        self.blocked = blocked
        self.prepared = prepared
        self.archiver = archiver
        self.archiver_hint = archiver_hint
        self.ready = ready
        self.pending = pending
        self.databases = list(databases)
        self.seconds = seconds


class Receiver:
    """Replay of a standby. status: of its receiver, such as streaming; "" if it has none.

    lag: seconds since the last transaction that was replayed, 0 if all that was received is replayed. waiting: bytes
    received and not replayed. silent: seconds without a message of the primary. None: not known.
    """

    __slots__ = ("lag", "paused", "silent", "status", "waiting")

    def __init__(
        self,
        status: str,
        *,
        paused: bool = False,
        lag: float | None = 0.0,
        waiting: float | None = 0.0,
        silent: float | None = None,
    ) -> None:
        self.status = status
        self.paused = paused
        self.lag = lag
        self.waiting = waiting
        self.silent = silent


class Replication:
    """Replication of one server. receiver: None on a primary.

    standbys: state and bytes behind of each connected standby by name. slots: status, and bytes of WAL that it keeps
    (None for a slot that lost them or never was used), by name.
    """

    __slots__ = ("receiver", "seconds", "slots", "standbys")

    def __init__(
        self,
        receiver: Receiver | None = None,
        *,
        standbys: "dict[str, tuple[str, float | None]] | None" = None,
        slots: "dict[str, tuple[str, float | None]] | None" = None,
        seconds: float = 0.0,
    ) -> None:
        self.receiver = receiver
        self.standbys = standbys or {}
        self.slots = slots or {}
        self.seconds = seconds


class PostgresqlServers(Source):
    """Sessions with PostgreSQL servers, a new one for each request.

    Every method raises Down where no server answers, it refuses more connections or is still starting, CannotTell where
    the account is rejected or sees too little, BadUsage.
    """

    def state(self, login: ServerLogin, *, sizes: bool = True) -> ServerState:
        """Return the state of a server. sizes: with the size of each database."""
        with Session.open(login, PORT, "postgresql") as session:
            about = _about(session)
            seconds = session.seconds()
            version = about["version"]
            checksums = "s.checksum_failures" if version >= 120_000 else "NULL::bigint"
            statements = {
                "activity": _ACTIVITY,
                "databases": _DATABASES.format(sizes="true" if sizes else "false", checksums=checksums),
                "archiver": _ARCHIVER.format(ready=_READY if version >= 120_000 else "NULL::bigint"),
                "prepared": _PREPARED,
            }
            if version >= 140_000:
                statements["blocked"] = _BLOCKED
            found = session.end_reading(statements)
        return parse_state(
            about,
            found["activity"][0],
            found["blocked"][0] if "blocked" in found else None,
            found["databases"],
            found["archiver"][0],
            found["prepared"][0]["prepared"],
            seconds,
        )

    def replication(self, login: ServerLogin) -> Replication:
        """Return the replication of a primary or a standby."""
        with Session.open(login, PORT, "postgresql") as session:
            about = _about(session)
            seconds = session.seconds()
            status = "wal_status" if about["version"] >= 130_000 else "'reserved'"
            statements = {"standbys": _STANDBYS, "slots": _SLOTS.format(status=status)}
            if about["standby"]:
                statements |= {"standby": _STANDBY, "receivers": _RECEIVER}
            found = session.end_reading(statements)
        standby = found["standby"][0] if about["standby"] else None
        return parse_replication(standby, found.get("receivers", []), found["standbys"], found["slots"], seconds)

    def select(self, login: ServerLogin, query: str, *, most: int) -> "tuple[list[Row], float]":
        """Run one query of the user in a transaction that changes nothing.

        Returns its first rows, at most `most`, and the seconds.
        """
        with Session.open(login, PORT, "postgresql") as session:
            session.begin_reading()
            began = session.seconds()
            rows = session.rows_of_one(query, most)
            return rows, session.seconds() - began


class Pool:
    """One pool of a PgBouncer. waiting: clients without a server. longest: seconds of the first of them."""

    __slots__ = ("longest", "name", "waiting")

    def __init__(self, name: str, *, waiting: int = 0, longest: float = 0.0) -> None:
        self.name = name
        self.waiting = waiting
        self.longest = longest


class PgBouncerState:
    """State of a PgBouncer.

    clients, limit: clients, and max_client_conn. databases: the word serving, paused or disabled by name. servers:
    connections to servers as a percentage of the pool's size, by database.
    """

    __slots__ = ("clients", "databases", "limit", "pools", "seconds", "servers")

    def __init__(
        self,
        *,
        pools: "Sequence[Pool]" = (),
        databases: "dict[str, str] | None" = None,
        servers: "dict[str, float] | None" = None,
        clients: int = 0,
        limit: int = 100,
        seconds: float = 0.0,
    ) -> None:
        self.pools = list(pools)
        self.databases = databases or {}
        self.servers = servers or {}
        self.clients = clients
        self.limit = limit
        self.seconds = seconds


class PgBouncers(Source):
    """Sessions with the administration database of PgBouncers, a new one for each request."""

    def state(self, login: ServerLogin) -> PgBouncerState:
        """Return the state of a PgBouncer. Raises as the methods of PostgresqlServers do."""
        with Session.open(login, PGBOUNCER_PORT, "pgbouncer") as session:
            pools = session.rows("SHOW POOLS")
            seconds = session.seconds()
            return parse_pools(
                pools, session.rows("SHOW DATABASES"), session.rows("SHOW LISTS"), session.rows("SHOW CONFIG"), seconds
            )


def parse_state(
    about: "Row",
    activity: "Row",
    blocked: "Row | None",
    databases: "list[Row]",
    archiver: "Row",
    prepared: float | None,
    seconds: float = 0.0,
) -> ServerState:
    """Return the facts in the rows of the queries. blocked: None on servers before 14."""
    off = about["archive_mode"] == "off" or (about["standby"] and about["archive_mode"] != "always")
    failing = bool(archiver["failing"]) and not off
    return ServerState(
        clients=activity["clients"],
        room=about["room"],
        longest=_seconds(activity["longest"]),
        idle=_seconds(activity["idle"]),
        blocked=_seconds(activity["waiting"] if blocked is None else blocked["blocked"]),
        prepared=_seconds(prepared),
        archiver="off" if off else "failing" if failing else "ok",
        archiver_hint=f"{archiver['last_failed_wal']}, {archiver['failed_count']} failures" if failing else "",
        ready=None if off else archiver["ready"],
        pending=about["pending"] or "",
        databases=[_database(row) for row in databases],
        seconds=seconds,
    )


def parse_replication(
    standby: "Row | None", receivers: "list[Row]", standbys: "list[Row]", slots: "list[Row]", seconds: float = 0.0
) -> Replication:
    """Return the facts in the rows of the queries. standby: None on a primary."""
    receiver = None
    if standby is not None:
        found: Row = receivers[0] if receivers else {"status": "", "silent": None}
        receiver = Receiver(
            found["status"] or "",
            paused=standby["paused"],
            lag=None if standby["lag"] is None else _seconds(standby["lag"]),
            waiting=None if standby["waiting"] is None else max(0.0, standby["waiting"]),
            silent=None if found["silent"] is None else _seconds(found["silent"]),
        )
    return Replication(
        receiver,
        standbys=dict(zip(_names(standbys), ((row["state"], _behind(row["behind"])) for row in standbys), strict=True)),
        slots={row["name"]: (row["status"] or "unused", _behind(row["kept"])) for row in slots},
        seconds=seconds,
    )


def parse_pools(
    pools: "list[Row]", databases: "list[Row]", lists: "list[Row]", config: "list[Row]", seconds: float = 0.0
) -> PgBouncerState:
    """Return the facts in the rows of SHOW POOLS, DATABASES, LISTS and CONFIG."""
    own = "pgbouncer"
    counts = {row["list"]: int(row["items"]) for row in lists}
    settings = {row["key"]: row["value"] for row in config}
    words, servers = {}, {}
    for row in databases:
        if row["name"] != own:
            words[row["name"]] = "disabled" if int(row["disabled"]) else "paused" if int(row["paused"]) else "serving"
            size = int(row["pool_size"])
            if size > 0:
                servers[row["name"]] = round(100 * int(row["current_connections"]) / size, 2)
    return PgBouncerState(
        pools=[
            Pool(
                f"{row['database']}/{row['user']}",
                waiting=int(row["cl_waiting"]),
                longest=int(row["maxwait"]) + int(row["maxwait_us"]) / 1e6,
            )
            for row in pools
            if row["database"] != own
        ],
        databases=words,
        servers=servers,
        clients=counts["used_clients"],
        limit=int(settings["max_client_conn"]),
        seconds=seconds,
    )


def _about(session: Session) -> "Row":
    """Begin reading and return facts about the server.

    Raises CannotTell for an account that would see empty columns without an error.
    """
    about = session.begin_reading(_ABOUT)[0]
    if not about["monitor"]:
        account = clean(about["account"], 100)
        raise CannotTell(f"{session.target}: the role {account} sees too little: GRANT pg_monitor TO {account}")
    return about


def _database(row: "Row") -> Database:
    counters = {name: row[name] for name in ("commits", "rollbacks", "hits", "reads", "temp", "deadlocks")}
    return Database(
        row["name"],
        used=row["used"],
        wraparound=round(100 * max(row["xids"], row["mxids"]) / _NUMBERS, 2),
        size=row["size"],
        counters={name: float(value or 0) for name, value in counters.items()},
        checksums=row["checksums"],
    )


def _names(standbys: "list[Row]") -> list[str]:
    """Return a name for each standby: that of its application, with its address or number where two share it."""
    names: list[str] = []
    plain = [row["name"] or "unnamed" for row in standbys]
    for row, name in zip(standbys, plain, strict=True):
        if plain.count(name) > 1:
            name = f"{name}@{row['address'] or 'local'}"
        number = 2
        unique = name
        while unique in names:
            unique = f"{name}#{number}"
            number += 1
        names.append(unique)
    return names


def _seconds(value: float | None) -> float:
    return max(0.0, round(value or 0.0, 3))


def _behind(value: float | None) -> float | None:
    return None if value is None else max(0.0, value)
