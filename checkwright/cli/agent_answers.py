"""State of a build's NRPE files on the machines, from the answers of their NRPE daemons."""

from __future__ import annotations

import os
import shutil
from fnmatch import fnmatchcase
from pathlib import Path

from checkwright.cli import console
from checkwright.core.errors import CannotDo
from checkwright.core.text import clean
from nagios_cfg.cfgfile import Unreadable
from nagios_cfg.deployment.agent_check import Answer, agent_queries, query_agents
from nagios_cfg.deployment.build_folder import NotBuilt, read_build
from nagios_cfg.folders import NRPE

_PROBLEMS = {
    "outdated": "has another version of {file}",
    "missing": "lacks {file}",
    "no answer": "does not answer: {output}",
}
_PLUGINS = "/usr/lib/nagios/plugins"


def ask_agents(built: Path, patterns: tuple[str, ...] = (), seconds: int = 10) -> tuple[Answer, ...]:
    """Query all machines of a build, or those that match a pattern. Raises CannotDo."""
    check_nrpe = shutil.which("check_nrpe", path=os.pathsep.join((_PLUGINS, os.environ.get("PATH", ""))))
    if check_nrpe is None:
        raise CannotDo("check_nrpe is not installed on this machine: run this where Nagios runs.")
    try:
        machines = agent_queries(read_build(built), read_build(built, NRPE))
    except NotBuilt as error:
        raise CannotDo(f"{error}.") from None
    except Unreadable as error:
        raise CannotDo(f"{built} cannot be read, line {error.line}: {error}; build it again.") from None
    queries = [one for one in machines if not patterns or any(fnmatchcase(one.host, pattern) for pattern in patterns)]
    for pattern in patterns:
        if not any(fnmatchcase(one.host, pattern) for one in queries):
            raise CannotDo(f"{built} has no host {pattern!r} with a service that runs through NRPE.")
    with console.status(f"querying {len(queries)} machines"):
        return query_agents(tuple(queries), check_nrpe, seconds)


def problem_lines(answers: tuple[Answer, ...]) -> list[str]:
    """Return a line for each file that a machine does not have in the version of the build."""
    return [
        clean(f"{one.host}: {_PROBLEMS[one.state].format(file=f'nrpe/{one.file}', output=one.output)}")
        for one in answers
        if one.state != "current"
    ]
