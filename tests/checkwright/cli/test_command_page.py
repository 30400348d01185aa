"""The page docs/reference/command-line.md: it has every program, command and option, as valid Markdown."""

from collections.abc import Iterator
from functools import cache
from types import ModuleType

import click
import pytest

from checkwright.batch import batch_options
from checkwright.cli.command_page import page
from checkwright.cli.root_command import checkctl
from checkwright.downtime import downtime_options
from checkwright.notify import notify_options
from checkwright.worker import worker_options


@cache
def text() -> str:
    return page()


def section(title: str) -> str:
    return text().partition(f" {title}\n")[2].partition("\n## ")[0].partition("\n### ")[0]


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group, info_name=path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


def test_every_command_has_its_section_and_its_options() -> None:
    found = dict(commands(checkctl, "checkctl"))
    assert "checkctl nagios build" in found
    for title, command in found.items():
        options = {flag for param in command.params if isinstance(param, click.Option) for flag in param.opts}
        assert section(title), title
        assert [flag for flag in options - {"--project"} if f"{flag}" not in section(title)] == [], title


@pytest.mark.parametrize(
    "module", [worker_options, batch_options, notify_options, downtime_options], ids=lambda one: one.__name__
)
def test_every_program_has_its_options(module: ModuleType) -> None:
    parser = module.parser()
    flags = [flag for action in parser._actions for flag in action.option_strings]
    assert [flag for flag in flags if f"{flag}" not in section(parser.prog)] == []


def test_common_options_of_checks_are_on_the_page() -> None:
    assert "| `-t, --timeout SECONDS[:STATE]` | deadline" in section("check")


def test_cells_have_no_bar_of_a_table_and_prose_no_markup() -> None:
    rows = [line for line in text().splitlines() if line.startswith("| ")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {3, 4}
    assert "web-\\*" in text()
    assert "<=x" not in text()


def test_block_that_click_leaves_alone_stays_as_it_is() -> None:
    assert "```text\nbash: checkctl completion bash > " in section("checkctl completion")
