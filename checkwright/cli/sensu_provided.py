"""`--provided TYPE/NAME`: what a Sensu has besides the files that are judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

import sensu

F = TypeVar("F", bound=Callable[..., Any])


def provided_option(whose: str) -> Callable[[F], F]:
    """The option, which gives the command a set of (type, name) as `provided`. `whose`: "the backend has"."""
    return click.option(
        "--provided",
        multiple=True,
        metavar="TYPE/NAME",
        callback=lambda _context, _option, values: frozenset(map(_reference, values)),
        help=f"What {whose} and the files refer to, such as Handler/slack. Repeatable.",
    )


def _reference(text: str) -> tuple[str, str]:
    kind, _, name = text.partition("/")
    if kind not in sensu.KINDS or not name:
        types = ", ".join(sorted(sensu.KINDS))
        raise click.BadParameter(f"{text!r} is no TYPE/NAME such as Handler/slack; types are {types}.")
    return kind, name
