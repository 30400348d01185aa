"""Parser of object files as administrators write them: joined lines, comments, UTF-8 and Latin-1.

It accepts what Nagios accepts. `nagios_cfg.cfgfile` parses only files that `render` made.
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
#: Bytes. Object files have a few hundred KB; the object cache of 200,000 services has about 150 MB.
_MAX_SIZE = 1_000_000_000
_MOST_SHOWN = 50


class CannotRead(Exception):
    """Error of a configuration that cannot be read: one sentence that begins with the file and line, if known.

    lines: one for each error, where the configuration has several.
    """

    def __init__(self, message: str, origin: Origin | None = None, lines: tuple[str, ...] = ()) -> None:
        super().__init__("\n".join((f"{origin}: {message}" if origin else message, *(f"  {line}" for line in lines))))
        self.lines = lines


class Faults:
    """Errors of one configuration, collected so that one run reports all of them."""

    def __init__(self) -> None:
        self._found: dict[str, CannotRead] = {}

    def add(self, error: CannotRead) -> None:
        """Record an error, once."""
        self._found.setdefault(str(error), error)

    def raise_all(self) -> None:
        """Raise CannotRead if there are errors: the only one, or one with a line for each."""
        errors = list(self._found.values())
        if len(errors) == 1:
            raise errors[0]
        if errors:
            more = (f"and {len(errors) - _MOST_SHOWN} more",) if len(errors) > _MOST_SHOWN else ()
            shown = (*map(str, errors[:_MOST_SHOWN]), *more)
            raise CannotRead(f"the configuration has {len(errors)} errors:", lines=shown)


@dataclass(slots=True)
class RawObject:
    """One `define` as it was written. The last value of a repeated directive wins, as in Nagios."""

    kind: str
    origin: Origin
    settings: dict[str, str] = field(default_factory=dict)


def read_objects(
    path: Path, included_by: Origin | None = None, *, cache: bool = False, within: tuple[Path, ...] = ()
) -> Iterator[RawObject]:
    """Yield the definitions of a file and of the files that it includes. Raises CannotRead.

    `cache` is for a file that Nagios wrote, where `;` neither starts a comment nor is escaped. `within` are the files
    that include this one.
    """
    if path in within:
        raise CannotRead(f"{path} includes itself", included_by)
    yield from definitions(read_text(path, included_by), path, cache=cache, within=within)


def definitions(text: str, path: Path, *, cache: bool = False, within: tuple[Path, ...] = ()) -> Iterator[RawObject]:
    """Yield the definitions in the text of the file `path`. Arguments and errors are those of `read_objects`."""
    current: RawObject | None = None
    for number, line in _lines(text, cache):
        here = Origin(str(path), number)
        if current is None:
            opening = _OPENING.fullmatch(line)
            include = _INCLUDE.fullmatch(line)
            if include:
                yield from _included(include[1], path.parent / include[2].strip(), here, (*within, path))
            elif opening is None:
                raise CannotRead(f"this is neither a definition nor a comment nor an include: {_short(line)}", here)
            elif opening[1] not in KINDS:
                raise CannotRead(f"Nagios has no kind of object {opening[1]!r}", here)
            else:
                current = RawObject(opening[1], here)
        elif line == "}":
            yield current
            current = None
        elif _OPENING.fullmatch(line):
            raise CannotRead(
                f"the {current.kind} that starts here has no }} before the next definition", current.origin
            )
        else:
            name, value = _directive(line, current.kind)
            current.settings[name] = value
    if current is not None:
        raise CannotRead(f"the {current.kind} that starts here has no }} at its end", current.origin)


def _directive(line: str, kind: str) -> tuple[str, str]:
    """Return a directive and its value. A day of a timeperiod may be several words: `monday 1 april 09:00-17:00`."""
    times = _TIMES.fullmatch(line) if kind == "timeperiod" else None
    if times:
        return " ".join(times[1].split()), times[2]
    name, *rest = line.split(None, 1)
    return name.upper() if name.startswith("_") else name, rest[0].strip() if rest else ""


def find_config_files(
    folder: Path, included_by: Origin | None = None, within: frozenset[str] = frozenset()
) -> list[Path]:
    """Return the files that `cfg_dir` includes: all *.cfg in the folder and all folders below. Raises CannotRead.

    `within` are the real paths of the folders that this one is in.
    """
    try:
        real = os.path.realpath(folder)
        if real in within:  # two such links would multiply to 2**40 paths before the system's own limit
            raise CannotRead(f"the folder {folder} contains itself through a link", included_by)
        entries = sorted(folder.iterdir())
        found = [path for path in entries if path.name.endswith(".cfg") and not path.is_dir()]
        for path in entries:
            if path.is_dir() and not path.name.startswith("."):
                found += find_config_files(path, included_by, within | {real})
    except OSError as error:
        raise CannotRead(f"the folder {folder} cannot be read: {error.strerror}", included_by) from None
    return found


def read_text(path: Path, included_by: Origin | None = None) -> str:
    """Return the text of a file in UTF-8, or in Latin-1 if it is not valid UTF-8. Raises CannotRead."""
    try:
        # O_NONBLOCK: opening a pipe without a writer must not block.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise CannotRead(f"{path} is not a file", included_by)
            data = file.read(_MAX_SIZE + 1)
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {error.strerror}", included_by) from None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CannotRead("the text is UTF-16, which Nagios cannot read: save it as UTF-8", Origin(str(path), 1))
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise CannotRead("this is not a text file, it contains a NUL byte", Origin(str(path), line))
    if len(data) > _MAX_SIZE:
        raise CannotRead(f"{path} is too large for an object file", included_by)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _lines(text: str, cache: bool) -> Iterator[tuple[int, str]]:
    """Yield lines and their numbers: continued lines are joined, comments and surrounding white space removed."""
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
    """Return a line without the comment after `;`. `\\;` is a semicolon."""
    if ";" not in line:
        return line
    kept = []
    for part in re.split(r"(\\;|;)", line):
        if part == ";":
            break
        kept.append(";" if part == "\\;" else part)
    return "".join(kept)


def _included(what: str, path: Path, here: Origin, within: tuple[Path, ...]) -> Iterator[RawObject]:
    for file in [path] if what == "file" else find_config_files(path, here):
        yield from read_objects(file, here, within=within)


def _short(line: str) -> str:
    return repr(line if len(line) <= 60 else f"{line[:57]}...")
