"""`checkctl nagios rename IMPORT`: keep the history of hosts and services that an import renamed.

It imports no project code, so that it may run as root.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from checkwright.cli import console
from checkwright.core.errors import CannotDo
from nagios_cfg.deployment.daemon import Daemon
from nagios_cfg.deployment.mainfile import MainFile, UnusableMainFile
from nagios_cfg.deployment.retention import BACKUP, CannotRename, NewNames, rename_in_file
from nagios_cfg.engines import installed_engine

_SETTING = "state_retention_file"
_MOST = 100_000_000


@click.command("rename")
@click.argument("report", type=click.Path(path_type=Path), metavar="IMPORT.JSON")
@click.option(
    "--main",
    type=click.Path(path_type=Path),
    help=f"Main configuration of Nagios, which names its {_SETTING}.  "
    "[default: /etc/nagios4/nagios.cfg or /etc/naemon/naemon.cfg]",
)
def command(report: Path, main: Path | None) -> None:
    """Rename hosts and services in Nagios's retention file, as an import renamed them.

    IMPORT.JSON is the report of `checkctl nagios import`. States, comments, acknowledgements and downtimes are kept
    under the new names. Stop Nagios first: it writes the file when it ends. The old file stays as NAME.before-rename.
    """
    names = _names(report)
    if not names.hosts and not names.services:
        console.note(f"{report} renames nothing")
        return
    main = main or Path(installed_engine().main)
    try:
        settings = MainFile(main)
    except UnusableMainFile as error:
        raise CannotDo(f"{error}.") from None
    retention = settings.get(_SETTING)
    if not retention:
        raise CannotDo(f"{main} sets no {_SETTING}: name Nagios's own main file by --main.")
    daemon = Daemon(
        Path(settings.get("status_file") or "/nonexistent"), Path(settings.get("lock_file") or "/nonexistent")
    )
    if (run := daemon.running()) is not None:
        raise CannotDo(f"Nagios runs (process {run.pid}) and writes {retention} when it ends: stop it, then run this.")
    try:
        changed = rename_in_file(Path(retention), names)
    except CannotRename as error:
        raise CannotDo(f"{error}. Nothing was changed.") from None
    if not changed:
        console.note(f"{retention}: no block has one of the old names")
        return
    counts = ", ".join(f"{number} {kind}" for kind, number in sorted(changed.items()))
    console.note(f"{retention}: renamed in {counts} blocks; the old file is {retention}{BACKUP}")


def _names(report: Path) -> NewNames:
    """Return the renamed hosts and services of a report. Raises CannotDo."""
    try:
        with report.open("rb") as file:
            data: Any = json.loads(file.read(_MOST))
        pairs = [(str(one["kind"]), str(one["before"]), str(one["after"])) for one in data["renamed"]]
    except OSError as error:
        raise CannotDo(f"{report} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CannotDo(f"{report} is not the import.json of an import.") from None
    for _, before, after in pairs:
        if any(char in before + after for char in "\n\r\0"):
            raise CannotDo(f"{report} has a name with a line end, which no Nagios has.")
    return NewNames(
        {before: after for kind, before, after in pairs if kind == "host"},
        {before: after for kind, before, after in pairs if kind == "service"},
    )
