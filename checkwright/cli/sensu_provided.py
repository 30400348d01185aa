"""The option `--provided TYPE/NAME`: objects that a Sensu has besides the validated files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

import sensu

F = TypeVar("F", bound=Callable[..., Any])


def provided_option(owner: str) -> Callable[[F], F]:
    """Return the option, which passes a set of (type, name) as `provided`. owner: "the backend has"."""
    return click.option(
        "--provided",
        multiple=True,
        metavar="TYPE/NAME",
        callback=lambda _context, _option, values: frozenset(map(_reference, values)),
        help=f"Object that {owner} and the files refer to, for example Handler/slack. Repeatable.",
    )


def _reference(text: str) -> tuple[str, str]:
    kind, _, name = text.partition("/")
    if kind not in sensu.KINDS or not name:
        types = ", ".join(sorted(sensu.KINDS))
        raise click.BadParameter(f"{text!r} is not TYPE/NAME, for example Handler/slack. Types are {types}.")
    return kind, name
