"""HTML and SVG from Python, where all text of others is escaped."""

from __future__ import annotations

from html import escape


class Markup(str):
    """Text that is markup already. `tag` escapes every other text."""

    __slots__ = ()


def visible(text: str) -> str:
    """Return text with escapes for characters that cannot be seen, or that change the order of others."""
    if text.isprintable():  # almost every text
        return text
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def tag(name: str, /, *content: str | Markup, **attributes: str | float | None) -> Markup:
    """Return an element. An attribute of None is left out; `_` in its name is `-`, and one at the end is dropped.

    Content that is no Markup is escaped.
    """
    words = [name]
    for key, value in attributes.items():
        if value is not None:
            words.append(f'{key.rstrip("_").replace("_", "-")}="{escape(visible(_text(value)), quote=True)}"')
    inside = "".join(part if isinstance(part, Markup) else escape(visible(part), quote=False) for part in content)
    opening = " ".join(words)
    return Markup(f"<{opening}/>" if not content and name in _VOID else f"<{opening}>{inside}</{name}>")


#: Elements that have no content.
_VOID = frozenset(("rect", "line", "path", "circle", "polyline", "meta", "br"))


def joined(parts: list[Markup]) -> Markup:
    return Markup("".join(parts))


def _text(value: str | float) -> str:
    """Return a number with one digit after the point at most, which is enough for a position."""
    if isinstance(value, str):
        return value
    return f"{value:.1f}".removesuffix(".0")
