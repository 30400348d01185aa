"""Text of a terminal or a phone as SVG: rich exports it, in a form without a font or a request to another host.

The picture has its own background, so it is readable on a light and on a dark page. Its text can be selected.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

Frame = Literal["terminal", "phone"]
#: Contrasts of at least 7 to 1 on the background.
_THEME = TerminalTheme(
    (22, 27, 34),
    (230, 237, 243),
    [
        (22, 27, 34),
        (255, 160, 150),
        (120, 220, 140),
        (245, 200, 100),
        (130, 190, 255),
        (215, 180, 255),
        (120, 220, 230),
        (230, 237, 243),
    ],
)
_FORM = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="WIDTH" height="HEIGHT" \
role="img" aria-labelledby="title desc">
TITLE
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: \
{char_height}px }}
{styles}
</style>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
#: rich limits each line by a path of its own. No line is longer than the picture, so none is needed.
_CLIP = re.compile(r' clip-path="url\(#[^"]*\)"')
#: rich draws the line break behind a line, too.
_BREAK = re.compile(r"<text [^>]*>\n</text>")
_BUTTONS = re.compile(r'<g transform="translate\(26,22\)">.*?</g>', re.DOTALL)
_LONG_NUMBER = re.compile(r"(?<==\")\d+\.\d{3,}(?=\")|(?<= )\d+\.\d{3,}(?=\")")
_VIEW = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
#: rich draws letters of 20 pixels. In a page they are as large as code.
_SCALE = 0.66
#: Columns of further indentation for the rest of a long line.
_FURTHER = 4
_TEXT = "{http://www.w3.org/2000/svg}text"


def svg(text: Text, columns: int, title: str, description: str, frame: Frame = "terminal") -> str:
    """Return the picture of a text. title, description: for people who cannot see it."""
    console = Console(width=columns, record=True, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    for line in _wrapped(text, columns, console):
        console.print(line, no_wrap=True, highlight=False)
    drawn = console.export_svg(title="", theme=_THEME, code_format=_FORM, unique_id="t", font_aspect_ratio=0.602)
    drawn = _BREAK.sub("", _CLIP.sub("", _spaces(drawn))).replace("</text><text", "</text>\n<text")
    drawn = _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0"), drawn)
    width, height = _size(drawn)
    if frame == "phone":
        bar = f'<rect x="{width // 2 - 50:g}" y="16" width="100" height="7" rx="3.5" fill="#8b949e"/>'
        drawn = _BUTTONS.sub(bar, drawn).replace('rx="8"', 'rx="26"', 1)
    drawn = drawn.replace("WIDTH", f"{width * _SCALE:.0f}", 1).replace("HEIGHT", f"{height * _SCALE:.0f}", 1)
    names = f'<title id="title">{escape(title)}</title>\n<desc id="desc">{escape(description)}</desc>'
    return "\n".join(line.rstrip() for line in drawn.replace("TITLE", names, 1).splitlines() if line.strip()) + "\n"


def _size(drawn: str) -> tuple[float, float]:
    found = _VIEW.search(drawn)
    if found is None:
        raise ValueError("this version of rich exports another form of SVG")
    return float(found[1]), float(found[2])


def _wrapped(text: Text, columns: int, console: Console) -> Iterator[Text]:
    """Yield lines that fit: the rest of a longer one is indented further than its beginning."""
    for line in text.split("\n", allow_blank=True):
        indent = len(line.plain) - len(line.plain.lstrip(" "))
        first, *rest = line.wrap(console, columns, overflow="fold") or [line]
        length = len(first.plain)
        first.rstrip()
        yield first
        if rest:
            remaining = line[length:]
            remaining = remaining[len(remaining.plain) - len(remaining.plain.lstrip(" ")) :]
            for part in remaining.wrap(console, columns - indent - _FURTHER, overflow="fold"):
                part.rstrip()
                part.pad_left(indent + _FURTHER)
                yield part


def _spaces(drawn: str) -> str:
    """Return a picture with spaces that can be copied, and no-break spaces only where a browser would drop a space."""
    return re.sub(r"(?<=>)&#160;|(?<=&#160;)&#160;", "\\0", drawn).replace("&#160;", " ").replace("\0", "&#160;")


def shown_lines(picture: str) -> list[str]:
    """Return the lines of text in a picture that `svg` made, blank ones left out."""
    lines: dict[str, str] = {}
    for element in ElementTree.fromstring(picture).iter(_TEXT):
        lines[element.get("y", "")] = lines.get(element.get("y", ""), "") + (element.text or "")
    return [line.replace("\xa0", " ").rstrip() for line in lines.values()]


def read_lines(file: Path) -> list[str]:
    """Return the lines of text in the picture of a file."""
    return shown_lines(file.read_text(encoding="utf-8"))
