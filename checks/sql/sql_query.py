"""Numbers that a query returns, such as orders without an invoice."""

from checks.mysql.source import MysqlServers
from checks.postgresql.source import PostgresqlServers
from checks.sql.source import QueryFiles
from checkwright import BadUsage, CannotTell, Literal, Metrics, gauge, option, uses
from checkwright.sources.server_check import ServerCheck

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DATABASES = {"postgresql": "postgres", "mysql": ""}
_HOSTS = {"postgresql": "/var/run/postgresql", "mysql": "/run/mysqld/mysqld.sock"}
_MOST_ROWS = 200


class SqlQuery(ServerCheck):
    """Values of one query on PostgreSQL or MySQL, with a threshold for each.

        check sql_query --engine postgresql -d shop --value-critical 0 \
            --query "SELECT count(*) FROM orders WHERE invoice IS NULL AND paid < now() - interval '1 hour'"

    A query returns one column, the value, in one row. Or it returns two columns: the first is a label, and each row is
    a value of its own: `SELECT state, count(*) FROM orders GROUP BY state` with `--value-critical failed=10`. It may
    return at most 200 rows. The server sends at most one row more, so a forgotten WHERE harms neither side.

    The query runs in a read-only transaction, and the server cancels it when the check's time is over. Text that
    contains a second statement is refused. The check prints only labels and numbers, and only the code of an error that
    may repeat rows.

    NULL is a missing value, which is UNKNOWN. So are a result without rows, a value that is not a number, a query that
    fails, and a rejected login. No answer is CRITICAL, and so is a server that lacks connections, disk space or memory
    for the query.

    `value` has no default limit, because only you know the right one: a watch must set it. `time` 1/5 s is the duration
    of the query alone.

    Account: a role with SELECT on the tables or views of the query, and nothing else:

        CREATE ROLE nagios LOGIN; GRANT SELECT ON unpaid_orders TO nagios;

    Tested with PostgreSQL 15.18 and MariaDB 10.11.19. It needs the extra of its engine, `postgresql` or `mysql`.
    """

    thread_safe = True

    postgresql = uses(PostgresqlServers)
    mysql = uses(MysqlServers)
    files = uses(QueryFiles)

    host: str = option(
        "Server, HOST[:PORT] or the path of its socket; by default the local socket", flags="-H --host", default=""
    )
    user: str = option("Account to log in with; by default the user that runs the check", flags="-u --user", default="")
    engine: Literal["postgresql", "mysql"] = option("Kind of server", default="postgresql")
    database: str = option("Database to connect to", flags="-d --database", default="")
    query: str = option("Query", flags="-q --query", default="", example="SELECT count(*) FROM unpaid_orders")
    query_file: str = option("File that holds the query", flags="-f --query-file", default="")

    value = gauge("Value", threshold_required=True)
    rows = gauge("Rows", min=0)
    time = gauge("Query time", "s", warn=1, crit=5)

    def validate(self) -> None:
        self.validate_tls()
        if "host" in self.explicit and not self.host:
            raise BadUsage("--host is empty: give HOST[:PORT] or the path of a socket")
        if bool(self.query) == bool(self.query_file):
            raise BadUsage("give either --query or --query-file")

    def probe(self) -> Metrics:
        query = self.files.read(self.query_file) if self.query_file else self.query
        rows, seconds = self._select(query)
        yield self.time(seconds)
        yield self.rows(len(rows))
        for label, value in _values(rows).items():
            yield self.value(value, of=label)

    def _select(self, query: str) -> "tuple[list[dict[str, Any]], float]":
        login = self.login(self.database or _DATABASES[self.engine], self.host or _HOSTS[self.engine])
        servers = self.mysql if self.engine == "mysql" else self.postgresql
        return servers.select(login, query, most=_MOST_ROWS + 1)


def _values(rows: "list[dict[str, Any]]") -> "dict[str, float | None]":
    """Return the value of each row by its label, "" without one. Raises CannotTell."""
    if not rows:
        raise CannotTell("the query returns no row: let it return a number, as count(*) and coalesce(..., 0) do")
    if len(rows) > _MOST_ROWS:
        raise CannotTell(f"the query returns more than {_MOST_ROWS} rows: group them, or add a WHERE")
    found: dict[str, float | None] = {}
    for number, row in enumerate(rows, 1):
        columns = list(row.values())
        if len(columns) > 2:
            raise CannotTell(f"the query returns {len(columns)} columns: return a value, or a label and a value")
        if len(columns) == 1 and len(rows) > 1:
            raise CannotTell(f"the query returns {len(rows)} rows without labels: make the first column a label")
        label = "" if len(columns) == 1 else str(columns[0])
        if label in found:
            raise CannotTell(f"row {number} of the query has the label of an earlier row: group by the label")
        found[label] = _number(columns[-1], number)
    return found


def _number(value: object, row: int) -> float | None:
    from numbers import Real

    if value is None or isinstance(value, Real):
        return None if value is None else float(value)
    if type(value).__name__ == "Decimal":
        return float(str(value))
    raise CannotTell(f"the value in row {row} of the query is no number: it is {type(value).__name__}")
