"""The real PostgreSQL on a free port: a cluster below a folder, which a test may break and copy."""

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.nagios import scratch
from tests.support.ports import free_port
from tests.support.processes import Server
from tests.support.real import require

#: Accounts: a superuser, the one of the docstring, one that sees too little, and one with a password.
_ROLES = """
CREATE ROLE nagios LOGIN; GRANT pg_monitor TO nagios;
CREATE ROLE blind LOGIN;
CREATE ROLE remote LOGIN PASSWORD 'hush'; GRANT pg_monitor TO remote;
"""
#: Everybody on this machine may be any role through the socket; by TCP a password is needed.
_HBA = """
local all all peer map=anybody
local replication all peer map=anybody
host all all 127.0.0.1/32 scram-sha-256
"""
_SETTINGS = """
listen_addresses = '127.0.0.1'
fsync = off
full_page_writes = off
shared_buffers = 4MB
max_connections = 12
max_worker_processes = 2
max_wal_senders = 4
wal_level = replica
min_wal_size = 2MB
max_wal_size = 4MB
max_prepared_transactions = 2
deadlock_timeout = 100ms
wal_receiver_status_interval = 1
wal_retrieve_retry_interval = 200
log_min_messages = warning
autovacuum = off
"""


def _user() -> str | None:
    """Return the account that runs the server: PostgreSQL refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else None


def program(name: str) -> str:
    """Return the path of a program of the newest PostgreSQL that Debian has installed."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return str(found[-1]) if found else require(name, package="postgresql")


def give(path: Path) -> None:
    """Make the account of the server the owner of a file or folder."""
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(path, account.pw_uid, account.pw_gid)


class Postgresql(Server):
    """One cluster. `sockets` is the folder of its socket, `path` the socket."""

    def __init__(self, folder: Path, data: Path, *settings: str) -> None:
        self.port = free_port()
        self.folder = folder
        self.data = data
        self.address = f"127.0.0.1:{self.port}"
        self.path = folder / f".s.PGSQL.{self.port}"
        words = [word for setting in settings for word in ("-c", setting)]
        argv = [program("postgres"), "-D", str(data), "-p", str(self.port), "-k", str(folder), *words]
        super().__init__(argv, folder / f"log-{self.port}", self._accepts, cwd=folder, user=_user())

    def _accepts(self) -> bool:
        return self._psql("SELECT 1").returncode == 0

    def sql(self, statements: str, database: str = "postgres") -> str:
        """Run statements as superuser and return the values of the last one, a row a line."""
        done = self._psql(statements, database)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def client(self, statements: str) -> "subprocess.Popen[str]":
        """Start a session that runs statements, and holds its transaction until its stdin is closed."""
        process = subprocess.Popen(
            self._argv("postgres"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdin is not None
        process.stdin.write(f"{statements}\n")
        process.stdin.flush()
        return process

    def copy(self, name: str, *settings: str, slot: str = "") -> "Postgresql":
        """Return a standby of this server, not started yet. name: its application_name."""
        data = self.folder / name
        run_program(
            "pg_basebackup", "-h", self.folder, "-p", self.port, "-U", "postgres", "-D", data, "-R", "-c", "fast"
        )
        source = f"host={self.folder} port={self.port} user=postgres application_name={name}"
        with (data / "postgresql.auto.conf").open("a") as file:
            file.write(f"primary_conninfo = '{source}'\nprimary_slot_name = '{slot}'\n")
        return Postgresql(self.folder, data, *settings)

    def stop(self) -> None:
        """Stop it at once. Sessions are cut."""
        self.kill()
        for left in (self.data / "postmaster.pid", self.path):
            left.unlink(missing_ok=True)

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(3)  # SIGQUIT: its children end too
            self.process.wait(30)
            self.process = None

    def _argv(self, database: str) -> list[str]:
        words = ["-h", str(self.folder), "-p", str(self.port), "-U", "postgres", "-d", database]
        return [program("psql"), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", *words]

    def _psql(self, statements: str, database: str = "postgres") -> "subprocess.CompletedProcess[str]":
        argv = [*self._argv(database), "-c", statements]
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def run_program(name: str, *words: object) -> None:
    """Run a program of PostgreSQL as the account of the server."""
    argv = [program(name), *map(str, words)]
    done = subprocess.run(argv, capture_output=True, text=True, user=_user(), cwd=os.sep, timeout=120)
    assert done.returncode == 0, done.stderr


@contextmanager
def postgresql(*settings: str) -> Iterator[Postgresql]:
    """Run a new cluster with the roles nagios, blind and remote until the block ends, and its standbys' folders."""
    with scratch() as folder:
        give(folder)
        data = folder / "data"
        words = ["-U", "postgres", "-A", "peer", "--no-sync", "-k", "-E", "UTF8", "--locale=C", "--wal-segsize=1"]
        run_program("initdb", "-D", data, *words)
        (data / "pg_hba.conf").write_text(_HBA)
        names = ("postgres", "nagios", "blind", "remote")
        (data / "pg_ident.conf").write_text("".join(f"anybody /^.*$ {name}\n" for name in names))
        with (data / "postgresql.conf").open("a") as file:
            file.write(_SETTINGS)
        server = Postgresql(folder, data, *settings)
        try:
            server.start()
            server.sql(_ROLES)
            yield server
        finally:
            server.stop()
