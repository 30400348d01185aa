"""`checkctl show NAME`: what a check measures, and everything that can be said to it."""

from __future__ import annotations

import inspect

import click

from checkwright.cli import console
from checkwright.cli.session import Session, pass_session
from checkwright.core.catalog import find
from checkwright.core.check import Check
from checkwright.core.help import documentation, manual


@click.command("show")
@click.argument("name")
@console.as_json_option
@pass_session
def command(session: Session, name: str, as_json: bool) -> None:
    """Show a check: what it measures, options, gauges with their thresholds, and its file."""
    kind = find(name, str(session.project_if_any or ""))
    if as_json:
        console.as_json(described(kind))
        return
    console.say(manual(kind))
    console.say(f"file: {inspect.getsourcefile(kind)}")


def described(kind: type[Check]) -> dict[str, object]:
    """The declaration as plain data."""
    return {
        "name": kind.title(),
        "file": inspect.getsourcefile(kind),
        "documentation": "\n".join(documentation(kind)),
        "options": [
            {
                "name": option.name,
                "flags": list(option.flags),
                "type": option.kind,
                "choices": list(option.choices),
                "repeatable": option.many,
                "required": option.required,
                "default": None if option.required else _plain(option.default),
                "help": option.help,
                "example": option.example,
            }
            for option in kind.options.values()
        ],
        "gauges": [
            {
                "name": gauge.name,
                "label": gauge.label,
                "unit": gauge.unit,
                "warn": gauge.default.warn,
                "crit": gauge.default.crit,
                "absent": gauge.missing,
            }
            for gauge in kind.gauges.values()
        ],
        "verdicts": [
            {
                "name": verdict.name,
                "label": verdict.label,
                "ok": list(verdict.ok),
                "warn": list(verdict.warn),
                "crit": None if verdict.crit is None else list(verdict.crit),
            }
            for verdict in kind.verdicts.values()
        ],
    }


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)
