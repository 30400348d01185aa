"""Counting of whole access logs: several files, compressed ones too, on all processors."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from checkwright.core.errors import BadUsage, CannotDo
from checkwright.core.regular_file import read_regular
from checkwright.latency import routes_file
from checkwright.latency.counts import HOUR, MORE, NO_ROUTE, Counts, Header, merged
from checkwright.latency.format_parser import names_of, parse_format
from checkwright.latency.learned_names import LearnedNames, relearn
from checkwright.latency.tally import Tally
from checkwright.latency.url_routes import Routes
from checkwright.sources.log_blocks import BLOCK, whole_lines

if TYPE_CHECKING:
    from checkwright.latency.format_parser import AnyFormat

#: Bytes of a log that one process reads in one go.
_PIECE = 32_000_000
#: Bytes from the beginning of the logs that teach the names with which all processes start.
_LESSON = 8_000_000
#: Beginning of a directive that describes the lines of a log.
_FORMAT = re.compile(r"^\s*(?:log_format|LogFormat|CustomLog|log-format|option\s+https?log)\s*\S*", re.M | re.I)
#: Formats that need no directive, tried on the first lines of a log.
_GUESSES = ("httplog", "alb")


@dataclass(frozen=True)
class Setup:
    """Format and routes, as text: other processes compile their own. learn: learn names that no route declares."""

    format_text: str
    format_name: str = ""
    routes: tuple[str, ...] = ()
    without_time: tuple[str, ...] = ()
    learn: bool = True

    def log_format(self) -> AnyFormat:
        """Return the compiled format. Raises BadUsage."""
        return parse_format(self.format_text, self.format_name)


@dataclass
class Counted:
    """Counts of one log: the server's time, and the total (without slots where the format has one time only).

    lines, unreadable, norequest: of all its files. example: the first line that does not fit the format.
    """

    counts: Counts
    totals: Counts
    lines: int = 0
    unreadable: int = 0
    norequest: int = 0
    example: bytes = b""


@dataclass(frozen=True)
class _Piece:
    """Part of a file for one process. end: position, 0 for the whole of a compressed file. size: bytes to read."""

    path: str
    start: int
    end: int
    size: int


@dataclass
class _Part:
    piece: _Piece
    counts: Counts
    totals: Counts
    lines: int
    unreadable: int
    norequest: int
    example: bytes
    hits: dict[str, int] = field(default_factory=dict)


def setup_of(routes: Path | None, format_text: str, format_file: Path | None, name: str, logs: Sequence[Path]) -> Setup:
    """Return format and routes from the options of a command. Raises BadUsage, CannotDo."""
    file = routes_file.read(str(routes)) if routes is not None else routes_file.RoutesFile()
    given = [text for text in (file.format_text, format_text, str(format_file or "")) if text]
    if len(given) > 1:
        raise CannotDo("There are several formats: give one, in the routes file, with --format or with --format-file.")
    if format_file is not None:
        try:
            format_text = read_regular(format_file).decode("utf-8", "replace")
        except OSError as error:
            raise CannotDo(f"Cannot read {format_file}: {error.strerror}.") from None
        if not _FORMAT.search(format_text) and "\n" in format_text.strip():
            raise CannotDo(
                f"{format_file} has no log_format, LogFormat or log-format: add one with a duration, as in "
                "docs/guides/latency.md, use it for the log, and give the file that has it."
            )
    text = file.format_text or format_text or _guessed(logs)
    names = tuple(file.routes.names) if file.routes is not None else ()
    name = name or (_fitting(text, logs) if format_file is not None else "")
    setup = Setup(text, name, names, file.without_time)
    setup.log_format()
    return setup


def _fitting(text: str, logs: Sequence[Path]) -> str:
    """Return the name of the directive in a configuration file that fits the beginning of the first log.

    "" if there is one directive at most. Raises CannotDo if none fits.
    """
    names = names_of(text)
    if len(names) < 2:
        return ""
    block = next(whole_lines(_bytes_of(str(logs[0]), 0, 0, _PIECE)), b"")
    reasons = []
    for name in names:
        try:
            if len(parse_format(text, name).columns_of(block)[0]) > block.count(b"\n") / 2:
                return name
        except BadUsage as error:
            reasons.append(str(error))
    why = f" {reasons[0][0].upper()}{reasons[0][1:]}." if len(reasons) == len(names) else ""
    raise CannotDo(
        f"None of the formats {', '.join(names)} fits {logs[0]}: choose the one of this log with --format-name.{why}"
    )


def _guessed(logs: Sequence[Path]) -> str:
    """Return a format that needs no directive and fits the beginning of the first log. Raises CannotDo."""
    path = logs[0]
    block = next(whole_lines(_bytes_of(str(path), 0, 0, _PIECE)), b"")
    for guess in _GUESSES:
        if len(parse_format(guess).columns_of(block)[0]) > block.count(b"\n") / 2:
            return guess
    first = block.partition(b"\n")[0].decode("utf-8", "backslashreplace")[:200]
    raise CannotDo(
        f"The format of {path} is unknown: give the log_format directive of nginx or the LogFormat of Apache with "
        f"--format, or the configuration file with --format-file. The first line is: {first}"
    )


def log_name(path: Path) -> str:
    """Return the path of a log without the endings of rotation: /var/log/nginx/access.log for access.log.2.gz."""
    name = re.sub(r"(\.gz|\.\d{1,4}|[-_.]\d{8}(?:[-_]?\d{2,6})?|[-_.]\d{4}-\d\d-\d\d)*$", "", path.name)
    return str(path.absolute().with_name(name or path.name))


def count_logs(
    files: Sequence[Path],
    setup: Setup,
    header: Callable[[str], Header],
    *,
    processes: int = 0,
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> list[Counted]:
    """Count access logs and return the counts of each log: files that differ in their rotation only are one log.

    header: gets the path of a log. processes: at once, by default one for each processor. progress: gets the bytes that
    were read, and those of all files. Raises CannotDo for a file that cannot be read or is given twice.
    """
    logs: dict[str, list[str]] = {}
    for path in files:
        logs.setdefault(log_name(path), []).append(str(path))
    _refuse_copies([str(path) for path in files])
    pieces = [(log, piece) for log, paths in logs.items() for path in paths for piece in _pieces(path)]
    whole, done = sum(piece.size for _, piece in pieces), 0
    seeds = _lesson(pieces[0][1].path, setup) if setup.learn and len(pieces) > 1 else {}
    parts: dict[str, list[_Part]] = {log: [] for log in logs}
    processes = min(processes or os.cpu_count() or 1, len(pieces))
    for log, part in _counted(pieces, setup, seeds, processes):
        parts[log].append(part)
        done += part.piece.size
        progress(done, whole)
    measure = "server" if setup.log_format().has_server else "total"
    return [_joined(parts[log], header(log), measure, setup) for log in logs]


def _counted(
    pieces: Sequence[tuple[str, _Piece]], setup: Setup, seeds: dict[str, int], processes: int
) -> Iterator[tuple[str, _Part]]:
    if processes == 1:
        for log, piece in pieces:
            yield log, _count(piece, setup, seeds)
        return
    with ProcessPoolExecutor(processes) as pool:
        waiting = [(log, pool.submit(_count, piece, setup, seeds)) for log, piece in pieces]
        for log, future in waiting:
            yield log, future.result()


def _joined(parts: list[_Part], header: Header, measure: str, setup: Setup) -> Counted:
    """Return the counts of a log from those of its pieces."""
    if len(parts) == 1:
        counts, totals = parts[0].counts, parts[0].totals
    else:
        counts, totals = (
            merged([part.counts for part in parts], relearn),
            merged([part.totals for part in parts], relearn),
        )
    found = Counted(
        counts,
        totals,
        sum(part.lines for part in parts),
        sum(part.unreadable for part in parts),
        sum(part.norequest for part in parts),
        next((part.example for part in parts if part.example), b""),
    )
    for one, of, step in ((counts, measure, counts.step), (totals, "total", HOUR)):
        one.step = step
        names = {name for slot in one.slots.values() for name, _ in slot.cells} - {*setup.routes, NO_ROUTE, MORE}
        one.headers = [
            Header(
                header.host,
                header.role,
                header.log,
                environment=header.environment,
                format=setup.log_format().name,
                measure=of,
                step=step,
                learned=names,
            )
        ]
        one.sources = {(header.host, header.log, of): dict.fromkeys(((start, step) for start in one.slots), "this log")}
    return found


def _count(piece: _Piece, setup: Setup, seeds: dict[str, int]) -> _Part:
    """Count one piece. Runs in a process of its own."""
    learned = LearnedNames() if setup.learn else None
    if learned is not None:
        learned.seed(seeds)
    tally = Tally(
        setup.log_format(),
        Routes(setup.routes) if setup.routes else None,
        without_time=setup.without_time,
        learned=learned,
    )
    for block in whole_lines(_bytes_of(piece.path, piece.start, piece.end, BLOCK)):
        tally.feed(block)
    result = tally.result()
    counts, totals = (
        Counts([Header("", "", "", learned=result.learned)]),
        Counts([Header("", "", "", measure="total", learned=result.learned)], step=HOUR),
    )
    counts.slots, totals.slots = result.slots, result.totals
    return _Part(piece, counts, totals, tally.lines, tally.unreadable, tally.norequest, tally.example)


def _lesson(path: str, setup: Setup) -> dict[str, int]:
    """Return the names that the beginning of a log teaches, so that all processes learn the same ones."""
    part = _count(_Piece(path, 0, _LESSON, _LESSON), setup, {})
    learned = part.counts.learned
    return {name: sum(kinds.values()) for name, kinds in part.counts.answers().items() if name in learned}


def _pieces(path: str) -> list[_Piece]:
    """Return the pieces of a file: a compressed one is a single piece."""
    try:
        size = os.stat(path).st_size
        with open(path, "rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
    except OSError as error:
        raise CannotDo(f"Cannot read {path}: {error.strerror}.") from None
    if packed or size <= _PIECE:
        return [_Piece(path, 0, 0, size)]
    return [
        _Piece(path, start, min(size, start + _PIECE), min(_PIECE, size - start)) for start in range(0, size, _PIECE)
    ]


def _bytes_of(path: str, start: int, end: int, block: int) -> Iterator[bytes]:
    """Yield the bytes of the lines that begin between two positions; all of a compressed file. Raises CannotDo."""
    try:
        with open(path, "rb") as file:
            if file.read(2) == b"\x1f\x8b":
                yield from _unpacked(path, end, block)
                return
            file.seek(max(0, start - 1))
            if start:
                file.readline()  # the piece before this one has the line that is under way
            while not end or file.tell() < end:
                data = file.read(block if not end else min(block, end - file.tell()))
                if not data:
                    return
                yield data
            file.seek(end - 1)
            if file.read(1) != b"\n":
                yield file.readline()
    except OSError as error:
        raise CannotDo(f"Cannot read {path}: {error.strerror or error}.") from None


def _unpacked(path: str, end: int, block: int) -> Iterator[bytes]:
    read = 0
    try:
        with gzip.open(path, "rb") as file:
            while (data := file.read(block)) and (not end or read < end):
                read += len(data)
                yield data
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CannotDo(f"{path} is damaged: {error}. Count the other files without it.") from None


def _refuse_copies(paths: Iterable[str]) -> None:
    """Refuse files with the same beginning: one is a copy of the other, and its requests would count twice."""
    known: dict[bytes, str] = {}
    for path in paths:
        beginning = b"".join(_bytes_of(path, 0, 1_000, 1_000))[:1_000]
        if not beginning:
            continue
        if beginning in known:
            raise CannotDo(f"{known[beginning]} and {path} begin with the same lines: is one a copy of the other?")
        known[beginning] = path
