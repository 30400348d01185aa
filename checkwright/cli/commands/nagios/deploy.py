"""`checkctl nagios deploy BUILT`: make a build live. It imports no project code, so that it may run as root."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.agent_answers import ask_agents, problem_lines
from checkwright.core.errors import CannotDo
from checkwright.core.text import clean
from nagios_cfg.deployment.build_folder import NotBuilt, read_deployed
from nagios_cfg.deployment.deploy import (
    CannotDeploy,
    ConfirmationRequired,
    Deployment,
    Permission,
    RolledBack,
    Target,
    deploy,
    rollback,
)
from nagios_cfg.deployment.main_settings import read_main_settings
from nagios_cfg.engines import ENGINES, engine_of_path, find_program, installed_engine
from nagios_cfg.folders import NOTIFY_SETTINGS

_FAILED = 1
_CONFIRMATION_NEEDED = 2


@click.command("deploy")
@click.argument("built", type=click.Path(path_type=Path), required=False)
@click.option("--to", "link", required=True, type=click.Path(path_type=Path), help="Link that Nagios includes.")
@click.option(
    "--main",
    type=click.Path(path_type=Path),
    help="Main configuration of the running engine, which includes the link by cfg_dir.  "
    "[default: /etc/nagios4/nagios.cfg or /etc/naemon/naemon.cfg]",
)
@click.option(
    "--engine",
    "name",
    type=click.Choice(tuple(ENGINES)),
    help="Engine that runs here.  [default: naemon if --main has that name in its path, or if Nagios is not installed]",
)
@click.option(
    "--reload",
    "words",
    help="Command that reloads Nagios, without a shell; signal for a SIGHUP to the process in its lock file; or none.  "
    "[default: systemctl reload nagios4 or naemon]",
)
@click.option(
    "--patience",
    default=60.0,
    show_default=True,
    type=click.FloatRange(0),
    help="Seconds until Nagios must have loaded the build.",
)
@click.option(
    "--wait",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0),
    help="Seconds to wait for another deployment to end.",
)
@click.option(
    "--keep", default=5, show_default=True, type=click.IntRange(1), help="Number of versions to keep for --rollback."
)
@click.option(
    "--loss",
    default=10.0,
    show_default=True,
    type=click.FloatRange(0, 100),
    help="Percentage of hosts or services that may disappear without confirmation.",
)
@click.option(
    "--notify",
    default=NOTIFY_SETTINGS,
    show_default=True,
    metavar="FOLDER",
    help="Folder for the settings of checkwright-notify, or none to leave them out.",
)
@click.option(
    "--confirm", default="", metavar="DIGEST", help="Confirm the loss that an earlier run printed with this digest."
)
@click.option("--agents", is_flag=True, help="Query the machines' NRPE first, and refuse if a machine lacks its files.")
@click.option("--adopt", is_flag=True, help="Take over a folder or link that deploy did not make.")
@click.option("--overwrite", is_flag=True, help="Discard manual edits of the live files.")
@click.option("--rollback", "back", is_flag=True, help="Make the previous version live again.")
def command(
    built: Path | None,
    link: Path,
    main: Path | None,
    name: str | None,
    words: str | None,
    patience: float,
    wait: float,
    keep: int,
    loss: float,
    notify: str,
    confirm: str,
    agents: bool,
    adopt: bool,
    overwrite: bool,
    back: bool,
) -> int:
    """Replace the live files with those in BUILT, reload Nagios, and verify that it runs with them.

    Exits with 0 if the build is live, with 1 if Nagios did not load it and the previous version is live again, and with
    2 if the deployment was refused and nothing was changed.
    """
    if back == (built is not None):
        raise click.UsageError("Name either the BUILT folder or --rollback.")
    engine = ENGINES[name] if name else engine_of_path(main) if main else installed_engine()
    nagios = find_program(engine)
    if nagios is None:
        raise CannotDo(
            f"{engine.programs[0]}, which verifies the files, is not installed on this machine: "
            f"deploy where {engine.name} runs."
        )
    if agents and built is not None:
        _check_agents(built)
    target = Target(
        link,
        main or Path(engine.main),
        nagios,
        _reload(engine.reload if words is None else words),
        patience,
        wait,
        keep,
        None if notify == "none" else Path(notify).absolute(),
    )
    permission = Permission(adopt, overwrite, confirm, loss / 100)
    try:
        done = rollback(target, permission) if built is None else _deployed(built, target, permission)
    except ConfirmationRequired as question:
        console.print_json(question.as_json())
        return _CONFIRMATION_NEEDED
    except RolledBack as failed:
        console.note(f"checkctl: {failed}")
        return _FAILED
    except (CannotDeploy, NotBuilt) as error:
        for line in error.details.split("\n") if isinstance(error, CannotDeploy) and error.details else ():
            console.note(console.escape(line))
        raise CannotDo(str(error)) from None
    for warning in done.warnings:
        console.note(clean(warning))
    console.note(f"{link}: {_summary(done)}")
    return 0


def _check_agents(built: Path) -> None:
    """Raise CannotDo if a machine that answers lacks files. A machine that is down must not stop a deployment."""
    answers = ask_agents(built)
    for line in problem_lines(answers):
        console.note(line)
    behind = {answer.host for answer in answers if answer.state in ("outdated", "missing")}
    if behind:
        raise CannotDo(
            f"{len(behind)} machines lack NRPE files of {built} (see above): their services would be UNKNOWN. "
            "Copy the files there, restart NRPE, then deploy. Nothing was changed."
        )


def _deployed(built: Path, target: Target, permission: Permission) -> Deployment:
    files, settings = read_deployed(built), read_main_settings(built)
    try:
        return deploy(files, target, permission, settings=settings)
    except ConfirmationRequired as question:
        if not (sys.stdin.isatty() and console.is_terminal()):
            raise
        for kind, names in question.loss.lost.items():
            for name in names:
                console.echo(clean(f"lost {kind}: {name}"))
        if not click.confirm(str(question), err=True):
            raise CannotDo("Nothing was changed.") from None
        agreed = Permission(permission.adopt, permission.overwrite, question.digest, permission.share)
        return deploy(files, target, agreed, settings=settings)


def _reload(words: str) -> tuple[str, ...]:
    try:
        command = tuple(shlex.split(words))
    except ValueError as error:
        raise click.UsageError(f"--reload cannot be split into arguments: {error}.") from None
    if not command:
        raise click.UsageError("--reload is empty; write none for no reload.")
    return () if command == ("none",) else command


def _summary(done: Deployment) -> str:
    if not done.changed:
        return f"version {done.version} was live already"
    reload = "Nagios runs with it" if done.reloaded else "Nagios was not reloaded"
    return f"version {done.version} is live, {reload}"
