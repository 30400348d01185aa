"""Process groups that sources have started: none may outlive a run that is ended from outside."""

import os

from checkwright.core.current import Current, current

_groups: dict[int, Current] = {}
_SIGKILL = 9


def started(group: int) -> None:
    """A source started a process group; it says `ended` when it has ended it."""
    _groups[group] = current()


def ended(group: int) -> None:
    _groups.pop(group, None)


def kill_all(run: Current | None = None) -> None:
    """End what still runs, or what this run has started. Takes no lock: whoever holds one may be the one to end."""
    for group, starter in list(_groups.items()):
        if run is not None and starter is not run:
            continue
        try:
            os.killpg(group, _SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue  # ended in the meantime, or taken over by another user: not ours to end
