"""Plan of a project at a git revision. The work tree is not touched."""

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
_CHECKCTL = "from checkwright.cli.main import main; main()"


def plan_at(project: Path, revision: str, environment: str) -> Plan:
    """Return the plan of one environment at a revision. Raises CannotDo if git fails or there is no such plan.

    The project's code of that revision runs in a process of its own: one process cannot hold two states of a package.
    """
    commit_name = f"{revision}^{{commit}}"
    commit = _git(project, "rev-parse", "--verify", "--quiet", "--end-of-options", commit_name, about=revision).strip()
    top = Path(os.path.realpath(_git(project, "rev-parse", "--show-toplevel", about=revision).rstrip("\n")))
    with tempfile.TemporaryDirectory(prefix="checkwright-revision-") as scratch:
        # The folder keeps its name, which is that of the package, even if the project is the whole repository.
        inside = project.relative_to(top)
        folder = Path(scratch, top.name, inside)
        # A separate index: the repository's own holds what the user is about to commit.
        index = {"GIT_INDEX_FILE": str(Path(scratch, "index"))}
        tree = f"{commit}:" if inside == Path() else f"{commit}:{inside}"
        _git(top, "read-tree", tree, about=revision, env=index)
        _git(top, "checkout-index", "--all", f"--prefix={folder}/", about=revision, env=index)
        return _plan_of(folder, revision, environment, Path(scratch, "plan.json"))


def _plan_of(project: Path, revision: str, environment: str, out: Path) -> Plan:
    args = ["--project", str(project), "plan", "--out", str(out), "--", environment]
    done = _run([sys.executable, "-P", "-c", _CHECKCTL, *args], project, {})
    if done.returncode:
        errors = " ".join(done.stderr.replace(f"{project.parent}/", "").split())
        raise CannotDo(f"{environment} has no plan at {revision}: {errors.removeprefix('checkctl: ')}")
    try:
        return loads(out.read_text(encoding="utf-8"))
    except PlanError as error:
        raise CannotDo(f"{environment} has no plan at {revision}: {error}") from None


def _git(folder: Path, *args: str, about: str, env: Mapping[str, str] | None = None) -> str:
    try:
        done = _run(["git", "-C", str(folder), *args], folder, env or {})
    except FileNotFoundError:
        raise CannotDo("git is not installed, and --against needs it.") from None
    if done.returncode:
        errors = " ".join(done.stderr.split()).removeprefix("fatal: ") or "there is no such revision"
        raise CannotDo(f"git cannot read {folder} at {about}: {errors}.")
    return done.stdout


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
