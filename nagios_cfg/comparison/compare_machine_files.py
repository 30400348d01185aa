"""Comparison of the files of a build for machines: commands of NRPE, lines of sudoers, files of pools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nagios_cfg.comparison.difference import Change
from nagios_cfg.folders import GEARMAN, NRPE, SUDOERS
from nagios_cfg.nrpe_marker import marker_command

#: Parts of a build that go to machines.
MACHINE_PARTS = (NRPE, SUDOERS, GEARMAN)
_COMMAND = "command["


def compare_machine_files(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    """Compare files given as {path in the build: text}, of MACHINE_PARTS only, command by command.

    Comments and the digest of each NRPE file are not compared. A command that moves between the file of a role and
    those of its hosts is removed from one and added to the other.
    """
    changes = [change for part in MACHINE_PARTS for change in _of_part(part, before, after)]
    return tuple(sorted(changes, key=lambda change: (change.kind, change.on, change.name, change.what)))


def _of_part(part: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    paths = {path for path in (*before, *after) if path.startswith(f"{part}/")}
    for path in sorted(paths):
        old, new = (_settings(part, path, files.get(path, "")) for files in (before, after))
        file = path.removeprefix(f"{part}/")
        for kind, name in dict.fromkeys((*old, *new)):
            one, two = old.get((kind, name)), new.get((kind, name))
            if one != two:
                settings = {kind.rpartition(" ")[2]: (one, two)}
                yield Change(
                    "added" if one is None else "removed" if two is None else "changed", kind, name, file, settings
                )


def _settings(part: str, path: str, text: str) -> dict[tuple[str, str], str]:
    """Return each line's value by its kind and name. Lines of sudoers, and repeated settings, are their own names."""
    found: dict[tuple[str, str], str] = {}
    for line in text.split("\n"):
        if not line.strip() or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if part == NRPE and name.startswith(_COMMAND):
            name = name.removeprefix(_COMMAND).removesuffix("]")
            if name != marker_command(path.removeprefix(f"{NRPE}/")):
                found["nrpe command", name] = value
        elif part == SUDOERS or not equals or (f"{part} setting", name) in found:
            found[f"{part} line", line] = line
        else:
            found[f"{part} setting", name] = value
    return found
