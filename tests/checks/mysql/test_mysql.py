"""Check mysql against a fake, and against the real MariaDB."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from checks.mysql._mysql_session import mysql_refusal
from checks.mysql.fake import FakeMysqlServers, MysqlState
from checks.mysql.mysql import Mysql
from checks.mysql.source import MysqlServers
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.mariadb import Mariadb, mariadb, mariadb_folder
from tests.support.processes import wait_until
from tests.support.sample import Sample
from tests.support.servers import raw_server

RECORDED = Path(__file__).with_name("recorded")


def table(name: str) -> dict[str, str]:
    lines = (RECORDED / f"{name}-10.11.txt").read_text(encoding="utf-8").split("\n")
    return {key: value for key, _, value in (line.partition("\t") for line in lines) if key}


STATUS, VARIABLES = table("show-global-status"), table("show-global-variables")
GALERA = {"wsrep_provider_name": "Galera", "wsrep_cluster_size": "3", "wsrep_cluster_status": "Primary"}


def state(more: dict[str, str] | None = None, /, *, longest: float = 0.0, **status: str) -> MysqlState:
    return MysqlState(STATUS | (more or {}) | status, VARIABLES, longest=longest, seconds=0.001)


SERVERS = FakeMysqlServers(
    {
        "/run/mysqld/mysqld.sock": state(),
        "busy": state(Threads_connected="9", Threads_running="50", longest=1_200),
        "stuck": state(longest=4_000, Innodb_history_list_length="2000000"),
        "synced": state(GALERA, wsrep_local_state_comment="Synced"),
        "donor": state(GALERA, wsrep_local_state_comment="Donor/Desynced"),
        "apart": state(GALERA | {"wsrep_cluster_status": "non-Primary"}, wsrep_local_state_comment="Initialized"),
        "replica": MysqlState(STATUS, VARIABLES | {"read_only": "ON"}, seconds=0.001),
        "old": MysqlState({"Threads_connected": "3", "Threads_running": "1"}, {"max_connections": "151"}),
        "full": Down("mysql full:3306: Too many connections (error 1040)"),
        "blind": CannotTell("mysql blind:3306: Access denied; you need (at least one of) the PROCESS privilege(s)"),
    }
)
CASES = {
    "default": ("", "OK"),
    "busy": ("-H busy", "WARNING"),
    "old transaction": ("-H stuck", "CRITICAL"),
    "Galera node": ("-H synced --cluster-critical 3:", "OK"),
    "Galera donor": ("-H donor", "WARNING"),
    "Galera node that is apart": ("-H apart", "CRITICAL"),
    "too few Galera nodes": ("-H synced --cluster-critical 4:", "CRITICAL"),
    "read only as expected": ("-H replica --read-only yes", "OK"),
    "not read only": ("--read-only yes", "CRITICAL"),
    "a server without some values": ("-H old", "OK"),
    "too many connections": ("-H full", "CRITICAL"),
    "an account that sees too little": ("-H blind", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "expected"), CASES.values(), ids=CASES)
def test_mysql(command_line: str, expected: str, golden: Golden) -> None:
    outcome = run(Mysql, command_line, World(SERVERS, FakeStateFile()))
    assert outcome.state == expected
    golden(outcome)


def test_refused_connections_count_for_ten_minutes() -> None:
    memory = FakeStateFile(seconds=200)
    states = []
    for count in (5, 7, 7, 7, 7):
        servers = FakeMysqlServers({"db": state(Connection_errors_max_connections=str(count))})
        states.append(run(Mysql, "-H db", World(servers, memory)).state)
    assert states == ["OK", "CRITICAL", "CRITICAL", "CRITICAL", "OK"]


def test_rates_have_no_value_after_a_restart() -> None:
    memory = FakeStateFile()
    found = []
    for count in (1_000, 7_000, 60):
        servers = FakeMysqlServers({"db": state(Questions=str(count))})
        outcome = run(Mysql, "-H db", World(servers, memory))
        found.append(next(one.value for one in outcome.readings if one.gauge == "queries"))
    assert found == [None, 100, None]


def real(server: Mariadb, words: str = "") -> tuple[str, str]:
    """Return state and lines of a run against a real server. Its memory begins empty."""
    words = words or f"-H {server.address} -u monitor --password-env PASSWORD"
    outcome = run(Mysql, f"-t 20 {words}", World(MysqlServers(), FakeStateFile()))
    return outcome.state, outcome.text(1)


@pytest.mark.daemon
def test_healthy_server_is_ok_and_a_stopped_one_is_critical(server: Mariadb) -> None:
    assert real(server)[0] == "OK"
    assert real(server, f"-H {server.path}")[0] == "OK"
    server.stop()
    state, text = real(server)
    assert state == "CRITICAL" and f"mysql {server.address}: connection refused" in text
    server.start()
    assert real(server)[0] == "OK"


@pytest.mark.daemon
def test_full_server_is_down_and_stays_critical_for_a_while(server: Mariadb) -> None:
    memory = FakeStateFile(seconds=400)
    words = f"-H {server.address} -u monitor --password-env PASSWORD -t 20"
    assert run(Mysql, words, World(MysqlServers(), memory)).state == "OK"
    sessions = [server.client("SELECT 1;") for _ in range(11)]
    try:
        for session in sessions:
            assert session.stdout is not None and session.stdout.readline() == "1\n"
        wait_until(lambda: "Too many connections (error 1040)" in real(server)[1])
        assert real(server)[0] == "CRITICAL"
    finally:
        for session in sessions:
            session.communicate(timeout=20)
    wait_until(lambda: real(server)[0] == "OK")
    outcome = run(Mysql, words, World(MysqlServers(), memory))
    assert outcome.state == "CRITICAL" and "Connections refused in 10 minutes" in outcome.summary
    run(Mysql, words, World(MysqlServers(), memory))
    assert run(Mysql, words, World(MysqlServers(), memory)).state == "OK"


@pytest.mark.daemon
def test_old_transaction(server: Mariadb) -> None:
    server.sql("CREATE DATABASE IF NOT EXISTS shop; CREATE TABLE IF NOT EXISTS shop.o (id INT) ENGINE=InnoDB;")
    words = f"-H {server.path} --longest-critical 0"
    session = server.client("BEGIN; INSERT INTO shop.o VALUES (1);")
    try:
        # The server refreshes innodb_trx only where nobody has read it for a tenth of a second.
        wait_until(lambda: real(server, words)[0] == "CRITICAL", pause=0.3)
        assert "Longest transaction" in real(server, words)[1]
    finally:
        session.communicate("ROLLBACK;\n", timeout=20)
    wait_until(lambda: real(server, words)[0] == "OK", pause=0.3)


@pytest.mark.daemon
def test_read_only(server: Mariadb) -> None:
    server.sql("SET GLOBAL read_only = ON")
    assert real(server, f"-H {server.path} --read-only no")[0] == "CRITICAL"
    server.sql("SET GLOBAL read_only = OFF")
    assert real(server, f"-H {server.path} --read-only no")[0] == "OK"


REJECTED = {
    "wrong password": ("-u monitor --password-env WRONG", "Access denied for user 'monitor'"),
    "no privilege": ("-u blind --password-env PASSWORD", "the PROCESS privilege(s)"),
    "no account": ("-u stranger", "Access denied for user 'stranger'"),
}


@pytest.mark.daemon
@pytest.mark.parametrize(("words", "why"), REJECTED.values(), ids=REJECTED)
def test_rejected_account_is_unknown(server: Mariadb, words: str, why: str) -> None:
    state, text = real(server, f"-H {server.address} {words}")
    assert state == "UNKNOWN" and why in text and "silence" not in text


@pytest.mark.daemon
def test_tls(installed: Path, tmp_path: Path) -> None:
    authority = trustme.CA()
    own = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    key, chain = installed / "key.pem", installed / "chain.pem"
    own.private_key_pem.write_to_path(str(key))
    own.cert_chain_pems[0].write_to_path(str(chain))
    with mariadb(installed, f"--ssl-cert={chain}", f"--ssl-key={key}", "--require-secure-transport=ON") as server:
        login = f"-H localhost:{server.port} -u monitor --password-env PASSWORD"
        assert real(server, f"{login} --tls --ca {tmp_path}/ca.pem")[0] == "OK"
        state, text = real(server, f"{login} --tls")
        assert state == "CRITICAL" and "the TLS handshake failed: certificate verify failed" in text
        state, text = real(server, login)
        assert state == "UNKNOWN" and "Access denied" in text


def frozen_after_the_greeting(connection: socket.socket) -> None:
    connection.sendall(GREETING)
    while connection.recv(100):
        pass


#: Greeting of a MariaDB that offers TLS.
GREETING = (
    bytes.fromhex("4a0000000a") + b"10.11.19-MariaDB\0" + bytes(4) + b"12345678\0" + bytes.fromhex("feff2d0200ff8115")
)
GREETING += bytes(6) + bytes(4) + b"123456789012\0" + b"mysql_native_password\0"
GREETING = (len(GREETING) - 4).to_bytes(3, "little") + b"\0" + GREETING[4:]


@pytest.mark.parametrize("tls", ["", "--tls --insecure"])
def test_server_that_freezes_is_down_at_the_deadline(tls: str) -> None:
    with raw_server(frozen_after_the_greeting) as port:
        words = f"-H 127.0.0.1:{port} -u monitor --password-env PASSWORD -t 1 {tls}"
        outcome = run(Mysql, words, World(MysqlServers(), FakeStateFile()))
    assert outcome.state == "CRITICAL" and "no answer within" in outcome.summary


WRONG = {
    "a web server": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "a mail server": b"220 mail.test ESMTP\r\n",
    "silence": b"",
    "half a greeting": GREETING[:20],
}


@pytest.mark.parametrize("answer", WRONG.values(), ids=WRONG)
def test_other_servers_are_down(answer: bytes) -> None:
    with raw_server(lambda connection: connection.sendall(answer)) as port:
        words = f"-H 127.0.0.1:{port} -u monitor --password-env PASSWORD -t 5"
        outcome = run(Mysql, words, World(MysqlServers(), FakeStateFile()))
    assert outcome.state == "CRITICAL" and f"mysql 127.0.0.1:{port}: " in outcome.summary


ERRORS = {
    1045: "UNKNOWN", 1044: "UNKNOWN", 1227: "UNKNOWN", 1129: "UNKNOWN", 1130: "UNKNOWN", 1203: "UNKNOWN",
    1305: "UNKNOWN", 1242: "UNKNOWN", 1644: "UNKNOWN", 4038: "UNKNOWN",
    1040: "CRITICAL", 1053: "CRITICAL", 2006: "CRITICAL", 2013: "CRITICAL", 3024: "CRITICAL", 1047: "CRITICAL",
    1021: "CRITICAL", 1194: "CRITICAL",
}  # fmt: skip


@pytest.mark.parametrize(("code", "state"), ERRORS.items())
def test_errors_of_the_account_are_unknown_and_others_down(code: int, state: str) -> None:
    error = mysql_refusal(code, "some text", "mysql db", "a query")
    assert isinstance(error, CannotTell if state == "UNKNOWN" else Down)


def test_login_that_fails_for_another_reason_is_down() -> None:
    for code in (4042, 1105):  # a proxy without a server behind it reports 1105
        assert isinstance(mysql_refusal(code, "some text", "mysql db", "logging in"), Down)
    assert isinstance(mysql_refusal(4042, "some text", "mysql db", "a query"), CannotTell)


@pytest.mark.parametrize("code", [1062, 1105, 1644, 1525, 4038, 9999])
def test_values_of_rows_are_not_repeated(code: int) -> None:
    assert "Anna" not in str(mysql_refusal(code, "Duplicate entry 'Anna' for key 'PRIMARY'", "mysql db", "a query"))


@pytest.mark.daemon
def test_galera_node(installed: Path) -> None:
    words = ["--log-bin=bin", "--binlog-format=ROW", "--default-storage-engine=InnoDB", "--innodb-autoinc-lock-mode=2"]
    words += ["--wsrep-on=ON", "--wsrep-provider=/usr/lib/galera/libgalera_smm.so", "--wsrep-new-cluster"]
    words += ["--wsrep-cluster-address=gcomm://", "--wsrep-node-address=127.0.0.1"]
    with mariadb(installed, *words, galera=True) as node:
        state, text = real(node, f"-H {node.path}")
        assert state == "OK" and "Galera node Synced" in text and "Galera nodes 1" in text
        node.sql("SET GLOBAL wsrep_desync = ON")
        state, text = real(node, f"-H {node.path}")
        assert state == "WARNING" and "Galera node Donor/Desynced" in text
        node.sql("SET GLOBAL wsrep_desync = OFF")
        assert real(node, f"-H {node.path}")[0] == "OK"


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with mariadb_folder() as installed, mariadb(installed) as server:
        yield Sample(f"--host {server.address} --user monitor --password-env PASSWORD", env={"PASSWORD": "hush"})
