"""The worker under a real nagios4: results arrive, and Nagios goes on whatever the worker's checks do."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.installed import installed_bin
from tests.support.nagios import Nagios, nagios, own, place, scratch
from tests.support.services import services
from tests.support.worker import Worker, worker

pytestmark = pytest.mark.daemon

CHECK = str(installed_bin() / "check")


@contextmanager
def watched(
    lines: dict[str, str], *words: str, programs: tuple[str, ...] = (), **settings: str
) -> Iterator[tuple[Nagios, Worker]]:
    """Run a worker, then a Nagios with a service for each of these command lines."""
    with scratch() as folder:
        own(folder)
        socket = str(folder / "nagios.qh")
        more = [word for program in programs for word in ("--command", program)]
        with worker(folder, "--socket", socket, *more, *words) as running:
            running.wait_for("ready:")
            with nagios(services(lines), query_socket=socket, **settings) as daemon:
                running.wait_for("registered with Nagios")
                yield daemon, running


def test_results_equal_those_without_the_worker() -> None:
    lines = {
        "ok": f"{CHECK} dummy --value 5 -w 10 -c 20",
        "bare": CHECK,
        "critical": f"{CHECK} dummy --state critical --text 'two words'",
        "long": f"{CHECK} dummy --value 5 -vv",
        "shell": f"{CHECK} dummy --value 5 | cat",
        "unknown": f"{CHECK} nosuch",
        "late": f"{CHECK} combine dummy --value 1 -- tcp_port --host 127.0.0.1 --port 1 -t 5",
    }
    with watched(lines) as (daemon, _):
        found = {name: status for (_, name), status in daemon.wait_until_checked(len(lines)).items()}
        assert "Recognized but unhandled" not in daemon.log()
    assert (found["ok"].state, found["ok"].output) == ("OK", "DUMMY OK: Value 5")
    assert found["ok"].perfdata == "value=5;10;20;;"
    assert (found["bare"].state, found["bare"].output) == ("UNKNOWN", "usage: check [--project DIR] NAME [options]")
    assert (found["critical"].state, found["critical"].output) == (
        "CRITICAL",
        "DUMMY CRITICAL: State critical (two words)",
    )
    assert found["long"].long_output == "OK: Value 5 [warning never, critical never]"
    assert (found["shell"].state, found["shell"].output) == ("OK", "DUMMY OK: Value 5")
    assert found["unknown"].output.startswith("NOSUCH UNKNOWN: there is no check 'nosuch'")
    assert found["late"].state == "CRITICAL"


def test_worker_gets_jobs_with_and_without_arguments() -> None:
    with scratch() as programs:
        seen = place(
            programs / "seen", "#!/bin/sh\n/bin/cat /proc/$PPID/cmdline | /usr/bin/tr '\\0\\n' '  '\n", mode=0o755
        )
        lines = {"with": f"{seen} an argument", "without": str(seen)}
        with watched(lines, programs=(str(seen),)) as (daemon, _):
            daemon.wait_until_checked(2)
            found = daemon.check_all_now(list(daemon.services()))
    assert {"checkwright: fork server" in status.output for status in found.values()} == {True}


def test_job_beyond_its_timeout_is_a_timeout_in_nagios() -> None:
    with scratch() as programs:
        slow = place(programs / "slow", "#!/bin/sh\nexec /bin/sleep 600\n", mode=0o755)
        with watched({"slow": str(slow)}, programs=(str(slow),), service_check_timeout="2") as (daemon, _):
            found = daemon.wait_until_checked(1)["here", "slow"]
    assert (found.state, found.output[:31]) == ("CRITICAL", "(Service check timed out after ")
    assert float(found.raw["check_execution_time"]) >= 2
