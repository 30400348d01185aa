"""Files of a configuration, found through main files and folders, and settings that change their meaning."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from checkwright.registry.plan import Origin
from nagios_cfg.engines import main_file_in
from nagios_cfg.quote import STRIPPED
from nagios_cfg.reader.config_text import (
    CannotRead,
    Faults,
    RawObject,
    find_config_files,
    read_objects,
    read_text,
)

_SETTING = re.compile(r"\s*([A-Za-z_0-9$]+)\s*=\s*(.*?)\s*")
_USER = re.compile(r"\$USER(\d{1,3})\$")


@dataclass
class Source:
    """Definitions of a configuration, and the settings of its main files.

    `users` are the values of $USERn$ by n; most of them are secrets. `stripped` are the characters that Nagios removes
    from custom variables. `seconds` is the unit of intervals. `patterns` and `all_patterns` are use_regexp_matching
    and use_true_regexp_matching.
    """

    raws: list[RawObject] = field(default_factory=list)
    users: dict[int, str] = field(default_factory=dict)
    seconds: float = 60
    stripped: str = STRIPPED
    patterns: bool = False
    all_patterns: bool = False
    #: Problems that do not stop the reader: sentences with their place.
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Copied:
    """A configuration that was copied from its server.

    `roots` are pairs of a folder of the server and its copy, for absolute paths. Files that a main file includes and
    that are missing are problems instead of errors. `patterns` is use_regexp_matching where no main file says it.
    """

    roots: tuple[tuple[str, Path], ...] = ()
    patterns: bool = False

    def place(self, path: Path) -> Path:
        """Return the place of a path of the server in the copy."""
        for root, copy in self.roots:
            if path.is_relative_to(root):
                return copy / path.relative_to(root)
        return path


def gather(paths: Sequence[Path], objects: Path | None, copied: Copied | None = None) -> Source:
    """Read the main files, folders and object files in `paths`. `objects` replaces all their object files.

    Raises CannotRead, with all errors of the files.
    """
    source = Source(patterns=copied.patterns if copied else False)
    reader = _Files(source, copied)
    for path in paths:
        if path.is_dir():
            nested = main_file_in(path)
            if nested is not None:
                reader.main(nested, with_objects=objects is None)
            elif objects is None:
                for file in find_config_files(path):
                    reader.objects(file)
        elif _is_main(path):
            reader.main(path, with_objects=objects is None)
        elif objects is None:
            reader.objects(path)
    if objects is not None:
        source.raws += read_objects(objects, cache=True)
    reader.faults.raise_all()
    if not source.raws:
        where = ", ".join(map(str, (*paths, *([objects] if objects else ()))))
        raise CannotRead(f"there is no definition of an object in {where}")
    return source


def _is_main(path: Path) -> bool:
    lines = (line.strip() for line in read_text(path).split("\n"))
    first = next((line for line in lines if line and not line.startswith(("#", ";"))), "")
    return "=" in first and not first.startswith(("define", "include_"))


class _Files:
    """Reader of the files of a configuration into `source`."""

    def __init__(self, source: Source, copied: Copied | None) -> None:
        self.faults = Faults()
        self._source = source
        self._copied = copied

    def objects(self, file: Path, included_by: Origin | None = None) -> None:
        try:
            self._source.raws += list(read_objects(file, included_by))
        except CannotRead as error:
            self.faults.add(error)

    def main(self, path: Path, *, with_objects: bool) -> None:
        source = self._source
        source.patterns = False
        folder = Path(os.path.abspath(path)).parent
        includes: list[tuple[str, Path, Origin]] = []
        for number, line in enumerate(read_text(path).split("\n"), start=1):
            match = _SETTING.fullmatch(line)
            if match is None or line.lstrip().startswith(("#", ";")):
                continue
            name, value = match.groups()
            here = Origin(str(path), number)
            if name in ("cfg_file", "cfg_dir"):
                includes.append((name, self._place(folder / value), here))
            elif name == "resource_file":
                try:
                    _resources(self._place(folder / value), source, here)
                except CannotRead as error:  # it holds secrets, so most users cannot read it
                    source.problems.append(f"{error}; $USER1$ is assumed as in Debian")
            else:
                _setting(name, value, source, here)
        for what, place, here in includes if with_objects else ():
            if self._copied and not os.path.lexists(place):
                hint = "" if self._copied.roots else " (a copy of a server needs --root FOLDER=COPY)"
                source.problems.append(f"{here}: {place} is missing, and what it defines is left out{hint}")
                continue
            try:
                files = [place] if what == "cfg_file" else find_config_files(place, here)
            except CannotRead as error:
                self.faults.add(error)
                continue
            for file in files:
                self.objects(file, here)

    def _place(self, path: Path) -> Path:
        return self._copied.place(path) if self._copied else path


def _setting(name: str, value: str, source: Source, here: Origin) -> None:
    if name == "interval_length":
        if not value.isdecimal() or not int(value):
            raise CannotRead(f"interval_length is {value!r}, which is not a number of seconds", here)
        source.seconds = int(value)
    elif name == "illegal_macro_output_chars":
        source.stripped = value
    elif name == "use_regexp_matching":
        source.patterns = value == "1"
    elif name == "use_true_regexp_matching":
        source.all_patterns = value == "1"


def _resources(path: Path, source: Source, here: Origin) -> None:
    for line in read_text(path, here).split("\n"):
        match = _SETTING.fullmatch(line)
        user = _USER.fullmatch(match[1]) if match and not line.lstrip().startswith("#") else None
        if match and user:
            source.users[int(user[1])] = match[2]
