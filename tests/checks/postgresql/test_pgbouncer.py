"""Check pgbouncer against a fake, and against the real PgBouncer before a real PostgreSQL."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.postgresql.fake import FakePgBouncers, PgBouncerState, Pool
from checks.postgresql.pgbouncer import Pgbouncer
from checks.postgresql.source import PgBouncers
from checkwright.core.errors import Down
from checkwright.core.world import World
from checkwright.testing import Golden, run
from tests.support.ports import free_port
from tests.support.postgresql import Postgresql, program
from tests.support.processes import Server, running, wait_until
from tests.support.real import require
from tests.support.sample import Sample

STATES = FakePgBouncers(
    {
        "127.0.0.1": PgBouncerState(
            pools=[Pool("shop/web")], databases={"shop": "serving"}, servers={"shop": 50}, clients=12, seconds=0.001
        ),
        "waiting": PgBouncerState(pools=[Pool("shop/web", waiting=3, longest=2.03)], databases={"shop": "serving"}),
        "stuck": PgBouncerState(pools=[Pool("shop/web", waiting=30, longest=20)], databases={"shop": "serving"}),
        "paused": PgBouncerState(databases={"shop": "paused", "old": "disabled"}),
        "full": PgBouncerState(clients=97),
        "closed": Down("pgbouncer closed:6432: connection refused"),
    }
)
CASES = {
    "healthy": ("", "OK"),
    "clients wait": ("-H waiting", "WARNING"),
    "clients wait for long": ("-H stuck", "CRITICAL"),
    "paused": ("-H paused", "WARNING"),
    "nearly full": ("-H full", "CRITICAL"),
    "not running": ("-H closed", "CRITICAL"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_pgbouncer(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Pgbouncer, command_line, STATES)
    assert outcome.state == state
    golden(outcome)


CONFIG = """
[databases]
shop = host={sockets} port={server_port} user=postgres dbname=postgres pool_size=1
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/userlist.txt
stats_users = nagios
admin_users = admin
max_client_conn = 5
pool_mode = transaction
server_check_delay = 0
"""
USERS = '"nagios" "hush"\n"admin" "hush"\n"web" "hush"\n'


class PgBouncer:
    """The real PgBouncer before a PostgreSQL."""

    def __init__(self, postgresql: Postgresql) -> None:
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        folder = postgresql.folder / f"pgbouncer-{self.port}"
        folder.mkdir()
        folder.chmod(0o755)
        config = folder / "pgbouncer.ini"
        config.write_text(
            CONFIG.format(sockets=postgresql.folder, server_port=postgresql.port, port=self.port, folder=folder)
        )
        (folder / "userlist.txt").write_text(USERS)
        user = "postgres" if os.geteuid() == 0 else None
        argv = [require("pgbouncer", package="pgbouncer"), str(config)]
        self.server = Server(argv, postgresql.folder / f"log-{self.port}", self._accepts, user=user)

    def _accepts(self) -> bool:
        return self._run("SHOW VERSION").returncode == 0

    def admin(self, command: str) -> None:
        done = self._run(command)
        assert done.returncode == 0, done.stderr

    def client(self, statements: str) -> "subprocess.Popen[str]":
        """Start a session whose transaction stays open until its stdin is closed."""
        process = subprocess.Popen(
            self._psql("web", "shop"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self._env
        )
        assert process.stdin is not None
        process.stdin.write(f"{statements}\n")
        process.stdin.flush()
        return process

    def session(self) -> "subprocess.Popen[str]":
        """Return a session that is connected. The one of an earlier step may take a moment to end."""
        while True:
            process = self.client("SELECT 1;")
            assert process.stdout is not None
            if process.stdout.readline() == "1\n":
                return process
            process.communicate(timeout=20)

    def _psql(self, user: str, database: str, command: str = "") -> list[str]:
        words = ["-h", "127.0.0.1", "-p", str(self.port), "-U", user, "-d", database]
        return [program("psql"), "-X", "-A", "-t", "-q", *words, *(["-c", command] if command else [])]

    @property
    def _env(self) -> dict[str, str]:
        return os.environ | {"PGPASSWORD": "hush"}

    def _run(self, command: str) -> "subprocess.CompletedProcess[str]":
        argv = self._psql("admin", "pgbouncer", command)
        return subprocess.run(argv, env=self._env, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)


@contextmanager
def pgbouncer(postgresql: Postgresql) -> Iterator[PgBouncer]:
    made = PgBouncer(postgresql)
    with running(made.server):
        yield made


@pytest.fixture
def pool(server: Postgresql, monkeypatch: pytest.MonkeyPatch) -> Iterator[PgBouncer]:
    monkeypatch.setenv("PASSWORD", "hush")
    monkeypatch.setenv("WRONG", "silence")
    with pgbouncer(server) as pool:
        yield pool


def real(pool: PgBouncer, words: str = "-u nagios --password-env PASSWORD") -> tuple[str, str]:
    outcome = run(Pgbouncer, f"-H {pool.address} -t 20 {words}", World(PgBouncers()))
    return outcome.state, outcome.text(1)


@pytest.mark.daemon
def test_waiting_client_and_recovery(pool: PgBouncer) -> None:
    words = "-u nagios --password-env PASSWORD --longest-critical 0.2"
    assert real(pool, words)[0] == "OK"
    first = pool.client("BEGIN; SELECT 'held';")
    assert first.stdout is not None and first.stdout.readline() == "held\n"
    second = pool.client("BEGIN; SELECT 'late';")
    try:
        wait_until(lambda: real(pool, words)[0] == "CRITICAL")
        text = real(pool, words)[1]
        assert "Longest wait in shop/postgres" in text and "Clients waiting in shop/postgres 1" in text
    finally:
        for one in (first, second):
            one.communicate("COMMIT;\n", timeout=20)
    wait_until(lambda: real(pool, words)[0] == "OK")


@pytest.mark.daemon
def test_paused_database_and_stopped_pgbouncer(pool: PgBouncer) -> None:
    pool.admin("PAUSE shop")
    state, text = real(pool)
    assert state == "WARNING" and "Database shop paused" in text
    pool.admin("RESUME shop")
    assert real(pool)[0] == "OK"
    pool.server.kill()
    assert real(pool)[0] == "CRITICAL"


@pytest.mark.daemon
def test_full_pgbouncer(pool: PgBouncer) -> None:
    sessions = [pool.session() for _ in range(4)]  # with the check itself they are five
    try:
        wait_until(lambda: real(pool)[0] == "CRITICAL")
        assert "max_client_conn used" in real(pool)[1].split("\n")[0]
    finally:
        for session in sessions:
            session.communicate(timeout=20)
    wait_until(lambda: real(pool)[0] == "OK")


REJECTED = {
    "wrong password": ("-u nagios --password-env WRONG", "SASL authentication failed"),
    "no such user": ("-u stranger --password-env PASSWORD", "SASL authentication failed"),
    "a user without rights": ("-u web --password-env PASSWORD", "not allowed"),
}


@pytest.mark.daemon
@pytest.mark.parametrize(("words", "why"), REJECTED.values(), ids=REJECTED)
def test_rejected_login_is_unknown(pool: PgBouncer, words: str, why: str) -> None:
    state, text = real(pool, words)
    assert state == "UNKNOWN" and why in text and "silence" not in text


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    from tests.support.postgresql import postgresql

    with postgresql() as server, pgbouncer(server) as pool:
        yield Sample(f"--host {pool.address} --user nagios --password-env PASSWORD", env={"PASSWORD": "hush"})
