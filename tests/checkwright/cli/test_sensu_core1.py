"""`checkctl sensu core1` on the example project."""

import json
from pathlib import Path

import pytest

from checkwright.cli.main import run
from tests.support.installed import ROOT

SHOP = str(ROOT / "examples/shop")


def test_environment_is_built_and_validated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "core1"
    assert run(["--project", SHOP, "sensu", "core1", "build", "staging", "--out", str(out)]) == 0
    checks = json.loads((out / "server/checks.json").read_text(encoding="utf-8"))["checks"]
    assert "linux.load" in checks
    first = {path: path.read_bytes() for path in out.rglob("*.json")}
    assert run(["--project", SHOP, "sensu", "core1", "build", "staging", "--out", str(out)]) == 0
    assert {path: path.read_bytes() for path in out.rglob("*.json")} == first
    assert run(["sensu", "core1", "validate", *map(str, sorted(first))]) == 0
    assert f"{len(first)} files, 0 findings" in capsys.readouterr().err


def test_machines_can_schedule_their_own_checks(tmp_path: Path) -> None:
    out = tmp_path / "core1"
    words = ["--project", SHOP, "sensu", "core1", "build", "staging", "--standalone", "--out", str(out)]
    assert run(words) == 0
    assert json.loads((out / "clients/web-stg/checks.json").read_text(encoding="utf-8"))["checks"]["linux.load"]
    assert "linux.load" not in (out / "server/checks.json").read_text(encoding="utf-8")


def test_finding_names_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"checks": {\n"c": {"command": "/bin/true"}}}\n', encoding="utf-8")
    assert run(["sensu", "core1", "validate", str(file)]) == 1
    assert f"{file}:2: error S211: check c: the check needs an interval above 0" in capsys.readouterr().out
    assert run(["sensu", "core1", "validate", str(tmp_path / "none.json")]) == 2
    assert "Cannot read" in capsys.readouterr().err


def test_build_warns_of_an_environment_without_routes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path / "acme")]) == 0
    fleet = tmp_path / "acme/fleet/environments.py"
    text = fleet.read_text(encoding="utf-8")
    fleet.write_text(text.replace('notify="nobody"', 'notify="page"'), encoding="utf-8")
    words = ["--project", str(tmp_path / "acme"), "sensu", "core1", "build", "dev", "--out", str(tmp_path / "core1")]
    capsys.readouterr()
    assert run(words) == 0
    assert "S018: dev has no routes, so " in capsys.readouterr().err
