"""`checkctl nagios diff`: what would be written beside what is live, or was at another revision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import click
from rich.text import Text

from checkwright.cli import console
from checkwright.cli.commands.nagios.import_ import ALIASES
from checkwright.cli.nagios_files import rendered, rendered_plan
from checkwright.cli.revision import plan_at
from checkwright.cli.session import Session, pass_session
from checkwright.core.errors import CannotDo
from checkwright.migrate.naming import slug
from nagios_cfg.cfgfile import Unreadable
from nagios_cfg.comparison.compare_live import compare_live
from nagios_cfg.comparison.compare_objects import compare
from nagios_cfg.comparison.difference import Change, Difference, NotificationChange, Watched
from nagios_cfg.deployment.build_folder import read_folder
from nagios_cfg.reader import CannotRead, read, read_texts
from nagios_cfg.render import NAGIOS

_MAIN = "nagios.cfg"
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_STYLES = {"+": "green", "-": "red", "~": "yellow"}


@click.command("diff")
@click.argument("environment")
@click.option(
    "--live",
    type=click.Path(path_type=Path),
    help="The folder, or the link, that Nagios includes; or a nagios.cfg, be it whose it may.",
)
@click.option("--against", metavar="REV", help="A git revision of the project; OLD..NEW compares two.")
@click.option("--check", is_flag=True, help="End with 1 when anything differs.")
@console.as_json_option
@pass_session
def command(
    session: Session, environment: str, live: Path | None, against: str | None, check: bool, as_json: bool
) -> int:
    """Compare what would be written for ENVIRONMENT with what is live, or with another revision.

    Where an object is declared and in which file it stands is not compared: neither changes what Nagios does.
    """
    if (live is None) == (against is None):
        raise click.UsageError("Name either --live DIR or --against REV.")
    with console.working(f"comparing {environment}"):
        if live is not None:
            found = _beside(live, _objects(rendered(session, environment)), Path(session.project))
        else:
            found = compare(*_revisions(session, environment, against or ""))
    if as_json:
        console.as_json(asdict(found))
    else:
        _print(found)
    return 1 if check and found else 0


def _beside(live: Path, after: Mapping[str, str], project: Path) -> Difference:
    """The difference to what is live, be it ours or what an administrator wrote by hand."""
    theirs = live.is_file() or (live / _MAIN).is_file()
    if not theirs:
        try:
            return compare(_live(live), after)
        except Unreadable:
            pass  # not by us, but it may be Nagios's language all the same
    try:
        found = compare_live(read([live]), read_texts(after), slug, _aliases(project / ALIASES))
    except CannotRead as error:
        raise CannotDo(f"{error}.") from None
    console.note(f"{live} was not made by checkctl: compared by what Nagios does with it, service by service")
    return found


def _aliases(file: Path) -> dict[str, tuple[str, ...]]:
    """The mail aliases that an import wrote, with which two people are one team."""
    if not file.is_file():
        return {}
    lines = (line.partition(":") for line in file.read_text(encoding="utf-8").splitlines() if line[:1] not in ("#", ""))
    return {name.strip(): tuple(one.strip() for one in told.split(",")) for name, _, told in lines}


def _live(folder: Path) -> dict[str, str]:
    """The object files of a live folder; of a built one those below its `nagios/`."""
    objects = folder / NAGIOS if (folder / NAGIOS).is_dir() else folder
    try:
        return read_folder(objects)
    except OSError as error:
        raise CannotDo(f"{error.filename or objects} cannot be read: {error.strerror}.") from None


def _revisions(session: Session, environment: str, against: str) -> tuple[dict[str, str], dict[str, str]]:
    old, two, new = against.partition("..")
    if not old or (two and (not new or new.startswith("."))):
        raise click.UsageError("--against takes REV or OLD..NEW.")
    before = _objects(rendered_plan(plan_at(session.project, old, environment)))
    if not two:
        return before, _objects(rendered(session, environment))
    return before, _objects(rendered_plan(plan_at(session.project, new, environment)))


def _objects(files: Mapping[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if path.startswith(f"{NAGIOS}/")}


def _print(found: Difference) -> None:
    if not found:
        console.say("nothing differs")
        return
    for line in _lines(found):
        console.out().print(Text(line, style=_STYLES.get(line.lstrip()[:1], "")), soft_wrap=True)


def _lines(found: Difference) -> Iterator[str]:
    for change in found.changes:
        yield from _of_change(change)
    if found.changes:
        yield ""
    yield from _of_watched("hosts", found.hosts)
    yield from _of_watched("services", found.services)
    yield from map(_of_notifications, found.notifications)


def _of_change(change: Change) -> Iterator[str]:
    on = f" on {change.on}" if change.on else ""
    yield console.plain(f"{_SIGNS[change.what]} {change.kind} {change.name}{on}")
    if change.what == "changed":
        width = max(map(len, change.settings))
        for directive, (before, after) in change.settings.items():
            yield console.plain(f"    {directive:{width}}  {_value(before)} -> {_value(after)}")


def _of_watched(kind: str, watched: Watched) -> Iterator[str]:
    yield f"{kind}: {len(watched.gained)} gained, {len(watched.lost)} lost"
    yield from (console.plain(f"  + {name}") for name in watched.gained)
    yield from (console.plain(f"  - {name}") for name in watched.lost)


def _of_notifications(one: NotificationChange) -> str:
    counts = f"{one.more} more hosts and services, and no longer of {one.less}"
    return console.plain(f"{one.owner} is notified of {counts} ({one.contactgroup}, {one.period or 'at no hours'})")


def _value(value: str | None) -> str:
    return "(none)" if value is None else value
