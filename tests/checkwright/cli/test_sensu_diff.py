"""`checkctl sensu diff` on the example project."""

import json
from pathlib import Path

import pytest

from checkwright.cli.main import run
from tests.support.installed import ROOT

SHOP = str(ROOT / "examples/shop")


def test_changed_field_is_printed_and_fails_a_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
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


def test_unreadable_file_is_named_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{\n", encoding="utf-8")
    assert run(["--project", SHOP, "sensu", "diff", "staging", str(broken)]) == 2
    assert f"{broken}:2: " in capsys.readouterr().err


def test_deletions_are_commands_that_are_safe_to_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    live, commands = tmp_path / "live.json", tmp_path / "deletions.sh"
    assert run(["--project", SHOP, "sensu", "build", "staging", "--out", str(live)]) == 0
    diff = ["--project", SHOP, "sensu", "diff", "staging", str(live), "--deletions", str(commands)]
    assert run(diff) == 0
    assert commands.read_text(encoding="utf-8") == ""
    labels = {"cw_project": "shop"}
    for kind, name in (("Handler", "old.pager"), ("CheckConfig", "$(id) 'x'"), ("Mutator", "not-ours")):
        metadata = {"name": name, "namespace": "staging", "labels": labels}
        gone = {"type": kind, "api_version": "core/v2", "metadata": metadata, "spec": {}}
        live.write_text(live.read_text(encoding="utf-8") + json.dumps(gone, indent=1) + "\n", encoding="utf-8")
    capsys.readouterr()
    assert run(diff) == 0
    assert capsys.readouterr().out == "- CheckConfig staging/$(id) 'x'\n- Handler staging/old.pager\n"
    flags = "--namespace staging --skip-confirm --"
    assert commands.read_text(encoding="utf-8") == (
        f"sensuctl check delete {flags} '$(id) '\"'\"'x'\"'\"''\nsensuctl handler delete {flags} old.pager\n"
    )


def test_events_of_removed_checks_are_deleted_after_the_checks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live, events, commands = tmp_path / "live.json", tmp_path / "events.json", tmp_path / "deletions.sh"
    assert run(["--project", SHOP, "sensu", "build", "staging", "--out", str(live)]) == 0
    labels = {"cw_project": "shop"}
    gone = {"name": "linux.gone", "namespace": "staging", "labels": labels}
    check = {"type": "CheckConfig", "api_version": "core/v2", "metadata": gone, "spec": {}}
    live.write_text(live.read_text(encoding="utf-8") + json.dumps(check, indent=1) + "\n", encoding="utf-8")
    entity = {"metadata": {"name": "web-stg", "namespace": "staging", "labels": labels}}
    events.write_text(json.dumps([{"entity": entity, "check": {"metadata": gone}, "metadata": {}}]), encoding="utf-8")
    diff = ["--project", SHOP, "sensu", "diff", "staging", str(live), "--deletions", str(commands)]
    capsys.readouterr()
    assert run(diff) == 0
    assert "events were not compared" in capsys.readouterr().err
    assert run([*diff, "--events", str(events), "--check"]) == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "- CheckConfig staging/linux.gone",
        "- Event staging/web-stg/linux.gone: web-stg does not have this check",
    ]
    assert "events were not compared" not in printed.err
    flags = "--namespace staging --skip-confirm --"
    assert commands.read_text(encoding="utf-8").splitlines() == [
        f"sensuctl check delete {flags} linux.gone",
        f"sensuctl event delete {flags} web-stg linux.gone",
    ]


def test_two_files_are_compared_without_a_registry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded = ROOT / "tests/sensu/recorded"
    build = ["sensu", "diff", "--build", str(recorded / "build-production.json")]
    assert run([*build, "--check", str(recorded / "dump-production.json")]) == 0
    assert capsys.readouterr().out == ""
    assert run([*build, "production", str(recorded / "dump-production.json")]) == 2
    assert "--build compares two files" in capsys.readouterr().err
    assert run(["sensu", "diff", str(recorded / "dump-production.json")]) == 2
    assert "sensu diff needs ENVIRONMENT and FILE" in capsys.readouterr().err
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    assert run(["sensu", "diff", "--build", str(broken), str(recorded / "dump-production.json")]) == 2
    assert f"{broken}:1: " in capsys.readouterr().err


def test_resource_of_somebody_else_fails_a_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    live = tmp_path / "live.json"
    assert run(["--project", SHOP, "sensu", "build", "staging", "--out", str(live)]) == 0
    text = live.read_text(encoding="utf-8")
    at = text.index('"name": "linux.load"')
    start = text.rindex('"cw_project": "shop"', 0, at)
    live.write_text(text[:start] + '"cw_project": "depot"' + text[start + 20 :], encoding="utf-8")
    capsys.readouterr()
    assert run(["--project", SHOP, "sensu", "diff", "staging", str(live), "--check"]) == 1
    assert capsys.readouterr().out == (
        "! CheckConfig staging/linux.load: it belongs to the project depot, and creating the build would overwrite it\n"
    )


def test_folder_by_kind_has_the_content_of_one_file(tmp_path: Path) -> None:
    for words in (["--by-kind", "--out", str(tmp_path / "parts")], ["--out", str(tmp_path / "whole.json")]):
        assert run(["--project", SHOP, "sensu", "build", "production", *words]) == 0
    # sensuctl reads every file of a folder, in the order of their names.
    parts = sorted((tmp_path / "parts" / "resources").iterdir())
    assert [part.name for part in parts] == [
        "00-namespaces.json",
        "20-handlers.json",
        "30-filters.json",
        "50-pipelines.json",
        "60-hooks.json",
        "70-entities.json",
        "80-checks.json",
    ]
    whole = (tmp_path / "whole.json").read_text(encoding="utf-8")
    assert sorted(whole) == sorted("".join(part.read_text(encoding="utf-8") for part in parts))
    assert run(["sensu", "validate", *map(str, parts)]) == 0
