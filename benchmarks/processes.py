"""Time and memory of whole processes in alternating pairs, so that a busy machine slows both."""

import os
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

#: Environment of a daemon. A shell may export variables that change the measurement: with PYTHONDONTWRITEBYTECODE
#: every start compiles its imports, with SSL_CERT_FILE every HTTP check reads all certificate authorities.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
_STARTER = """
import posix, sys
null = posix.open("/dev/null", posix.O_RDWR)
actions = [(posix.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)]
child = posix.posix_spawn(sys.argv[1], sys.argv[1:], posix.environ, file_actions=actions)
print(posix.wait4(child, 0)[2].ru_maxrss)
"""
# The same for a command whose output matters when it fails. Its output comes before the last line.
_JUDGE = """
import os, sys, time
os.chdir(sys.argv[1])
start = time.perf_counter()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - start
print(f"\\n{wall} {used.ru_utime} {used.ru_stime} {used.ru_maxrss / 1024}")
sys.exit(os.waitstatus_to_exitcode(status) & 255)
"""


class Spent(NamedTuple):
    """Wall and CPU seconds of one process, with its children."""

    wall: float
    cpu: float


class Cost(NamedTuple):
    """Cost of one process with its children: wall, user and system seconds, largest memory of one in MB."""

    wall: float
    user: float
    system: float
    memory: float


class Comparison(NamedTuple):
    """Medians of both sides, and of the ratios of their pairs with the smallest and the largest."""

    ours: Spent
    theirs: Spent
    ratio: float
    least: float
    most: float


def spend(command: Sequence[str], env: Mapping[str, str] = ENVIRONMENT) -> Spent:
    """Run a check without output. Raises RuntimeError unless it ends with 0 to 3."""
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)]
    try:
        start = time.perf_counter()
        child = os.posix_spawn(command[0], list(command), env, file_actions=actions)
        _, status, usage = os.wait4(child, 0)
        wall = time.perf_counter() - start
    finally:
        os.close(null)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1, 2, 3):
        raise RuntimeError(f"{' '.join(command)} ended with {code}: a plugin ends with 0 to 3")
    return Spent(wall, usage.ru_utime + usage.ru_stime)


def in_company(commands: Sequence[Sequence[str]], at_once: int) -> Spent:
    """Run checks, a number of them at once. Return the wall time of all, and their CPU time.

    Raises RuntimeError unless each ends with 0.
    """
    waiting = list(reversed(commands))
    # By descriptor, since waiting for any child would also collect one that something else in this process started.
    running: dict[int, tuple[int, Sequence[str]]] = {}
    ended = select.poll()
    cpu = 0.0
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)]
    try:
        start = time.perf_counter()
        while waiting or running:
            while waiting and len(running) < at_once:
                command = waiting.pop()
                child = os.posix_spawn(command[0], list(command), ENVIRONMENT, file_actions=actions)
                descriptor = os.pidfd_open(child)
                running[descriptor] = (child, command)
                ended.register(descriptor, select.POLLIN)
            for descriptor, _ in ended.poll():
                child, command = running.pop(descriptor)
                ended.unregister(descriptor)
                os.close(descriptor)
                _, status, usage = os.wait4(child, 0)
                cpu += usage.ru_utime + usage.ru_stime
                if status:
                    raise RuntimeError(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
        wall = time.perf_counter() - start
    finally:
        os.close(null)
        for descriptor, (child, _) in running.items():  # after a failure
            os.close(descriptor)
            os.wait4(child, 0)
    return Spent(wall, cpu)


def tree_seconds(root: int) -> float:
    """Return processor seconds of a process, its descendants, and their reaped children."""
    total = 0
    parents: dict[int, int] = {}
    spent: dict[int, int] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(name)] = int(fields[1])
            spent[int(name)] = sum(int(field) for field in fields[11:15])
    for pid, ticks in spent.items():
        above: int | None = pid
        while above and above != root:
            above = parents.get(above)
        if above == root:
            total += ticks
    return total / os.sysconf("SC_CLK_TCK")


def cost(command: Sequence[str], folder: Path) -> Cost:
    """Run a command in a folder to its end. Raises RuntimeError with its last output unless it ends with 0."""
    starter = [sys.executable, "-I", "-S", "-c", _JUDGE, str(folder), *command]
    done = subprocess.run(starter, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        raise RuntimeError(f"{command[0]} failed: {' '.join((done.stderr or done.stdout).split())[-600:]}")
    return Cost(*map(float, lines[-1].split()))


def memory(command: Sequence[str]) -> float:
    """Return the largest resident memory of a command in MB.

    The kernel counts the memory of the starting process before the exec, so a bare interpreter starts it:
    7 MB is the minimum.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _STARTER, *command], env=ENVIRONMENT, stdout=subprocess.PIPE, check=True
    )
    return int(done.stdout.split()[-1]) / 1024


def compare(ours: Sequence[str], theirs: Sequence[str], pairs: int) -> Comparison:
    """Run two commands in turn, `pairs` times each, after one run of each that does not count."""
    spend(ours)
    spend(theirs)
    left, right = [], []
    for number in range(pairs):
        # The order alternates, so that neither always follows the other.
        if number % 2:
            right.append(spend(theirs))
            left.append(spend(ours))
        else:
            left.append(spend(ours))
            right.append(spend(theirs))
    ratios = [one.wall / other.wall for one, other in zip(left, right, strict=True)]
    return Comparison(_median(left), _median(right), statistics.median(ratios), min(ratios), max(ratios))


def in_turn(commands: Sequence[Sequence[str]], rounds: int) -> list[Spent]:
    """Return medians of several commands, each run once a round; the order changes from round to round."""
    spent: list[list[Spent]] = [[] for _ in commands]
    for command in commands:
        spend(command)
    for number in range(rounds):
        for place in range(len(commands)):
            chosen = (number + place) % len(commands)
            spent[chosen].append(spend(commands[chosen]))
    return [_median(found) for found in spent]


def _median(all_spent: list[Spent]) -> Spent:
    return Spent(*(statistics.median(values) for values in zip(*all_spent, strict=True)))
