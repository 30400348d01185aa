"""Real servers in the foreground, each with its own folder, which a test stops, freezes and starts again."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from tests.support.real import starts_a_daemon

Server = TypeVar("Server", bound="Daemon")

# Guard against hanging.
_PATIENCE = 60.0


class Daemon:
    """Server in a process group of its own. `log` has its output.

    argv: a command line that stays in the foreground. folder: its working folder, where `log` is. ready: returns True
    as soon as the server answers.
    """

    def __init__(
        self,
        argv: Sequence[str],
        folder: Path,
        ready: Callable[[], bool],
        *,
        env: Mapping[str, str] | None = None,
        patience: float = _PATIENCE,
    ) -> None:
        self.argv = list(argv)
        self.folder = folder
        self.log = folder / f"{Path(argv[0]).name}.log"
        self._ready = ready
        self._env = None if env is None else {**os.environ, **env}
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the server and wait until it answers."""
        name = Path(self.argv[0]).name
        starts_a_daemon(name)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.argv,
                cwd=self.folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._answers, f"{name} does not start", self._output, self._patience)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Send a signal and wait for the end of the server. What is left of its group is killed."""
        if self._process is None:
            return
        self.thaw()
        self._process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        group = self._process.pid
        wait_until(lambda: not _runs(group), f"children of {self.argv[0]} do not end")
        self._process = None

    def kill(self) -> None:
        """Kill the server and its children."""
        self.stop(signal.SIGKILL)

    def freeze(self) -> None:
        """Let the server and its children hang, and wait until they do."""
        os.killpg(self.pid, signal.SIGSTOP)
        wait_until(lambda: self._state() == "T", f"{self.argv[0]} does not stop")

    def thaw(self) -> None:
        """Let a frozen server go on."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGCONT)

    def _state(self) -> str:
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2][0]

    def _answers(self) -> bool:
        assert self._process is not None and self._process.poll() is None, self._output()
        return self._ready()

    def _output(self) -> str:
        return self.log.read_text(errors="replace")


def _runs(group: int) -> bool:
    """Return True if a process of a group, or a thread of one that ends, still runs and may hold sockets."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError):
            fields = file.read_text().rpartition(") ")[2].split()
            if int(fields[2]) == group and (fields[0] not in "ZX" or int(fields[17]) > 1):
                return True
    return False


def wait_until(
    holds: Callable[[], bool], failure: str, detail: Callable[[], object] = str, patience: float = _PATIENCE
) -> None:
    """Wait until a condition holds. Fails the test with `failure` and `detail()` where it never does."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, f"{failure}: {detail()}"
        time.sleep(0.03)


def accepts(address: str) -> bool:
    """Return True if something accepts connections at `HOST:PORT` or at the path of a Unix socket."""
    with suppress(OSError):
        if address.startswith("/"):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(address)
                return True
        host, _, port = address.rpartition(":")
        with socket.create_connection((host, int(port)), 1):
            return True
    return False


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Start a server, and stop it at the end of the block."""
    try:
        server.start()
        yield server
    finally:
        server.kill()
