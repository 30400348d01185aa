"""`checkctl sensu validate FILE...`: findings about files for sensuctl create."""

from __future__ import annotations

from pathlib import Path

import click

import sensu
from checkwright.cli import console
from checkwright.cli.input_file import read_text
from checkwright.cli.sensu_provided import provided_option


@click.command("validate")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@provided_option("the backend has")
def command(files: tuple[Path, ...], provided: frozenset[tuple[str, str]]) -> int:
    """Validate FILEs for sensuctl create, from checkctl or elsewhere.

    The files may refer to each other. Exits with 1 if a finding is an error.
    """
    texts = {str(file): read_text(file) for file in files}
    findings = sensu.validate_files(texts, provided=provided, assumed=sensu.EXPECTED - provided)
    console.print_findings(findings)
    console.note(f"{len(files)} files, {len(findings)} findings")
    return 1 if any(finding.severity == "error" for finding in findings) else 0
