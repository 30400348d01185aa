"""Process groups that sources have started. None may outlive a run that something outside ends."""

import os

from checkwright.core.current import Current, current

_groups: dict[int, Current] = {}
_SIGKILL = 9


def register(group: int) -> None:
    """Note that the current run has started a process group."""
    _groups[group] = current()


def unregister(group: int) -> None:
    """Note that a process group has ended."""
    _groups.pop(group, None)


def kill_all(run: Current | None = None) -> None:
    """Kill the process groups of one run, by default of all. Takes no lock, because a signal handler calls it.

    Without a run, children that are not registered yet end too: a signal may come while one is being started.
    """
    for group, starter in list(_groups.items()):
        if run is None or starter is run:
            _kill(group)
    if run is None:
        for child in started():
            _kill(child)


def _kill(number: int) -> None:
    """Kill a process group, or the process where it leads no group."""
    for kill in (os.killpg, os.kill):
        try:
            return kill(number, _SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue  # it has ended in the meantime, or another user's process has its number now


def started() -> list[int]:
    """Return the children of this process, none where the kernel does not list them."""
    found: list[int] = []
    try:
        for thread in os.listdir("/proc/self/task"):
            # As bytes: to decode text, Python may import a codec, and another thread may hold the lock of imports.
            with open(f"/proc/self/task/{thread}/children", "rb") as file:
                found.extend(int(word) for word in file.read().split())
    except OSError:
        pass
    return found
