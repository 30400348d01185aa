"""Paragraphs and examples of a docstring, wrapped for a page in Markdown."""

from __future__ import annotations

import re
import textwrap

WIDTH = 100


def blocks_of(docstring: str) -> list[str]:
    """Return the paragraphs of a clean docstring, wrapped. Blocks that are indented or have lists stay as they are."""
    paragraphs = filter(None, re.split(r"\n\s*\n", docstring))
    return [text if re.search(r"^(    |- |\* )", text, flags=re.MULTILINE) else wrapped(text) for text in paragraphs]


def wrapped(paragraph: str, indent: str = "") -> str:
    """Wrap a paragraph. Code in backticks stays on one line. indent: in front of all lines but the first."""
    text = re.sub(r"`[^`]*`", lambda code: code[0].replace(" ", "\0"), " ".join(paragraph.split()))
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False).replace(
        "\0", " "
    )
