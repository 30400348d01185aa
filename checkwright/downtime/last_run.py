"""Sign that the timer on the Nagios server runs: a file that each of its runs touches."""

from __future__ import annotations

import time
from pathlib import Path

#: Folder of the timer: systemd makes it for the unit, and every user may look into it.
FOLDER = "/var/lib/checkwright-downtime"
_FILE = "last-run"
#: Seconds after which a timer that runs each minute counts as stopped.
_LATE = 180


def touch(folder: Path) -> None:
    """Note a run. Raises OSError. A file of root, from a run by hand, is replaced."""
    path = folder / _FILE
    path.unlink(missing_ok=True)
    path.touch()


def is_running(folder: Path) -> bool:
    """Return whether the timer has run lately."""
    try:
        return time.time() - (folder / _FILE).stat().st_mtime < _LATE
    except OSError:
        return False
