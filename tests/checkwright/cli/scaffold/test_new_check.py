"""Checks that `checkctl new` begins in a project: they pass ruff, mypy, conformance and their own tests."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from checkwright.cli.main import run
from checkwright.cli.scaffold.allowed_names import check_name_fault
from checkwright.cli.scaffold.new_check import SOURCES, files_in_library, files_in_project
from tests.support.installed import ROOT

pytestmark = pytest.mark.slow

RUFF = ["--isolated", "--target-version=py311", "--config=src=['.']"]
RULES = "--select=B,C4,E,F,I,RUF,SIM,UP,W"


def ended(words: list[str], folder: Path, environment: Mapping[str, str] = {}) -> None:
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with one check from each source."""
    folder = tmp_path_factory.mktemp("new") / "acme"
    assert run(["init", str(folder)]) == 0
    for source in SOURCES:
        assert run(["--project", str(folder), "new", f"{source}_queue", "--source", source, "--no-mypy"]) == 0
    return folder


def test_new_checks_pass_their_tests(project: Path) -> None:
    words = ["pytest", "-q", "-p", "no:cacheprovider", "-p", "checkwright.testing.plugin", "acme"]
    ended(words, project.parent, {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})


def test_new_checks_pass_strict_mypy(project: Path) -> None:
    pytest.importorskip("mypy")
    words = ["mypy", "--strict", "--explicit-package-bases", "--cache-dir", os.devnull, "acme"]
    ended(words, project.parent, {"PYTHONPATH": str(ROOT)})


@pytest.mark.parametrize("width", ["88", "120"])
def test_new_project_and_checks_pass_ruff(project: Path, width: str) -> None:
    pytest.importorskip("ruff")
    ended(["ruff", "check", *RUFF, RULES, "--line-length=120", "acme"], project.parent)
    ended(["ruff", "format", "--check", *RUFF, f"--line-length={width}", "acme"], project.parent)


@pytest.mark.parametrize(
    "name", ["a", "fake_news", "sources_of_x", "zookeeper", "x2", "a_rather_long_name_for_the_check"]
)
def test_family_passes_ruff_whatever_its_name(tmp_path: Path, name: str) -> None:
    pytest.importorskip("ruff")
    assert check_name_fault(name) == ""
    for source in SOURCES:
        for path, text in files_in_library(name, source).items():
            file = tmp_path / source / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        config = f"--config={ROOT / 'ruff.toml'}"
        first_party = ["--config", f"src=['{tmp_path / source}', '{ROOT}']"]
        ended(["ruff", "check", config, *first_party, "."], tmp_path / source)
        ended(["ruff", "format", "--check", config, "."], tmp_path / source)


NAMES = {
    "source": "reserved",
    "fake": "reserved",
    "sources": "reserved",
    "tests": "reserved",
    "lambda": "it is a keyword of Python",
    "Mail-Queue": "lower-case letters",
    "a__b": "lower-case letters",
    "2fast": "lower-case letters",
    "x" * 33: "it is longer than 32 characters",
}


@pytest.mark.parametrize("name", NAMES)
def test_name_that_no_check_can_have_is_refused(name: str) -> None:
    assert NAMES[name] in check_name_fault(name)


def test_check_with_a_shared_source_is_one_file() -> None:
    assert sorted(files_in_project("queue", "http", "acme")) == ["plugins/queue.py", "tests/test_queue.py"]
    assert sorted(files_in_project("queue", "command", "acme")) == ["plugins/queue.py", "tests/test_queue.py"]


def test_check_with_its_own_source_is_a_folder() -> None:
    assert sorted(files_in_project("queue", "own", "acme")) == [
        "plugins/queue/__init__.py",
        "plugins/queue/fake.py",
        "plugins/queue/queue.py",
        "plugins/queue/source.py",
        "tests/test_queue.py",
    ]
