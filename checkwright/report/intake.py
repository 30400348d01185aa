"""Counts files for a report: named ones, and all in a folder that machines fill."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from checkwright.core.errors import CannotDo
from checkwright.latency import counts_file
from checkwright.latency.counts import Counts, Header


@dataclass
class Intake:
    """Counts of single logs. left_out: sentences on files in folders that cannot be read."""

    parts: list[Counts] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_all(
    files: Iterable[Path],
    folders: Iterable[Path],
    progress: Callable[[str], None] | None = None,
    into: Intake | None = None,
) -> Intake:
    """Read counts files, and those in folders and their subfolders. into: where they are added.

    A named file must be readable. One in a folder may be half copied, so it is left out with a sentence.
    Raises CannotDo.
    """
    found = into or Intake()
    listed = [(path, False) for path in files]
    for folder in folders:
        inside = _inside(folder)
        if not inside:
            raise CannotDo(f"{folder} has no counts files, whose names end with {counts_file.SUFFIX}.")
        listed += [(path, True) for path in inside]
    for number, (path, may_fail) in enumerate(listed, 1):
        if progress is not None and len(listed) > 1:
            progress(f"reading {number} of {len(listed)}: {path.name}")
        try:
            found.parts.append(counts_file.read(str(path)))
        except OSError as error:
            _refuse(f"{path} cannot be read: {error.strerror or error}", found, may_fail=may_fail)
        except counts_file.BadCounts as error:
            _refuse(str(error), found, may_fail=may_fail)
    return found


def _refuse(sentence: str, found: Intake, *, may_fail: bool) -> None:
    if not may_fail:
        raise CannotDo(f"{sentence}.")
    found.left_out.append(f"Left out: {sentence}.")


def _inside(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise CannotDo(f"{folder} is not a folder.")
    found = []
    for place, _, names in os.walk(folder):
        found += [Path(place, name) for name in names if name.endswith(counts_file.SUFFIX) and name[0] != "."]
    return sorted(found)


def assigned(parts: Iterable[Counts], environment: str, hosts: Iterable[str]) -> list[Counts]:
    """Return the counts, where those without an environment belong to the one that has their host.

    Counts that were made by hand from a log do not know their environment.
    """
    known = set(hosts)
    result = []
    for part in parts:
        header = part.headers[0]
        if not header.environment and header.host in known:
            part.headers[0] = _of(header, environment)
        result.append(part)
    return result


def _of(header: Header, environment: str) -> Header:
    return Header(
        header.host,
        header.role,
        header.log,
        environment=environment,
        format=header.format,
        measure=header.measure,
        step=header.step,
        learned=header.learned,
    )


def newest(parts: Iterable[Counts], seconds: float) -> list[Counts]:
    """Return the counts with only their last `seconds`, by the newest slot of all. Parts without any are left out."""
    parts = list(parts)
    end = max((start + part.step for part in parts for start in part.slots), default=0)
    found = []
    for part in parts:
        kept = {start: slot for start, slot in part.slots.items() if start >= end - seconds}
        if not kept:
            continue
        shorter = Counts(part.headers, part.step)
        shorter.slots = kept
        shorter.sources = {
            source: {key: name for key, name in starts.items() if key[0] >= end - seconds}
            for source, starts in part.sources.items()
        }
        found.append(shorter)
    return found
