"""State and replication of MySQL and MariaDB servers, read with SQL by PyMySQL."""

from checks.mysql._mysql_session import MysqlSession
from checkwright.core.text import clean
from checkwright.sources import BadUsage, CannotTell, Source
from checkwright.sources.server_login import ServerLogin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    Row = dict[str, Any]

REQUIRES = "pymysql"

#: Names of SHOW GLOBAL STATUS: few of them, since the whole answer costs the server several times as much.
_STATUS = (
    "Threads_connected", "Threads_running", "Connection_errors_max_connections", "Innodb_history_list_length",
    "Innodb_deadlocks", "Innodb_row_lock_time", "Innodb_buffer_pool_read_requests", "Innodb_buffer_pool_reads",
    "Aborted_clients", "Slow_queries", "Questions", "Uptime", "wsrep_provider_name", "wsrep_local_state_comment",
    "wsrep_cluster_size", "wsrep_cluster_status",
)  # fmt: skip
_VARIABLES = ("max_connections", "read_only", "super_read_only")
_LONGEST = (
    "SELECT COALESCE(TIMESTAMPDIFF(SECOND, MIN(trx_started), NOW()), 0) AS age FROM information_schema.innodb_trx"
)
_METRICS = (
    "SELECT NAME AS name, COUNT AS count FROM information_schema.innodb_metrics "
    "WHERE NAME IN ('trx_rseg_history_len', 'lock_deadlocks')"
)


class MysqlState:
    """State of one server.

    status, variables: values of SHOW GLOBAL STATUS and VARIABLES by name in lower case. longest: seconds of the oldest
    transaction. seconds: from the connection to the first answer.
    """

    __slots__ = ("longest", "seconds", "status", "variables")

    def __init__(
        self,
        status: "Mapping[str, str]",
        variables: "Mapping[str, str]",
        *,
        longest: float = 0.0,
        seconds: float = 0.0,
    ) -> None:
        self.status = {name.lower(): value for name, value in status.items()}
        self.variables = {name.lower(): value for name, value in variables.items()}
        self.longest = longest
        self.seconds = seconds

    def number(self, name: str) -> float | None:
        """Return a value of the status as a number, None if the server does not have it."""
        text = self.status.get(name, "")
        return float(text) if text.replace(".", "", 1).isdecimal() else None


class Replica:
    """One channel of a replica.

    io, sql: running, connecting or stopped. lag: seconds, None if replication does not run. delay: seconds that it
    keeps on purpose. io_error, sql_error: numbers of the last errors, 0 for none.
    """

    __slots__ = ("delay", "io", "io_error", "lag", "name", "source", "sql", "sql_error")

    def __init__(
        self,
        name: str,
        *,
        io: str = "running",
        sql: str = "running",
        lag: float | None = 0.0,
        delay: float = 0.0,
        io_error: int = 0,
        sql_error: int = 0,
        source: str = "",
    ) -> None:
        self.name = name
        self.io = io
        self.sql = sql
        self.lag = lag
        self.delay = delay
        self.io_error = io_error
        self.sql_error = sql_error
        self.source = source


class MysqlReplication:
    """Replication of one server: its channels, empty on a server that is no replica.

    heartbeat: age of the newest row of the heartbeat table in seconds, None if it was not requested.
    """

    __slots__ = ("heartbeat", "replicas", "seconds")

    def __init__(
        self, replicas: "Sequence[Replica]" = (), *, heartbeat: float | None = None, seconds: float = 0.0
    ) -> None:
        self.replicas = list(replicas)
        self.heartbeat = heartbeat
        self.seconds = seconds


class MysqlServers(Source):
    """Sessions with MySQL and MariaDB servers, a new one for each request.

    Every method raises Down if no server answers or it has too many connections, CannotTell if the account is
    rejected or lacks a privilege, BadUsage.
    """

    def state(self, login: ServerLogin) -> MysqlState:
        """Return the state of a server."""
        with MysqlSession.open(login) as session:
            session.begin_reading()
            status = _table(session, "STATUS", _STATUS)
            seconds = session.seconds()
            longest = session.rows(_LONGEST)[0]["age"]
            missing = {"innodb_history_list_length", "innodb_deadlocks"} - status.keys()
            if missing:  # MySQL has them elsewhere
                names = {"trx_rseg_history_len": "innodb_history_list_length", "lock_deadlocks": "innodb_deadlocks"}
                for row in session.rows(_METRICS):
                    status.setdefault(names[row["name"].lower()], str(row["count"]))
            return MysqlState(status, _table(session, "VARIABLES", _VARIABLES), longest=float(longest), seconds=seconds)

    def replication(self, login: ServerLogin, *, heartbeat: str = "", utc: bool = False) -> MysqlReplication:
        """Return the replication of a server. heartbeat: `DATABASE.TABLE` of pt-heartbeat. utc: its times are UTC."""
        with MysqlSession.open(login) as session:
            session.begin_reading()
            rows = session.rows(_replica_statement(session))
            seconds = session.seconds()
            age = _heartbeat(session, heartbeat, utc) if heartbeat else None
            return MysqlReplication([parse_replica(row) for row in rows], heartbeat=age, seconds=seconds)

    def select(self, login: ServerLogin, query: str, *, most: int) -> "tuple[list[Row], float]":
        """Run one query of the user in a transaction that changes nothing.

        Returns its first rows, at most `most`, and the seconds.
        """
        with MysqlSession.open(login) as session:
            session.begin_reading()
            session.rows(f"SET SESSION sql_select_limit = {most:d}")
            began = session.seconds()
            rows = session.rows(query, most)
            return rows, session.seconds() - began


def parse_replica(row: "Row") -> Replica:
    """Return the facts of a row of SHOW SLAVE STATUS or SHOW REPLICA STATUS. Raises CannotTell for a missing column."""

    def value(*names: str) -> "Any":
        for name in names:
            if name in row:
                return row[name]
        raise CannotTell(f"the server's replica status has no column {names[0]}")

    lag = value("Seconds_Behind_Master", "Seconds_Behind_Source")
    return Replica(
        str(row.get("Connection_name") or row.get("Channel_Name") or ""),
        io=_thread(value("Slave_IO_Running", "Replica_IO_Running")),
        sql=_thread(value("Slave_SQL_Running", "Replica_SQL_Running")),
        lag=None if lag is None or lag == "NULL" else float(lag),
        delay=float(row.get("SQL_Delay") or 0),
        io_error=int(row.get("Last_IO_Errno") or 0),
        sql_error=int(row.get("Last_SQL_Errno") or 0),
        source=str(row.get("Master_Host") or row.get("Source_Host") or ""),
    )


def quoted(table: str) -> str:
    """Return `DATABASE.TABLE` in the server's quotes. Raises BadUsage."""
    parts = table.split(".")
    if len(parts) != 2 or not all(part and part.replace("_", "a").replace("$", "a").isalnum() for part in parts):
        raise BadUsage(f"--heartbeat-table: {clean(table, 100)!r} is not DATABASE.TABLE")
    return ".".join(f"`{part}`" for part in parts)


def _thread(word: str) -> str:
    return {"Yes": "running", "No": "stopped"}.get(word, "connecting")


def _table(session: MysqlSession, kind: str, names: "Sequence[str]") -> dict[str, str]:
    listed = ", ".join(f"'{name}'" for name in names)
    rows = session.rows(f"SHOW GLOBAL {kind} WHERE Variable_name IN ({listed})")
    return {str(row["Variable_name"]).lower(): str(row["Value"]) for row in rows}


def _replica_statement(session: MysqlSession) -> str:
    if session.mariadb:
        return "SHOW ALL SLAVES STATUS"
    return "SHOW REPLICA STATUS" if session.version >= (8, 0) else "SHOW SLAVE STATUS"


def _heartbeat(session: MysqlSession, table: str, utc: bool) -> float:
    now = "UTC_TIMESTAMP(6)" if utc else "NOW(6)"
    query = f"SELECT TIMESTAMPDIFF(MICROSECOND, MAX(ts), {now}) AS age FROM {quoted(table)}"  # noqa: S608 - quoted
    age = session.rows(query)[0]["age"]
    if age is None:
        raise CannotTell(f"{session.target}: the heartbeat table {clean(table, 100)} has no row with a time")
    return max(0.0, round(float(age) / 1e6, 3))
