"""`checkctl sensu diff` as its user meets it, on the example project."""

from pathlib import Path

import pytest

from checks.ctl.main import run

SHOP = str(Path(__file__).parents[2] / "examples/shop")


def test_a_changed_field_is_told_and_fails_a_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    live = tmp_path / "live.json"
    assert run(["--project", SHOP, "sensu", "build", "staging", "--out", str(live)]) == 0
    diff = ["--project", SHOP, "sensu", "diff", "staging", str(live)]
    capsys.readouterr()
    assert run([*diff, "--check"]) == 0
    assert capsys.readouterr().out == ""
    live.write_text(live.read_text(encoding="utf-8").replace('"timeout": 12', '"timeout": 13'), encoding="utf-8")
    assert run(diff) == 0
    assert "spec.timeout: 13 -> 12\n" in capsys.readouterr().out
    assert run([*diff, "--check"]) == 1


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{\n", encoding="utf-8")
    assert run(["--project", SHOP, "sensu", "diff", "staging", str(broken)]) == 2
    assert f"{broken}:2: " in capsys.readouterr().err
