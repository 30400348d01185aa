"""The real MariaDB on a free port, with a data folder of its own."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.nagios import scratch
from tests.support.ports import free_port
from tests.support.processes import Server
from tests.support.real import require

_SMALL = [
    "--innodb-buffer-pool-size=8M",
    "--innodb-log-file-size=4M",
    "--innodb-flush-log-at-trx-commit=0",
    "--performance-schema=OFF",
    "--key-buffer-size=1M",
    "--aria-pagecache-buffer-size=8M",
]
#: The account of the docstring, with a password, and one that may nothing.
_ACCOUNTS = """
CREATE USER monitor IDENTIFIED BY 'hush'; GRANT PROCESS, SLAVE MONITOR ON *.* TO monitor;
CREATE USER blind IDENTIFIED BY 'hush';
CREATE USER repl IDENTIFIED BY 'hush'; GRANT REPLICATION SLAVE ON *.* TO repl;
"""


class Mariadb(Server):
    """One server. The user that runs the tests is its administrator, over its socket `path`."""

    def __init__(self, folder: Path, data: Path, *words: str) -> None:
        self.port = free_port()
        self.data = data
        self.address = f"127.0.0.1:{self.port}"
        self.path = folder / f"mysqld-{self.port}.sock"
        argv = [
            require("mariadbd", package="mariadb-server"),
            "--no-defaults",
            f"--datadir={data}",
            f"--socket={self.path}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--pid-file={data}/pid",
            f"--user={_own_name()}",
            *_SMALL,
            *words,
        ]
        super().__init__(argv, folder / f"log-{self.port}", lambda: self._run("SELECT 1").returncode == 0)

    def sql(self, statements: str) -> str:
        """Run statements as administrator and return the values of their rows, a row a line."""
        done = self._run(statements)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def client(self, statements: str) -> "subprocess.Popen[str]":
        """Start a session whose transaction stays open until its stdin is closed."""
        process = subprocess.Popen(
            [*self._argv(), "--unbuffered"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdin is not None
        process.stdin.write(f"{statements}\n")
        process.stdin.flush()
        return process

    def stop(self) -> None:
        self.kill()

    def _argv(self) -> list[str]:
        client = require("mariadb", package="mariadb-client")
        return [client, "--no-defaults", f"--socket={self.path}", "-N", "-B"]

    def _run(self, statements: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(self._argv(), input=statements, capture_output=True, text=True, timeout=60)


def _own_name() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


@contextmanager
def mariadb_folder() -> Iterator[Path]:
    """Yield a folder with `template`, the data of a new server."""
    with scratch() as folder:
        argv = [
            require("mariadb-install-db", package="mariadb-server"),
            "--no-defaults",
            f"--datadir={folder}/template",
            "--auth-root-authentication-method=socket",
            f"--auth-root-socket-user={_own_name()}",
            f"--user={_own_name()}",
            "--skip-test-db",
            "--innodb-log-file-size=4M",
        ]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        yield folder


@contextmanager
def mariadb(folder: Path, *words: str, galera: bool = False) -> Iterator[Mariadb]:
    """Run a server with a copy of the data in `folder` until the block ends. galera: give it a port for its group."""
    data = folder / f"data-{free_port()}"
    shutil.copytree(folder / "template", data)
    if galera:
        options = f"base_port={free_port()}; gmcast.listen_addr=tcp://127.0.0.1:{free_port()}; gcache.size=1M"
        words = (*words, f"--wsrep-provider-options={options}")
    server = Mariadb(folder, data, *words)
    try:
        server.start()
        server.sql(_ACCOUNTS)
        yield server
    finally:
        server.stop()
