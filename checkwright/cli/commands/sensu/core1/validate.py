"""`checkctl sensu core1 validate FILE...`: findings about files of /etc/sensu/conf.d."""

from __future__ import annotations

from pathlib import Path

import click

import sensu
from checkwright.cli import console
from checkwright.cli.input_file import read_text
from checkwright.cli.sensu_provided import provided_option
from sensu import core1


@click.command("validate")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@provided_option("the servers have")
def command(files: tuple[Path, ...], provided: frozenset[tuple[str, str]]) -> int:
    """Validate JSON files of /etc/sensu/conf.d, from checkctl or elsewhere.

    Exits with 1 if a finding is an error.
    """
    texts = {str(file): read_text(file) for file in files}
    findings = core1.validate_files(texts, provided=sensu.EXPECTED | provided)
    console.print_findings(findings)
    console.note(f"{len(files)} files, {len(findings)} findings")
    return 1 if any(finding.severity == "error" for finding in findings) else 0
