"""Sessions with MySQL and MariaDB. PyMySQL speaks the protocol, on sockets that keep the run's deadline."""

import os
import time

from checkwright.core.current import doing
from checkwright.core.errors import CannotTell, CheckError, Down
from checkwright.core.text import clean
from checkwright.net import connect
from checkwright.sources.server_login import ServerLogin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Self

    from checkwright.net.deadline import Deadline
    from checkwright.net.tls_context import TlsContexts, TlsOptions

    Row = dict[str, Any]

PORT = 3306
#: Errors of the account, of the statement, or of the limits of the account.
_ACCOUNT = {1044, 1045, 1046, 1049, 1054, 1064, 1115, 1129, 1130, 1142, 1143, 1146, 1203, 1226, 1227, 1251, 1290, 1370}
_ACCOUNT |= {1524, 1690, 1698, 1792, 1862, 2059, 2061, 3118, 3159}
#: Errors of a statement whose messages name columns, tables and functions, and nothing of a row.
_STATEMENT = {1052, 1055, 1060, 1066, 1109, 1111, 1120, 1140, 1149, 1222, 1241, 1242, 1247, 1248, 1305, 1356, 1583}
_STATEMENT |= {1584, 1630}
#: Errors of the server's health: disk, memory, threads, damaged tables, shutdown, a Galera node without a quorum.
_HEALTH = {1016, 1021, 1023, 1024, 1026, 1030, 1033, 1034, 1035, 1037, 1038, 1040, 1041, 1043, 1047, 1053, 1077}
_HEALTH |= {1114, 1135, 1158, 1159, 1160, 1161, 1180, 1189, 1194, 1195, 1205, 1206, 1712, 1812, 1815, 1927, 3032, 3168}
_HEALTH |= {3169}
_CLIENT = range(2000, 3000)
#: Errors whose messages may repeat values of rows.
_REPEATS_ROWS = frozenset([1062, 1105, 1264, 1292, 1366, 1406, 1411, 1582, 1690, 3140])
_TIME_IS_OVER = frozenset([1317, 1969, 3024])
_LOGIN = "logging in"
_contexts: "list[TlsContexts]" = []


class MysqlSession:
    """Open session. target: the server, for errors. mariadb: it is a MariaDB. version: its number, as (10, 11)."""

    def __init__(self, connection: "Any", target: str, deadline: "Deadline", began: float) -> None:
        self.target = target
        self._connection = connection
        self._deadline = deadline
        self._began = began
        name = str(connection.get_server_info())
        self.mariadb = "mariadb" in name.lower()
        numbers = name.removeprefix("5.5.5-").split(".")
        self.version = tuple(int(part) if part.isdecimal() else 0 for part in numbers[:2])

    @classmethod
    def open(cls, login: ServerLogin) -> "MysqlSession":
        """Connect and log in. Raises Down, CannotTell, BadUsage."""
        pymysql = _pymysql()
        password = "" if login.password is None else login.password.value()
        tls = {"ssl_disabled": True} if login.tls is None else {"ssl": _context(login.tls)}
        user = login.user or _own_name()
        began = time.perf_counter()  # after the import, which takes longer than the server
        from checkwright.net.deadline import Deadline

        if login.host.startswith("/"):
            target = f"mysql {clean(login.host, 200)}"
            doing(target)
            deadline = Deadline()
            host, sock = "localhost", connect.connect_unix(login.host, target, deadline)
        else:
            host, number = connect.split_host_port(login.host, PORT, "mysql")
            target = f"mysql {connect.join_host_port(host, number)}"
            doing(target)
            deadline = Deadline()
            sock = connect.connect(host, number, target, deadline).sock
        connection: Any = pymysql.Connection(
            host=host,
            user=user,
            password=password,
            database=login.database or None,
            charset="utf8mb4",
            autocommit=True,
            defer_connect=True,
            program_name="checkwright",
            **tls,
        )
        if login.tls is not None:
            connection.ctx = _Handshake(connection.ctx, deadline)
        try:
            connection.connect(sock)
        except Exception as error:
            sock.close()
            raise _problem(error, target, deadline, _LOGIN) from None
        return cls(connection, target, deadline, began)

    def rows(self, statement: str, most: int = 0) -> "list[Row]":
        """Run one statement and return its rows. The server refuses text that holds a second one.

        most: the number of rows to keep, 0 for all. Further ones are read and dropped one by one, since the protocol
        has no way to end an answer: let the server send few of them.
        """
        doing(self.target)
        cursors = _pymysql("cursors")
        try:
            with self._connection.cursor(cursors.SSDictCursor if most else cursors.DictCursor) as cursor:
                cursor.execute(statement)
                return list(cursor.fetchmany(most) if most else cursor.fetchall())
        except Exception as error:
            raise _problem(error, self.target, self._deadline, "a query") from None

    def begin_reading(self) -> None:
        """Begin a transaction that changes nothing, and whose statements end when the run's time is over."""
        seconds = self._deadline.left()
        if self.mariadb:
            self.rows(f"SET SESSION max_statement_time = {seconds:.3f}")
        else:
            self.rows(f"SET SESSION max_execution_time = {max(1, int(1000 * seconds))}")
        self.rows("START TRANSACTION READ ONLY")

    def seconds(self) -> float:
        """Return the time since the connection attempt."""
        return time.perf_counter() - self._began

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self, kind: "type[BaseException] | None", error: BaseException | None, traceback: "TracebackType | None"
    ) -> None:
        from contextlib import suppress

        with suppress(_pymysql("err").Error, OSError):
            self._connection.close()


class _Handshake:
    """TLS context for PyMySQL whose sockets keep the deadline. PyMySQL itself removes every timeout."""

    def __init__(self, context: "Any", deadline: "Deadline") -> None:
        self._context = context
        self._deadline = deadline

    def wrap_socket(self, sock: "Any", server_hostname: str) -> "Any":
        sock.settimeout(self._deadline.left())
        secure = self._context.wrap_socket(sock, server_hostname=server_hostname)
        secure.deadline = self._deadline
        return secure


def _pymysql(module: str = "") -> "Any":
    """Return PyMySQL or a module of it. It has no types: an import statement would be a finding in projects' lint."""
    from importlib import import_module

    return import_module(f"pymysql.{module}" if module else "pymysql")


def _own_name() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise CannotTell(f"the user {os.geteuid()} has no name here: give --user") from None


def _context(options: "TlsOptions") -> "Any":
    """Return the TLS context. Without one of our own PyMySQL would load every authority at each connection."""
    from checkwright.net.tls_context import TlsContexts

    if not _contexts:
        _contexts.append(TlsContexts())
    return _contexts[0].get(options)


def _problem(error: Exception, target: str, deadline: "Deadline", during: str) -> CheckError:
    """Return the CheckError for an exception of PyMySQL. An error of the socket is often hidden in it."""
    cause: BaseException | None = error
    seen: list[BaseException] = []
    while cause is not None and cause not in seen:
        seen.append(cause)
        if isinstance(cause, CheckError):
            return cause
        if isinstance(cause, OSError):
            return connect.failure(cause, target, deadline)
        hidden = getattr(cause, "original_exception", None)
        cause = hidden if isinstance(hidden, BaseException) else cause.__cause__ or cause.__context__
    if isinstance(error, _pymysql("err").Error) and len(error.args) == 2 and isinstance(error.args[0], int):
        return mysql_refusal(error.args[0], str(error.args[1]), target, during)
    text = clean(error, 150)
    if isinstance(error, RuntimeError) and "cryptography" in text:
        return CannotTell(f"{target}: its login needs TLS, or the package cryptography: {text}")
    return Down(f"{target}: its answer cannot be read, as of another kind of server ({type(error).__name__}: {text})")


def mysql_refusal(code: int, message: str, target: str, during: str) -> CheckError:
    """Return the CheckError for an error of the server, by its number.

    A login that fails for an unknown reason fails for customers too. A query of the check that does may be wrong.
    """
    if code in _TIME_IS_OVER:
        return Down(f"{target}: {during} took longer than the check may wait")
    if code in _REPEATS_ROWS and during != _LOGIN:
        return CannotTell(f"{target}: {during} fails with error {code}")
    text = f"{target}: {clean(message, 200)} (error {code})"
    if code == 2013:
        return Down(f"{target}: it closed the connection during {during}")
    if code in _ACCOUNT or code in _STATEMENT:
        return CannotTell(text)
    if during == _LOGIN or code in _HEALTH or code in _CLIENT:
        return Down(text)
    return CannotTell(f"{target}: {during} fails with error {code}")
