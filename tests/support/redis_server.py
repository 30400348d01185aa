"""The real redis-server and redis-sentinel on free ports."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port
from tests.support.processes import Server
from tests.support.real import require


class RedisServer(Server):
    """One server. `address` is HOST:PORT and stays the same after a restart. words: settings such as --maxclients 5."""

    def __init__(self, folder: Path, *words: str, sentinel: str = "", tls: str = "") -> None:
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.folder = folder / f"redis-{self.port}"
        self.folder.mkdir()
        daemon = require("redis-server", package="redis-server")
        self.tls = ["--tls", "--cacert", tls] if tls else []
        argv = [
            daemon,
            "--tls-port" if tls else "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(self.folder),
            *words,
        ]
        if sentinel:
            config = self.folder / "sentinel.conf"
            config.write_text(f"port {self.port}\nbind 127.0.0.1\ndir {self.folder}\n{sentinel}\n", encoding="utf-8")
            argv = [daemon, str(config), "--sentinel"]
        super().__init__(argv, self.folder / "log", lambda: self.cli("PING") == "PONG")

    def cli(self, *words: str) -> str:
        """Run a command and return its reply as text."""
        program = require("redis-cli", package="redis-tools")
        argv = [program, "-h", "localhost" if self.tls else "127.0.0.1", "-p", str(self.port), *self.tls, *words]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)
        return done.stdout.strip()

    def stop(self) -> None:
        """Kill it: a server that cannot save ignores SIGTERM."""
        self.kill()


@contextmanager
def redis_server(folder: Path, *words: str, sentinel: str = "", tls: str = "") -> Iterator[RedisServer]:
    """Run a redis-server until the block ends. sentinel: lines of a configuration; they make it a Sentinel.

    tls: file of the authority whose certificate the server has.
    """
    server = RedisServer(folder, *words, sentinel=sentinel, tls=tls)
    try:
        server.start()
        yield server
    finally:
        server.stop()
