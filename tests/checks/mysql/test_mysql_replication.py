"""Check mysql_replication against a fake, recorded answers, and a real source with its replica."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.mysql.fake import FakeMysqlServers, MysqlReplication, Replica
from checks.mysql.mysql_replication import MysqlReplication as Check
from checks.mysql.source import MysqlServers, parse_replica
from checkwright.core.errors import CannotTell
from checkwright.core.world import World
from checkwright.testing import Golden, run
from tests.support.mariadb import Mariadb, mariadb, mariadb_folder
from tests.support.processes import wait_until
from tests.support.sample import Sample

RECORDED = Path(__file__).with_name("recorded")


def recorded(name: str) -> Replica:
    lines = (RECORDED / f"show-slave-status-{name}.txt").read_text(encoding="utf-8").split("\n")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return parse_replica({key.strip(): value.strip() for key, _, value in pairs})


SERVERS = FakeMysqlServers(
    replications={
        "/run/mysqld/mysqld.sock": MysqlReplication([recorded("healthy")], seconds=0.001),
        "frozen": MysqlReplication([recorded("master-frozen")], heartbeat=400),
        "connecting": MysqlReplication([recorded("connecting")]),
        "rejected": MysqlReplication([Replica("eu", io="connecting", io_error=1045, lag=None)]),
        "lost": MysqlReplication([Replica("eu", io="connecting", io_error=2003, lag=None)]),
        "stopped": MysqlReplication([recorded("stopped")]),
        "broken": MysqlReplication([recorded("sql-stopped")]),
        "late": MysqlReplication([Replica("eu", lag=100, delay=90), Replica("us", lag=400)]),
        "none": MysqlReplication(),
        "blind": CannotTell("mysql blind:3306: Access denied; you need the SLAVE MONITOR privilege(s) (error 1227)"),
    }
)
CASES = {
    "healthy": ("", "OK"),
    "source frozen, with a heartbeat": ("-H frozen --heartbeat-table db.hb", "CRITICAL"),
    "connecting": ("-H connecting", "WARNING"),
    "account rejected by the source": ("-H rejected", "CRITICAL"),
    "source refuses the connection": ("-H lost", "WARNING"),
    "stopped": ("-H stopped", "CRITICAL"),
    "statement that fails": ("-H broken", "CRITICAL"),
    "channels": ("-H late", "CRITICAL"),
    "one channel, late on purpose": ("-H late --channel eu", "OK"),
    "missing channel": ("-H late --channel asia", "UNKNOWN"),
    "no replica": ("-H none", "UNKNOWN"),
    "no replica, as expected": ("-H none --maybe", "OK"),
    "no privilege": ("-H blind", "UNKNOWN"),
    "bad table": ("--heartbeat-table 'a; DROP'", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "expected"), CASES.values(), ids=CASES)
def test_mysql_replication(command_line: str, expected: str, golden: Golden) -> None:
    outcome = run(Check, command_line, SERVERS)
    assert outcome.state == expected
    golden(outcome)


def test_columns_of_mysql() -> None:
    row = {
        "Replica_IO_Running": "Yes",
        "Replica_SQL_Running": "No",
        "Seconds_Behind_Source": None,
        "Channel_Name": "eu",
    }
    replica = parse_replica(row | {"Last_SQL_Errno": 1062, "SQL_Delay": 60, "Source_Host": "db-1"})
    assert (replica.name, replica.io, replica.sql, replica.lag, replica.delay) == ("eu", "running", "stopped", None, 60)
    assert (replica.sql_error, replica.source) == (1062, "db-1")
    with pytest.raises(CannotTell, match="no column Slave_IO_Running"):
        parse_replica({"Seconds_Behind_Source": 0})


def real(server: Mariadb, words: str = "") -> tuple[str, str]:
    login = f"-H {server.address} -u monitor --password-env PASSWORD -t 20"
    outcome = run(Check, f"{login} {words}", World(MysqlServers()))
    return outcome.state, outcome.text(1)


@pytest.fixture(scope="module")
def replica(installed: Path, server: Mariadb) -> Iterator[Mariadb]:
    place = server.sql("SHOW MASTER STATUS").split("\t")
    server.sql("CREATE DATABASE shop; CREATE TABLE shop.o (id INT PRIMARY KEY, note TEXT);")
    server.sql("CREATE TABLE shop.hb (ts VARCHAR(26) NOT NULL, server_id INT PRIMARY KEY);")
    server.sql("INSERT INTO shop.hb VALUES (NOW(6), 1); GRANT SELECT ON shop.hb TO monitor;")
    with mariadb(installed, "--server-id=2", "--slave-net-timeout=60") as replica:
        replica.sql(
            f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={server.port}, MASTER_USER='repl', "
            f"MASTER_PASSWORD='hush', MASTER_LOG_FILE='{place[0]}', MASTER_LOG_POS={place[1]}, MASTER_CONNECT_RETRY=1; "
            "START SLAVE"
        )
        wait_until(lambda: replica.sql("SHOW ALL SLAVES STATUS").count("Yes") >= 2)
        yield replica


@pytest.mark.daemon
def test_threads_are_stopped_and_started(replica: Mariadb) -> None:
    replica.sql("STOP SLAVE SQL_THREAD")
    state, text = real(replica)
    assert state == "CRITICAL" and "SQL thread stopped" in text and "IO thread running" in text
    replica.sql("START SLAVE")
    wait_until(lambda: real(replica)[0] == "OK")


@pytest.mark.daemon
def test_failing_statement_is_shown_by_its_number_only(server: Mariadb, replica: Mariadb) -> None:
    replica.sql("INSERT INTO shop.o VALUES (1, 'here')")
    server.sql("INSERT INTO shop.o VALUES (1, 'Anna Muster')")
    wait_until(lambda: "SQL thread stopped (error 1062)" in real(replica)[1])
    state, text = real(replica)
    assert state == "CRITICAL" and "Anna" not in text
    replica.sql("DELETE FROM shop.o; START SLAVE")
    wait_until(lambda: real(replica)[0] == "OK")


@pytest.mark.daemon
def test_frozen_source_shows_in_the_heartbeat_only(server: Mariadb, replica: Mariadb) -> None:
    words = "--heartbeat-table shop.hb --heartbeat-critical 1.5"
    server.sql("UPDATE shop.hb SET ts = NOW(6)")
    wait_until(lambda: real(replica, words)[0] == "OK")
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    try:
        wait_until(lambda: real(replica, words)[0] == "CRITICAL")
        state, text = real(replica)
        assert state == "OK" and "Lag 0 s" in text
    finally:
        server.process.send_signal(signal.SIGCONT)
    server.sql("UPDATE shop.hb SET ts = NOW(6)")
    wait_until(lambda: real(replica, words)[0] == "OK")


@pytest.mark.daemon
def test_lost_source_is_a_warning_while_it_connects(server: Mariadb, replica: Mariadb) -> None:
    server.stop()
    wait_until(lambda: real(replica)[0] == "WARNING")
    assert "IO thread connecting" in real(replica)[1]
    server.start()
    wait_until(lambda: real(replica)[0] == "OK")


@pytest.mark.daemon
def test_account_that_the_source_rejects_is_critical(server: Mariadb, replica: Mariadb) -> None:
    password = server.sql("SELECT PASSWORD('hush')")
    server.sql("SET PASSWORD FOR repl = PASSWORD('changed')")
    replica.sql("STOP SLAVE IO_THREAD; START SLAVE IO_THREAD")
    wait_until(lambda: "IO thread rejected" in real(replica)[1])
    state, text = real(replica)
    assert state == "CRITICAL" and "the source does not accept the replica's account, error 1045" in text
    server.sql(f"SET PASSWORD FOR repl = '{password}'")
    wait_until(lambda: real(replica)[0] == "OK")


@pytest.mark.daemon
def test_source_is_no_replica(server: Mariadb) -> None:
    state, text = real(server)
    assert state == "UNKNOWN" and "it is no replica" in text
    assert real(server, "--maybe")[0] == "OK"


@pytest.mark.daemon
def test_account_without_the_privilege_is_unknown(replica: Mariadb) -> None:
    outcome = run(Check, f"-H {replica.address} -u blind --password-env PASSWORD", World(MysqlServers()))
    assert outcome.state == "UNKNOWN" and "SLAVE MONITOR" in outcome.summary


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with mariadb_folder() as installed, mariadb(installed) as server:
        words = f"--host {server.address} --user monitor --password-env PASSWORD --maybe"
        yield Sample(words, env={"PASSWORD": "hush"})
