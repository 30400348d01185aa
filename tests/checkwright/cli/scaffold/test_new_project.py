"""Files that `checkctl init` writes besides the fleet, and names that it refuses."""

import re
from pathlib import Path

import pytest
import yaml

from checkwright.cli.scaffold.allowed_names import project_name_fault
from checkwright.cli.scaffold.new_project import project_files
from tests.support.installed import ROOT

FAULTS = {
    "not-a-package": "it is a Python package, so name it like one",
    "class": "it is a Python package, so name it like one",
    "json": "Python's own module json has that name",
    "checks": "a package of checkwright has that name",
    "checkwright": "a package of checkwright has that name",
    "tests": "a folder inside a project has that name",
    "fleet": "a folder inside a project has that name",
    "requests": "a package of that name is installed (",
    "_pytest": "a package of that name is installed (",
}


@pytest.mark.parametrize("name", FAULTS)
def test_name_that_is_taken_is_refused(tmp_path: Path, name: str) -> None:
    fault = project_name_fault(tmp_path / name)
    assert fault.startswith(f"{name!r} cannot be a project: ")
    assert FAULTS[name] in fault


def test_name_of_an_installed_namespace_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site/namespaced").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert f"({tmp_path}/site/namespaced)" in project_name_fault(tmp_path / "namespaced")


def test_empty_folder_on_the_path_is_not_a_package_that_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert project_name_fault(tmp_path / "acme") == ""


def test_ignored_files_are_those_that_tools_leave_behind() -> None:
    assert {"__pycache__/", ".mypy_cache/", ".pytest_cache/", "build/"} <= set(
        project_files("acme")[".gitignore"].splitlines()
    )


def test_workflow_lints_and_tests_the_package() -> None:
    workflow = yaml.safe_load(project_files("acme")[".github/workflows/checks.yml"])
    (job,) = workflow["jobs"].values()
    checkout, python, *steps = job["steps"]
    assert checkout["with"] == {"path": "acme", "fetch-depth": 0}
    assert python["with"]["python-version"] == "3.11"
    assert [step["run"] for step in steps] == [
        "pip install 'checkwright[tools]' pytest mypy",
        "checkctl lint --project acme --format github",
        "python -m pytest --import-mode=importlib acme",
        'checkctl --project acme changes "origin/$GITHUB_BASE_REF...HEAD" --format markdown >> "$GITHUB_STEP_SUMMARY"',
    ]
    # pytest ends with an error where it finds no test, and a new project has none.
    assert steps[-2]["if"] == "hashFiles('acme/tests/**') != ''"


def test_pre_commit_runs_our_hook() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["entry"], hook["language"], hook["pass_filenames"]) == ("checkctl lint --no-mypy", "python", False)
    (repository,) = yaml.safe_load(project_files("acme")[".pre-commit-config.yaml"])["repos"]
    assert re.fullmatch(r"v\d+\.\d+\.\d+", repository["rev"])
    assert repository["hooks"] == [{"id": hook["id"], "args": ["--project", "."]}]


@pytest.mark.parametrize("path", ["acme/fleet/web.py", "plugins/queue.py", "inventory/hosts.csv", "acme/__init__.py"])
def test_hook_runs_when_a_project_changes(path: str) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert re.search(hook["files"], path)
    assert not re.search(hook["files"], "README.md")
