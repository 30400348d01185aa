"""`checkctl changes`: two git revisions of a project."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest
import yaml

from checkwright.changes.changes_markdown import MARKER
from checkwright.cli.main import run
from tests.support.installed import ROOT
from tests.support.real import require

pytestmark = pytest.mark.slow

DISK = "Disk.space.at(warn=75, crit=85)"


def git(folder: Path, *words: str) -> str:
    argv = [require("git", package="git"), "-c", "user.name=x", "-c", "user.email=x@example.com", *words]
    return subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True).stdout


def forget() -> None:
    """Unload the project, as in a new process."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        del sys.modules[name]


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "state")
    return git(folder, "rev-parse", "HEAD").strip()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a copy of the example project in a repository of its own, with one commit."""
    folder = tmp_path / "repository/shop"
    copytree(ROOT / "examples/shop", folder, ignore=ignore_patterns("__pycache__"))
    git(folder.parent, "init", "--quiet", "--initial-branch", "main")
    commit(folder.parent)
    monkeypatch.delenv("CHECKS_PROJECT", raising=False)
    yield folder
    forget()


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def changes(shop: Path, *words: str) -> int:
    forget()
    return run(["--project", str(shop), "changes", *words])


def test_pull_request_of_one_threshold_shows_it_and_who_is_notified(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(shop, "switch", "--quiet", "--create", "tighter")
    edit(shop, "fleet/payments.py", DISK, "Disk.space.at(warn=60, crit=65)")
    commit(shop)
    assert changes(shop, "main..tighter", "--check") == 1
    place = "(shop/fleet/payments.py:22)"
    where = "in dev on pay-dev, in production on pay-1, pay-2, in qa on pay-qa, in staging on pay-stg"
    assert capsys.readouterr().out.splitlines() == [
        "Who is notified: watches on hosts",
        "ENVIRONMENT  TEAM      BY     WHEN             NIGHT  MORE  FEWER  STRICTER  LOOSER",
        "production   payments  pager  in office-hours  no                  2",
        "",
        "Thresholds and settings",
        "payments-api:disk, owned by payments",
        f"  space warning 75 % -> 60 % (stricter) {where} {place}",
        f"  space critical 85 % -> 65 % (stricter) {where} {place}",
        "  alerts go to payments by pager in office-hours in production; nobody in dev, qa, staging",
    ]


def test_files_as_they_are_against_a_revision(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert changes(shop, "HEAD", "--check") == 0
    assert capsys.readouterr().out == "nothing changes\n"
    edit(shop, "fleet/payments.py", 'every="30s",', 'every="1m",')
    assert changes(shop, "HEAD", "production") == 0
    output = capsys.readouterr().out
    assert "  every 30s -> 1m (less often) in production on pay-1, pay-2 (shop/fleet/payments.py:23)" in output
    assert "in qa" not in output


def test_markdown_is_written_to_a_file(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(shop, "fleet/payments.py", DISK, "Disk.space.at(warn=60, crit=65)")
    out = tmp_path / "comment.md"
    assert changes(shop, "HEAD", "--format", "markdown", "--out", str(out)) == 0
    text = out.read_text(encoding="utf-8")
    assert text.startswith(f"{MARKER}\n### checkctl changes\n")
    assert "| `payments-api:disk` | `space warning` | `75 %` → `60 %` | stricter |" in text
    assert capsys.readouterr().out == ""


def test_json_holds_all_changes(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(shop, "inventory/production.yaml", "pay-2", "pay-3")
    assert changes(shop, "HEAD", "production", "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    (production,) = found["environments"]
    assert (found["before"], production["environment"]) == ("HEAD", "production")
    assert {tuple(one["hosts"]) for one in production["gained"]} == {("pay-3",)}
    assert {tuple(one["hosts"]) for one in production["lost"]} == {("pay-2",)}
    assert any(one["route"]["night"] and one["more"] for one in production["notified"])


def test_three_dots_leave_out_what_base_changed_meanwhile(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(shop, "switch", "--quiet", "--create", "tighter")
    edit(shop, "fleet/payments.py", 'every="30s",', 'every="1m",')
    commit(shop)
    git(shop, "switch", "--quiet", "main")
    edit(shop, "fleet/storefront.py", 'every="1h"', 'every="2h"')
    commit(shop)
    assert changes(shop, "main...tighter") == 0
    three = capsys.readouterr().out
    assert "every 30s -> 1m" in three and "tls_certificate" not in three
    assert changes(shop, "main..tighter") == 0
    assert "every 2h -> 1h" in capsys.readouterr().out


def test_environment_that_a_branch_adds(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = shop / "fleet/environments.py"
    text = file.read_text(encoding="utf-8")
    begin, end = text.index("qa = Environment("), text.index("staging = Environment(")
    file.write_text(text[:begin] + text[end:], encoding="utf-8")
    base = commit(shop)
    file.write_text(text, encoding="utf-8")
    assert changes(shop, base) == 0
    output = capsys.readouterr().out
    assert "+ environment qa" in output
    assert "qa: 56 watches gained, 0 lost" in output
    assert changes(shop, base, "nowhere") == 2
    assert "There is no environment 'nowhere'" in capsys.readouterr().err


def test_revision_before_the_project_has_no_environments(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = git(shop, "hash-object", "-t", "tree", "-w", "/dev/null").strip()
    empty = git(shop, "commit-tree", tree, "-m", "before").strip()
    assert changes(shop, f"{empty}..HEAD", "qa") == 0
    assert "+ environment qa" in capsys.readouterr().out


@pytest.mark.parametrize("revisions", ["..", "main..", "..main", "main....x", "-x", "main..-x", ""])
def test_bad_revisions_are_wrong_usage(shop: Path, capsys: pytest.CaptureFixture[str], revisions: str) -> None:
    assert changes(shop, "--", revisions) == 2
    assert "Name BASE, BASE..HEAD or BASE...HEAD" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("revisions", "message"),
    [
        ("nothing", "at nothing: there is no such revision"),
        ("main..nothing", "at nothing: there is no such revision"),
        ("main...unrelated", "git finds no commit where main and unrelated parted: fetch the whole history"),
    ],
)
def test_unreadable_revisions_are_one_sentence(
    shop: Path, capsys: pytest.CaptureFixture[str], revisions: str, message: str
) -> None:
    tree = git(shop, "rev-parse", "HEAD^{tree}").strip()
    git(shop, "branch", "unrelated", git(shop, "commit-tree", tree, "-m", "x").strip())
    assert changes(shop, revisions) == 2
    errors = capsys.readouterr().err
    assert message in errors and errors.count("\n") == 1


def test_broken_revision_names_file_and_line(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(shop, "fleet/payments.py", 'every="30s"', 'every="soon"')
    broken = commit(shop)
    assert changes(shop, f"{broken}..HEAD") == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"checkctl: the project has no plans at {broken}: shop/fleet/payments.py:23: error R001")


def test_project_code_of_a_revision_runs_in_a_process_of_its_own(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(shop, "plugins/checkout.py", "warn=100, crit=500", "warn=50, crit=400")
    assert changes(shop, "HEAD", "production") == 0
    output = capsys.readouterr().out
    assert "waiting warning 100 -> 50 (stricter)" in output
    assert "waiting critical 500 -> 400 (stricter)" in output


def workflow() -> dict[str, Any]:
    """Return the template workflow of docs/guides/review-a-change.md."""
    page = (ROOT / "docs/guides/review-a-change.md").read_text(encoding="utf-8")
    texts = re.findall(r"^```yaml\n(.*?)^```$", page, flags=re.DOTALL | re.MULTILINE)
    (found,) = [yaml.safe_load(text) for text in texts if text.startswith("name: fleet")]
    assert isinstance(found, dict)
    return found


def test_commands_of_the_template_workflow_work(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    git(shop, "update-ref", "refs/remotes/origin/main", "HEAD")
    edit(shop, "fleet/payments.py", DISK, "Disk.space.at(warn=60, crit=65)")
    commit(shop)
    monkeypatch.chdir(shop.parent)
    variables = {"$GITHUB_BASE_REF": "main", "${{ matrix.environment }}": "qa"}
    ran = []
    for job in workflow()["jobs"].values():
        for step in job["steps"]:
            line = step.get("run", "")
            for name, value in variables.items():
                line = line.replace(name, value)
            if line.startswith("checkctl "):
                forget()
                assert run(shlex.split(line)[1:]) == 0, line
                ran.append(shlex.split(line)[3])
    assert ran == ["lint", "parity", "changes", "nagios", "sensu"]
    assert Path("changes.md").read_text(encoding="utf-8").startswith(MARKER)
    assert Path("build/nagios/main.cfg").exists() and Path("build/sensu.json").exists()
