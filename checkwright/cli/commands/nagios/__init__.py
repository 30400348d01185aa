"""`checkctl nagios build|verify|diff|agents|deploy|import`: an environment's configuration for Nagios and NRPE."""

from __future__ import annotations

from pathlib import Path

import click

import nagios_cfg
from checkwright.cli import console
from checkwright.cli.gc_pause import at_rest
from checkwright.cli.group import Later
from checkwright.cli.nagios_files import refuse_errors, rendered
from checkwright.cli.session import Session, pass_session
from checkwright.cli.write import write_folder


@click.group("nagios", cls=Later, folder=Path(__file__).parent)
def command() -> None:
    """Configuration for Nagios and NRPE."""


@command.command("build")
@click.argument("environment")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder, which is replaced as a whole.")
@click.option("--without-nagios", is_flag=True, help="Verify by rules in Python even where Nagios is installed.")
@pass_session
@at_rest()
def build(session: Session, environment: str, out: Path, without_nagios: bool) -> None:
    """Compile ENVIRONMENT into object files and NRPE files, verify them, and write them whole or not at all."""
    with console.working(f"compiling {environment}"):
        files = rendered(session, environment)
    with console.working("verifying"):
        verified = nagios_cfg.verify(files, nagios="" if without_nagios else None)
    refuse_errors(verified.findings)
    console.findings(verified.findings)
    written = write_folder(out, files)
    console.note(f"{out}: {written}; verified by {verified.by}")


@command.command("verify")
@click.argument("environments", nargs=-1, required=True, metavar="ENVIRONMENT...")
@pass_session
@at_rest()
def verify(session: Session, environments: tuple[str, ...]) -> int:
    """Ask Nagios itself, or the same rules in Python, about ENVIRONMENT, or several that one Nagios includes."""
    with console.working("compiling"):
        builds = [rendered(session, environment) for environment in environments]
    with console.working("verifying"):
        verified = nagios_cfg.verify(*builds)
    console.findings(verified.findings)
    console.note(f"{', '.join(environments)}: verified by {verified.by}, {len(verified.findings)} findings")
    return 1 if verified.findings else 0
