"""Comparison with an older revision: the same work by both, in turn, so that a slower commit is seen."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.cold import page_server
from benchmarks.estate import Style
from benchmarks.processes import spend
from benchmarks.promises import build
from benchmarks.table import table
from benchmarks.together import machine_watches, once

ROOT = Path(__file__).parents[1]
#: A median ratio above this, in three of four pairs or more, counts as slower; A against A differs by 4 %.
_SLOWER = 1.05
#: Fewer pairs show nothing.
_FEWEST = 4
#: Hosts of the registries that are built, and most pairs of them.
_HOSTS, _BUILDS = 1_000, 5


class UnknownRevision(ValueError):
    """Error of a revision that git cannot find or that cannot be installed. str() is a sentence."""


@contextmanager
def installed_revision(revision: str) -> Iterator[Path]:
    """Install an older revision of this project into a temporary environment. Raises UnknownRevision."""
    with tempfile.TemporaryDirectory(prefix="checkwright-against-") as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        tree, venv = folder / "tree", folder / "venv"
        added = _run(["git", "-C", str(ROOT), "worktree", "add", "--detach", "--quiet", str(tree), revision])
        if added.returncode:
            raise UnknownRevision(f"git cannot check out {revision!r}: {_last_line(added.stderr)}")
        try:
            made = _run([str(tree / "scripts/runtime")], {**os.environ, "CHECKWRIGHT_VENV": str(venv)})
            if made.returncode:
                raise UnknownRevision(f"{revision} cannot be installed: {_last_line(made.stderr)}")
            yield venv
        finally:
            _run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(tree)])


def against(venv: Path, other: Path, name: str, pairs: int) -> str:
    """Return a table of processor times of this revision and of another installation, in pairs.

    name: that of the other revision, for the title.
    """
    with page_server() as url, tempfile.TemporaryDirectory() as scratch:
        watches = machine_watches(int(url.rstrip("/").rpartition(":")[2]), url)
        work: dict[str, tuple[int, Callable[[Path], float]]] = {
            "check load, cold": (pairs, lambda one: spend([str(one / "bin/check"), "load"]).cpu),
            "check http, cold": (pairs, lambda one: spend([str(one / "bin/check"), "http", "-u", url]).cpu),
            "checkctl --help": (pairs, lambda one: spend([str(one / "bin/checkctl"), "--help"]).cpu),
            "batch --once, 20 watches": (min(pairs, _BUILDS), lambda one: once(one, watches).cpu),
            f"build of {_HOSTS:,} similar hosts": (min(pairs, _BUILDS), lambda one: _build(one, scratch, "groups")),
            f"build of {_HOSTS:,} overrides": (min(pairs, _BUILDS), lambda one: _build(one, scratch, "hosts")),
        }
        rows = [_row(what, count, measure, venv, other) for what, (count, measure) in work.items()]
    heading = ["work", "ratio", "min-max", "cpu ms", f"{name}, cpu ms", "result"]
    return table(f"Against {name}, medians of at most {pairs} pairs (ratio of processor time)", heading, rows)


def _row(what: str, pairs: int, measure: Callable[[Path], float], venv: Path, other: Path) -> list[str]:
    measure(venv)  # one run of each fills the page cache
    try:
        measure(other)
    except RuntimeError as error:  # it lacks an option, or refuses a project of today
        print(f"against: {what} is left out, since the other revision cannot do it: {error}", file=sys.stderr)
        return [what, "", "", "", "", "left out"]
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(pairs):
        sides = [(ours, venv), (theirs, other)]
        for spent, installation in sides if number % 2 else reversed(sides):
            spent.append(measure(installation))
    ratios = [mine / before for mine, before in zip(ours, theirs, strict=True)]
    medians = [f"{statistics.median(side) * 1000:.1f}" for side in (ours, theirs)]
    return [
        what,
        f"{statistics.median(ratios):.2f}",
        f"{min(ratios):.2f}-{max(ratios):.2f}",
        *medians,
        "slower" if is_slower(ratios) else "",
    ]


def is_slower(ratios: list[float]) -> bool:
    """Return whether pairs show a slower revision: the median, and three of four pairs or more."""
    above = sum(ratio > 1 for ratio in ratios)
    return len(ratios) >= _FEWEST and statistics.median(ratios) > _SLOWER and above * 4 >= len(ratios) * 3


def _build(venv: Path, scratch: str, style: Style) -> float:
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        spent, _ = build(Path(folder) / "work", _HOSTS, style, str(venv / "bin/python"), Path(folder))
    return spent.user + spent.system


def _run(command: list[str], env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]
