"""Findings as commands of GitHub Actions, which become annotations of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checkwright.cli.checkout import Checkout
from checkwright.registry.findings import Finding

#: Annotations of one kind that GitHub keeps of a step. It drops the rest silently.
MOST = 10
_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_MESSAGE, ":": "%3A", ",": "%2C"}


def annotation_lines(findings: Iterable[Finding], checkout: Checkout) -> Iterator[str]:
    """Yield the lines of a step's log: errors first, findings in changed files before others.

    Findings beyond MOST of their kind are plain lines, after one line with their number.
    """
    changed = checkout.changed_files()
    ranked = sorted(findings, key=lambda one: (one.severity != "error", checkout.path(one.origin) not in changed))
    shown: dict[str, int] = {"error": 0, "warning": 0}
    rest: list[Finding] = []
    for one in ranked:
        if shown[one.severity] == MOST:
            rest.append(one)
        else:
            shown[one.severity] += 1
            yield _command(one, checkout)
    if rest:
        number = f"{len(rest)} more finding{'' if len(rest) == 1 else 's'}"
        yield f"{number} without an annotation, since GitHub keeps {MOST} errors and {MOST} warnings of a step:"
        yield from (_plain(one, checkout) for one in rest)


def _command(one: Finding, checkout: Checkout) -> str:
    properties = [("title", one.id)]
    path = checkout.path(one.origin)
    if one.origin and path:
        properties = [("file", path), ("line", str(one.origin.line)), *properties]
    listed = ",".join(f"{name}={_escaped(value, _PROPERTY)}" for name, value in properties)
    return f"::{one.severity} {listed}::{_escaped(_text(one), _MESSAGE)}"


def _plain(one: Finding, checkout: Checkout) -> str:
    """Return a finding as one line that the runner takes for no command: it looks for `::` and for `##[`."""
    place = f"{checkout.path(one.origin)}:{one.origin.line}: " if one.origin else ""
    text = f"{place}{one.severity} {one.id}: {_text(one)}"
    return f"- {_escaped(text, dict.fromkeys((chr(10), chr(13)), ' '))}".replace("##[", "## [")


def _text(one: Finding) -> str:
    return f"{one.message} ({one.hint})" if one.hint else one.message


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(char, char) for char in text)
