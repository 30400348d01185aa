"""Files of a configuration, found through main files and folders, and settings that change their meaning."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from checkwright.registry.plan import Origin
from nagios_cfg.quote import STRIPPED
from nagios_cfg.reader.config_text import CannotRead, RawObject, find_config_files, read_objects, read_text

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


def gather(paths: Sequence[Path], objects: Path | None) -> Source:
    """Read the main files, folders and object files in `paths`. `objects` replaces all their object files.

    Raises CannotRead.
    """
    source = Source()
    for path in paths:
        if path.is_dir():
            nested = path / "nagios.cfg"
            if nested.is_file():
                _main(nested, source, with_objects=objects is None)
            elif objects is None:
                for file in find_config_files(path):
                    source.raws += read_objects(file)
        elif _is_main(path):
            _main(path, source, with_objects=objects is None)
        elif objects is None:
            source.raws += read_objects(path)
    if objects is not None:
        source.raws += read_objects(objects, cache=True)
    if not source.raws:
        where = ", ".join(map(str, (*paths, *([objects] if objects else ()))))
        raise CannotRead(f"there is no definition of an object in {where}")
    return source


def _is_main(path: Path) -> bool:
    lines = (line.strip() for line in read_text(path).split("\n"))
    first = next((line for line in lines if line and not line.startswith(("#", ";"))), "")
    return "=" in first and not first.startswith(("define", "include_"))


def _main(path: Path, source: Source, *, with_objects: bool) -> None:
    folder = Path(os.path.abspath(path)).parent
    includes: list[tuple[str, Path, Origin]] = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        match = _SETTING.fullmatch(line)
        if match is None or line.lstrip().startswith(("#", ";")):
            continue
        name, value = match.groups()
        here = Origin(str(path), number)
        if name in ("cfg_file", "cfg_dir"):
            includes.append((name, folder / value, here))
        elif name == "resource_file":
            try:
                _resources(folder / value, source, here)
            except CannotRead as error:  # it holds secrets, so most users cannot read it
                source.problems.append(str(error))
        else:
            _setting(name, value, source, here)
    for what, place, here in includes if with_objects else ():
        for file in [place] if what == "cfg_file" else find_config_files(place, here):
            source.raws += read_objects(file, here)


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
