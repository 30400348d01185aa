"""Counts files for a report: named ones, and all in a folder that machines fill."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

from checkwright.core.errors import CannotDo
from checkwright.latency import counts_file
from checkwright.latency.counts import Counts, Header
from checkwright.report.scopes import Gathered

Found = TypeVar("Found")
#: A file, and True if it may be left out.
Listed = tuple[Path, bool]

#: Bytes of counts files from that on a second process pays: it takes a tenth of a second to start, as 0.5 MB do.
_PAYS = 2_000_000
#: Pieces for each process: adding up those of many takes longer than it saves.
_PIECES = 2


def gather(
    files: Iterable[Path],
    folders: Iterable[Path],
    places: Mapping[str, str],
    progress: Callable[[str], None] | None = None,
) -> tuple[Gathered, list[str]]:
    """Return the sum of counts files and of those in folders, and sentences on those that are left out.

    places: environment by host, see `assigned`. Raises CannotDo, see `listed`, and DuplicateCounts.
    """
    whole, left_out = Gathered(), []
    for part, sentences in in_pieces(listed(files, folders), _Gather(places), progress):
        whole.join(part)
        left_out += sentences
    return whole, left_out


class _Gather:
    """Sum of some files. A class, since other processes get it."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = dict(places)

    def __call__(self, piece: Sequence[Listed]) -> tuple[Gathered, list[str]]:
        found = Gathered()
        return found, read(piece, lambda part: found.add(assigned(part, self._places)))


def listed(files: Iterable[Path], folders: Iterable[Path]) -> list[Listed]:
    """Return counts files, and those in folders and their subfolders. Raises CannotDo for a folder without any.

    A named file must be readable. One in a folder may be half copied, so it may be left out.
    """
    found = [(path, False) for path in files]
    for folder in folders:
        inside = _inside(folder)
        if not inside:
            raise CannotDo(f"{folder} has no counts files, whose names end with {counts_file.SUFFIX}.")
        found += [(path, True) for path in inside]
    return found


def in_pieces(
    whole: Sequence[Listed],
    work: Callable[[Sequence[Listed]], Found],
    progress: Callable[[str], None] | None = None,
) -> Iterator[Found]:
    """Yield the work on pieces of the files, in their order: on all processors where it pays.

    work: must be known to other processes, and so must its result. Its errors are raised here.
    """
    processes = min(os.cpu_count() or 1, len(whole))
    if processes < 2 or sum(_size(path) for path, _ in whole) < _PAYS:
        for number, one in enumerate(whole, 1):
            _show(progress, number, len(whole))
            yield work([one])
        return
    length = -(-len(whole) // (processes * _PIECES))
    pieces = [whole[start : start + length] for start in range(0, len(whole), length)]
    with ProcessPoolExecutor(processes) as pool:
        try:
            done = 0
            for piece, found in zip(pieces, pool.map(work, pieces), strict=True):
                done += len(piece)
                _show(progress, done, len(whole))
                yield found
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _show(progress: Callable[[str], None] | None, done: int, whole: int) -> None:
    if progress is not None and whole > 1:
        progress(f"reading {done} of {whole} counts files")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # reading it says what is wrong
        return 0


def read(piece: Iterable[Listed], take: Callable[[Counts], object]) -> list[str]:
    """Read counts files and return sentences on those that are left out. take: gets each log's counts.

    Raises CannotDo for a file that must be readable and is not.
    """
    left_out: list[str] = []
    for path, may_fail in piece:
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
