"""Calls in a child process that can be abandoned."""

import os
import select
import subprocess
import sys
import time

import pytest

from checkwright.core.errors import CannotTell
from checkwright.sources.run_in_child import run_in_child
from tests.support.clock import still_clock
from tests.support.current_run import current_run


def hang() -> None:
    select.select([], [], [], 60)


def test_result_comes_from_another_process() -> None:
    pid, answer = run_in_child(lambda: (os.getpid(), ["text", 1, 2.5, None]), "a sample")
    assert pid != os.getpid()
    assert answer == ["text", 1, 2.5, None]


def test_result_may_be_larger_than_a_pipe() -> None:
    assert run_in_child(lambda: "x" * 1_000_000, "a sample") == "x" * 1_000_000


def test_os_error_is_raised_in_the_parent() -> None:
    with pytest.raises(FileNotFoundError):
        run_in_child(lambda: os.stat("/no/such/file").st_size, "/no/such/file")


def test_child_without_a_result_is_reported() -> None:
    def crash() -> None:
        os._exit(7)

    with pytest.raises(CannotTell, match="the process that looked at a sample ended without an answer"):
        run_in_child(crash, "a sample")


def test_hanging_call_uses_half_of_the_time() -> None:
    with still_clock() as clock, current_run(seconds=6) as run:
        began = clock.now
        with pytest.raises(CannotTell, match=r"/dead did not answer within 3\.0 s: it may be stuck"):
            run_in_child(hang, "/dead")
        assert run.doing == "/dead"
        assert clock.now == pytest.approx(began + 3)


def test_next_call_is_made_after_a_hanging_one() -> None:
    with current_run(seconds=60):
        with still_clock(), pytest.raises(CannotTell, match="/dead did not answer"):
            run_in_child(hang, "/dead")
        assert run_in_child(lambda: "alive", "the next one") == "alive"


def test_hanging_child_is_killed_and_collected() -> None:
    before = children()
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)

    with still_clock(), current_run(), pytest.raises(CannotTell):
        run_in_child(hang, "a sample")
    os.close(writer)
    assert os.read(reader, 1) == b""  # the child never had the pipe, or has ended
    os.close(reader)
    end = time.monotonic() + 60
    while children() - before and time.monotonic() < end:
        run_in_child(int, "a sample")
        time.sleep(0.01)
    assert children() - before == set()


def children() -> set[int]:
    """Return the children of this process that run or were not waited for."""
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return {int(word) for word in file.read().split()}


def test_unkillable_child_does_not_hold_our_output() -> None:
    """A process in a dead system call survives SIGKILL. Nagios waits until nobody holds the plugin's pipe."""
    script = """
from checkwright.core.errors import CannotTell
from checkwright.sources import run_in_child
from tests.checkwright.sources.test_run_in_child import hang
from tests.support.clock import still_clock
from tests.support.current_run import current_run

run_in_child._abandon = lambda child: print(child, flush=True)
with still_clock(), current_run(seconds=4):
    try:
        run_in_child.run_in_child(hang, "a sample")
    except CannotTell as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True, cwd=os.getcwd()
    )
    child, sentence = done.stdout.splitlines()
    os.kill(int(child), 9)  # fails unless the child outlived its parent
    assert sentence == "a sample did not answer within 2.0 s: it may be stuck"
