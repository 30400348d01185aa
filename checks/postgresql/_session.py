"""Sessions with servers that speak PostgreSQL's protocol. pg8000 speaks it, on sockets that keep the run's deadline."""

import os
import time

from checkwright.core.current import doing
from checkwright.core.errors import CannotTell, CheckError, Down
from checkwright.core.text import clean
from checkwright.net import connect
from checkwright.sources.server_login import ServerLogin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Any, Self

    from checkwright.net.deadline import Deadline, DeadlineSocket
    from checkwright.net.deadline_tls import DeadlineSSLSocket

    Row = dict[str, Any]

#: Classes of SQLSTATE that concern the server's health. All others concern the account or the statement.
_HEALTH = ("08", "53", "57", "58", "F0", "XX", "?")
#: PgBouncer has one SQLSTATE for everything, and these words for a login that it rejects.
_PGBOUNCER_REFUSALS = ("authentication failed", "no such user", "not allowed", "no such database", "login rejected")
#: Classes whose messages repeat no values of rows: names and text of the statement at most.
_SHOWN = (*_HEALTH, "0A", "21", "25", "28", "2B", "3D", "3F", "40", "42", "54", "55")
#: First words of statements that a cursor can run, and what may stand in front of them.
_WITH_CURSOR = ("select", "with", "values", "table")
_BLANKS = " \t\r\n\f\v("
#: Function of the server that enforces the limit of connections of one role.
_ROLE_LIMIT = "InitializeSessionUserId"


class Session:
    """Open session. target: the server, for errors. began: time.perf_counter() before the connection."""

    def __init__(self, connection: "Any", target: str, deadline: "Deadline", began: float) -> None:
        self.target = target
        self.began = began
        self._in_transaction = False
        self._connection = connection
        self._deadline = deadline

    @classmethod
    def open(cls, login: ServerLogin, port: int, kind: str) -> "Session":
        """Connect and log in. kind: the kind of server, for errors. Raises Down, CannotTell, BadUsage."""
        native = _pg8000("native")
        # Never None: pg8000 fails on a server that requests a password.
        password = "" if login.password is None else login.password.value()
        user = login.user or _own_name()
        began = time.perf_counter()  # after the import, which takes longer than the server
        sock, target, deadline = _connect(login, port, kind)
        try:
            connection = native.Connection(
                user,
                host=None,
                database=login.database or None,
                password=password,
                sock=sock,
                ssl_context=False,  # TLS is done above: by default pg8000 loads every authority
                application_name=None if kind == "pgbouncer" else "checkwright",
            )
        except Exception as error:
            sock.close()
            raise _problem(error, target, deadline, "logging in") from None
        return cls(connection, target, deadline, began)

    def rows(self, statement: str) -> "list[Row]":
        """Run a statement, or several without a result and a last one, and return the rows of the last one."""
        return self._run("execute_simple", statement)

    def rows_of_one(self, statement: str, most: int) -> "list[Row]":
        """Run exactly one statement and return its first rows: the server refuses text that holds a second one.

        A cursor lets the server send `most` rows. Statements that have none, such as SHOW, return few rows anyway.
        """
        if not _has_cursor(statement):
            return self._run("execute_unnamed", statement)[:most]
        # By default a cursor is planned for its first rows, which may take far longer for all of them.
        self.rows("SET LOCAL cursor_tuple_fraction = 1")
        self._run("execute_unnamed", f"DECLARE checkwright NO SCROLL CURSOR FOR {statement}")
        return self.rows(f"FETCH FORWARD {most:d} FROM checkwright")

    def begin_reading(self, first: str = "") -> "list[Row]":
        """Begin a transaction that changes nothing, and whose statements end when the run's time is over.

        first: a statement to send along. Returns its rows.
        """
        milliseconds = max(1, int(1000 * self._deadline.left()))
        rows = self.rows(f"BEGIN READ ONLY; SET LOCAL statement_timeout = {milliseconds}; {first}")
        self._in_transaction = True
        return rows

    def end_reading(self, statements: "Mapping[str, str]") -> "dict[str, list[Row]]":
        """Run queries in one round trip, end the transaction, and return the rows of each query by its name."""
        parts = (
            f"(SELECT coalesce(json_agg(found), '[]') FROM ({statement}) AS found) AS {name}"  # noqa: S608 - our text
            for name, statement in statements.items()
        )
        rows = self.rows(f"SELECT {', '.join(parts)}; COMMIT")
        self._in_transaction = False
        return rows[0]

    def seconds(self) -> float:
        """Return the time since the connection attempt."""
        return time.perf_counter() - self.began

    def _run(self, method: str, statement: str) -> "list[Row]":
        doing(self.target)
        try:
            found = getattr(self._connection, method)(statement)
        except Exception as error:
            raise _problem(error, self.target, self._deadline, "a query") from None
        names: list[str] = []
        for column in found.columns or ():  # two columns may have the same name
            name = column["name"]
            names.append(f"{name} {len(names) + 1}" if name in names else name)
        return [dict(zip(names, row, strict=True)) for row in found.rows or ()]

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self, kind: "type[BaseException] | None", error: BaseException | None, traceback: "TracebackType | None"
    ) -> None:
        from contextlib import suppress

        with suppress(_pg8000("exceptions").Error, OSError):
            if self._in_transaction and error is None:
                self._connection.execute_simple("COMMIT")  # an end without it counts as a rollback
            self._connection.close()


def _has_cursor(statement: str) -> bool:
    """Return True for a statement that a cursor can run. Comments before its first word are left out."""
    rest = statement.lstrip(_BLANKS)
    while rest.startswith(("--", "/*")):
        rest = rest.partition("\n" if rest.startswith("--") else "*/")[2].lstrip(_BLANKS)
    return rest.lower().startswith(_WITH_CURSOR)


def _pg8000(module: str) -> "Any":
    """Return a module of pg8000, which has no types: an import statement would be a finding in each project's lint."""
    from importlib import import_module

    return import_module(f"pg8000.{module}")


def _own_name() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise CannotTell(f"the user {os.geteuid()} has no name here: give --user") from None


def _connect(login: ServerLogin, port: int, kind: str) -> "tuple[DeadlineSocket | DeadlineSSLSocket, str, Deadline]":
    from checkwright.net.deadline import Deadline

    if login.host.startswith("/"):
        path = os.path.join(login.host, f".s.PGSQL.{port}") if os.path.isdir(login.host) else login.host
        target = f"{kind} {clean(path, 200)}"
        doing(target)
        deadline = Deadline()
        return connect.connect_unix(path, target, deadline), target, deadline
    host, number = connect.split_host_port(login.host, port, kind)
    target = f"{kind} {connect.join_host_port(host, number)}"
    doing(target)
    if login.tls is None:
        deadline = Deadline()
        return connect.connect(host, number, target, deadline).sock, target, deadline
    from checkwright.net.handshake import connect_tls

    return connect_tls(host, number, target, login.tls, starttls="postgres")


def _problem(error: Exception, target: str, deadline: "Deadline", during: str) -> CheckError:
    """Return the CheckError for an exception of pg8000. The cause is often hidden behind `network error`."""
    exceptions = _pg8000("exceptions")
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    for found in chain:
        if isinstance(found, exceptions.DatabaseError) and found.args and isinstance(found.args[0], dict):
            return refusal(found.args[0], target, during)
    for found in chain:
        if isinstance(found, CheckError):
            return found
        if isinstance(found, OSError):
            return connect.failure(found, target, deadline)
    if isinstance(error, exceptions.InterfaceError) and str(error) == "network error":
        return Down(f"{target}: it closed the connection during {during}")
    reason = f"{type(error).__name__}: {clean(error, 150)}"
    return Down(f"{target}: its answer cannot be read, as of another kind of server ({reason})")


def refusal(fields: "dict[str, str]", target: str, during: str) -> CheckError:
    """Return the CheckError for an error of the server.

    fields: `C` is the SQLSTATE, `M` the message, `R` the function of the server that reports it.
    """
    code, message = fields.get("C", "?"), clean(fields.get("M", ""), 200)
    if code[:2] not in _SHOWN:
        return CannotTell(f"{target}: {during} fails with SQLSTATE {code}")
    text = f"{target}: {message} (SQLSTATE {code})"
    if code == "57014":
        return Down(f"{target}: {during} took longer than the check may wait")
    # The limit of a role turns away this check alone, with the code of a server that is full.
    ours = code == "53300" and fields.get("R") == _ROLE_LIMIT
    if ours or code[:2] not in _HEALTH or any(words in message for words in _PGBOUNCER_REFUSALS):
        return CannotTell(text)
    return Down(text)
