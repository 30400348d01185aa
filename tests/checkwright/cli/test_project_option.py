"""--project before and after the name of a command, and hints for misspelt commands and flags."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from checkwright.cli.lazy_group import LazyGroup
from checkwright.cli.main import run
from checkwright.cli.root_command import checkctl
from tests.support.installed import ROOT

SHOP = str(ROOT / "examples/shop")
#: Daemons parse their own options, and need no project.
DAEMONS = {"batch", "worker"}


def commands(group: LazyGroup, *names: str) -> list[tuple[str, ...]]:
    """Return the names of all commands below a group, groups themselves included."""
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((*names, name))
        if isinstance(command, LazyGroup):
            found += commands(command, *names, name)
    return found


@pytest.mark.parametrize("words", commands(checkctl), ids=" ".join)
def test_every_command_takes_a_project(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words, "--help"]) == 0
    help_text = capsys.readouterr().out
    assert "checkctl" in help_text
    if words[0] not in DAEMONS:
        assert "  --project DIR" in help_text


def groups(group: LazyGroup) -> list[LazyGroup]:
    """Return a group and all groups below it."""
    context = click.Context(group)
    below = [group.get_command(context, name) for name in group.list_commands(context)]
    return [group, *(one for command in below if isinstance(command, LazyGroup) for one in groups(command))]


@pytest.mark.parametrize("group", groups(checkctl), ids=lambda group: group.name)
def test_sentence_in_the_source_is_that_of_the_command(group: LazyGroup) -> None:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        assert group.sentence(context, name) == command.get_short_help_str(limit=300)


def test_help_imports_no_command() -> None:
    code = "import sys\nfrom checkwright.cli.main import run\nrun(['--help'])\nprint(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Find errors in the project" in done.stdout
    assert "checkwright.cli.commands." not in done.stdout


PLACES = {
    "before the command": ["--project", SHOP, "exceptions"],
    "after the command": ["exceptions", "--project", SHOP],
    "after an argument": ["exceptions", "dev", "--project", SHOP],
    "with an equals sign": ["exceptions", f"--project={SHOP}"],
}


@pytest.mark.parametrize("words", PLACES.values(), ids=PLACES)
def test_project_is_found_in_every_place(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHECKS_PROJECT", raising=False)
    assert run(words) == 0
    assert "shop/fleet/" in capsys.readouterr().out


def test_project_between_a_group_and_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (["--project", SHOP, "verify", "dev"], ["verify", "--project", SHOP, "dev"], ["verify", "dev"]):
        project = ["--project", SHOP] if words == ["verify", "dev"] else []
        assert run([*project, "nagios", *words]) == 0
    assert "dev: verified by" in capsys.readouterr().err


def test_project_after_the_command_wins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--project", SHOP, "exceptions", "--project", str(tmp_path)]) == 2
    assert f"{tmp_path} is not a project: it has no folder fleet/" in capsys.readouterr().err


def test_project_that_is_not_a_folder_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "--project", "/nowhere"]) == 2
    assert "The project /nowhere is not a folder." in capsys.readouterr().err


HINTS = {
    "a command": (["lnt"], "There is no command 'lnt', did you mean lint."),
    "a command of a group": (["nagios", "biuld"], "There is no command 'biuld', did you mean build."),
    "a command of an inner group": (["sensu", "core1", "valdate"], "did you mean validate."),
    "a command like none": (["frobnicate"], "There is no command 'frobnicate'."),
    "a flag": (["lint", "--no-mpy"], "--no-mypy"),
    "a flag of the program": (["--projct", "x", "lint"], "--project"),
    "a choice": (["new", "x", "--source", "htp"], "http"),
    "an environment": (["--project", SHOP, "plan", "prodction"], "did you mean production"),
}


@pytest.mark.parametrize(("words", "hint"), HINTS.values(), ids=HINTS)
def test_misspelt_word_gets_a_hint(words: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    output = capsys.readouterr()
    assert hint in output.err
    assert output.err.count("\n") == 1
    assert output.out == ""
