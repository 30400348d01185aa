"""Golden files as a project's tests use them. Each test runs its own pytest with the plugin."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checkwright.core.outcome import Line, Outcome
from checkwright.testing import transcript
from checkwright.testing.golden import Golden
from tests.support.installed import ROOT

TEST = """
import pytest
from checkwright.core.outcome import Line, Outcome

STATES = {"on fire!": "CRITICAL", "all is well": "OK"}

@pytest.mark.parametrize("case", STATES)
def test_tank(case, golden):
    golden(Outcome("tank", (Line(STATES[case], case, "warning 1, critical 2"),), (), ("full=1;;;;",)))

def test_twice(golden):
    golden(Outcome("tank", (Line("OK", "first"),)))
    golden(Outcome("tank", (Line("OK", "second"),)), "again")
"""
GOLDEN = """\
# Written by pytest --update-goldens. Change the tests, not this file.

## on fire!
TANK CRITICAL: on fire!
CRITICAL: on fire! [warning 1, critical 2] | full=1;;;;

## all is well
TANK OK: all is well
OK: all is well [warning 1, critical 2] | full=1;;;;

## twice
TANK OK: first
OK: first

## twice, again
TANK OK: second
OK: second
"""

#: The same run in one process and with pytest-xdist.
in_every_mode = pytest.mark.parametrize(
    "mode",
    [
        pytest.param((), id="alone"),
        pytest.param(("-p", "xdist", "-n", "2"), id="xdist", marks=pytest.mark.slow),
        pytest.param(("-p", "xdist", "-n", "2", "--dist", "loadgroup"), id="groups", marks=pytest.mark.slow),
    ],
)


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a project's tests as its author does. The plugin is named, so that it need not be installed."""
    plugin = ["-p", "checkwright.testing.plugin"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"):
        environment.pop(name, None)  # set if pytest-xdist runs this test
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one test module and its golden file."""
    (tmp_path / "test_tank.py").write_text(TEST, encoding="utf-8")
    (tmp_path / "goldens").mkdir()
    (tmp_path / "goldens/tank.txt").write_text(GOLDEN, encoding="utf-8")
    return tmp_path


@pytest.fixture
def module(project: Path) -> Path:
    return project / "test_tank.py"


@pytest.fixture
def golden_file(project: Path) -> Path:
    return project / "goldens/tank.txt"


@in_every_mode
def test_update_writes_a_section_for_each_case(project: Path, golden_file: Path, mode: tuple[str, ...]) -> None:
    golden_file.unlink()
    written = pytest_in(project, "--update-goldens", *mode)
    assert written.returncode == 0, written.stdout
    assert "Wrote 4 golden entries." in written.stdout
    assert golden_file.read_text(encoding="utf-8") == GOLDEN
    assert [path.name for path in (project / "goldens").iterdir()] == ["tank.txt"]


@pytest.mark.slow
@in_every_mode
def test_unchanged_output_passes(project: Path, golden_file: Path, mode: tuple[str, ...]) -> None:
    passed = pytest_in(project, *mode)
    assert passed.returncode == 0, passed.stdout
    assert "golden" not in passed.stdout
    before = golden_file.stat()
    assert "golden" not in pytest_in(project, "--update-goldens", *mode).stdout
    assert golden_file.stat().st_mtime_ns == before.st_mtime_ns


def test_changed_output_fails_and_shows_the_difference_only(project: Path, module: Path) -> None:
    change(module, "critical 2", "critical 3")
    failed = pytest_in(project)
    assert failed.returncode == 1
    assert "tank.txt: 'on fire!' has changed. pytest --update-goldens accepts the new text." in failed.stdout
    assert "-CRITICAL: on fire! [warning 1, critical 2]" in failed.stdout
    assert "+CRITICAL: on fire! [warning 1, critical 3]" in failed.stdout
    assert "golden.py" not in failed.stdout, "no line of checkwright.testing is shown"
    assert "difflib" not in failed.stdout


@in_every_mode
def test_update_accepts_changed_output(project: Path, module: Path, golden_file: Path, mode: tuple[str, ...]) -> None:
    change(module, "critical 2", "critical 3")
    updated = pytest_in(project, "--update-goldens", *mode)
    assert updated.returncode == 0, updated.stdout
    assert "Wrote 2 golden entries." in updated.stdout
    assert golden_file.read_text(encoding="utf-8") == GOLDEN.replace("critical 2", "critical 3")


def test_missing_entry_fails(project: Path, golden_file: Path) -> None:
    change(golden_file, "## twice, again\nTANK OK: second\nOK: second\n", "")
    failed = pytest_in(project)
    assert failed.returncode == 1
    assert "tank.txt has no entry 'twice, again': pytest --update-goldens writes it" in failed.stdout


@pytest.mark.slow
@in_every_mode
def test_unused_entry_fails_and_an_update_removes_it(project: Path, golden_file: Path, mode: tuple[str, ...]) -> None:
    change(golden_file, "## twice\n", "## renamed\nTANK OK: once\n\n## twice\n")
    failed = pytest_in(project, *mode)
    assert failed.returncode == 1
    assert "No test uses 1 golden entry. pytest --update-goldens removes:\n" in failed.stdout
    assert "goldens/tank.txt: renamed\n" in failed.stdout
    updated = pytest_in(project, "--update-goldens", *mode)
    assert updated.returncode == 0
    assert "Removed 1 stale golden entry." in updated.stdout
    assert golden_file.read_text(encoding="utf-8") == GOLDEN


@pytest.mark.slow
@in_every_mode
def test_file_without_a_module_fails_and_an_update_removes_it(
    project: Path, golden_file: Path, mode: tuple[str, ...]
) -> None:
    (project / "goldens/pump.txt").write_text(GOLDEN, encoding="utf-8")
    (project / "goldens/notes.txt").write_text("## notes\n", encoding="utf-8")
    failed = pytest_in(project, *mode)
    assert failed.returncode == 1
    assert "No test uses 4 golden entries. pytest --update-goldens removes:\n" in failed.stdout
    assert "Removed 4 stale golden entries." in pytest_in(project, "--update-goldens", *mode).stdout
    assert sorted(path.name for path in golden_file.parent.iterdir()) == ["notes.txt", "tank.txt"]


@pytest.mark.slow
def test_file_of_a_module_without_golden_tests_is_stale(project: Path, module: Path, golden_file: Path) -> None:
    module.write_text("def test_tank():\n    pass\n", encoding="utf-8")
    assert "No test uses 4 golden entries." in pytest_in(project).stdout
    assert "Removed 4 stale golden entries." in pytest_in(project, "--update-goldens").stdout
    assert not golden_file.exists()


PARTS = {
    "by keyword": ("-k", "twice"),
    "by name": ("test_tank.py::test_twice",),
    "by exclusion": ("--deselect", "test_tank.py::test_tank"),
}


@pytest.mark.slow
@in_every_mode
@pytest.mark.parametrize("chosen", PARTS.values(), ids=PARTS)
def test_partial_run_keeps_other_entries(
    project: Path, module: Path, golden_file: Path, chosen: tuple[str, ...], mode: tuple[str, ...]
) -> None:
    change(module, "second", "third")
    assert "No test uses" not in pytest_in(project, *chosen, *mode).stdout
    updated = pytest_in(project, *chosen, "--update-goldens", *mode)
    assert updated.returncode == 0, updated.stdout
    assert "Wrote 1 golden entry." in updated.stdout
    assert "Removed" not in updated.stdout
    assert golden_file.read_text(encoding="utf-8") == GOLDEN.replace("second", "third")


@pytest.mark.slow
def test_run_of_last_failures_keeps_other_entries(project: Path, module: Path, golden_file: Path) -> None:
    change(module, "second", "third")
    cache = ("-p", "cacheprovider")
    assert pytest_in(project, *cache).returncode == 1
    updated = pytest_in(project, *cache, "--lf", "--update-goldens")
    assert "1 passed" in updated.stdout, updated.stdout
    assert "Removed" not in updated.stdout
    assert golden_file.read_text(encoding="utf-8") == GOLDEN.replace("second", "third")


UNFINISHED = {
    "a failure": "    assert False\n",
    "a skipped test": "    pytest.skip()\n",
    "interrupted": "    raise KeyboardInterrupt\n",
    "the first failure of several": "    pytest.exit('enough')\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("end", UNFINISHED.values(), ids=UNFINISHED)
def test_incomplete_run_removes_nothing(project: Path, module: Path, golden_file: Path, end: str) -> None:
    change(module, "def test_twice(golden):\n", f"def test_twice(golden):\n{end}")
    change(module, "critical 2", "critical 3")
    updated = pytest_in(project, "--update-goldens")
    assert "Wrote 2 golden entries." in updated.stdout
    assert "Removed" not in updated.stdout
    assert golden_file.read_text(encoding="utf-8") == GOLDEN.replace("critical 2", "critical 3")


@in_every_mode
def test_entry_of_two_tests_fails(project: Path, module: Path, mode: tuple[str, ...]) -> None:
    change(module, "all is well", "twice")
    shared = pytest_in(project, "--update-goldens", *mode)
    assert shared.returncode == 1
    assert "test_tank[twice]" in shared.stdout
    assert "use one golden entry, 'twice'. Rename one of the tests" in shared.stdout


@pytest.mark.slow
def test_other_file_is_not_overwritten(project: Path, golden_file: Path) -> None:
    golden_file.write_text("dear diary\n", encoding="utf-8")
    refused = pytest_in(project, "--update-goldens")
    assert refused.returncode == 1
    assert "goldens/tank.txt is no golden file: its first line is not '# Written by" in refused.stdout
    assert golden_file.read_text(encoding="utf-8") == "dear diary\n"
    assert "is no golden file" in pytest_in(project).stdout


def test_duplicate_section_is_refused(project: Path, golden_file: Path) -> None:
    change(golden_file, "## twice, again\n", "## twice\n")
    assert "has two sections 'twice': remove one of them" in pytest_in(project).stdout


@pytest.mark.slow
def test_project_is_importable_by_its_name(tmp_path: Path) -> None:
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


def test_outcomes_of_one_test_need_different_names(tmp_path: Path) -> None:
    golden = Golden(tmp_path / "goldens/tank.txt", "case", update=True)
    outcome = Outcome("tank", (Line("OK", "fine"),))
    golden(outcome)
    golden(outcome, "again")
    with pytest.raises(AssertionError, match="two outcomes of this test have the name 'case'"):
        golden(outcome)


def test_output_that_looks_like_a_title_is_kept() -> None:
    sections = {"a": "$ check a\n## b\n\\## c\n### d\n\n", "b": "\n\n## \n", "c": "# no title\n##\n"}
    read = transcript.parse(transcript.render(sections))
    assert {title: text.rstrip("\n") for title, text in read.items()} == {
        title: text.rstrip("\n") for title, text in sections.items()
    }


@pytest.mark.parametrize(
    ("case", "name", "title"),
    [("filling up", "", "filling up"), ("two\nlines", " again ", "two lines, again"), ("", "", "case")],
    ids=["plain", "lines", "nothing"],
)
def test_title_is_one_line(case: str, name: str, title: str) -> None:
    assert transcript.section_title(case, name) == title
