"""Placeholders in the text of a watch: `{host}`, `{address}`, `{environment}`, `{role}`, `{label.NAME}`.

Anything else in braces is left alone, so that JSON, regular expressions and templates pass through.
`{{host}}` is the literal `{host}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from checkwright.core.options import FromHost
from checkwright.registry.plan import PLACEHOLDERS, Placeholder, Word

_NAME = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_.-]*)?"
_BRACES = re.compile(rf"\{{\{{({_NAME})\}}\}}|\{{({_NAME})\}}")
LABEL = "label."


def word(text: str | FromHost) -> Word:
    """Return one argument as literal text and placeholders. An unknown name stays literal."""
    if isinstance(text, FromHost):
        return (Placeholder(LABEL + text.name),)
    if "{" not in text:
        return (text,)
    parts: list[str | Placeholder] = []
    literal = ""
    end = 0
    for match in _BRACES.finditer(text):
        literal += text[end : match.start()]
        end = match.end()
        escaped, name = match.groups()
        if escaped or not is_known(name):
            literal += match.group()[1:-1] if escaped else match.group()
            continue
        if literal:
            parts.append(literal)
            literal = ""
        parts.append(Placeholder(name))
    literal += text[end:]
    if literal or not parts:
        parts.append(literal)
    return tuple(parts)


def literal(text: str) -> str:
    """Return the text from which `word` reads exactly this text."""
    return re.sub(rf"\{{({_NAME})\}}", r"{{\1}}", text)


def unknown(text: str | FromHost) -> tuple[str, ...]:
    """Return the names in single braces that look like placeholders and are none."""
    if isinstance(text, FromHost):
        return ()
    found = (match.group(2) for match in _BRACES.finditer(text))
    return tuple(dict.fromkeys(name for name in found if name and not is_known(name)))


def is_known(name: str) -> bool:
    """Return whether this is the name of a placeholder."""
    return name in PLACEHOLDERS or (name.startswith(LABEL) and len(name) > len(LABEL))


def is_of_a_host(name: str) -> bool:
    """Return whether the value of this placeholder differs by host."""
    return name in ("host", "address") or name.startswith(LABEL)


def names_in(command: Iterable[Word]) -> tuple[str, ...]:
    """Return the placeholders of a command, each once, in order."""
    return tuple(dict.fromkeys(part.name for word in command for part in word if isinstance(part, Placeholder)))
