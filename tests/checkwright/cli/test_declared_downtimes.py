"""Downtimes of the registry in `checkctl explain`, `exceptions`, `lint`, `changes` and in a build."""

import json
import shutil
from pathlib import Path

import pytest

from checkwright.changes.compare_plans import compare_plans
from checkwright.cli.main import run
from checkwright.registry.planning import plan
from tests.support.night_fleet import write_project

WINDOWS = """
    time_zone="Europe/Berlin",
    downtimes=(
        Downtime("first sunday 02:00", "3h", role=web, why="disks"),
        Downtime("daily 01:00", "90m", watch="cache", why="import"),
    ),
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path, WINDOWS.replace("\n", "\n" + 12 * " "), ", Downtime")


def checkctl(project: Path, *words: str) -> int:
    return run(["--project", str(project), *words])


def test_explain_and_exceptions_show_them(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checkctl(project, "explain", "production", "web03.example.com", "bad") == 0
    assert f"in downtime first sunday 02:00 for 3h, declared at {project.name}/fleet/all.py:" in capsys.readouterr().out
    assert checkctl(project, "explain", "production", "db-1", "cache", "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)
    (shown,) = found["downtimes"]
    assert shown.startswith("daily 01:00 for 1h30m, declared at ")
    assert checkctl(project, "exceptions", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["what"], row["for"], row["owner"], row["until"], row["why"]) for row in rows] == [
        ("downtime first sunday 02:00 for 3h", "role web", "people", "always", "disks"),
        ("downtime daily 01:00 for 1h30m", "watch cache", "people", "always", "import"),
    ]


def test_changes_name_them(project: Path) -> None:
    before = plan(str(project), "production").plan
    copy = project.with_name(f"{project.name}_changed")
    shutil.copytree(project, copy)
    file = copy / "fleet/all.py"
    file.write_text(file.read_text().replace('"90m"', '"2h"').replace("Europe/Berlin", "Europe/Lisbon"))
    after = plan(str(copy), "production").plan
    changed = [one for one in compare_plans(before, after).records if "downtime" in one.kind]
    assert [(one.kind, one.name, one.what, one.values) for one in changed] == [
        ("downtime", "daily 01:00: import", "changed", (("length", "5400", "7200"),)),
        ("downtimes", "", "changed", (("time zone", "Europe/Berlin", "Europe/Lisbon"),)),
    ]


def test_build_contains_the_file_and_the_units(project: Path, tmp_path: Path) -> None:
    assert checkctl(project, "nagios", "build", "production", "--out", str(tmp_path / "built")) == 0
    schedule = json.loads((tmp_path / "built/nagios/downtimes.json").read_text())
    assert schedule["downtimes"][0]["hosts"] == ["web03.example.com"]
    assert schedule["downtimes"][1]["services"] == [["db-1", "cache"]]
    names = sorted(path.name for path in (tmp_path / "built/downtimes").iterdir())
    assert names == ["checkwright-downtime.service", "checkwright-downtime.timer"]
