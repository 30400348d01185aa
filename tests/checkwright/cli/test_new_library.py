"""`checkctl new --library` in a copy of this repository: no list has to be edited for a new family."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checkwright.cli.scaffold.new_check import SOURCES
from tests.support.installed import ROOT

pytestmark = pytest.mark.slow

_COPIED = ("checks", "checkwright", "icinga_cfg", "nagios_cfg", "sensu", "tests", "docs", "examples", "benchmarks")
_FILES = ("setup.cfg", "pyproject.toml", "ruff.toml")
#: The copy comes first on the path, before the installation of this repository.
_START = "import sys; sys.path.insert(0, {tree!r}); from checkwright.cli.main import main; main()"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of this repository with one new family from each source."""
    folder = tmp_path_factory.mktemp("library") / "checkwright"
    folder.mkdir()
    for name in _COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _FILES:
        shutil.copy(ROOT / name, folder / name)
    for source in SOURCES:
        made = checkctl(folder, "new", "--library", f"new_{source}", "--source", source)
        assert made.returncode == 0, made.stderr
        assert f"\nWatch(New{source.capitalize()}(" in made.stdout
        assert f"from checks.new_{source}.new_{source} import New{source.capitalize()}\n" in made.stdout
    return folder


def checkctl(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-c", _START.format(tree=str(tree)), *words]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True)


def module(tree: Path, *words: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTEST_ADDOPTS": "", "MYPY_CACHE_DIR": os.devnull}
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def paths(tree: Path) -> list[str]:
    return [f"{root}/new_{source}" for source in SOURCES for root in ("checks", "tests/checks")]


@pytest.mark.parametrize("source", SOURCES)
def test_family_has_the_files_of_every_family(tree: Path, source: str) -> None:
    name = f"new_{source}"
    made = {path.name for path in (tree / "checks" / name).iterdir()}
    assert made - {"__pycache__"} == {"__init__.py", f"{name}.py", "source.py", "fake.py"}
    assert (tree / "tests/checks" / name / f"test_{name}.py").is_file()


def test_families_pass_ruff_and_strict_mypy(tree: Path) -> None:
    pytest.importorskip("ruff")
    pytest.importorskip("mypy")
    module(tree, "ruff", "check", *paths(tree))
    module(tree, "ruff", "format", "--check", *paths(tree))
    module(tree, "mypy", *paths(tree))


def test_families_pass_their_tests_conformance_and_the_rules_of_imports(tree: Path) -> None:
    tests = [path for path in paths(tree) if path.startswith("tests")]
    conformance = [
        f"tests/checkwright/testing/test_conformance.py::test_every_check_conforms[new_{source}-new_{source}]"
        for source in SOURCES
    ]
    samples = [
        f"tests/end_to_end/test_every_check_for_sensu.py::test_every_check_has_a_sample[new_{source}-new_{source}]"
        for source in SOURCES
    ]
    architecture = ["tests/test_architecture.py::test_project_keeps_the_rules"]
    architecture += ["tests/test_architecture.py::test_every_part_of_the_project_is_read"]
    module(tree, "pytest", "-q", "-p", "no:cacheprovider", *tests, *conformance, *samples, *architecture)


def test_families_have_pages_that_are_up_to_date(tree: Path) -> None:
    current = checkctl(tree, "docs", "--library", "--check")
    assert current.returncode == 0, current.stderr
    index = (tree / "docs/reference/checks/README.md").read_text(encoding="utf-8")
    for source in SOURCES:
        assert f"(new_{source}.md)" in index
        assert "CRITICAL" in (tree / f"docs/reference/checks/new_{source}.md").read_text(encoding="utf-8")


def test_family_whose_name_is_taken_is_refused(tree: Path) -> None:
    for name, why in (("tcp", "There is a family 'tcp'"), ("disk", "There is a check 'disk'"), ("fake", "reserved")):
        refused = checkctl(tree, "new", "--library", name)
        assert refused.returncode == 2
        assert why in refused.stderr


def test_library_is_refused_in_an_installation(tree: Path, tmp_path: Path) -> None:
    for name in ("checks", "checkwright", "icinga_cfg", "nagios_cfg", "sensu"):
        shutil.copytree(tree / name, tmp_path / name)
    refused = checkctl(tmp_path, "new", "--library", "fresh")
    assert refused.returncode == 2
    assert "is an installation. In a project, run checkctl new without it." in refused.stderr
    assert not (tmp_path / "checks/fresh").exists()
