"""Golden files, seen as a project's tests use them: by a pytest of its own with the installed plugin."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checkwright.core.outcome import Line, Outcome
from checkwright.testing.golden import Golden, slug
from tests.support.installed import ROOT

TEST = """
import pytest
from checkwright.core.outcome import Line, Outcome

STATES = {"all is well": "OK", "on fire!": "CRITICAL"}

@pytest.mark.parametrize("case", STATES)
def test_tank(case, golden):
    golden(Outcome("tank", (Line(STATES[case], case, "warning 1, critical 2"),), (), ("full=1;;;;",)))

def test_twice(golden):
    golden(Outcome("tank", (Line("OK", "first"),)))
    golden(Outcome("tank", (Line("OK", "second"),)), "again")
"""


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a project's tests as its author does. The plugin is named, so that a source tree will do."""
    plugin = ["-p", "checkwright.testing.plugin"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "test_tank.py").write_text(TEST, encoding="utf-8")
    made = pytest_in(tmp_path, "--update-goldens")
    assert made.returncode == 0, made.stdout
    return tmp_path


def goldens(project: Path) -> list[str]:
    return sorted(path.name for path in (project / "goldens/tank").glob("*.txt"))


def test_goldens_are_written_and_then_hold(project: Path) -> None:
    assert goldens(project) == ["all-is-well.txt", "on-fire.txt", "twice-again.txt", "twice.txt"]
    text = (project / "goldens/tank/on-fire.txt").read_text(encoding="utf-8")
    assert text == "TANK CRITICAL: on fire!\nCRITICAL: on fire! [warning 1, critical 2] | full=1;;;;\n"
    assert pytest_in(project).returncode == 0


def test_another_text_fails_and_is_shown(project: Path) -> None:
    test = project / "test_tank.py"
    test.write_text(test.read_text(encoding="utf-8").replace("critical 2", "critical 3"), encoding="utf-8")
    failed = pytest_in(project)
    assert failed.returncode == 1
    assert "+CRITICAL: on fire! [warning 1, critical 3]" in failed.stdout
    assert "--update-goldens" in failed.stdout


def test_a_missing_golden_fails(project: Path) -> None:
    (project / "goldens/tank/twice.txt").unlink()
    failed = pytest_in(project)
    assert failed.returncode == 1
    assert "twice.txt is missing" in failed.stdout


def test_an_unused_golden_fails_and_an_update_removes_it(project: Path) -> None:
    old = project / "goldens/tank/renamed.txt"
    old.write_text("TANK OK: once\n", encoding="utf-8")
    failed = pytest_in(project)
    assert failed.returncode == 1
    assert f"{old}: no test uses this golden" in failed.stdout
    assert pytest_in(project, "--update-goldens").returncode == 0
    assert not old.exists()


@pytest.mark.parametrize("chosen", [["-k", "twice"], ["test_tank.py::test_twice"]], ids=["by keyword", "by name"])
def test_a_part_of_the_tests_says_nothing_of_unused_goldens(project: Path, chosen: list[str]) -> None:
    assert pytest_in(project, *chosen, "--update-goldens").returncode == 0
    assert len(goldens(project)) == 4


def test_a_project_is_importable_by_its_name(tmp_path: Path) -> None:
    files = {
        "acme/fleet/environments.py": "",
        "acme/plugins/tank.py": "LEVEL = 3\n",
        "acme/tests/test_tank.py": "from acme.plugins.tank import LEVEL\ndef test_tank():\n    assert LEVEL == 3\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for start, tests in ((tmp_path, "acme"), (tmp_path / "acme", "."), (tmp_path / "acme/tests", "test_tank.py")):
        assert pytest_in(start, tests).returncode == 0


def test_one_golden_is_compared_once_in_a_test(tmp_path: Path) -> None:
    golden = Golden(tmp_path, "case", update=True)
    outcome = Outcome("tank", (Line("OK", "fine"),))
    golden(outcome)
    with pytest.raises(AssertionError, match="compared twice"):
        golden(outcome)


@pytest.mark.parametrize(
    ("text", "name"),
    [("Room: 80 %", "room-80"), ("../etc", "etc"), ("äöü", "case")],
    ids=["blanks", "path", "no ascii"],
)
def test_a_case_names_a_plain_file(text: str, name: str) -> None:
    assert slug(text) == name
