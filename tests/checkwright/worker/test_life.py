"""A real nagios4 and a worker that live through bursts, reloads, restarts, and each other's end.

CHECKWRIGHT_SOAK_SECONDS=3600 makes the soak test an hour long; docs/guides/worker.md has figures of a long run.
"""

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checkwright.worker.worker_status import read_status
from tests.support.installed import installed_bin
from tests.support.nagios import Nagios, Status, nagios, own, place, scratch
from tests.support.services import services
from tests.support.worker import Worker, worker

pytestmark = pytest.mark.daemon

CHECK = str(installed_bin() / "check")
PLANTED = '''
"""Behave well or badly, for tests."""

from checkwright import Check, Metrics, gauge, option


class Planted(Check):
    """For tests."""
    CONTAINED
    how: str = option("Behaviour", default="nothing")
    number: int = option("Number to report", default=0)

    shown = gauge("Number", warn=1000)

    def probe(self) -> Metrics:
        getattr(self, self.how)()
        yield self.shown(self.number)

    def nothing(self):
        return None

    def slow(self):
        import time

        time.sleep(0.3)

    def hangs(self):
        import time

        time.sleep(600)

    def regex(self):
        import re

        re.match(r"(a+)+$", "a" * 60 + "b")

    def crashes(self):
        import ctypes

        ctypes.string_at(0)  # a true fault: a signal sent to the process may let this very thread go on

    def leaks(self):
        import sys

        sys.leaked = [*getattr(sys, "leaked", []), bytearray(100_000)]
'''


def plant(folder: Path) -> Path:
    """Make a project whose checks behave badly: `planted` in processes of their own, `threaded` in threads."""
    project = folder / "planting"
    place(project / "__init__.py", "")
    place(project / "plugins" / "planted.py", PLANTED.replace("    CONTAINED\n", "\n"))
    threaded = PLANTED.replace("Planted", "Threaded").replace("CONTAINED", "\n    thread_safe = True\n")
    place(project / "plugins" / "threaded.py", threaded)
    return project


@contextmanager
def folder_with_project() -> Iterator[tuple[Path, Path]]:
    with scratch() as folder:
        project = plant(folder)
        own(folder)
        yield folder, project


def asks(path: str) -> bytes:
    """Return the answer of Nagios's query handler. There is none while Nagios is busy with a full socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(30)
        client.connect(path)
        client.sendall(b"#help list\0")
        return client.recv(4096)


def test_burst_of_slow_checks_with_large_outputs_does_not_stop_nagios() -> None:
    with folder_with_project() as (folder, project):
        query = str(folder / "nagios.qh")
        long_text = "x" * 900
        lines = {f"quick{n}": f"{CHECK} dummy --value {n} --text {long_text} -vvv" for n in range(1700)}
        lines |= {f"slow{n}": f"{CHECK} --project {project} threaded --how slow --number {n}" for n in range(200)}
        talks = place(
            folder / "talks",
            "#!/bin/sh\necho $1\nexec /usr/bin/head -c 100000 /dev/zero | /usr/bin/tr '\\0' y\n",
            mode=0o755,
        )
        lines |= {f"long{n}": f"{talks} {n}" for n in range(100)}
        with worker(folder, "--socket", query, "--command", str(talks)) as running:
            running.wait_for("ready:")
            # Nothing is checked before all checks are requested at once.
            with nagios(services(lines), query_socket=query, execute_service_checks="0") as daemon:
                running.wait_for("registered with Nagios")
                daemon.send("START_EXECUTING_SVC_CHECKS")
                for name in lines:
                    daemon.send(f"SCHEDULE_FORCED_SVC_CHECK;here;{name};{int(time.time())}")
                answers = 0

                def all_checked() -> bool:
                    nonlocal answers
                    assert b"wproc" in asks(query)
                    answers += 1
                    return all(status.checked for status in daemon.services().values())

                daemon.wait(all_checked, "2,000 services to be checked")
                found = {name: status for (_, name), status in daemon.services().items()}
        assert answers > 3
    for number in range(1700):
        assert found[f"quick{number}"].perfdata.startswith(f"value={number};"), number
    for number in range(200):
        assert found[f"slow{number}"].output == f"THREADED OK: Number {number}"
    for number in range(100):
        assert found[f"long{number}"].output == str(number)


def test_paused_nagios_gets_every_answer_later() -> None:
    with folder_with_project() as (folder, _):
        query, status = str(folder / "nagios.qh"), str(folder / "status.sock")
        lines = {f"s{n}": f"{CHECK} dummy --value {n} --text {'x' * 800} -vvv" for n in range(500)}
        with worker(folder, "--socket", query, "--status-socket", status) as running:
            running.wait_for("ready:")
            with nagios(services(lines, minutes=10_000), query_socket=query) as daemon:
                running.wait_for("registered with Nagios")
                before = daemon.wait_until_checked(len(lines))
                last = max(one.last_check for one in before.values())
                daemon.wait(lambda: time.time() >= last + 1, "the next second")
                for name in lines:
                    daemon.send(f"SCHEDULE_FORCED_SVC_CHECK;here;{name};{int(time.time())}")
                os.kill(daemon.pid, signal.SIGSTOP)
                try:
                    running.wait(
                        lambda: read_status(status)["held"] == 0, "all to be answered that was sent until then"
                    )
                finally:
                    os.kill(daemon.pid, signal.SIGCONT)
                daemon.wait(
                    lambda: all(one.last_check > last for one in daemon.services().values()), "all to be checked again"
                )
                found = daemon.services()
    assert all(one.perfdata.startswith(f"value={name[1:]};") for (_, name), one in found.items())


def test_worker_registers_again_after_a_reload_and_a_restart_of_nagios() -> None:
    with folder_with_project() as (folder, _):
        query = str(folder / "nagios.qh")
        shows = place(
            folder / "shows", "#!/bin/sh\n/bin/cat /proc/$PPID/cmdline | /usr/bin/tr '\\0\\n' '  '\n", mode=0o755
        )
        lines = {"shows": str(shows)}
        with worker(folder, "--socket", query, "--command", str(shows)) as running:
            running.wait_for("ready:")
            for start in (1, 2):
                with nagios(services(lines), query_socket=query) as daemon:
                    running.wait_for("registered with Nagios", 2 * start - 1)
                    daemon.wait_until_checked(1)
                    daemon.reload()
                    running.wait_for("registered with Nagios", 2 * start)
                    assert "checkwright: fork server" in daemon.check_now("here", "shows").output


def test_nagios_runs_the_programs_itself_without_the_worker() -> None:
    with folder_with_project() as (folder, project):
        query = str(folder / "nagios.qh")
        lines = {f"v{n}": f"{CHECK} dummy --value {n} -w 5" for n in range(10)}
        lines["held"] = f"{CHECK} --project {project} planted --how slow --number 7"
        with worker(folder, "--socket", query) as running:
            running.wait_for("ready:")
            with nagios(services(lines), query_socket=query) as daemon:
                running.wait_for("registered with Nagios")
                daemon.wait_until_checked(len(lines))
                # It finishes its jobs before it ends.
                before = daemon.services()["here", "held"].last_check
                daemon.wait(lambda: time.time() >= before + 2, "another second")
                daemon.send(f"SCHEDULE_FORCED_SVC_CHECK;here;held;{int(time.time())}")
                time.sleep(0.1)
                assert running.stop() == 0
                daemon.wait(lambda: daemon.services()["here", "held"].last_check > before, "the job that was held")
                assert daemon.services()["here", "held"].output == "PLANTED OK: Number 7"
                found = daemon.check_all_now([("here", f"v{n}") for n in range(10)])
            assert "jobs are ended" not in running.log()
    assert {status.state for status in found.values()} == {"OK", "WARNING"}


def _expected(project: Path) -> dict[str, tuple[str, str, str]]:
    """Return services by name: command line, state, and a pattern for an output that no other service has."""
    good = {
        f"good{n}": (
            f"{CHECK} dummy --value {n} -w 30",
            "OK" if n <= 30 else "WARNING",
            f"DUMMY OK: Value {n}" if n <= 30 else rf"DUMMY WARNING: Value {n} \(above 30\)",
        )
        for n in range(40)
    }
    planted = f"{CHECK} --project {project} planted"
    threaded = f"{CHECK} --project {project} threaded"
    bad = {
        "slow": (f"{planted} --how slow --number 5", "OK", "PLANTED OK: Number 5"),
        "slow-thread": (f"{threaded} --how slow --number 6", "OK", "THREADED OK: Number 6"),
        "hangs": (f"{planted} --how hangs -t 1:CRITICAL", "CRITICAL", "PLANTED CRITICAL: timed out after 1 s"),
        "hangs-thread": (f"{threaded} --how hangs -t 1:WARNING", "WARNING", "THREADED WARNING: timed out after 1 s"),
        "regex": (f"{threaded} --how regex -t 2", "UNKNOWN", "THREADED UNKNOWN: timed out after 2 s"),
        "crashes": (f"{planted} --how crashes", "UNKNOWN", r"\(No output.*"),
        "crashes-thread": (f"{threaded} --how crashes", "UNKNOWN", r"\(No output.*"),
        "leaks": (f"{planted} --how leaks --number 8", "OK", "PLANTED OK: Number 8"),
        "shell": (f"{CHECK} dummy --value 90 | cat", "OK", "DUMMY OK: Value 90"),
        "load": (f"{CHECK} load -w 1000 -c 2000", "OK", "LOAD OK: .*"),
    }
    return good | bad


def _wrong(services: dict[tuple[str, str], Status], expected: dict[str, tuple[str, str, str]]) -> list[str]:
    return [
        f"{name}: {status.state} {status.output}"
        for (_, name), status in services.items()
        if status.checked and (status.state != expected[name][1] or not re.fullmatch(expected[name][2], status.output))
    ]


def _all_again(daemon: Nagios, seen: list[str], expected: dict[str, tuple[str, str, str]]) -> None:
    """Wait until each service was checked again by its schedule, and note wrong results meanwhile."""
    since = int(time.time())

    def again() -> bool:
        found = daemon.services()
        seen.extend(_wrong(found, expected))
        return len(found) == len(expected) and all(status.last_check > since for status in found.values())

    daemon.wait(again, "every service to be checked again")


def test_soak() -> None:
    seconds = float(os.environ.get("CHECKWRIGHT_SOAK_SECONDS", "15"))
    wrong: list[str] = []
    with folder_with_project() as (folder, project):
        query, status = str(folder / "nagios.qh"), str(folder / "status.sock")
        expected = _expected(project)
        lines = {name: line for name, (line, _, _) in expected.items()}
        words = ("--socket", query, "--status-socket", status)
        with worker(folder, *words) as first:
            first.wait_for("ready:")
            with nagios(services(lines, minutes=2), query_socket=query, interval_length="1") as daemon:
                first.wait_for("registered with Nagios")
                daemon.wait_until_checked(len(lines))
                _all_again(daemon, wrong, expected)
                daemon.reload()
                first.wait_for("registered with Nagios", 2)
                _all_again(daemon, wrong, expected)
                helpers = first.children()
                os.kill(first.pid, signal.SIGKILL)
                first.process.wait()
                daemon.wait(lambda: not any(Path(f"/proc/{pid}").exists() for pid in helpers), "its helpers to end")
                with worker(folder, *words) as second:
                    second.wait_for("ready:", 2)
                    second.wait_for("registered with Nagios", 3)
                    # Nagios forgets the jobs of a dead worker, for ten minutes or until a check is requested.
                    daemon.check_all_now([("here", name) for name in lines])
                    _all_again(daemon, wrong, expected)
                    memory = _memory(second)
                    end = time.monotonic() + seconds
                    while time.monotonic() < end:
                        _all_again(daemon, wrong, expected)
                    grown = _memory(second) - memory
                    assert second.stop() == 0
    assert wrong == []
    # A leak of one check alone would be 100 kB a run.
    print(f"grown by {grown} bytes from {memory}")
    assert grown < 30_000_000


def _memory(running: Worker) -> int:
    """Return the memory of the worker and its helpers, in bytes."""
    pids = [running.pid, *running.children()]
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 for pid in pids)
