"""Counts files: gzip of JSON lines, readable by `zcat FILE | jq`. Such files one after the other are one, too.

The first line is a header, each further line a slot, and a new header replaces the one before it:

    {"checkwright":"latency counts","version":1,"host":"web-1","role":"storefront","log":"/var/log/nginx/access.log",
     "format":"nginx","time":"end","measure":"server","step":300,"digits":3,"endpoints":["GET /p/{slug}"],"learned":[]}
    [1795939800,{"lines":5412,"unreadable":0,"norequest":3,"minutes":[[1081,61234,4120],0,0,0,0]},
     [[0,"2xx",0,[22,3,1,4]],[0,"cut",0,[4120,1]]]]

A row is: number of the endpoint, class, requests without a time, and gap, count, gap, count... in milliseconds. A
minute is: requests, sum of their times, slowest; 0 for a minute without requests.
"""

import errno
import os
import stat
import zlib

from checkwright.core.errors import CannotTell
from checkwright.latency import quantiles
from checkwright.latency.counts import CLASSES, HOUR, MEASURES, STEP, Cell, Counts, Header, Minute, Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, BinaryIO

VERSION = 1
SUFFIX = ".counts.gz"
_KIND = "latency counts"
#: Most bytes of a file that are unpacked: 60 days of hours have about 100 MB.
_MOST = 300_000_000
#: Most bytes of one line: 10,000 endpoints have a few.
_LONGEST = 16_000_000
#: Most slots of a file: a year has 105,120.
_MOST_SLOTS = 120_000
#: Largest number: more would not fit a float exactly. End of the years that dates can show.
_LARGEST = 1 << 53
_LAST_MOMENT = 253_402_300_800
_BLOCK = 1 << 18


class BadCounts(CannotTell):
    """File that holds no counts, or damaged ones."""


def file_name(header: Header, day: str) -> str:
    """Return the name of the file with a day (`2026-11-29`, UTC) of counts of one log.

    `web-1.storefront.var_log_nginx_access.log.2026-11-29.counts.gz`; counts of the total time end with
    `.2026-11-29.total.counts.gz`. A reader takes all facts from the header, and none from the name.
    """
    return f"{file_stem(header)}.{day}{'.total' if header.measure == 'total' else ''}{SUFFIX}"


def file_stem(header: Header) -> str:
    """Return the part of a file's name that all days of a log share."""
    log = header.log.strip("/").replace("/", "_")
    words = "".join(
        letter if letter.isalnum() or letter in "._-" else "_"
        for letter in f"{header.host}.{header.role or 'log'}.{log}"
    )
    whole = f"{header.host}\0{header.role}\0{header.log}".encode("utf-8", "surrogatepass")
    return words if len(words) <= 150 else f"{words[:140]}-{zlib.crc32(whole):08x}"


def write(path: str, counts: Counts, folder: int | None = None) -> int:
    """Write the counts of one log to a file, as a whole or not at all, and return its size in bytes.

    folder: descriptor of the folder that the path is relative to. A link in the place of the file is replaced, and not
    followed. Raises OSError, and ValueError for merged counts of several logs.
    """
    (header,) = counts.headers
    slots = [counts.slots[start] for start in sorted(counts.slots)]
    data = packed(header, slots, counts.step)
    temporary = f"{path}.{os.getpid()}-{os.urandom(6).hex()}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=folder)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, path, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        os.unlink(temporary, dir_fd=folder)
        raise
    return len(data)


def open_to_append(name: str, folder: int) -> int:
    """Open a counts file in a folder for more, made where it is missing. Raises OSError, also for a link or a pipe.

    The folder may belong to somebody else than the user of the check, who must not choose the file that root writes.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, 0o666, dir_fd=folder)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENXIO):
            raise
        raise OSError(error.errno, f"{name} is not a regular file") from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        os.close(descriptor)
        raise OSError(0, f"{name} is not a regular file, or has a second name")
    return descriptor


def packed(header: Header, slots: "list[Slot]", step: int = STEP) -> bytes:
    """Return a whole counts file as bytes."""
    import json

    names: dict[str, int] = {}
    rows = [_row(slot, names, step) for slot in slots]
    lines = [_header(header, list(names), step), *rows]
    text = "\n".join(json.dumps(line, separators=(",", ":"), ensure_ascii=False) for line in lines) + "\n"
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(text.encode("utf-8", "backslashreplace")) + packer.flush()


def read(path: str, folder: int | None = None) -> Counts:
    """Read a counts file. folder: descriptor of the folder that the path is relative to; then no link is followed.

    Where a file holds one slot twice, the later one counts: a run that was killed writes its slots again.
    Raises BadCounts, with the name of the file and the number of the line, for a file that holds no counts or ends
    early; FileNotFoundError and other OSErrors.
    """
    with opened(path, folder) as file:
        return parse(unpacked(file, path), path)


def opened(path: str, folder: int | None = None) -> "BinaryIO":
    """Open a counts file, see `read`. Raises OSError, and BadCounts for a pipe or a device, which may never end."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if folder is None else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags, dir_fd=folder)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENXIO):
            raise
        raise BadCounts(f"{path} is not a regular file") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BadCounts(f"{path} is not a regular file")
    return open(descriptor, "rb")


def parse(lines: "Iterable[bytes]", name: str) -> Counts:
    """Parse the lines of a counts file. name: the file's, for errors. Raises BadCounts."""
    import json

    counts = Counts()
    header: Header | None = None
    names: list[str] = []
    number = 0
    for number, line in enumerate(lines, 1):
        try:
            found = json.loads(line)
            if isinstance(found, dict):
                header, names = _read_header(found)
                _join(counts, header, first=number == 1)
            elif header is None:
                raise ValueError("the first line is no header")
            else:
                _read_row(found, counts, header, names, name)
        except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
            reason = f"has no {error}" if isinstance(error, KeyError) else str(error)
            raise BadCounts(f"{name}: line {number} is not one of a counts file: {reason}") from None
    if not number:
        raise BadCounts(f"{name} is empty: a counts file has a header at least")
    return counts


def unpacked(file: "BinaryIO", name: str) -> "Iterator[bytes]":
    """Yield the lines of a gzip file that may have several members. Raises BadCounts if it is damaged."""
    unpacker = zlib.decompressobj(31)
    rest, begun, size = b"", False, 0
    while True:
        data = file.read(_BLOCK)
        if not data:
            break
        while data:
            begun = True
            try:
                part = unpacker.decompress(data, _BLOCK)
            except zlib.error as error:
                raise BadCounts(f"{name} is not gzip, or is damaged: {error}") from None
            size += len(part)
            if size > _MOST:
                raise BadCounts(f"{name} has more than {_MOST} bytes when it is unpacked")
            *lines, rest = (rest + part).split(b"\n")
            yield from lines
            if len(rest) > _LONGEST:
                raise BadCounts(f"{name} has a line of more than {_LONGEST} bytes")
            data = unpacker.unconsumed_tail
            if unpacker.eof:
                data = unpacker.unused_data.lstrip(b"\0")
                unpacker, begun = zlib.decompressobj(31), False
    if begun or rest:
        raise BadCounts(f"{name} ends early: the rest is missing")


def _header(header: Header, names: list[str], step: int) -> "dict[str, Any]":
    return {
        "checkwright": _KIND,
        "version": VERSION,
        "host": header.host,
        "role": header.role,
        "environment": header.environment,
        "log": header.log,
        "format": header.format,
        "time": "end",
        "measure": header.measure,
        "step": step,
        "digits": 3,
        "endpoints": names,
        "learned": [name for name in names if name in header.learned],
    }


def _row(slot: Slot, names: dict[str, int], step: int) -> "list[Any]":
    minutes: list[Any] = [0] * (step // 60)
    for number, minute in slot.minutes.items():
        minutes[number] = [minute.requests, minute.busy, minute.slowest]
    about: dict[str, Any] = {"lines": slot.lines, "unreadable": slot.unreadable, "norequest": slot.norequest}
    if slot.skipped:
        about["skipped"] = slot.skipped
    about["minutes"] = minutes
    cells = [
        [names.setdefault(endpoint, len(names)), kind, cell.untimed, quantiles.encode(cell.times)]
        for (endpoint, kind), cell in sorted(slot.cells.items())
        if cell.times or cell.untimed
    ]
    return [slot.start, about, cells]


def _read_header(found: "dict[str, Any]") -> tuple[Header, list[str]]:
    if found.get("checkwright") != _KIND:
        raise ValueError("it is not a header of checkwright's latency counts")
    if found["version"] != VERSION:
        raise ValueError(f"version {found['version']} is not {VERSION}, the one that this program reads")
    names, step, measure = found["endpoints"], found["step"], found["measure"]
    if step not in (STEP, HOUR):
        raise ValueError(f"step {step!r} is neither {STEP} nor {HOUR}")
    if measure not in MEASURES:
        raise ValueError(f"measure {measure!r} is not one of {', '.join(MEASURES)}")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("endpoints are not a list of names")
    header = Header(
        str(found["host"]),
        str(found["role"]),
        str(found["log"]),
        environment=str(found.get("environment", "")),
        format=str(found.get("format", "")),
        measure=measure,
        step=step,
        learned=map(str, found.get("learned", ())),
    )
    return header, names


def _join(counts: Counts, header: Header, *, first: bool) -> None:
    """Take over a header of the file. Later ones may name more endpoints, and are of the same log."""
    if first:
        counts.step = header.step
        counts.headers.append(header)
        return
    mine = counts.headers[0]
    if (mine.host, mine.log, mine.measure, counts.step) != (header.host, header.log, header.measure, header.step):
        raise ValueError(f"it is a header of another log, {header.log} on {header.host}, or of another length of slots")
    if not header.learned <= mine.learned:
        mine.learned |= header.learned


def _read_row(found: "Any", counts: Counts, header: Header, names: list[str], name: str) -> None:
    start, about, cells = found
    if type(start) is not int or start % counts.step or not 0 <= start < _LAST_MOMENT:
        raise ValueError(f"{start!r} is not the start of a slot")
    source = counts.sources.setdefault((header.host, header.log, header.measure), {})
    source[start, counts.step] = name
    slot = counts.slots[start] = Slot(start)
    if len(counts.slots) > _MOST_SLOTS:
        raise ValueError(f"it has more than {_MOST_SLOTS} slots")
    slot.lines, slot.unreadable, slot.norequest, slot.skipped = (
        _whole(about.get(key, 0)) for key in ("lines", "unreadable", "norequest", "skipped")
    )
    for number, minute in enumerate(about.get("minutes", ())):
        if number >= counts.step // 60:
            raise ValueError(f"a slot has {counts.step // 60} minutes, and not more")
        if minute:
            slot.minutes[number] = Minute(*map(_whole, minute))
    for endpoint, kind, untimed, flat in cells:
        if kind not in CLASSES:
            raise ValueError(f"{kind!r} is not one of {', '.join(CLASSES)}")
        slot.cell(names[_whole(endpoint)], kind).add(Cell(quantiles.decode(flat), _whole(untimed)))


def _whole(value: object) -> int:
    if type(value) is not int or not 0 <= value < _LARGEST:
        raise ValueError(f"{repr(value)[:40]} is not a whole number from 0 to {_LARGEST}")
    return value
