"""Text of others as code in GitHub Markdown: no markup, no link, no mention, and no end of a table's cell."""

from __future__ import annotations

import re

#: Characters that end a code span or a cell of a table, or that begin an escape in some parsers of tables.
_SPECIAL = re.compile(r"[`|\\]")
_PUNCTUATION = re.compile(r"[^\w ]|_", re.ASCII)


def code(text: str, longest: int = 200) -> str:
    """Return a text as inline code, cut to `longest` characters; control characters become escapes.

    In a code span GitHub makes no links, mentions or references to issues. Where the text could end the span, or the
    cell around it, it is `<code>` in HTML with every punctuation mark as a character reference.
    """
    clean = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    cut = clean if len(clean) <= longest else f"{clean[: longest - 3]}..."
    if not cut.strip():
        return "<code>&nbsp;</code>"
    if not _SPECIAL.search(cut) and cut == cut.strip():
        return f"`{cut}`"
    return f"<code>{_PUNCTUATION.sub(lambda match: f'&#{ord(match[0])};', cut)}</code>"
