"""`checkctl nagios deploy`: built files to the live Nagios. It loads no project code: it may run as root."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.commands.nagios.agents import asked, lacking
from checkwright.core.errors import CannotDo
from checkwright.core.text import clean
from nagios_cfg.deployment.build_folder import NotBuilt, read_build
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
from nagios_cfg.deployment.verify import find_nagios

_FAILED = 1
_ASKED = 2


@click.command("deploy")
@click.argument("built", type=click.Path(path_type=Path), required=False)
@click.option("--to", "link", required=True, type=click.Path(path_type=Path), help="The link that Nagios includes.")
@click.option(
    "--main",
    type=click.Path(path_type=Path),
    default="/etc/nagios4/nagios.cfg",
    show_default=True,
    help="The live main configuration; it includes the link by cfg_dir.",
)
@click.option(
    "--reload",
    "words",
    default="systemctl reload nagios4",
    show_default=True,
    help="The command that reloads Nagios (no shell reads it); signal: SIGHUP to the process in its lock file; none.",
)
@click.option(
    "--patience",
    default=60.0,
    show_default=True,
    type=click.FloatRange(0),
    help="Seconds that Nagios has to come back.",
)
@click.option(
    "--wait", default=0.0, show_default=True, type=click.FloatRange(0), help="Seconds to wait for another deployment."
)
@click.option("--keep", default=5, show_default=True, type=click.IntRange(1), help="Versions kept for --rollback.")
@click.option(
    "--loss",
    default=10.0,
    show_default=True,
    type=click.FloatRange(0, 100),
    help="Percent of the hosts or services that may go without a question.",
)
@click.option("--confirm", default="", metavar="DIGEST", help="Yes to the question that printed this digest.")
@click.option("--agents", is_flag=True, help="First ask the machines' NRPE; refuse when one lacks its files.")
@click.option("--adopt", is_flag=True, help="Take over a folder, or a link, that deploy did not make.")
@click.option("--overwrite", is_flag=True, help="Lose what was edited by hand.")
@click.option("--rollback", "back", is_flag=True, help="Make the version before the live one live again.")
def command(
    built: Path | None,
    link: Path,
    main: Path,
    words: str,
    patience: float,
    wait: float,
    keep: int,
    loss: float,
    confirm: str,
    agents: bool,
    adopt: bool,
    overwrite: bool,
    back: bool,
) -> int:
    """Put the BUILT files in the place of the live ones, reload Nagios, and see that it is back.

    Ends with 0 when they are live, 1 when Nagios did not come back and the version before is live again, and
    2 when it was refused and nothing was changed.
    """
    if back == (built is not None):
        raise click.UsageError("Name either the BUILT folder or --rollback.")
    nagios = find_nagios()
    if nagios is None:
        raise CannotDo("There is no nagios4 on this machine to verify with: deploy where Nagios runs.")
    if agents and built is not None:
        _check_agents(built)
    target = Target(link, main, nagios, _reload(words), patience, wait, keep)
    permission = Permission(adopt, overwrite, confirm, loss / 100)
    try:
        done = rollback(target, permission) if built is None else _deployed(built, target, permission)
    except ConfirmationRequired as question:
        console.as_json(question.as_json())
        return _ASKED
    except RolledBack as failed:
        console.note(f"checkctl: {failed}")
        return _FAILED
    except (CannotDeploy, NotBuilt) as error:
        for line in error.details.split("\n") if isinstance(error, CannotDeploy) and error.details else ():
            console.note(console.plain(line))
        raise CannotDo(str(error)) from None
    for warning in done.warnings:
        console.note(clean(warning))
    console.note(f"{link}: {_summary(done)}")
    return 0


def _check_agents(built: Path) -> None:
    """Raises CannotDo when a machine that answers lacks files. One that is down has no better way to say so."""
    answers = asked(built)
    for line in lacking(answers):
        console.note(line)
    behind = {answer.host for answer in answers if answer.state in ("outdated", "missing")}
    if behind:
        raise CannotDo(
            f"{len(behind)} machines have not the NRPE files that {built} asks of them (see above), and what runs "
            "through NRPE would be UNKNOWN there: hand these out, restart NRPE, and deploy then. Nothing was changed."
        )


def _deployed(built: Path, target: Target, permission: Permission) -> Deployment:
    files = read_build(built)
    try:
        return deploy(files, target, permission)
    except ConfirmationRequired as question:
        if not (sys.stdin.isatty() and console.on_terminal()):
            raise
        for kind, names in question.loss.lost.items():
            for name in names:
                console.say(clean(f"lost {kind}: {name}"))
        if not click.confirm(str(question), err=True):
            raise CannotDo("Nothing was changed.") from None
        agreed = Permission(permission.adopt, permission.overwrite, question.digest, permission.share)
        return deploy(files, target, agreed)


def _reload(words: str) -> tuple[str, ...]:
    try:
        command = tuple(shlex.split(words))
    except ValueError as error:
        raise click.UsageError(f"--reload cannot be split into words: {error}.") from None
    if not command:
        raise click.UsageError("--reload is empty; write none for no reload.")
    return () if command == ("none",) else command


def _summary(done: Deployment) -> str:
    if not done.changed:
        return f"version {done.version} is live already"
    told = "Nagios is back with it" if done.reloaded else "Nagios was not reloaded"
    return f"version {done.version} is live, {told}"
