"""Run the worker as users do: `checkwright-worker` of the installed environment, as user nagios."""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.installed import installed_bin
from tests.support.real import starts_a_daemon

# Guard against hanging.
_PATIENCE = 60.0


class Worker:
    """Running worker."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def folder(self) -> Path:
        """Folder of its log."""
        return self._log.parent

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_for(self, text: str, times: int = 1) -> None:
        """Wait until a text is in its log."""
        self.wait(lambda: self.log().count(text) >= times, f"{text!r}, {times} times")

    def wait(self, happened: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + _PATIENCE
        while not happened():
            if self.process.poll() is not None:
                raise AssertionError(f"the worker ended while waiting for {what}:\n{self.log()}")
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain for {what}:\n{self.log()}")
            time.sleep(0.02)

    def stop(self) -> int:
        """Send SIGTERM and return the exit status."""
        self.process.terminate()
        return self.process.wait(_PATIENCE)

    def children(self) -> list[int]:
        """Return the process ids of its helpers."""
        found = []
        for entry in os.listdir("/proc"):
            with suppress(OSError):
                if entry.isdigit():
                    fields = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
                    if int(fields[1]) == self.pid and fields[0] != "Z":
                        found.append(int(entry))
        return found


@contextmanager
def worker(
    folder: Path, *words: str, env: Mapping[str, str] | None = None, bin: Path | None = None
) -> Iterator[Worker]:
    """Run `checkwright-worker OPTIONS` with its log in `folder` until the block ends. bin: folder of the program."""
    user = pwd.getpwnam("nagios") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    changed = os.geteuid() == 0
    starts_a_daemon("a worker")
    log = folder / "worker.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [(bin or installed_bin()) / "checkwright-worker", *words],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "HOME": str(folder), **(env or {})},
            user=user.pw_uid if changed else None,
            group=user.pw_gid if changed else None,
            extra_groups=[] if changed else None,
        )
    running = Worker(process, log)
    try:
        yield running
    finally:
        children = running.children()
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pid in children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
