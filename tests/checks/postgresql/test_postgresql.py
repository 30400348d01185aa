"""Check postgresql against a fake, and against the real PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.postgresql.fake import Database, FakePostgresqlServers, ServerState
from checks.postgresql.postgresql import Postgresql
from checks.postgresql.source import PostgresqlServers
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.postgresql import Postgresql as Server
from tests.support.postgresql import postgresql
from tests.support.processes import wait_until
from tests.support.sample import Sample

COUNTERS = {"commits": 90.0, "rollbacks": 10.0, "hits": 990.0, "reads": 10.0, "temp": 0.0, "deadlocks": 0.0}
SHOP = Database("shop", wraparound=9.1, size=52_428_800, counters=COUNTERS, checksums=0)
TEMPLATE = Database("template1", used=False, wraparound=9.1)

SERVERS = FakePostgresqlServers(
    {
        "/var/run/postgresql": ServerState(clients=12, databases=[SHOP, TEMPLATE], seconds=0.004),
        "busy": ServerState(clients=90, longest=1_200, idle=400, blocked=40, prepared=70, databases=[SHOP]),
        "stuck": ServerState(clients=12, blocked=300),
        "archive": ServerState(archiver="failing", archiver_hint="00000001000000000000000A, 7 failures", ready=12),
        "pending": ServerState(pending="max_connections, wal_level"),
        "old": ServerState(databases=[Database("old", wraparound=71.5)]),
        "full": Down("postgresql full:5432: remaining connection slots are reserved (SQLSTATE 53300)"),
        "blind": CannotTell("postgresql blind:5432: the role nagios sees too little: GRANT pg_monitor TO nagios"),
    }
)
CASES = {
    "default": ("", "OK"),
    "busy": ("-H busy", "WARNING"),
    "waiting for a lock": ("-H stuck", "CRITICAL"),
    "archive fails": ("-H archive", "CRITICAL"),
    "settings wait for a restart": ("-H pending", "WARNING"),
    "wraparound is near": ("-H old", "CRITICAL"),
    "some databases": ("--only 'shop*' --no-sizes", "OK"),
    "no such database": ("--only 'blog*'", "UNKNOWN"),
    "no connection left": ("-H full", "CRITICAL"),
    "a role that sees too little": ("-H blind", "UNKNOWN"),
    "an empty name": ("--only ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_postgresql(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Postgresql, command_line, World(SERVERS, FakeStateFile()))
    assert outcome.state == state
    golden(outcome)


def test_wrong_checksums_count_for_ten_minutes() -> None:
    memory = FakeStateFile(seconds=400)
    states = []
    for count in (3, 4, 4, 4):
        database = Database("shop", counters=COUNTERS, checksums=count)
        servers = FakePostgresqlServers({"db": ServerState(databases=[database])})
        states.append(run(Postgresql, "-H db", World(servers, memory)).state)
    assert states == ["OK", "CRITICAL", "CRITICAL", "OK"]


def test_rates_need_two_runs() -> None:
    memory = FakeStateFile()
    readings = {}
    for factor in (1, 2):
        database = Database("shop", counters={name: value * factor for name, value in COUNTERS.items()})
        servers = FakePostgresqlServers({"db": ServerState(databases=[database])})
        outcome = run(Postgresql, "-H db", World(servers, memory))
        readings = {one.gauge: one.value for one in outcome.readings if one.item == "shop"}
    assert (readings["rollbacks"], readings["hits"]) == (10, 99)


def real(server: Server, words: str = "-u nagios") -> tuple[str, str]:
    """Return state and lines of a run against a real server. Its memory begins empty."""
    outcome = run(Postgresql, f"-H {server.path} -t 20 {words}", World(PostgresqlServers(), FakeStateFile()))
    return outcome.state, outcome.text(1)


@pytest.mark.daemon
def test_healthy_server_is_ok_and_a_stopped_one_is_critical(server: Server) -> None:
    server.sql("CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY, note text)")
    state, text = real(server)
    assert state == "OK" and "Archiver ok" in text and "Size postgres" in text
    server.stop()
    state, text = real(server)
    assert state == "CRITICAL" and f"postgresql {server.path}: there is no such socket" in text
    server.start()
    assert real(server)[0] == "OK"


@pytest.mark.daemon
def test_lock_and_forgotten_transaction(server: Server) -> None:
    server.sql("CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY, note text)")
    words = "-u nagios --blocked-critical 0.2 --idle-critical 0.2 --longest-critical 0.2"
    assert real(server, words)[0] == "OK"
    holder = server.client("BEGIN; LOCK TABLE orders; SELECT 'held';")
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    waiter = server.client("BEGIN; INSERT INTO orders VALUES (7, 'Anna Muster');")
    try:
        wait_until(lambda: "Longest wait for a lock" in real(server, words)[1].split("\n")[0])
        state, text = real(server, words)
        assert state == "CRITICAL"
        assert "Longest idle transaction" in text and "Longest transaction" in text
        assert "Anna" not in text
    finally:
        for process in (holder, waiter):
            process.communicate("ROLLBACK;\n", timeout=20)
    assert real(server, words)[0] == "OK"


@pytest.mark.daemon
def test_full_server_is_down(server: Server) -> None:
    sessions = [server.client("SELECT 1;") for _ in range(9)]
    try:
        # The last free slot may still be this check's own: it then reports the connections instead.
        wait_until(lambda: "remaining connection slots are reserved" in real(server)[1])
        assert real(server)[0] == "CRITICAL"
    finally:
        for session in sessions:
            session.communicate(timeout=20)
    wait_until(lambda: real(server)[0] == "OK")


@pytest.mark.daemon
def test_full_role_is_unknown(server: Server) -> None:
    server.sql("ALTER ROLE nagios CONNECTION LIMIT 0")
    state, text = real(server)
    server.sql("ALTER ROLE nagios CONNECTION LIMIT -1")
    assert state == "UNKNOWN" and 'too many connections for role "nagios"' in text
    assert real(server)[0] == "OK"


@pytest.mark.daemon
def test_files_that_wait_for_the_archive(server: Server) -> None:
    assert real(server)[0] == "OK"
    status = server.data / "pg_wal" / "archive_status"
    for number in range(51):
        (status / f"0000000A00000000000000{number + 0x80:02X}.ready").touch()
    state, text = real(server)
    for ready in status.glob("0000000A*.ready"):
        ready.unlink()
    assert state == "CRITICAL" and "WAL files to archive 51" in text
    assert real(server)[0] == "OK"


@pytest.mark.daemon
def test_archiver_that_fails_and_recovers(server: Server) -> None:
    place = server.folder / "archive"
    command = f"archive_command=test -d {place}"
    server.stop()
    server.argv += ["-c", command]
    server.start()
    server.sql("CREATE TABLE IF NOT EXISTS t (i int); INSERT INTO t VALUES (1); SELECT pg_switch_wal()")
    wait_until(lambda: "Archiver failing" in real(server)[1])
    assert real(server)[0] == "CRITICAL"
    place.mkdir()
    server.sql("INSERT INTO t VALUES (1); SELECT pg_switch_wal()")
    wait_until(lambda: real(server)[0] == "OK")


@pytest.mark.daemon
def test_setting_that_waits_for_a_restart(server: Server) -> None:
    server.sql("ALTER SYSTEM SET max_locks_per_transaction = 65")
    server.sql("SELECT pg_reload_conf()")
    wait_until(lambda: real(server)[0] == "WARNING")
    assert "Restart pending (max_locks_per_transaction)" in real(server)[1]
    server.sql("ALTER SYSTEM RESET max_locks_per_transaction")
    server.stop()
    server.start()
    assert real(server)[0] == "OK"


@pytest.mark.daemon
def test_prepared_transaction(server: Server) -> None:
    server.sql("BEGIN; CREATE TABLE lost (id int); PREPARE TRANSACTION 'lost'")
    words = "-u nagios --prepared-critical 0"
    state, text = real(server, words)
    assert state == "CRITICAL" and "Oldest prepared transaction" in text
    server.sql("ROLLBACK PREPARED 'lost'")
    assert real(server, words)[0] == "OK"


ACCOUNTS = {
    "sees too little": ("-u blind", "the role blind sees too little: GRANT pg_monitor TO blind"),
    "has no role": ("-u nobody", 'Peer authentication failed for user "nobody"'),
    "no such database": ("-u nagios -d shop", 'database "shop" does not exist'),
}


@pytest.mark.daemon
@pytest.mark.parametrize(("words", "why"), ACCOUNTS.values(), ids=ACCOUNTS)
def test_account_without_access_is_unknown(server: Server, words: str, why: str) -> None:
    state, text = real(server, words)
    assert state == "UNKNOWN" and why in text


@pytest.mark.daemon
def test_password(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "hush")
    monkeypatch.setenv("WRONG", "silence")
    words = f"-H {server.address} -u remote"
    assert real(server, f"{words} --password-env PASSWORD")[0] == "OK"
    for login in (f"{words} --password-env WRONG", words):
        state, text = real(server, login)
        assert state == "UNKNOWN" and 'password authentication failed for user "remote"' in text
        assert "silence" not in text


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with postgresql() as server:
        yield Sample(f"--host {server.path} --user nagios")
