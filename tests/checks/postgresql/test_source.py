"""Parsers on recorded answers, and sessions with servers that are none or refuse."""

import socket
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from checks.postgresql._session import refusal
from checks.postgresql.source import PostgresqlServers, parse_pools, parse_replication, parse_state
from checkwright.core.errors import CannotTell, Down
from checkwright.core.secret import Secret
from checkwright.net.tls_context import TlsOptions
from checkwright.sources.server_login import ServerLogin
from tests.support.current_run import current_run
from tests.support.ports import closed_port
from tests.support.postgresql import Postgresql, give
from tests.support.servers import raw_server

RECORDED = Path(__file__).with_name("recorded")


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of a recorded answer of psql."""
    head, *rows = (RECORDED / f"{name}-1.18.txt").read_text(encoding="utf-8").split("\n")
    return [dict(zip(head.split("|"), row.split("|"), strict=True)) for row in rows if "|" in row]


def test_recorded_pools_are_parsed() -> None:
    lists = [{"list": "used_clients", "items": "5"}]
    config = [{"key": "max_client_conn", "value": "100"}]
    state = parse_pools(table("show-pools-waiting"), table("show-databases"), lists, config)
    assert [(pool.name, pool.waiting, pool.longest) for pool in state.pools] == [("shop/plain", 3, 2.031932)]
    assert (state.databases["shop"], state.servers["gone"], state.clients, state.limit) == ("serving", 0, 5, 100)


ABOUT = {"version": 150_018, "standby": False, "monitor": True, "room": 97, "pending": None, "archive_mode": "off"}
IDLE = {"clients": 1, "longest": None, "idle": None, "waiting": 12.0}
ARCHIVER = {"failing": True, "failed_count": 7, "last_failed_wal": "0000A", "ready": 4}


def test_empty_columns_are_zero() -> None:
    state = parse_state(ABOUT, IDLE, {"blocked": None}, [], ARCHIVER, None)
    assert (state.longest, state.idle, state.blocked, state.prepared, state.pending) == (0, 0, 0, 0, "")
    assert (state.archiver, state.ready) == ("off", None)


def test_servers_before_14_wait_since_the_start_of_the_statement() -> None:
    assert parse_state(ABOUT, IDLE, None, [], ARCHIVER, None).blocked == 12


@pytest.mark.parametrize(
    ("mode", "standby", "word"), [("on", False, "failing"), ("on", True, "off"), ("always", True, "failing")]
)
def test_archiver_of_a_standby(mode: str, standby: bool, word: str) -> None:
    state = parse_state(ABOUT | {"archive_mode": mode, "standby": standby}, IDLE, None, [], ARCHIVER, None)
    assert (state.archiver, bool(state.archiver_hint)) == (word, word == "failing")


def test_wraparound_is_that_of_the_older_counter() -> None:
    counters = dict.fromkeys(("commits", "rollbacks", "hits", "reads", "temp", "deadlocks"), None)
    row = {"name": "a", "used": True, "xids": 1, "mxids": 1 << 30, "size": None, "checksums": None, **counters}
    (database,) = parse_state(ABOUT, IDLE, None, [row], ARCHIVER, None).databases
    assert (database.wraparound, database.counters["temp"]) == (50, 0)


def test_standbys_of_one_name_have_different_items() -> None:
    row = {"state": "streaming", "behind": None}
    rows = [
        row | {"name": "b", "address": None},
        row | {"name": "walreceiver", "address": "10.0.0.1"},
        row | {"name": "walreceiver", "address": "10.0.0.1"},
        row | {"name": "", "address": None},
    ]
    found = parse_replication(None, [], rows, [])
    assert list(found.standbys) == ["b", "walreceiver@10.0.0.1", "walreceiver@10.0.0.1#2", "unnamed"]


def test_standby_without_receiver() -> None:
    found = parse_replication({"paused": False, "waiting": None, "lag": None}, [], [], [])
    assert found.receiver is not None
    assert (found.receiver.status, found.receiver.lag, found.receiver.silent) == ("", None, None)


ERRORS = {
    "28P01": CannotTell, "28000": CannotTell, "3D000": CannotTell, "42501": CannotTell, "22P02": CannotTell,
    "21000": CannotTell, "40001": CannotTell, "54001": CannotTell, "55P03": CannotTell, "P0001": CannotTell,
    "38000": CannotTell, "44000": CannotTell, "72Z01": CannotTell,
    "53300": Down, "57P03": Down, "57P01": Down, "XX000": Down, "57014": Down, "08P01": Down, "58030": Down,
}  # fmt: skip


@pytest.mark.parametrize(("code", "error"), ERRORS.items())
def test_errors_of_the_account_are_unknown_and_others_down(code: str, error: type[Exception]) -> None:
    found = refusal({"C": code, "M": 'invalid input: "Anna Muster"'}, "postgresql db", "a query")
    assert type(found) is error
    assert ("Anna" in str(found)) == (code not in ("22P02", "57014", "P0001", "38000", "44000", "72Z01"))


def test_limit_of_the_role_is_not_that_of_the_server() -> None:
    fields = {"C": "53300", "M": "zu viele Verbindungen für Rolle »nagios«"}
    assert isinstance(refusal(fields | {"R": "InitializeSessionUserId"}, "postgresql db", "logging in"), CannotTell)
    assert isinstance(refusal(fields | {"R": "InitProcess"}, "postgresql db", "logging in"), Down)


def failing(code: str, message: str) -> bytes:
    fields = b"".join(key + value.encode() + b"\0" for key, value in ((b"S", "FATAL"), (b"C", code), (b"M", message)))
    return b"E" + struct.pack("!i", len(fields) + 5) + fields + b"\0"


def answer_with(data: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        connection.recv(1_000)
        connection.sendall(data)

    return talk


WRONG = {
    "a starting server": (failing("57P03", "the database system is starting up"), "the database system is starting up"),
    "a web server": (b"HTTP/1.1 400 Bad Request\r\n\r\n", "it closed the connection during logging in"),
    "an unknown message": (b"?\0\0\0\4", "its answer cannot be read, as of another kind of server (KeyError"),
    "silence": (b"", "it closed the connection during logging in"),
    "half a message": (b"R\0\0", "it closed the connection during logging in"),
}


@pytest.mark.parametrize(("data", "why"), WRONG.values(), ids=WRONG)
def test_other_answers_are_down(data: bytes, why: str) -> None:
    with current_run(seconds=2), raw_server(answer_with(data)) as port, pytest.raises(Down) as caught:
        PostgresqlServers().state(ServerLogin(f"127.0.0.1:{port}", user="nagios"))
    assert str(caught.value).startswith(f"postgresql 127.0.0.1:{port}: {why}")


def test_silent_server_is_down_at_the_deadline() -> None:
    def wait(connection: socket.socket) -> None:
        while connection.recv(100):
            pass

    with current_run(seconds=0.7), raw_server(wait) as port, pytest.raises(Down, match="no answer within"):
        PostgresqlServers().state(ServerLogin(f"127.0.0.1:{port}", user="nagios"))


def test_refused_connection_is_down() -> None:
    port = closed_port()
    with pytest.raises(Down, match=f"postgresql 127.0.0.1:{port}: connection refused"):
        PostgresqlServers().state(ServerLogin(f"127.0.0.1:{port}", user="nagios"))


@pytest.mark.daemon
def test_tls_with_a_password(server: Postgresql, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "hush")
    authority = trustme.CA()
    own = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    place = server.data / "server.pem"
    place.write_bytes(b"".join(one.bytes() for one in (own.private_key_pem, *own.cert_chain_pems)))
    place.chmod(0o600)
    give(place)
    server.sql(f"ALTER SYSTEM SET ssl_cert_file = '{place}'")
    server.sql(f"ALTER SYSTEM SET ssl_key_file = '{place}'")
    server.sql("ALTER SYSTEM SET ssl = on")
    server.stop()
    server.start()
    login = ServerLogin(
        f"localhost:{server.port}",
        user="remote",
        password=Secret(env="PASSWORD"),
        database="postgres",
        tls=TlsOptions(ca=str(tmp_path / "ca.pem")),
    )
    with current_run():
        assert PostgresqlServers().state(login).clients >= 1
    login.tls = TlsOptions()
    with current_run(), pytest.raises(Down, match="neither trusted nor sent along"):
        PostgresqlServers().state(login)
