"""Plans of a project at a git revision. The work tree is not touched."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from checkwright.core.errors import CannotDo
from checkwright.registry.plan import Plan
from checkwright.registry.plan_json import PlanError, loads

_SECONDS = 600
_PROGRAM = "from checkwright.cli.plan_files import main; main()"


def plan_at(project: Path, revision: str, environment: str) -> Plan:
    """Return the plan of one environment at a revision. Raises CannotDo if git fails or there is no such plan.

    The project's code of that revision runs in a process of its own: one process cannot hold two states of a package.
    """
    with _tree_at(project, revision) as (folder, scratch):
        return _plans_of(folder, f"{environment} has no plan at {revision}", scratch, [environment])[environment]


def plans_at(project: Path, revision: str) -> dict[str, Plan]:
    """Return the plans of all environments at a revision, by name; none for a revision without the project.

    Raises CannotDo if git or one of the plans fails.
    """
    if not _has_fleet(project, revision):
        return {}
    with _tree_at(project, revision) as (folder, scratch):
        return _plans_of(folder, f"the project has no plans at {revision}", scratch, [])


def merge_base(project: Path, one: str, other: str) -> str:
    """Return the commit where two revisions parted. Raises CannotDo if git finds none."""
    commits = [_commit(project, revision) for revision in (one, other)]
    try:
        return _git(project, "merge-base", *commits, about=f"{one}...{other}").strip()
    except CannotDo:
        # git prints nothing.
        message = f"git finds no commit where {one} and {other} parted"
        raise CannotDo(f"{message}: fetch the whole history, as with fetch-depth: 0 of actions/checkout.") from None


@contextmanager
def _tree_at(project: Path, revision: str) -> Iterator[tuple[Path, Path]]:
    """Write the project's files of a revision to a temporary folder; give the project there, and that folder."""
    commit = _commit(project, revision)
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
        yield folder, Path(scratch)


def _has_fleet(project: Path, revision: str) -> bool:
    commit = _commit(project, revision)
    top = Path(os.path.realpath(_git(project, "rev-parse", "--show-toplevel", about=revision).rstrip("\n")))
    tree = f"{commit}:{project.relative_to(top) / 'fleet'}"
    try:
        _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", tree, about=revision)
    except CannotDo:
        return False
    return True


def _commit(project: Path, revision: str) -> str:
    name = f"{revision}^{{commit}}"
    return _git(project, "rev-parse", "--verify", "--quiet", "--end-of-options", name, about=revision).strip()


def _plans_of(project: Path, failure: str, scratch: Path, environments: Sequence[str]) -> dict[str, Plan]:
    out = scratch / "plans"
    out.mkdir()
    done = _run([sys.executable, "-P", "-c", _PROGRAM, str(project), str(out), *environments], project, {})
    if done.returncode:
        errors = " ".join(done.stderr.replace(f"{project.parent}/", "").split())
        raise CannotDo(f"{failure}: {errors.removeprefix('checkctl: ')}")
    try:
        plans = [loads(file.read_text(encoding="utf-8")) for file in sorted(out.iterdir())]
    except PlanError as error:
        raise CannotDo(f"{failure}: {error}") from None
    return {plan.environment: plan for plan in plans}


def _git(folder: Path, *args: str, about: str, env: Mapping[str, str] | None = None) -> str:
    try:
        done = _run(["git", "-C", str(folder), *args], folder, env or {})
    except FileNotFoundError:
        raise CannotDo("git is not installed, and a revision is read with it.") from None
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
