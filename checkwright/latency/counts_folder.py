"""Folder with the counts files of a machine: one for each log and day, in UTC.

Slots of five minutes are kept for 7 days and hours for 60 days, by default.
"""

import os
import time

from checkwright.core.errors import CannotTell
from checkwright.core.trusted_path import open_folder
from checkwright.latency import counts_file
from checkwright.latency.counts import HOUR, STEP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkwright.latency.counts import Header, Slot

#: Days for that slots of five minutes, and hours, are kept.
DAYS = 7
DAYS_OF_HOURS = 60
_DAY = 86_400


class CountsFolder:
    """Counts files in a folder, for one writer at a time: a check appends slots under the lock of its memory.

    Every method raises CannotTell, with the path and what to do, where a file cannot be written.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def append(self, header: "Header", slots: "Iterable[Slot]", step: int) -> list[str]:
        """Append slots to the files of their days, made where they are missing, and return the days of new files.

        A run that is killed before it has stored its position brings its slots again; readers take the later ones.
        """
        days: dict[str, list[Slot]] = {}
        for slot in slots:
            days.setdefault(day_of(slot.start), []).append(slot)
        return [
            day for day, found in days.items() if self._append(counts_file.file_name(header, day), header, found, step)
        ]

    def _append(self, name: str, header: "Header", slots: "list[Slot]", step: int) -> bool:
        try:
            with (
                _Opened(self.path) as folder,
                open(counts_file.open_to_append(name, folder), "ab", buffering=0) as file,
            ):
                size = os.fstat(file.fileno()).st_size
                data = counts_file.packed(header, slots, step)
                try:
                    complete = file.write(data) == len(data)
                except OSError:
                    file.truncate(size)  # a disk that fills up must not leave half a part before the next one
                    raise
                if not complete:
                    file.truncate(size)
                    raise OSError(0, "only a part could be written: the disk is full")
                return size == 0
        except OSError as error:
            raise self._unusable(error) from None

    def tidy(self, header: "Header", now: float, days: int = DAYS, days_of_hours: int = DAYS_OF_HOURS) -> str:
        """Bring one file of a log into the form that its age asks for, and return its name; "" if all are.

        A file of an earlier day is packed again as a whole, one older than `days` is folded into hours, and one older
        than `days_of_hours` is removed. One file for each call, so that a run of a check stays short.
        """
        stem = counts_file.file_stem(header)
        try:
            with _Opened(self.path) as folder:
                for name in sorted(os.listdir(folder)):
                    day = _day_in(name, stem)
                    if day is None:
                        continue
                    age = (now - day) / _DAY - 1  # since the day's end
                    if age > days_of_hours:
                        os.unlink(name, dir_fd=folder)
                        return name
                    if age > days and self._step(name, folder) == STEP:
                        counts = counts_file.read(name, folder)
                        counts.fold(HOUR)
                        counts_file.write(name, counts, folder)
                        return name
        except OSError as error:
            raise self._unusable(error) from None
        return ""

    def pack(self, header: "Header", day: str) -> None:
        """Pack the file of a past day as a whole: many small appended parts need several times the space."""
        name = counts_file.file_name(header, day)
        try:
            with _Opened(self.path) as folder:
                counts_file.write(name, counts_file.read(name, folder), folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._unusable(error) from None

    @staticmethod
    def _step(name: str, folder: int) -> int:
        import json

        with counts_file.opened(name, folder) as file:
            first = next(counts_file.unpacked(file, name), b"{}")
        try:
            step = json.loads(first).get("step")
        except (ValueError, AttributeError, RecursionError):
            step = None
        return step if step == HOUR else STEP

    def _unusable(self, error: OSError) -> CannotTell:
        import pwd

        try:
            user = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            user = str(os.geteuid())
        return CannotTell(
            f"cannot keep counts in {self.path}: {error.strerror}; make it a folder that {user} can write: "
            f"install -d -o {user} -m 755 {self.path}"
        )


class _Opened:
    """Folder that is open during a `with` block, so that nobody can swap it for another one meanwhile.

    The block gets its descriptor. Raises OSError.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> int:
        way = open_folder(self._path)
        try:
            self._folder = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=way)
        finally:
            os.close(way)
        return self._folder

    def __exit__(self, *_error: object) -> None:
        os.close(self._folder)


def day_of(moment: float) -> str:
    """Return the day of a moment in UTC: `2026-11-29`."""
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


def _day_in(name: str, stem: str) -> float | None:
    """Return the start of the day in the name of a log's file, None for other files."""
    if not name.startswith(f"{stem}.") or not name.endswith(counts_file.SUFFIX):
        return None
    day = name[len(stem) + 1 :].removesuffix(counts_file.SUFFIX).removesuffix(".total")
    try:
        parsed = time.strptime(day, "%Y-%m-%d")
    except ValueError:
        return None
    import calendar

    return float(calendar.timegm(parsed))
