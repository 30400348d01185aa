"""Servers that a test starts as child processes, and waits for."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.real import starts_a_daemon

#: Guard against hanging.
PATIENCE = 60.0


def wait_until(ready: Callable[[], object], problem: Callable[[], str] = str, *, pause: float = 0.02) -> None:
    """Wait until `ready` returns a true value. An OSError counts as false.

    problem: text for the failure. pause: seconds between two attempts.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if ready():
                return
        except OSError:
            pass
        assert time.monotonic() < end, f"not ready within {PATIENCE:g} s\n{problem()}"
        time.sleep(pause)


class Server:
    """A child process with its log. `start` may be called again after `stop` or `kill`.

    group: killing it kills its children too, for a server whose workers outlive their master.
    """

    def __init__(
        self,
        argv: Sequence[str | Path],
        log: Path,
        ready: Callable[[], object],
        *,
        cwd: Path | None = None,
        user: str | None = None,
        env: dict[str, str] | None = None,
        group: bool = False,
    ) -> None:
        self.argv = [str(word) for word in argv]
        self.log = log
        self.ready = ready
        self.cwd = cwd
        self.user = user
        self.env = env
        self.group = group
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        starts_a_daemon(Path(self.argv[0]).name)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.argv,
                cwd=self.cwd,
                user=self.user,
                env=None if self.env is None else os.environ | self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=self.group,
            )
        wait_until(self._started, lambda: self.log.read_text(errors="replace")[-3000:])

    def _started(self) -> object:
        code = None if self.process is None else self.process.poll()
        assert code is None, f"{self.argv[0]} ended with {code}:\n{self.log.read_text(errors='replace')[-3000:]}"
        return self.ready()

    def stop(self) -> None:
        """End it with SIGTERM, and with SIGKILL where that does not help."""
        if self.group:
            self.kill()
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None

    def kill(self) -> None:
        if self.process is not None:
            if self.group:
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Run a server until the block ends."""
    try:
        server.start()
        yield server
    finally:
        server.stop()
