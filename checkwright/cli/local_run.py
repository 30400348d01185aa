"""Run of one entry of a plan on this machine, in a process of its own, with this installation's checks."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from checkwright.cli.check_process import check_argv
from checkwright.cli.entry_command import entry_argv
from checkwright.core.outcome import STATES
from checkwright.core.text import clean
from checkwright.registry.plan import Entry, Host, Plan

#: Seconds after the check's own deadline until its process is killed.
_GRACE = 2


@dataclass(frozen=True, slots=True)
class LocalResult:
    """Result of one entry for one host. text: first line without the name; output: everything that was printed."""

    host: str
    watch: str
    state: str
    text: str
    output: str


def run_entry(plan: Plan, entry: Entry, host: Host, project: Path) -> LocalResult:
    """Run an entry and wait for it. Every failure is a result: UNKNOWN if there is no plugin's answer."""
    environment = {**os.environ, **dict(entry.env), "CHECKS_STATE_READONLY": "1"}
    try:
        done = subprocess.run(
            local_command(plan, entry, host, project),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=entry.deadline + _GRACE,
        )
    except subprocess.TimeoutExpired:
        return _result(host, entry, "UNKNOWN", f"did not end within {entry.deadline + _GRACE} s")
    except OSError as error:
        return _result(host, entry, "UNKNOWN", f"cannot run {error.filename}: {error.strerror}")
    output = done.stdout.decode("utf-8", "replace").strip()
    if not 0 <= done.returncode < len(STATES):
        return _result(host, entry, "UNKNOWN", f"ended with exit code {done.returncode}: {output}")
    if not output:
        errors = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return _result(host, entry, "UNKNOWN", f"no output on stdout{f'; on stderr: {errors}' if errors else ''}")
    return _result(host, entry, STATES[done.returncode], output)


def local_command(plan: Plan, entry: Entry, host: Host, project: Path) -> list[str]:
    """Return the entry's command with this interpreter and this project instead of the machine's own."""
    executable, *args = entry_argv(plan, entry, host)
    if not entry.check:
        return [executable, *args]
    if args[0] == "--project":
        args = ["--project", str(project), *args[2:]]
    return check_argv(args)


def _result(host: Host, entry: Entry, state: str, output: str) -> LocalResult:
    first = output.partition("\n")[0].partition("|")[0]
    text = first.removeprefix(f"{entry.check.upper()} {state}: ") if entry.check else first
    return LocalResult(host.name, entry.name, state, clean(text), output)
