"""Paragraphs and examples of a docstring, wrapped for a page in Markdown."""

from __future__ import annotations

import re
import textwrap

WIDTH = 100


def blocks_of(docstring: str) -> list[str]:
    """Return the paragraphs and lists of a clean docstring, wrapped. Indented blocks stay as they are."""
    return [_block(text) for text in re.split(r"\n\s*\n", docstring) if text]


def _block(text: str) -> str:
    if re.match(r"[-*] ", text):
        items = re.split(r"\n(?=[-*] )", text)
        return "\n".join(item if "\n    " in item else wrapped(item, "  ") for item in items)
    return text if re.search(r"^(    |[-*] )", text, flags=re.MULTILINE) else wrapped(text)


def wrapped(paragraph: str, indent: str = "") -> str:
    """Wrap a paragraph. Code in backticks stays on one line. indent: in front of all lines but the first."""
    text = re.sub(r"`[^`]*`", lambda code: code[0].replace(" ", "\0"), " ".join(paragraph.split()))
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False).replace(
        "\0", " "
    )
