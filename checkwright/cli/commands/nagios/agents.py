"""`checkctl nagios agents`: do the machines' NRPE daemons have the files that belong to built object files?

It loads no project code, so that it can run where deploy does.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict
from fnmatch import fnmatchcase
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.core.errors import CannotDo
from checkwright.core.text import clean
from nagios_cfg.cfgfile import Unreadable
from nagios_cfg.deployment.agent_check import Answer, agent_queries, query_agents
from nagios_cfg.deployment.build_folder import NotBuilt, read_build
from nagios_cfg.render import NRPE

_SAID = {
    "outdated": "has another version of {file}",
    "missing": "lacks {file}",
    "no answer": "does not answer: {output}",
}
_PLUGINS = "/usr/lib/nagios/plugins"


@click.command("agents")
@click.argument("built", type=click.Path(path_type=Path))
@click.option("--host", "patterns", multiple=True, metavar="NAME", help="Only this host, or those of a pattern.")
@click.option("--seconds", default=10, show_default=True, type=click.IntRange(1), help="Time for each answer.")
@console.as_json_option
def command(built: Path, patterns: tuple[str, ...], seconds: int, as_json: bool) -> int:
    """Ask the machines' NRPE whether they have the files that belong to the BUILT object files.

    Ends with 0 when all have them, 1 when one lacks a file, has another version of it, or does not answer.
    """
    answers = asked(built, patterns, seconds)
    if as_json:
        console.as_json([asdict(answer) for answer in answers])
    else:
        for line in lacking(answers):
            console.say(line)
        machines = {answer.host for answer in answers}
        behind = {answer.host for answer in answers if answer.state != "current"}
        console.note(f"{len(machines) - len(behind)} of {len(machines)} machines have what {built} asks of them")
    return 1 if any(answer.state != "current" for answer in answers) else 0


def asked(built: Path, patterns: tuple[str, ...] = (), seconds: int = 10) -> tuple[Answer, ...]:
    """What the machines answer, those of the patterns or all. Raises CannotDo."""
    check_nrpe = shutil.which("check_nrpe", path=os.pathsep.join((_PLUGINS, os.environ.get("PATH", ""))))
    if check_nrpe is None:
        raise CannotDo("There is no check_nrpe on this machine to ask with: ask where Nagios runs.")
    try:
        machines = agent_queries(read_build(built), read_build(built, NRPE))
    except NotBuilt as error:
        raise CannotDo(f"{error}.") from None
    except Unreadable as error:
        raise CannotDo(f"{built} cannot be read, line {error.line}: {error}; build it again.") from None
    wanted = [one for one in machines if not patterns or any(fnmatchcase(one.host, pattern) for pattern in patterns)]
    for pattern in patterns:
        if not any(fnmatchcase(one.host, pattern) for one in wanted):
            raise CannotDo(f"{built} has no host {pattern!r} with something that runs through NRPE.")
    with console.working(f"asking {len(wanted)} machines"):
        return query_agents(tuple(wanted), check_nrpe, seconds)


def lacking(answers: tuple[Answer, ...]) -> list[str]:
    """A line for each answer that is not the right one."""
    return [
        clean(f"{one.host}: {_SAID[one.state].format(file=f'nrpe/{one.file}', output=one.output)}")
        for one in answers
        if one.state != "current"
    ]
