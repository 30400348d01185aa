"""The real gearmand on a free port, which a test may kill and start again."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.ports import free_port
from tests.support.real import require, starts_a_daemon

# Guard against hanging.
_PATIENCE = 60.0


class Gearmand:
    """Job server with its queues in memory. `address` is HOST:PORT and stays the same after a restart."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.address = f"127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        daemon = require("gearmand", package="gearman-job-server")
        words = ["--listen", "127.0.0.1", "--port", str(self.port), "--log-file", str(self.folder / "gearmand.log")]
        starts_a_daemon("gearmand")
        self._process = subprocess.Popen([daemon, *words], cwd=self.folder, stdin=subprocess.DEVNULL)
        end = time.monotonic() + _PATIENCE
        while not self._answers():
            log = self.folder / "gearmand.log"
            output = log.read_text(errors="replace") if log.exists() else ""
            assert self._process.poll() is None and time.monotonic() < end, f"gearmand does not start:\n{output}"
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it. Its queues are lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def status(self) -> dict[str, tuple[int, int, int]]:
        """Return number of jobs, running jobs and workers by queue."""
        rows = [line.split("\t") for line in self.query("status").splitlines() if line != "."]
        return {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in rows}

    def query(self, command: str) -> str:
        """Send a text command whose answer ends with a dot, and return the answer."""
        with socket.create_connection(("127.0.0.1", self.port), _PATIENCE) as connection:
            connection.sendall(f"{command}\n".encode())
            answer = b""
            while not (answer == b".\n" or answer.endswith(b"\n.\n")):
                more = connection.recv(65_536)
                assert more, answer
                answer += more
        return answer.decode(errors="replace")

    def command(self, command: str) -> None:
        """Send a text command whose answer is OK."""
        with socket.create_connection(("127.0.0.1", self.port), _PATIENCE) as connection:
            connection.sendall(f"{command}\n".encode())
            answer = connection.recv(1_000)
        assert answer.startswith(b"OK"), answer

    def _answers(self) -> bool:
        with suppress(OSError, AssertionError):
            self.query("status")
            return True
        return False


@contextmanager
def gearmand(folder: Path) -> Iterator[Gearmand]:
    """Run a gearmand until the block ends."""
    server = Gearmand(folder, free_port())
    server.start()
    try:
        yield server
    finally:
        server.kill()
