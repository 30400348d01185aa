"""Check php_fpm against a fake, and against the real PHP-FPM."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.php_fpm.fake import FakePhpFpmPools
from checks.php_fpm.php_fpm import PhpFpm
from checks.php_fpm.source import PoolStatus
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support import php_fpm
from tests.support.daemons import running, wait_until
from tests.support.ports import free_port
from tests.support.sample import Sample

DEFAULT = "/run/php/php-fpm.sock"
POOLS = FakePhpFpmPools(
    {
        DEFAULT: PoolStatus("www", active=2, idle=3, total=5, accepted=700),
        "/busy": PoolStatus("shop", active=17, idle=0, total=17, busiest=20, reached=3, accepted=90),
        "/full": PoolStatus("shop", manager="static", active=20, idle=0, total=20),
        "127.0.0.1": PoolStatus("shop", manager="static", active=4, idle=0, total=4, queue=9, queue_length=16),
        "127.0.0.1:9001": PoolStatus("shop", active=1, total=4, queue=3, queue_length=511),
        "/reached": PoolStatus("shop", reached=4),
        "/slow-pages": PoolStatus("shop", slow=7),
        "/slow": PoolStatus("shop", seconds=3),
        "/gone": Down("php-fpm /gone: no process listens on the socket"),
        "/other": CannotTell("php-fpm /other: status 404 for /fpm-status (File not found.)"),
        "/refused": CannotTell("php-fpm /refused: this user may not connect to the socket"),
    }
)
CASES = {
    "all is well": ("", "OK"),
    "with its limit": ("--max-children 5", "OK"),
    "busy": ("-H /busy --max-children 20", "WARNING"),
    "all processes are busy": ("-H /full", "CRITICAL"),
    "half a queue": ("-H 127.0.0.1", "CRITICAL"),
    "a short queue": ("-H 127.0.0.1:9001", "WARNING"),
    "the limit was reached": ("-H /reached", "CRITICAL"),
    "slow pages": ("-H /slow-pages", "WARNING"),
    "slow": ("-H /slow", "CRITICAL"),
    "several pools": (f"-H {DEFAULT} -H /gone", "CRITICAL"),
    "not running": ("-H /gone", "CRITICAL"),
    "no status page": ("-H /other", "UNKNOWN"),
    "not permitted": ("-H /refused", "UNKNOWN"),
    "an empty address": ("-H ''", "UNKNOWN"),
    "a path without its slash": ("--path status", "UNKNOWN"),
    "no number": ("--max-children -1", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_php_fpm(command_line: str, state: str, golden: Golden) -> None:
    addresses = list(POOLS.pools)
    memory = FakeStateFile()
    memory.remembered = {
        "events": {"last": {f"{kind} {one}": 0 for kind in ("reached", "slow") for one in addresses}},
        "requests": dict.fromkeys(addresses, 10),
    }
    outcome = run(PhpFpm, command_line, POOLS, memory)
    assert outcome.state == state
    golden(outcome)


def test_reload_gives_no_rate_and_loses_no_event() -> None:
    memory = FakeStateFile()
    states = []
    for accepted, reached in ((900, 5), (950, 5), (3, 4), (9, 4)):
        pools = FakePhpFpmPools({DEFAULT: PoolStatus(accepted=accepted, reached=reached)})
        outcome = run(PhpFpm, "", pools, memory)
        rate = next(part for part in outcome.perfdata if part.startswith("requests"))
        states.append((outcome.state, rate.partition("=")[2]))
    assert states == [("OK", "U;;;0;"), ("OK", "0.833;;;0;"), ("CRITICAL", "U;;;0;"), ("CRITICAL", "0.1;;;0;")]


@pytest.mark.daemon
def test_real_php_fpm(tmp_path: Path) -> None:
    memory = FakeStateFile(seconds=121)
    with running(php_fpm.PhpFpm(tmp_path, children=2)) as server:
        words = f"-H {server.status} --max-children 2"
        assert run(PhpFpm, words, World(), memory).state == "OK"
        outcome = run(PhpFpm, f"{words} --path /none", World(), memory)
        assert (outcome.state, "add pm.status_path = /none to the pool's file" in outcome.summary) == ("UNKNOWN", True)

        # Both processes are busy. The status socket answers, the pool's own does not.
        with server.requests(3):
            wait_until(lambda: "100 %" in run(PhpFpm, words, World(), FakeStateFile()).summary, "it is not busy")
            outcome = run(PhpFpm, words, World(), memory)
            assert (outcome.state, outcome.summary[:14]) == ("CRITICAL", "Busy processes")
            outcome = run(PhpFpm, f"-H {server.listen} -t 1", World(), memory)
            assert (outcome.state, "no answer within" in outcome.summary) == ("CRITICAL", True)
        wait_until(lambda: run(PhpFpm, words, World(), FakeStateFile()).state == "OK", "it stays busy")

        # The pool needed a third process, which keeps the check from OK until the window ends.
        outcome = run(PhpFpm, words, World(), memory)
        assert [one.value for one in outcome.readings if one.gauge == "reached"] == [1]
        server.freeze()
        outcome = run(PhpFpm, f"{words} -t 1", World(), memory)
        assert (outcome.state, "no answer within" in outcome.summary) == ("CRITICAL", True)
        server.thaw()
        server.kill()
        outcome = run(PhpFpm, words, World(), memory)
        assert (outcome.state, "no process listens on the socket" in outcome.summary) == ("CRITICAL", True)
        server.start()
        wait_until(lambda: run(PhpFpm, words, World(), memory).state == "OK", "it does not recover")


@pytest.mark.daemon
def test_real_queue_on_tcp(tmp_path: Path) -> None:
    listen = f"127.0.0.1:{free_port()}"
    with running(php_fpm.PhpFpm(tmp_path, listen=listen, manager="static", children=1, backlog=4)) as server:
        words = f"-H {server.status}"
        assert run(PhpFpm, words, World(), FakeStateFile()).state == "OK"
        with server.requests(4):

            def overflows() -> bool:
                outcome = run(PhpFpm, words, World(), FakeStateFile())
                return outcome.state == "CRITICAL" and "Queue " in outcome.summary

            wait_until(overflows, "it has no queue")
        wait_until(lambda: run(PhpFpm, words, World(), FakeStateFile()).state == "OK", "the queue does not end")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with running(php_fpm.PhpFpm(folder)) as server:
        yield Sample(f"--host {server.status}")
