import os
import subprocess
import sys
import time

import pytest

from checkwright.core.errors import CannotTell
from checkwright.sources.run_in_child import outside
from tests.support.current_run import current_run


def hang() -> None:
    time.sleep(60)


def test_an_answer_comes_back_from_another_process() -> None:
    pid, answer = outside(lambda: (os.getpid(), ["text", 1, 2.5, None]), "a sample")
    assert pid != os.getpid()
    assert answer == ["text", 1, 2.5, None]


def test_an_answer_longer_than_a_pipe_holds() -> None:
    assert outside(lambda: "x" * 1_000_000, "a sample") == "x" * 1_000_000


def test_an_error_of_the_system_is_raised_here() -> None:
    with pytest.raises(FileNotFoundError):
        outside(lambda: os.stat("/no/such/file").st_size, "/no/such/file")


def test_a_child_that_ends_without_an_answer_is_said() -> None:
    def crash() -> None:
        os._exit(7)

    with pytest.raises(CannotTell, match="the process that looked at a sample ended without an answer"):
        outside(crash, "a sample")


def test_a_call_that_hangs_is_left_with_half_of_the_time() -> None:
    with current_run(seconds=0.6) as run:
        with pytest.raises(CannotTell, match=r"/dead did not answer within 0\.3 s: it may be stuck"):
            outside(hang, "/dead")
        assert run.doing == "/dead"
        assert outside(lambda: "alive", "the next one") == "alive"


def test_what_hangs_is_killed_and_taken_away() -> None:
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)

    with current_run(seconds=0.2), pytest.raises(CannotTell):
        outside(hang, "a sample")
    os.close(writer)
    assert os.read(reader, 1) == b""  # the child never held the pipe, or is gone
    os.close(reader)
    for _ in range(200):
        outside(int, "a sample")
        if not children():
            break
        time.sleep(0.01)
    assert children() == []


def children() -> list[int]:
    """Children of this process that have been killed or have ended, but were not waited for."""
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def test_a_child_that_cannot_be_killed_does_not_hold_our_output() -> None:
    """A process in a dead system call survives SIGKILL. Nagios waits until nobody holds the plugin's pipe."""
    script = """
import os, time
from checkwright.core.errors import CannotTell
from checkwright.sources import run_in_child
from tests.support.current_run import current_run

run_in_child._leave = lambda child: print(child, flush=True)
with current_run(seconds=0.2):
    try:
        run_in_child.outside(lambda: time.sleep(60), "a sample")
    except CannotTell as trouble:
        print(trouble)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True, cwd=os.getcwd()
    )
    child, sentence = done.stdout.splitlines()
    os.kill(int(child), 9)  # fails if it had not outlived its parent
    assert sentence == "a sample did not answer within 0.1 s: it may be stuck"
