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
    """Kill the process groups of one run, by default of all. Takes no lock, because a signal handler calls it."""
    for group, starter in list(_groups.items()):
        if run is not None and starter is not run:
            continue
        try:
            os.killpg(group, _SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue  # it has ended in the meantime, or another user's process has its number now
