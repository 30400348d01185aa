"""`checkctl nagios agents BUILT`: check that the machines' NRPE daemons have the files of a build.

It imports no project code, so that it can run where `deploy` does.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.agent_answers import ask_agents, problem_lines


@click.command("agents")
@click.argument("built", type=click.Path(path_type=Path))
@click.option("--host", "patterns", multiple=True, metavar="NAME", help="Host, or a pattern of hosts. Repeatable.")
@click.option("--seconds", default=10, show_default=True, type=click.IntRange(1), help="Time limit of each answer.")
@console.json_option
def command(built: Path, patterns: tuple[str, ...], seconds: int, as_json: bool) -> int:
    """Check that the machines' NRPE daemons have the files of the folder BUILT.

    Run it before a deployment. Exits with 0 if all have them, and with 1 if a machine lacks a file, has another version
    of it, or does not answer.
    """
    answers = ask_agents(built, patterns, seconds)
    if as_json:
        console.print_json([asdict(answer) for answer in answers])
    else:
        for line in problem_lines(answers):
            console.echo(line)
        machines = {answer.host for answer in answers}
        behind = {answer.host for answer in answers if answer.state != "current"}
        console.note(f"{len(machines) - len(behind)} of {len(machines)} machines have the files of {built}")
    return 1 if any(answer.state != "current" for answer in answers) else 0
