"""A command line of Nagios or NRPE as the argv that a shell would make of it; or that it needs the shell."""

from __future__ import annotations

import re

_META = "|&;<>()`\n"
_EXPANDS = re.compile(r"[A-Za-z0-9_{(?@*#!$-]")
_ASSIGNS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")


class NeedsShell(Exception):
    """What only a shell can do stands in it: which, in a few words."""


class Broken(Exception):
    """No shell could read it: why, in half a sentence."""


def argv(text: str) -> list[str]:
    """Return the words of a command line. Raises NeedsShell, Broken."""
    words: list[str] = []
    current: list[str] = []
    begun = False
    position = 0
    while position < len(text):
        char = text[position]
        position += 1
        if char in " \t":
            if begun:
                words.append("".join(current))
            current, begun = [], False
            continue
        if char == "'":
            end = text.find("'", position)
            if end < 0:
                raise Broken("a single quote is not closed")
            current.append(text[position:end])
            position = end + 1
        elif char == '"':
            inner, position = _double(text, position)
            current.append(inner)
        elif char == "\\":
            if position == len(text):
                raise Broken("a backslash is its last character")
            current.append(text[position])
            position += 1
        else:
            _plain(text, position - 1, begun)
            current.append(char)
        begun = True
    if begun:
        words.append("".join(current))
    if words and _ASSIGNS.match(text.lstrip()):
        raise NeedsShell("a variable is set in front of it")
    return words


def _double(text: str, position: int) -> tuple[str, int]:
    inner: list[str] = []
    while position < len(text):
        char = text[position]
        if char == '"':
            return "".join(inner), position + 1
        if char == "`" or (char == "$" and _EXPANDS.match(text, position + 1)):
            raise NeedsShell(f"{char} stands in double quotes")
        if char == "\\" and position + 1 < len(text) and text[position + 1] in '"\\$`':
            position += 1
            char = text[position]
        inner.append(char)
        position += 1
    raise Broken("a double quote is not closed")


def _plain(text: str, position: int, begun: bool) -> None:
    """Raise NeedsShell for a character outside quotes that a shell does not take as it is."""
    char = text[position]
    if char in _META:
        raise NeedsShell(f"it holds {char!r}")
    if char == "$" and _EXPANDS.match(text, position + 1):
        raise NeedsShell("it holds a variable of the shell")
    if char in "*?[":
        raise NeedsShell(f"it holds the pattern {char!r}")
    if char in "~#" and not begun:
        raise NeedsShell(f"a word begins with {char!r}")


def script(text: str, variables: str) -> tuple[str, list[str]]:
    """Return a script in which each character of `variables` became a positional parameter, and those in order.

    What stands there is then an argument and never text that the shell reads. Raises NeedsShell where the quotes
    around it cannot be told.
    """
    used: list[str] = []
    if not any(char in variables for char in text):
        return text, used
    if "`" in text or "$(" in text or "<<" in text:
        raise NeedsShell("a value of the host stands in it together with a command inside a command")
    made: list[str] = []
    quote = ""
    escaped = False
    for char in text:
        if char in variables:
            if char not in used:
                used.append(char)
            parameter = f"${{{used.index(char) + 1}}}"
            made.append({"": f'"{parameter}"', '"': parameter, "'": f"'\"{parameter}\"'"}[quote])
            escaped = False
            continue
        made.append(char)
        if escaped:
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif char == quote:
            quote = ""
        elif char in "'\"" and not quote:
            quote = char
    return "".join(made), used
