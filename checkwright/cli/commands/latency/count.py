"""`checkctl latency count`: counts files from access logs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from checkwright.cli import console
from checkwright.cli.latency_counting import Counted, Setup, count_logs, setup_of
from checkwright.core.errors import BadUsage, CannotDo
from checkwright.latency import counts_file
from checkwright.latency.counts import Counts, DuplicateCounts, Header
from checkwright.latency.counts_folder import day_of

#: Unreadable lines, in percent, from which on the format is wrong.
_WRONG = 1.0


def log_options(*, required: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds the argument FILES and the options that describe the lines of a log."""
    return lambda command: _with_options(command, required=required)


def _with_options(command: Callable[..., Any], *, required: bool) -> Callable[..., Any]:
    for option in (
        click.option(
            "--processes", type=click.IntRange(1), help="Processes at once.  [default: one for each processor]"
        ),
        click.option("--format-name", default="", help="Name of the directive, if there are several."),
        click.option("--format-file", type=click.Path(path_type=Path), help="nginx.conf, or Apache's configuration."),
        click.option(
            "--format", "format_text", default="", help="Directive, httplog, alb or json NAME=... of the log."
        ),
        click.option(
            "--routes", type=click.Path(path_type=Path), help="File with the routes and the format of the log."
        ),
        click.argument("files", nargs=-1, required=required, type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


def counted(
    files: tuple[Path, ...], settings: Setup, header: Callable[[str], Header], processes: int | None
) -> list[Counted]:
    """Count logs with progress on a terminal. Raises CannotDo if the lines do not fit the format."""
    with console.status("reading") as show:
        found = count_logs(
            files,
            settings,
            header,
            processes=processes or 0,
            progress=lambda done, whole: show(f"reading: {done / 1e6:,.0f} of {whole / 1e6:,.0f} MB"),
        )
    for one in found:
        refuse_unreadable(one, settings.log_format().name)
    return found


def refuse_unreadable(found: Counted, format_name: str) -> None:
    """Raise CannotDo if the lines of a log are of another format."""
    if found.unreadable and 100 * found.unreadable > _WRONG * found.lines:
        example = found.example.decode("utf-8", "backslashreplace")
        raise CannotDo(
            f"{found.unreadable:,} of {found.lines:,} lines in {found.counts.headers[0].log} do not fit {format_name}."
            + (f" The first is: {example}" if example else "")
        )


@click.command("count")
@log_options()
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path(), help="Folder for the counts files.  [default: .]"
)
@click.option("--host", default="", help="Machine that wrote the logs.  [default: this one]")
@click.option("--role", default="", help="Role of that machine.  [default: the name of the routes file]")
@click.option("--environment", default="", help="Environment of that machine.")
@click.option("--log", default="", help="Path of the log on that machine.  [default: the path here, without .1 or .gz]")
def command(
    files: tuple[Path, ...],
    routes: Path | None,
    format_text: str,
    format_file: Path | None,
    format_name: str,
    processes: int | None,
    out: Path,
    host: str,
    role: str,
    environment: str,
    log: str,
) -> None:
    """Count the requests in access logs, and write counts files: one for each day.

    FILES are logs of one machine, including rotated and compressed ones; name all files of a day in one call. Logs of
    HAProxy and of AWS load balancers are recognized without a directive. The routes file names the endpoints; others
    are learned from the paths. `checkctl latency report` reads the files.
    """
    settings = setup(routes, format_text, format_file, format_name, files)
    role = role or (routes.name.removesuffix(".routes") if routes is not None else "")
    host = host or os.uname().nodename

    def header(path: str) -> Header:
        return Header(host, role, log or path, environment=environment)

    found = counted(files, settings, header, processes)
    if log and len(found) > 1:
        raise CannotDo("--log names one log, and these files are several: count them one by one.")
    for one in found:
        write_all(one, out)


def setup(
    routes: Path | None, format_text: str, format_file: Path | None, format_name: str, files: tuple[Path, ...]
) -> Setup:
    """Return format and routes from the options. Raises CannotDo."""
    try:
        return setup_of(routes, format_text, format_file, format_name, files)
    except BadUsage as error:
        raise CannotDo(f"{error}.") from None


def write_all(found: Counted, out: Path) -> None:
    """Write the counts files of a log, one for each day and measure, and print what they hold. Raises CannotDo."""
    counts = found.counts
    names = {name for slot in counts.slots.values() for name, _ in slot.cells}
    console.echo(
        f"{counts.headers[0].log}: {counts.requests:,} requests to {len(names)} endpoints, "
        f"{found.norequest:,} connections without a request, {found.unreadable:,} unreadable lines"
    )
    for part in (counts, found.totals):
        for day in _days(part):
            path = out / counts_file.file_name(day.headers[0], day_of(min(day.slots)))
            try:
                out.mkdir(parents=True, exist_ok=True)
                if path.exists():
                    known = counts_file.read(str(path))
                    known.add(day)
                    day = known
                size = counts_file.write(str(path), day)
            except DuplicateCounts as error:
                raise CannotDo(
                    f"{error}. Count all files of that day in one call into an empty folder, or leave this log out."
                ) from None
            except OSError as error:
                raise CannotDo(f"Cannot write {path}: {error.strerror}.") from None
            console.echo(f"  {path} ({size / 1e3:,.0f} kB)")


def _days(counts: Counts) -> Iterator[Counts]:
    """Yield the counts of each day in UTC."""
    for day in sorted({day_of(start) for start in counts.slots}):
        part = Counts(counts.headers, counts.step)
        part.slots = {start: slot for start, slot in counts.slots.items() if day_of(start) == day}
        part.sources = {
            source: {key: name for key, name in starts.items() if key[0] in part.slots}
            for source, starts in counts.sources.items()
        }
        yield part
