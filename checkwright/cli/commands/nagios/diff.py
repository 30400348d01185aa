"""`checkctl nagios diff ENV`: difference between a build and the live files, or another revision."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import click
from rich.text import Text

from checkwright.cli import console
from checkwright.cli.completion import complete_environments
from checkwright.cli.mail_aliases import read_aliases
from checkwright.cli.nagios_files import render_environment, render_plan, unreadable
from checkwright.cli.revision import plan_at
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import CannotDo
from checkwright.migrate.naming import slug
from nagios_cfg.cfgfile import Unreadable
from nagios_cfg.comparison.compare_live import compare_live
from nagios_cfg.comparison.compare_machine_files import MACHINE_PARTS, compare_machine_files
from nagios_cfg.comparison.compare_objects import compare
from nagios_cfg.comparison.difference import Change, Difference, NotificationChange, Watched
from nagios_cfg.deployment.build_folder import read_folder
from nagios_cfg.engines import main_file_in
from nagios_cfg.folders import NAGIOS
from nagios_cfg.reader import CannotRead, read, read_texts

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_STYLES = {"+": "green", "-": "red", "~": "yellow"}


@click.command("diff")
@click.argument("environment", shell_complete=complete_environments)
@click.option(
    "--live",
    type=click.Path(path_type=Path),
    help="Folder or link that Nagios includes, or a nagios.cfg or naemon.cfg of any origin.",
)
@click.option("--against", metavar="REV", help="Git revision of the project; OLD..NEW compares two.")
@click.option("--check", is_flag=True, help="Exit with 1 if anything differs.")
@console.json_option
@pass_workspace
def command(
    workspace: Workspace, environment: str, live: Path | None, against: str | None, check: bool, as_json: bool
) -> int:
    """Compare a build of ENVIRONMENT with the live files, or with another revision of the project.

    The files for NRPE, sudo and pools are compared command by command; --live DIR must be a whole build for that.
    An object's file and the place of its declaration are not compared, because they change nothing in Nagios.
    """
    if (live is None) == (against is None):
        raise click.UsageError("Name either --live DIR or --against REV.")
    with console.status(f"comparing {environment}"):
        if live is not None:
            found = _compare_with(live, render_environment(workspace, environment), Path(workspace.project))
        else:
            found = _compare(*_revisions(workspace, environment, against or ""))
    if as_json:
        console.print_json(asdict(found))
    else:
        _print(found)
    return 1 if check and found else 0


def _compare_with(live: Path, after: Mapping[str, str], project: Path) -> Difference:
    """Return the difference to the live files, whether checkctl wrote them or an administrator."""
    if not (live.is_file() or main_file_in(live)):
        try:
            if (live / NAGIOS).is_dir():
                return _compare(_live(live), after)
            found = compare(_live(live), _part(after, NAGIOS))
        except Unreadable:
            pass  # checkctl did not write it, but Nagios may be able to read it
        else:
            if any(path.startswith(f"{part}/") for part in MACHINE_PARTS for path in after):
                console.note(f"{live} holds object files alone: the files for NRPE, sudo and pools were not compared")
            return found
    try:
        found = compare_live(read([live]), read_texts(_part(after, NAGIOS)), _new_names(project), read_aliases(project))
    except CannotRead as error:
        raise unreadable(error) from None
    console.note(f"{live} was not made by checkctl: compared service by service, as Nagios reads it")
    return found


def _new_names(project: Path) -> Callable[[str], str]:
    """Return a function from a live name to that in the project, as its import.json and the rules of names say."""
    names: dict[str, str] = {}
    try:
        for one in json.loads((project / "import.json").read_text(encoding="utf-8"))["renamed"]:
            names[str(one["before"])] = str(one["after"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # the project was not imported, or its report is gone
    return lambda name: names.get(name) or slug(name)


def _compare(before: Mapping[str, str], after: Mapping[str, str]) -> Difference:
    """Return the difference of two builds, given as {path: text}. Raises Unreadable."""
    found = compare(_part(before, NAGIOS), _part(after, NAGIOS))
    return replace(found, changes=(*found.changes, *compare_machine_files(before, after)))


def _live(folder: Path) -> dict[str, str]:
    """Return the files of a live folder of object files, or of a build."""
    try:
        return read_folder(folder)
    except OSError as error:
        raise CannotDo(f"{error.filename or folder} cannot be read: {error.strerror}.") from None


def _revisions(workspace: Workspace, environment: str, against: str) -> tuple[dict[str, str], dict[str, str]]:
    old, two, new = against.partition("..")
    if not old or (two and (not new or new.startswith("."))):
        raise click.UsageError("--against takes REV or OLD..NEW.")
    before = render_plan(plan_at(workspace.project, old, environment))
    if not two:
        return before, render_environment(workspace, environment)
    return before, render_plan(plan_at(workspace.project, new, environment))


def _part(files: Mapping[str, str], part: str) -> dict[str, str]:
    return {path: text for path, text in files.items() if path.startswith(f"{part}/")}


def _print(found: Difference) -> None:
    if not found:
        console.echo("nothing differs")
        return
    for line in _lines(found):
        console.rich_console().print(Text(line, style=_STYLES.get(line.lstrip()[:1], "")), soft_wrap=True)


def _lines(found: Difference) -> Iterator[str]:
    for change in found.changes:
        yield from _of_change(change)
    if found.changes:
        yield ""
    yield from _of_watched("hosts", found.hosts)
    yield from _of_watched("services", found.services)
    yield from map(_of_notifications, found.notifications)


def _of_change(change: Change) -> Iterator[str]:
    on = f" {'on' if change.kind.startswith('service') else 'in'} {change.on}" if change.on else ""
    many = change.kind in ("hosts", "services")
    what = f"{change.name} {change.kind}" if many else f"{change.kind} {change.name}"
    yield console.escape(f"{_SIGNS[change.what]} {what}{on}")
    if change.what == "changed":
        width = max(map(len, change.settings))
        for directive, (before, after) in change.settings.items():
            yield console.escape(f"    {directive:{width}}  {_value(before)} -> {_value(after)}")


def _of_watched(kind: str, watched: Watched) -> Iterator[str]:
    yield f"{kind}: {len(watched.gained)} gained, {len(watched.lost)} lost"
    yield from (console.escape(f"  + {name}") for name in watched.gained)
    yield from (console.escape(f"  - {name}") for name in watched.lost)


def _of_notifications(one: NotificationChange) -> str:
    counts = f"{one.more} more hosts and services, and no longer of {one.less}"
    return console.escape(f"{one.owner} is notified of {counts} ({one.contactgroup}, {one.period or 'at no hours'})")


def _value(value: str | None) -> str:
    return "(none)" if value is None else value
