"""Lint of a project: rules for checks, for the registry, for Nagios and for Sensu, and mypy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import nagios_cfg
import sensu
from checkwright.cli import console
from checkwright.cli.mypy_errors import without_known_mistakes
from checkwright.cli.project_rules import MypyError, find_in_checks
from checkwright.core.catalog import HOME
from checkwright.core.regular_file import odd_files
from checkwright.registry.findings import Finding
from checkwright.registry.plan import Origin
from checkwright.registry.planning import lint

_MYPY_ERROR = re.compile(r"(?P<file>[^:\n]+):(?P<line>[0-9]+):(?:[0-9]+:)? error: (?P<text>.*)")
_MYPY_SECONDS = 600
_MYPY = (
    "mypy",
    "--explicit-package-bases",
    "--namespace-packages",
    "--no-color-output",
    "--no-error-summary",
    "--show-error-codes",
)


class LintResult(NamedTuple):
    """Findings, each once, and the names of the tools that ran."""

    findings: tuple[Finding, ...]
    tools: tuple[str, ...]

    @property
    def has_errors(self) -> bool:
        """True if lint ends with 1. Warnings alone let a project pass."""
        return any(finding.severity == "error" for finding in self.findings)

    def summary(self) -> str:
        """Return the last line of a lint: `ran: mypy; 2 findings`."""
        number = len(self.findings)
        count = f"{number} finding{'s' if number > 1 else ''}" if number else "nothing found"
        return f"ran: {', '.join(self.tools)}; {count}"


def lint_project(project: Path, *, mypy: bool = True) -> LintResult:
    """Lint a project without running its checks. `mypy` lets mypy read it too, where it is installed."""
    if odd_files(str(project), (".py", ".pyi", ".pyc")):
        # Nothing is imported, and mypy does not run: both would wait for such a file, or read it without end.
        return LintResult(tuple(_find_in_registry(project)), ("rules for files",))
    with console.status("reading the checks"):
        findings = list(find_in_checks(project))
    tools = ["rules for checks"]
    with console.status("resolving every environment"):
        findings += _find_in_registry(project)
    tools.append("rules of the registry, of Nagios and of Sensu")
    if mypy and find_spec("mypy") is None:
        tools.append("no mypy, which is not installed")
    elif mypy:
        with console.status("running mypy"):
            errors = list(_find_with_mypy(project))
        findings += without_known_mistakes(errors, findings, project.parent)
        tools.append("mypy")
    return LintResult(tuple(dict.fromkeys(findings)), tuple(tools))


def _find_in_registry(project: Path) -> Iterator[Finding]:
    registry = lint(str(project))
    yield from registry.findings
    for plan in registry.plans:
        yield from nagios_cfg.check(plan)
        yield from sensu.check(plan)


def _find_with_mypy(project: Path) -> Iterator[Finding]:
    """Run mypy and yield its errors."""
    command = [sys.executable, "-P", "-m", *_MYPY, project.name]
    try:
        done = subprocess.run(
            command, cwd=project.parent, env=_environment(), capture_output=True, text=True, timeout=_MYPY_SECONDS
        )
    except subprocess.TimeoutExpired:
        yield MypyError.finding(None, f"mypy did not end within {_MYPY_SECONDS} s")
        return
    errors = [match for line in done.stdout.splitlines() if (match := _MYPY_ERROR.fullmatch(line))]
    for error in errors:
        yield MypyError.finding(Origin(error["file"], int(error["line"])), error["text"])
    if done.returncode and not errors:
        output = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        yield MypyError.finding(None, f"mypy failed: {output[-1]}")


def _cache() -> str:
    """Return the folder of mypy's cache. Without a home that the user may write, mypy runs without a cache."""
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = os.path.join(caches, "checkwright/mypy")
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError:
        return os.devnull
    return folder if os.access(folder, os.W_OK) else os.devnull


def _environment() -> dict[str, str]:
    """Return mypy's environment: its cache among the user's other caches, and the library on its path."""
    environment = {"MYPY_CACHE_DIR": _cache(), **os.environ}
    if os.path.basename(HOME) not in ("site-packages", "dist-packages"):  # mypy does not find editable installations
        environment["MYPYPATH"] = os.pathsep.join(filter(None, (environment.get("MYPYPATH"), HOME)))
    return environment
