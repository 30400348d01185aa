"""Files of this family: routes that somebody declared, and counts that reports read."""

import os

from checkwright.core.errors import BadUsage
from checkwright.core.shipped import find_shipped
from checkwright.latency import routes_file
from checkwright.sources import CannotTell, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.latency.counts import Header, Slot
    from checkwright.latency.routes_file import RoutesFile

#: Place of routes files in a project, and below /etc/checkwright on machines.
ROUTES = "latency/{}.routes"


class LatencyFiles(Source):
    """Routes files and counts files of this machine."""

    def routes(self, path: str) -> "RoutesFile":
        """Read a routes file: a path, or the name of one that a build has handed out.

        Raises BadUsage, with the number of the wrong line.
        """
        return routes_file.read(find_shipped(ROUTES, path))

    def host(self) -> str:
        """Return the name of this machine."""
        return os.uname().nodename

    def ready(self, folder: str) -> str:
        """Return why counts cannot be kept in a folder, "" if they can."""
        if not os.path.isdir(folder):
            return f"there is no folder {folder}"
        return "" if os.access(folder, os.W_OK | os.X_OK) else f"{folder} cannot be written"

    def keep(self, folder: str, header: "Header", slots: "list[Slot]", step: int, now: float) -> None:
        """Append slots to the counts files in a folder, and bring one older file into the form of its age.

        Raises CannotTell if the folder cannot be written.
        """
        from checkwright.latency.counts_folder import CountsFolder, day_of

        counts = CountsFolder(folder)
        new_days = counts.append(header, slots, step)
        for day in new_days:
            counts.pack(header, day_of(_before(day)))
        if new_days:
            counts.tidy(header, now)


def _before(day: str) -> float:
    """Return a moment of the day before `2026-11-29`."""
    import calendar
    import time

    return calendar.timegm(time.strptime(day, "%Y-%m-%d")) - 43_200.0


__all__ = ["BadUsage", "CannotTell", "LatencyFiles"]
