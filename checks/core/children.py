"""Process groups that sources have started: none may outlive a run that is ended from outside."""

import os

_groups: set[int] = set()
_SIGKILL = 9


def started(group: int) -> None:
    """A source started a process group; it says `ended` when it has ended it."""
    _groups.add(group)


def ended(group: int) -> None:
    _groups.discard(group)


def kill_all() -> None:
    """End what still runs. For the process that is about to leave, whoever holds what locks."""
    for group in list(_groups):
        try:
            os.killpg(group, _SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue  # ended in the meantime, or taken over by another user: not ours to end
