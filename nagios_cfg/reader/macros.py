"""How Nagios reads macros in a text: every second part between dollars is one, whatever it holds."""

from __future__ import annotations

from collections.abc import Callable


def expanded(text: str, value: Callable[[str], str | None]) -> str:
    """The text with the values of its macros; one that has none (None) stays as it was written, and `$$` is `$`."""
    if "$" not in text:
        return text
    parts = text.split("$")
    made = [parts[0]]
    for number, part in enumerate(parts[1:], start=1):
        if number % 2 == 0:
            made.append(part)
        elif number == len(parts) - 1:
            made.append(f"${part}")
        elif not part:
            made.append("$")
        else:
            found = value(part)
            made.append(f"${part}$" if found is None else found)
    return "".join(made)
