"""Run an entry of a plan here and now, as its own process, with this installation's checks."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from checkwright.cli.entry_command import argv_for
from checkwright.core.catalog import HOME
from checkwright.core.outcome import STATES
from checkwright.core.text import clean
from checkwright.registry.plan import Entry, Host, Plan

#: Seconds beyond the check's own deadline after which its process is ended.
_GRACE = 2
#: The library is found where this one was found, also when it is not installed.
_START = f"""\
import sys
sys.argv[0] = "check"
sys.path.append({HOME!r})
from checkwright.core.check_program import main
main()
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """What one entry said for one host."""

    host: str
    watch: str
    state: str
    text: str
    output: str


def attempt(plan: Plan, entry: Entry, host: Host, project: Path) -> Tried:
    """Run it and wait. Whatever happens is a state: UNKNOWN where there was no answer of a plugin."""
    environment = {**os.environ, **dict(entry.env), "CHECKS_STATE_READONLY": "1"}
    try:
        answer = subprocess.run(
            local_command(plan, entry, host, project),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=entry.deadline + _GRACE,
        )
    except subprocess.TimeoutExpired:
        return _tried(host, entry, "UNKNOWN", f"did not end within {entry.deadline + _GRACE} s")
    except OSError as error:
        return _tried(host, entry, "UNKNOWN", f"cannot run {error.filename}: {error.strerror}")
    output = answer.stdout.decode("utf-8", "replace").strip()
    if not 0 <= answer.returncode < len(STATES):
        return _tried(host, entry, "UNKNOWN", f"ended with {answer.returncode}: {output}")
    if not output:
        said = answer.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return _tried(host, entry, "UNKNOWN", f"said nothing on stdout{f', and on stderr: {said}' if said else ''}")
    return _tried(host, entry, STATES[answer.returncode], output)


def local_command(plan: Plan, entry: Entry, host: Host, project: Path) -> list[str]:
    """The entry's command with this interpreter and this project in the place of the machine's own."""
    executable, *words = argv_for(plan, entry, host)
    if not entry.check:
        return [executable, *words]
    if words[0] == "--project":
        words = ["--project", str(project), *words[2:]]
    # -P: the current folder is no place to import from.
    return [sys.executable, "-P", "-c", _START, *words]


def _tried(host: Host, entry: Entry, state: str, output: str) -> Tried:
    first = output.partition("\n")[0].partition("|")[0]
    shown = first.removeprefix(f"{entry.check.upper()} {state}: ") if entry.check else first
    return Tried(host.name, entry.name, state, clean(shown), output)
