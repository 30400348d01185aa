"""`checkctl package ENV`: a Debian package of a built environment, and the data of its machines for Puppet."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import click

import nagios_cfg
from checkwright.cli import console
from checkwright.cli.atomic_write import require_writable, write_file, write_folder
from checkwright.cli.completion import complete_environments
from checkwright.cli.nagios_files import render_plan
from checkwright.cli.refuse_errors import refuse_errors
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import CannotDo
from checkwright.packaging.deb_archive import deb_archive
from checkwright.packaging.environment_package import control_of, machine_files, package_files, package_modes

_MACHINES = "machines"


@click.command("package")
@click.argument("environment", shell_complete=complete_environments)
@click.option("--version", required=True, metavar="VERSION", help="Version of the package, such as 0.20261129.f48f9ff.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder for the package and the folder machines/."
)
@pass_workspace
def command(workspace: Workspace, environment: str, version: str, out: Path) -> None:
    """Pack the files of ENVIRONMENT for its machines into a Debian package, with data for Puppet's Hiera.

    The package checkwright-PROJECT-ENV contains the commands for NRPE and sudo, and the project's own checks. The
    folder machines/ has a file for each machine, which lists its part of them. Equal plans and versions of one commit
    give equal bytes.
    """
    with console.status(f"compiling {environment}"):
        plan, warnings = workspace.plan(environment)
        built = render_plan(plan, warnings)
        refuse_errors(nagios_cfg.verify(built, nagios="").findings)
    control = control_of(plan, version)
    files = package_files(plan, built, workspace.project)
    if not files:
        raise CannotDo(
            f"{environment} has nothing for machines: no watch with transport nrpe, and no checks of its own."
        )
    machines = {path.removeprefix(f"{_MACHINES}/"): text for path, text in machine_files(plan, built, version).items()}
    require_writable(out / _MACHINES, machines)
    package = out / f"{control.name}_{version}_all.deb"
    write_file(package, deb_archive(control, files, _epoch(workspace.project), package_modes(plan, files)))
    written = write_folder(out / _MACHINES, machines)
    console.note(f"{package}: {len(files)} files; {out / _MACHINES}: {written}")


def _epoch(project: Path) -> int:
    """Return the time of all files: SOURCE_DATE_EPOCH, else that of the project's last commit, else now.

    Python takes a compiled file for current by time and size alone, so two versions must not have the same time.
    """
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        argv = ["git", "-C", str(project), "log", "-1", "--format=%ct"]
        try:
            text = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
        except (OSError, subprocess.SubprocessError):
            text = ""
        text = text or str(int(time.time()))
    if not text.isdecimal() or len(text) > 11:
        raise CannotDo("SOURCE_DATE_EPOCH is not a number of seconds.")
    return int(text)
