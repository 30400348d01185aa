"""`checkctl run NAME`: the output and exit code of `check --project DIR NAME`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checkwright.cli.main import run
from tests.support.installed import ROOT

CHECKCTL = "from checkwright.cli.main import main; main()"
CHECK = "from checkwright.core.check_program import main; main()"
DUMMY = '''"""Number of loaves."""

from checkwright import Check, Metrics, gauge, option


class Loaves(Check):
    """Number of loaves that are left."""

    number: float = option("Number of loaves", default=40.0)

    left = gauge("Loaves left", warn="20:", crit="5:")

    def probe(self) -> Metrics:
        yield self.left(self.number)
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "bakery"
    assert run(["init", str(folder)]) == 0
    (folder / "plugins/loaves.py").write_text(DUMMY, encoding="utf-8")
    return folder


def process(code: str, *words: str, cwd: Path, argv0: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("CHECKS_PROJECT", None)
    start = f"import sys; sys.argv[0] = {argv0!r}; {code}" if argv0 else code
    command = [sys.executable, "-P", "-c", start, *words]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


CASES = {
    "ok": (["loaves"], 0),
    "warning": (["loaves", "--number", "12"], 1),
    "critical, with an equals sign": (["loaves", "--number=3"], 2),
    "thresholds and verbosity": (["loaves", "--left-warning", "50:", "-vv"], 1),
    "unknown flag": (["loaves", "--nubmer", "3"], 3),
    "check of the library": (["dummy", "--value", "7"], 0),
    "words after two dashes": (["combine", "--", "dummy", "--value", "1", "--", "dummy", "--state", "critical"], 2),
    "unknown check": (["loafs"], 3),
    "help of the check": (["loaves", "--help"], 3),
}


@pytest.mark.slow
@pytest.mark.parametrize(("words", "code"), CASES.values(), ids=CASES)
def test_run_gives_what_check_gives(project: Path, words: list[str], code: int) -> None:
    expected = process(CHECK, "--project", str(project), *words, cwd=project, argv0="check")
    assert expected.returncode == code
    inside = project / "plugins"  # the project is found upwards
    done = process(CHECKCTL, "run", *words, cwd=inside)
    assert (done.returncode, done.stdout, done.stderr) == (code, expected.stdout, expected.stderr)


def test_run_takes_a_project_before_and_after_the_command(project: Path, tmp_path: Path) -> None:
    for words in (["--project", str(project), "run", "loaves"], ["run", "--project", str(project), "loaves"]):
        done = process(CHECKCTL, *words, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, "LOAVES OK: Loaves left 40 | left=40;20:;5:;;\n")


def test_run_outside_a_project_runs_checks_of_the_library(tmp_path: Path) -> None:
    done = process(CHECKCTL, "run", "dummy", "--state", "warning", cwd=tmp_path)
    assert (done.returncode, done.stdout.partition(":")[0]) == (1, "DUMMY WARNING")


def test_run_refuses_an_unknown_flag_before_the_name(tmp_path: Path) -> None:
    done = process(CHECKCTL, "run", "--hlp", "dummy", cwd=tmp_path)
    assert done.returncode == 2
    assert "--hlp" in done.stderr and "--help" in done.stderr


def test_run_without_a_name_is_wrong_usage(tmp_path: Path) -> None:
    done = process(CHECKCTL, "run", cwd=tmp_path)
    assert done.returncode == 2
    assert "Missing argument 'NAME'" in done.stderr
