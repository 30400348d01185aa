"""Everything that can be found wrong with a project without running its checks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import nagios_cfg
import sensu
from checkwright.cli import console
from checkwright.cli.check_findings import of_checks
from checkwright.core.catalog import HOME
from checkwright.registry.findings import Finding
from checkwright.registry.plan import Origin
from checkwright.registry.planning import lint

_MYPY = re.compile(r"(?P<file>[^:\n]+):(?P<line>[0-9]+):(?:[0-9]+:)? error: (?P<text>.*)")
_MYPY_SECONDS = 600


def fails(found: list[Finding]) -> bool:
    """Whether lint ends with 1: a warning alone lets a project pass."""
    return any(finding.severity == "error" for finding in found)


def told(found: list[Finding], ran: list[str]) -> str:
    """The last line of a lint: what looked, and how much it found."""
    count = f"{len(found)} finding{'s' if len(found) > 1 else ''}" if found else "nothing found"
    return f"ran: {', '.join(ran)}; {count}"


def linted(project: Path, *, mypy: bool = True) -> tuple[list[Finding], list[str]]:
    """All findings, each once, and what looked for them."""
    with console.working("reading the checks"):
        found = list(of_checks(project))
    ran = ["rules for checks"]
    with console.working("resolving every environment"):
        found += _of_registry(project)
    ran.append("rules of the registry, of Nagios and of Sensu")
    if mypy and find_spec("mypy") is None:
        ran.append("no mypy, which is not installed")
    elif mypy:
        with console.working("mypy reads the project"):
            found += _of_mypy(project)
        ran.append("mypy")
    return list(dict.fromkeys(found)), ran


def _of_registry(project: Path) -> Iterator[Finding]:
    registry = lint(str(project))
    yield from registry.findings
    for plan in registry.plans:
        yield from nagios_cfg.check(plan)
        yield from sensu.check(plan)


def _of_mypy(project: Path) -> Iterator[Finding]:
    command = [
        sys.executable,
        "-P",
        "-m",
        "mypy",
        "--explicit-package-bases",
        "--namespace-packages",
        "--no-color-output",
    ]
    command += ["--no-error-summary", "--show-error-codes", project.name]
    try:
        answer = subprocess.run(
            command, cwd=project.parent, env=_environment(), capture_output=True, text=True, timeout=_MYPY_SECONDS
        )
    except subprocess.TimeoutExpired:
        yield Finding("L003", "error", None, f"mypy did not end within {_MYPY_SECONDS} s")
        return
    matches = [match for line in answer.stdout.splitlines() if (match := _MYPY.fullmatch(line))]
    for match in matches:
        yield Finding("L003", "error", Origin(match["file"], int(match["line"])), match["text"])
    if answer.returncode and not matches:
        said = (answer.stderr or answer.stdout).strip().splitlines() or ["it said nothing"]
        yield Finding("L003", "error", None, f"mypy failed: {said[-1]}")


def _environment() -> dict[str, str]:
    """mypy keeps what it knows with the user's other caches, and finds the library where Python found it."""
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    environment = {"MYPY_CACHE_DIR": os.path.join(caches, "checkwright/mypy"), **os.environ}
    if os.path.basename(HOME) not in ("site-packages", "dist-packages"):  # an editable installation, which mypy misses
        environment["MYPYPATH"] = os.pathsep.join(filter(None, (environment.get("MYPYPATH"), HOME)))
    return environment
