"""Counts files for a report: named ones, and all in a folder that machines fill."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from checkwright.core.errors import CannotDo
from checkwright.latency import counts_file
from checkwright.latency.counts import Counts, Header


def read_all(
    files: Iterable[Path],
    folders: Iterable[Path],
    take: Callable[[Counts], object],
    progress: Callable[[str], None] | None = None,
) -> list[str]:
    """Read counts files, and those in folders and their subfolders. Return sentences on those that are left out.

    A named file must be readable. One in a folder may be half copied, so it is left out. take: gets each log's counts.
    Raises CannotDo.
    """
    left_out: list[str] = []
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
            counts = counts_file.read(str(path))
        except OSError as error:
            _refuse(f"{path} cannot be read: {error.strerror or error}", left_out, may_fail=may_fail)
        except counts_file.BadCounts as error:
            _refuse(str(error), left_out, may_fail=may_fail)
        else:
            take(counts)
    return left_out


def _refuse(sentence: str, left_out: list[str], *, may_fail: bool) -> None:
    if not may_fail:
        raise CannotDo(f"{sentence}.")
    left_out.append(f"Left out: {sentence}.")


def _inside(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise CannotDo(f"{folder} is not a folder.")
    found = []
    for place, _, names in os.walk(folder):
        found += [Path(place, name) for name in names if name.endswith(counts_file.SUFFIX) and name[0] != "."]
    return sorted(found)


def assigned(part: Counts, places: Mapping[str, str]) -> Counts:
    """Return the counts of a log; without an environment they belong to the one that has their host.

    places: environment by host. The check on a machine does not know its environment.
    """
    header = part.headers[0]
    if not header.environment and header.host in places:
        part.headers[0] = _of(header, places[header.host])
    return part


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
