"""Expansion of macros as Nagios does it: every second part between dollars is a macro, whatever it holds."""

from __future__ import annotations

from collections.abc import Callable


def expand(text: str, value: Callable[[str], str | None]) -> str:
    """Return a text with its macros replaced by `value(name)`. `$$` becomes `$`; a macro of value None stays."""
    if "$" not in text:
        return text
    parts = text.split("$")
    result = [parts[0]]
    for number, part in enumerate(parts[1:], start=1):
        if number % 2 == 0:
            result.append(part)
        elif number == len(parts) - 1:
            result.append(f"${part}")
        elif not part:
            result.append("$")
        else:
            found = value(part)
            result.append(f"${part}$" if found is None else found)
    return "".join(result)
