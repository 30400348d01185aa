"""Object files as administrators write them: lines that go on, comments, any of the usual encodings.

nagios_cfg/cfgfile.py reads what we wrote and refuses the rest; this reads what Nagios reads.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from checkwright.registry.plan import Origin

KINDS = frozenset(
    (
        "command",
        "contact",
        "contactgroup",
        "host",
        "hostdependency",
        "hostescalation",
        "hostextinfo",
        "hostgroup",
        "service",
        "servicedependency",
        "serviceescalation",
        "serviceextinfo",
        "servicegroup",
        "timeperiod",
    )
)

_OPENING = re.compile(r"define\s+([A-Za-z]+)\s*\{")
_TIMES = re.compile(r"(?!alias|exclude|name|register|timeperiod_name|use)(\S.*?)\s+(\d{1,2}:\d{2}\s*-.*)")
_INCLUDE = re.compile(r"include_(file|dir)\s*=\s*(.+)")
#: Object files are text of a few hundred KB; a cache of 200,000 services is about 150 MB.
_LARGEST = 1_000_000_000


class CannotRead(Exception):
    """One sentence; str() begins with the file and line, where there is one."""

    def __init__(self, message: str, origin: Origin | None = None) -> None:
        super().__init__(f"{origin}: {message}" if origin else message)


@dataclass(slots=True)
class Raw:
    """One `define` as it was written. A directive that stands twice has its last value, as for Nagios."""

    kind: str
    origin: Origin
    settings: dict[str, str] = field(default_factory=dict)


def objects_of(
    path: Path, asked_by: Origin | None = None, *, cache: bool = False, within: tuple[Path, ...] = ()
) -> Iterator[Raw]:
    """Yield the definitions of a file, and of those that it includes. Raises CannotRead.

    cache: Nagios wrote the file itself, without comments behind a `;` and without escaping one. within: the files
    that include this one.
    """
    if path in within:
        raise CannotRead(f"{path} includes itself", asked_by)
    yield from definitions(text_of(path, asked_by), path, cache=cache, within=within)


def definitions(text: str, path: Path, *, cache: bool = False, within: tuple[Path, ...] = ()) -> Iterator[Raw]:
    """The same of the text of the file `path`."""
    current: Raw | None = None
    for number, line in _lines(text, cache):
        here = Origin(str(path), number)
        if current is None:
            opening = _OPENING.fullmatch(line)
            include = _INCLUDE.fullmatch(line)
            if include:
                yield from _included(include[1], path.parent / include[2].strip(), here, (*within, path))
            elif opening is None:
                raise CannotRead(f"this is no definition, no comment and no include: {_short(line)}", here)
            elif opening[1] not in KINDS:
                raise CannotRead(f"Nagios has no objects of the kind {opening[1]!r}", here)
            else:
                current = Raw(opening[1], here)
        elif line == "}":
            yield current
            current = None
        elif _OPENING.fullmatch(line):
            raise CannotRead(
                f"the {current.kind} that begins here has no }} before the next definition", current.origin
            )
        else:
            name, value = _directive(line, current.kind)
            current.settings[name] = value
    if current is not None:
        raise CannotRead(f"the {current.kind} that begins here has no }} at its end", current.origin)


def _directive(line: str, kind: str) -> tuple[str, str]:
    """A directive and its value. The days of a timeperiod may be several words, `monday 1 april 09:00-17:00`."""
    times = _TIMES.fullmatch(line) if kind == "timeperiod" else None
    if times:
        return " ".join(times[1].split()), times[2]
    name, *rest = line.split(None, 1)
    return name.upper() if name.startswith("_") else name, rest[0].strip() if rest else ""


def files_below(folder: Path, asked_by: Origin | None = None, within: frozenset[str] = frozenset()) -> list[Path]:
    """The files that `cfg_dir` takes: all *.cfg, in all folders below. Raises CannotRead.

    within: the real paths of the folders that this one is in.
    """
    try:
        real = os.path.realpath(folder)
        if real in within:  # not followed to the system's own limit, which two such links would reach 2**40 times
            raise CannotRead(f"the folder {folder} contains itself, by a link", asked_by)
        entries = sorted(folder.iterdir())
        found = [path for path in entries if path.name.endswith(".cfg") and not path.is_dir()]
        for path in entries:
            if path.is_dir() and not path.name.startswith("."):
                found += files_below(path, asked_by, within | {real})
    except OSError as error:
        raise CannotRead(f"the folder {folder} cannot be read: {error.strerror}", asked_by) from None
    return found


def text_of(path: Path, asked_by: Origin | None = None) -> str:
    """The text of a file in UTF-8, or else in Latin-1, which any bytes are. Raises CannotRead."""
    try:
        # A pipe that nobody writes to must not be waited for.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise CannotRead(f"{path} is no file", asked_by)
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {error.strerror}", asked_by) from None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CannotRead("this is text in UTF-16, which Nagios cannot read: save it as UTF-8", Origin(str(path), 1))
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise CannotRead("this is no text, it holds a NUL byte", Origin(str(path), line))
    if len(data) > _LARGEST:
        raise CannotRead(f"{path} is larger than any object file", asked_by)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _lines(text: str, cache: bool) -> Iterator[tuple[int, str]]:
    """Lines with what they go on with, without comments and white space around them, and their numbers."""
    pending = ""
    start = 0
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.rstrip("\r")
        if pending:
            line = pending + line.lstrip()
        else:
            start = number
        pending = ""
        if line.endswith("\\"):
            if not line.endswith("\\\\"):
                pending = line[:-1]
                continue
            line = line[:-1]
        line = (line if cache else _without_comment(line)).strip()
        if line and not line.startswith("#"):
            yield start, line
    line = _without_comment(pending).strip()
    if line and not line.startswith("#"):
        yield start, line


def _without_comment(line: str) -> str:
    """Without what follows a `;`; `\\;` is a semicolon."""
    if ";" not in line:
        return line
    kept = []
    for part in re.split(r"(\\;|;)", line):
        if part == ";":
            break
        kept.append(";" if part == "\\;" else part)
    return "".join(kept)


def _included(what: str, path: Path, here: Origin, within: tuple[Path, ...]) -> Iterator[Raw]:
    for file in [path] if what == "file" else files_below(path, here):
        yield from objects_of(file, here, within=within)


def _short(line: str) -> str:
    return repr(line if len(line) <= 60 else f"{line[:57]}...")
