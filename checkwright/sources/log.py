"""Log files: the lines that came since the last run, through every kind of rotation.

A log is known by a hash of its beginning and a checksum of the bytes before the position. Its inode is only a hint: a
file system may give that of a removed file to the next one at once.
"""

import io
import os
import stat
import time
import zlib

from checkwright.core.current import doing, remaining
from checkwright.core.errors import CannotTell
from checkwright.core.source import Source
from checkwright.core.trusted_path import open_for_root
from checkwright.sources.log_blocks import BLOCK, KEPT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO, Any

    from checkwright.sources.statefile import Before, StateFile

    #: Position in a log, as JSON holds it. Only this module looks into it.
    Position = Mapping[str, Any]

#: Most bytes of one run.
MOST = 256_000_000
#: Bytes at the beginning, and before the position, that identify a log.
_HEAD, _TAIL = 256, 64
#: Most files next to a log that are looked at.
_MOST_FILES = 200
#: Most runs with events that are remembered one by one.
_MOST_RUNS = 1_000
#: Share of the time limit that reading may use, so that time is left for what follows.
_SHARE = 0.6


class Log(Source):
    """Log files of this machine."""

    def read(self, path: str, after: "Position | None", *, most: int = MOST) -> "LogReading":
        """Return the reading of the lines after a position. Its `blocks` do the work.

        after: the `position` of an earlier reading; None begins at the end of the log, so that a first run is short.
        most: bytes to read at most; if there are more, the oldest are skipped. Raises CannotTell if the log is missing
        or cannot be read, with the group to join.
        """
        return LogReading(path, after, most)

    def lines(self, path: str, memory: "StateFile") -> "Iterator[str]":
        """Yield the lines since the last run of the check; none in the first one.

        The position is stored after the last line: a run that fails before that reads the lines again. Bytes that are
        not UTF-8 are escaped. Raises CannotTell, see `read`.
        """
        part = f"log {path}"
        reading = self.read(path, _remembered(memory, part))
        for block in reading.blocks:
            for line in block.decode("utf-8", "backslashreplace").split("\n")[:-1]:
                yield line.rstrip("\r")
        memory.exchange(reading.position, part)

    def matches(
        self, path: str, patterns: "Mapping[str, str]", seconds: float, memory: "StateFile"
    ) -> "dict[str, int]":
        """Return how many lines matched each pattern, a regular expression, in the last `seconds`.

        A line counts from the run that read it. So a burst of errors keeps its state over several runs, and an alert
        with several attempts is sent. A line may match several patterns. Raises CannotTell, see `read`.
        """
        import re

        finders = {name: re.compile(pattern).search for name, pattern in patterns.items()}
        counts = dict.fromkeys(patterns, 0)
        for line in self.lines(path, memory):
            for name, find in finders.items():
                if find(line) is not None:
                    counts[name] += 1
        return self.recent(path, counts, seconds, memory)

    @staticmethod
    def recent(path: str, counts: "Mapping[str, int]", seconds: float, memory: "StateFile") -> "dict[str, int]":
        """Return the sums of counts over the last `seconds`, from the counts of this run and of those before.

        path: path of the log, or another name for this memory. Use it if lines are not counted with `matches`.
        """
        sums = dict(counts)

        def change(before: "Before | None") -> "dict[str, Any]":
            runs: list[Any] = [[0.0, {name: count for name, count in counts.items() if count}]]
            held = [] if before is None else before.data.get("runs")
            for run in held if isinstance(held, list) else ():
                age, found = run
                if before is not None and age + before.seconds < seconds and len(runs) < _MOST_RUNS:
                    runs.append([age + before.seconds, found])
                    for name in sums:
                        sums[name] += found.get(name, 0)
            return {"runs": [run for run in runs if run[1]]}

        memory.update(change, f"counts in {path}")
        return sums


class LogReading:
    """Lines of a log since a position.

    blocks: iterator over blocks of whole lines. The other attributes are complete once it is exhausted. first: there
    was no position, so only the end of the log is remembered. position: for the next run. skipped: bytes beyond the
    limit, which were left out. left: bytes for the next run, because time ran out. lost: True if the log was truncated
    or removed, so that lines after the position may be gone. slow: compressed file that could not be unpacked up to the
    position in time, otherwise ""; the rest of it is lost.
    """

    def __init__(self, path: str, after: "Position | None", most: int) -> None:
        self.path = path
        self.first = not after
        self.position: dict[str, Any] = dict(after or {})
        self.skipped = 0
        self.left = 0
        self.lost = False
        self.slow = ""
        self._most = most
        self._end = time.monotonic() + remaining() * _SHARE
        self.blocks = self._blocks()

    @property
    def loss(self) -> str:
        """Reason why lines may be lost, for people."""
        return f"{self.slow} takes too long to unpack" if self.slow else "it was cut off or removed"

    def _blocks(self) -> "Iterator[bytes]":
        doing(f"the log {self.path}")
        with _opened(self.path) as current:
            marks = [mark for one in self.position.get("files", ()) if (mark := _Mark.of(one)) is not None]
            if not marks:
                self.first = True
                self.position = {"files": [_Piece(current, _last_line(current)).mark()]}
                return
            pieces = self._pieces(current, marks)
            try:
                yield from self._through(pieces)
            finally:
                for piece in pieces[:-1]:
                    piece.file.close()

    def _pieces(self, current: "IO[bytes]", marks: "list[_Mark]") -> "list[_Piece]":
        """Return the files to read in order of time, each from its position. The last one is the log itself."""
        mark, older = marks[-1], marks[:-1]
        pieces = [piece for one in older if (piece := self._found(one)) is not None]
        if mark.fits(current):
            return [*pieces, _Piece(current, mark.at)]
        # Rotated. The old file, or its copy, has another name now.
        found = self._found(mark)
        if found is None:
            self.lost = mark.at > 0
            return [*pieces, _Piece(current, 0)]
        found.was_log = True
        return [*pieces, found, *self._between(found, current), _Piece(current, 0)]

    def _found(self, mark: "_Mark") -> "_Piece | None":
        """Return the rest of a rotated file, found by its content."""
        for path in _rotated(self.path, mark.ino):
            file = _other(path)
            if file is None:
                continue
            doing(f"the rotated log {path}")
            try:
                if mark.fits(file, self._end):
                    return _Piece(file, mark.at)
            except _TakesTooLong:
                self.slow = path
            file.close()
            if self.slow:
                break
        return None

    def _between(self, found: "_Piece", current: "IO[bytes]") -> "list[_Piece]":
        """Return the files that were rotated after the one that was found: several rotations between two runs."""
        newer: list[tuple[int, int, _Piece]] = []
        known = {_beginning(found.file), _beginning(current)}
        late = os.fstat(found.file.fileno()).st_mtime_ns
        for path in _rotated(self.path, 0):
            file = _other(path)
            if file is None:
                continue
            changed, beginning = os.fstat(file.fileno()).st_mtime_ns, _beginning(file)
            if changed <= late or beginning in known:
                file.close()
                continue
            known.add(beginning)
            newer.append((changed, len(newer), _Piece(file, 0)))
        return [piece for _, _, piece in sorted(newer)]

    def _through(self, pieces: "list[_Piece]") -> "Iterator[bytes]":
        """Yield the blocks of all files, and note the new position."""
        too_many = sum(piece.waiting for piece in pieces) - self._most
        for piece in pieces:
            if too_many > 0:
                skipped = piece.skip(too_many)
                too_many -= skipped
                self.skipped += skipped
        for number, piece in enumerate(pieces, 1):
            # A file that was just renamed may still get the other half of its last line.
            yield from piece.blocks(self._end, finished=number < len(pieces) and not piece.was_log)
            if not piece.done:
                self.left = sum(one.waiting for one in pieces)
                break
        # The log itself comes last. Its writer may go on writing to the file before it for a while.
        kept = [piece for piece in pieces[:-1] if piece.was_log or piece.grew or not piece.done]
        self.position = {"files": [piece.mark() for piece in [*kept[-3:], pieces[-1]]]}


class _Mark:
    """Position in a file, and what identifies the file."""

    def __init__(self, ino: int, at: int, head: str, tail: int) -> None:
        self.ino = ino
        self.at = at
        self.head = head
        self.tail = tail

    @classmethod
    def of(cls, data: object) -> "_Mark | None":
        """Return the mark in a memory, None for anything else."""
        if not isinstance(data, dict):
            return None
        ino, at, head, tail = (data.get(name) for name in ("ino", "at", "head", "tail"))
        if type(ino) is int and type(at) is int and at >= 0 and isinstance(head, str) and type(tail) is int:
            return cls(ino, at, head, tail)
        return None

    def fits(self, file: "IO[bytes]", end: float = float("inf")) -> bool:
        """Return True if a file is the one of this mark, perhaps longer now, or a copy of it.

        Only a file that begins like it is read up to the position, which takes time where it is compressed. Raises
        _TakesTooLong at the moment `end`.
        """
        if self.at == 0:
            return os.fstat(file.fileno()).st_ino == self.ino
        try:
            return _head(file, self.at) == self.head and _tail(file, self.at, end) == self.tail
        except (OSError, EOFError, zlib.error):  # a compressed file that is damaged, or still being written
            return False


class _Piece:
    """Rest of one file. at: position behind the last whole line that was read. done: True if all was read."""

    def __init__(self, file: "IO[bytes]", at: int) -> None:
        self.file = file
        self.at = at
        self.size = max(at, _size(file))
        self.was_log = False
        self.grew = False
        self.done = False

    @property
    def waiting(self) -> int:
        return max(0, self.size - self.at) if not self.done else 0

    def skip(self, count: int) -> int:
        """Pass over at least `count` bytes, up to the end of a line, and return how many they are."""
        began = self.at
        if count >= self.waiting:
            self.at = self.size
        else:
            self.file.seek(self.at + count)
            self.at += count + self.file.read(BLOCK).find(b"\n") + 1
        return self.at - began

    def blocks(self, end: float, *, finished: bool) -> "Iterator[bytes]":
        """Yield blocks of whole lines until the moment `end`.

        finished: nobody adds to this file, so that a last line without its newline is one.
        """
        position, began = self.at, self.at
        rest, skipping = b"", False
        try:
            self.file.seek(position)
            while time.monotonic() < end:
                part = self.file.read(BLOCK if finished else min(BLOCK, self.size - position))
                if not part:
                    self.done = True
                    break
                position += len(part)
                if skipping:
                    found = part.find(b"\n") + 1
                    part, skipping = part[found:], not found
                    if skipping:
                        self.at = position
                        continue
                part = rest + part
                whole = part.rfind(b"\n") + 1
                rest = part[whole:]
                self.at = position - len(rest)
                if whole:
                    yield part[:whole]
                if len(rest) > BLOCK:  # a line without an end: memory must stay bounded
                    yield rest[:KEPT] + b"\n"
                    rest, skipping, self.at = b"", True, position
        except (EOFError, zlib.error):  # a compressed file that ends early
            self.done = True
        if rest and finished and self.done:
            self.at = position
            yield rest + b"\n"
        self.grew = self.at > began

    def mark(self) -> "dict[str, Any]":
        return {
            "ino": os.fstat(self.file.fileno()).st_ino,
            "at": self.at,
            "head": _head(self.file, self.at),
            "tail": _tail(self.file, self.at),
        }


class _TakesTooLong(Exception):
    """Position in a compressed file that the rest of the time is too short for."""


def _head(file: "IO[bytes]", at: int) -> str:
    """Return a hash of the beginning of a file with a position."""
    from checkwright.core.digest import sha256_digits

    length = min(_HEAD, at)
    file.seek(0)
    head = file.read(length)
    return f"{length}:{sha256_digits(head)[:32]}:{len(head)}"


def _tail(file: "IO[bytes]", at: int, end: float = float("inf")) -> int:
    """Return the checksum of the bytes before a position. Raises _TakesTooLong."""
    start = max(0, at - _TAIL)
    if not isinstance(file, io.FileIO):  # it is unpacked up to there
        for reached in range(file.tell(), start, BLOCK):
            if time.monotonic() >= end:
                raise _TakesTooLong
            file.seek(reached)
    file.seek(start)
    return zlib.crc32(file.read(min(_TAIL, at)))


def _beginning(file: "IO[bytes]") -> bytes:
    try:
        file.seek(0)
        return file.read(_HEAD)
    except (OSError, EOFError, zlib.error):
        return b""


def _last_line(file: "IO[bytes]") -> int:
    """Return the position behind the last whole line."""
    size = _size(file)
    start = max(0, size - BLOCK)
    file.seek(start)
    at = file.read(size - start).rfind(b"\n") + 1
    return start + at if at else (0 if start == 0 else size)


def _size(file: "IO[bytes]") -> int:
    size = os.fstat(file.fileno()).st_size
    if isinstance(file, io.FileIO):
        return size
    # gzip: the size of the content is in the last four bytes
    return int.from_bytes(os.pread(file.fileno(), 4, max(0, size - 4)), "little")


def _opened(path: str) -> "IO[bytes]":
    """Open a log. Raises CannotTell with the way out."""
    if not path.startswith("/"):
        raise CannotTell(f"the log {path!r} is not a full path, which begins with /")
    try:
        file = open(path, "rb", buffering=0, opener=_without_waiting)  # noqa: SIM115 - the caller closes it
    except PermissionError:
        raise CannotTell(_not_permitted(path)) from None
    except OSError as error:
        raise CannotTell(f"cannot read the log {path}: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise CannotTell(f"{path} is not a file: a log that goes to a pipe, a terminal or a socket cannot be read")
    return file


def _without_waiting(path: str, flags: int) -> int:
    if os.geteuid() == 0:  # an application may write the folder of its log, and must not choose what root reads
        return open_for_root(path, flags | os.O_NONBLOCK)
    return os.open(path, flags | os.O_NONBLOCK)


def _not_permitted(path: str) -> str:
    """Return the reason why a log cannot be read, with the group to join or the folder that is closed."""
    import grp
    import pwd

    def name(of: "Any", number: int) -> str:
        try:
            return str(of(number)[0])
        except KeyError:
            return str(number)

    user = name(pwd.getpwuid, os.geteuid())
    at = "/"
    for part in [*path.strip("/").split("/")[:-1], ""]:
        if not os.access(at, os.X_OK, effective_ids=True):
            status, needed = os.stat(at), 0o010
            break
        at = os.path.join(at, part) if part else path
    else:
        status, needed = os.stat(path), 0o040
    group = name(grp.getgrgid, status.st_gid)
    what = f"{user} cannot read the log {path}"
    if at != path:
        what += f", since it may not enter {at}"
    if status.st_mode & needed and status.st_gid not in (os.getegid(), *os.getgroups()):
        return f"{what}: add it to the group {group} (usermod -aG {group} {user}) and restart what runs the checks"
    right = "g+r" if at == path else "g+x"
    return f"{what}: its group {group} has no right to it either (chmod {right} {at})"


def _other(path: str) -> "IO[bytes] | None":
    """Open a rotated file, unpacking where it is compressed; None if it cannot be read."""
    try:
        file = open(path, "rb", buffering=0, opener=_without_waiting)  # noqa: SIM115 - the caller closes it
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            return None
    except OSError:
        return None
    if not path.endswith(".gz"):
        return file
    import gzip

    packed = gzip.GzipFile(fileobj=file, mode="rb")
    packed.myfileobj = file  # closed together
    return packed  # type: ignore[return-value]


def _rotated(path: str, ino: int) -> "Iterator[str]":
    """Yield the paths of rotated files of a log: the one with the inode first, then plain ones, then compressed ones.

    Within each, the youngest first.
    """
    folder, own = os.path.split(path)
    stem = own.rpartition(".")[0] or own
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name != own and name.startswith((own, f"{stem}-", f"{stem}.", f"{stem}_")):
                    try:
                        status = entry.stat()
                    except OSError:
                        continue
                    found.append((status.st_ino != ino, name.endswith(".gz"), -status.st_mtime_ns, entry.path))
    except OSError:
        return
    for _, _, _, other in sorted(found)[:_MOST_FILES]:
        yield other


def _remembered(memory: "StateFile", part: str) -> "Position | None":
    """Return the position that the last run has left, and change nothing."""
    found: list[Position] = []

    def look(before: "Before | None") -> "Position":
        data = {} if before is None else before.data
        found.append(data)
        return data

    memory.update(look, part)
    return found[0] or None
