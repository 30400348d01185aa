"""RRD files as PNP4Nagios writes them: FOLDER/HOST/SERVICE.rrd, or SERVICE_LABEL.rrd, with SERVICE.xml.

`rrdtool` reads them. An RRD keeps older values as averages of more time, so peaks are lost there.
"""

from __future__ import annotations

import html
import math
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checkwright.core.errors import CannotDo
from checkwright.history.series import Point, Series, resolution_of

_DAY = 86_400
_SECONDS = 60
#: Largest XML file that is read: PNP4Nagios writes a few kilobytes for each value.
_LARGEST = 5_000_000
_SOURCE = re.compile(r"<DATASOURCE>(.*?)</DATASOURCE>", re.DOTALL)
_TAG = re.compile(r"<([A-Z_]+)>([^<]*)</\1>")
_LINE = re.compile(r"(\d+): (.*)")


@dataclass(frozen=True, slots=True)
class DataSource:
    """One value of a service: file, number of the data source in it, label and unit of the performance data."""

    file: Path
    number: str
    label: str
    unit: str


def read(folder: Path, start: float, end: float, services: frozenset[str] | None = None) -> list[Series]:
    """Return the averages between two moments of all services in PNP4Nagios's folder, sorted.

    services: descriptions to read, None for all. Each day is read in the finest resolution that is still kept.
    Raises CannotDo if there is no such folder, and without rrdtool.
    """
    if not folder.is_dir():
        raise CannotDo(f"{folder} is not a folder: PNP4Nagios keeps its files in one such as /var/lib/pnp4nagios.")
    found = []
    for file in sorted(folder.glob("*/*.xml")):
        service = _service(file)
        if service is None:
            continue
        host, description, sources = service
        if services is not None and description not in services:
            continue
        for source in sources:
            points = tuple(_points(source, start, end))
            if points:
                found.append(_series(host, description, source, points))
    return found


def _series(host: str, description: str, source: DataSource, points: tuple[Point, ...]) -> Series:
    return Series(
        environment="",
        role="",
        host=host,
        watch=description,
        check="",
        label=source.label,
        unit=source.unit,
        points=points,
        resolution=max(resolution_of(moment for moment, _ in half) for half in _halves(points)),
        averaged=True,
        source="RRD files",
    )


def _halves(points: tuple[Point, ...]) -> Iterator[tuple[Point, ...]]:
    """Yield the older and the newer half: the older one is coarser."""
    middle = len(points) // 2
    yield points[:middle]
    yield points[middle:]


def _service(file: Path) -> tuple[str, str, list[DataSource]] | None:
    """Parse a service's XML file. None for another file."""
    try:
        if file.stat().st_size > _LARGEST:
            return None
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise CannotDo(f"Cannot read {file}: {error.strerror}.") from None
    sources = []
    for block in _SOURCE.findall(text):
        tags = {name: html.unescape(value) for name, value in _TAG.findall(block)}
        rrd = file.parent / Path(tags.get("RRDFILE", "")).name if tags.get("RRDFILE") else file.with_suffix(".rrd")
        label = tags.get("LABEL") or tags.get("NAME") or ""
        if label and rrd.is_file():
            sources.append(DataSource(rrd, tags.get("DS", "1"), label, tags.get("UNIT", "").replace("%%", "%")))
    tags = {name: html.unescape(value) for name, value in _TAG.findall(_SOURCE.sub("", text))}
    host, description = tags.get("NAGIOS_HOSTNAME", ""), tags.get("NAGIOS_SERVICEDESC", "")
    return (host, description, sources) if host and description and sources else None


def _points(source: DataSource, start: float, end: float) -> Iterator[Point]:
    last = -math.inf
    day = start
    while day < end:
        for moment, value in _fetch(source, int(day), int(min(end, day + _DAY))):
            if last < moment <= end:
                last = moment
                yield moment, value
        day += _DAY


def _fetch(source: DataSource, start: int, end: int) -> Iterator[Point]:
    argv = ["rrdtool", "fetch", str(source.file), "AVERAGE", "--start", str(start), "--end", str(end)]
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    try:
        done = subprocess.run(
            argv,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise CannotDo("rrdtool is not installed, and it reads RRD files: install the package rrdtool.") from None
    except subprocess.TimeoutExpired:
        raise CannotDo(f"rrdtool did not read {source.file} within {_SECONDS} s.") from None
    if done.returncode:
        raise CannotDo(f"rrdtool cannot read {source.file}: {' '.join(done.stderr.split()).removeprefix('ERROR: ')}.")
    lines = done.stdout.splitlines()
    names = lines[0].split() if lines else []
    if source.number not in names:
        return
    column = names.index(source.number)
    for line in lines[1:]:
        parsed = _LINE.fullmatch(line)
        values = parsed[2].split() if parsed else []
        if parsed and len(values) == len(names) and not math.isnan(value := float(values[column])):
            yield float(parsed[1]), value
