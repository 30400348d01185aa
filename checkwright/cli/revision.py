"""The plan of a project as it was at a revision in git. The work tree is not touched."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from checkwright.core.errors import CannotDo
from checkwright.registry.plan import Plan
from checkwright.registry.plan_json import PlanError, loads

_SECONDS = 600
_PLAN = "from checkwright.cli.main import main; main()"


def plan_at(project: Path, revision: str, environment: str) -> Plan:
    """The plan of one environment at a revision. Raises CannotDo when git or the project refuses.

    The project's code at that revision runs in a process of its own: two states of one package do not fit into one.
    """
    named = f"{revision}^{{commit}}"
    commit = _git(project, "rev-parse", "--verify", "--quiet", "--end-of-options", named, about=revision).strip()
    top = Path(os.path.realpath(_git(project, "rev-parse", "--show-toplevel", about=revision).rstrip("\n")))
    with tempfile.TemporaryDirectory(prefix="checkwright-revision-") as scratch:
        # A project that is the whole repository keeps its name, which is that of its package.
        inside = project.relative_to(top)
        folder = Path(scratch, top.name, inside)
        # An index of its own: that of the repository holds what somebody is about to commit.
        index = {"GIT_INDEX_FILE": str(Path(scratch, "index"))}
        tree = f"{commit}:" if inside == Path() else f"{commit}:{inside}"
        _git(top, "read-tree", tree, about=revision, env=index)
        _git(top, "checkout-index", "--all", f"--prefix={folder}/", about=revision, env=index)
        return _resolved(folder, revision, environment, Path(scratch, "plan.json"))


def _resolved(project: Path, revision: str, environment: str, out: Path) -> Plan:
    words = ["--project", str(project), "plan", "--out", str(out), "--", environment]
    ran = _run([sys.executable, "-P", "-c", _PLAN, *words], project, {})
    if ran.returncode:
        said = " ".join(ran.stderr.replace(f"{project.parent}/", "").split())
        raise CannotDo(f"{environment} has no plan at {revision}: {said.removeprefix('checkctl: ')}")
    try:
        return loads(out.read_text(encoding="utf-8"))
    except PlanError as error:
        raise CannotDo(f"{environment} has no plan at {revision}: {error}") from None


def _git(folder: Path, *words: str, about: str, env: Mapping[str, str] | None = None) -> str:
    try:
        ran = _run(["git", "-C", str(folder), *words], folder, env or {})
    except FileNotFoundError:
        raise CannotDo("git is not installed, and --against needs it.") from None
    if ran.returncode:
        said = " ".join(ran.stderr.split()).removeprefix("fatal: ") or "there is no such revision"
        raise CannotDo(f"git knows nothing of {folder} at {about}: {said}.")
    return ran.stdout


def _run(argv: list[str], folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            argv,
            cwd=folder,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotDo(f"{argv[0]} did not end within {_SECONDS} s.") from None
