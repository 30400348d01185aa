"""Pictures of sessions show what the commands print today, without a font, a script or a request to another host."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.text import Text

from pictures.session_svg import read_lines, shown_lines, svg
from pictures.sessions import SESSIONS, Session
from tests.support.installed import ROOT

IMAGES = ROOT / "docs/images"
DRAWINGS = sorted(IMAGES.glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"

drawings = pytest.mark.parametrize("file", DRAWINGS, ids=lambda file: file.stem)


@pytest.mark.slow
@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.name)
def test_picture_shows_what_the_command_prints(session: Session) -> None:
    assert read_lines(IMAGES / session.file_name) == shown_lines(session.picture()), "run make pictures"


def test_every_session_has_a_picture_and_no_picture_is_left_over() -> None:
    assert {file.name for file in IMAGES.glob("session-*.svg")} == {session.file_name for session in SESSIONS}


@drawings
def test_drawing_loads_nothing_and_has_words_for_people_who_cannot_see_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert root.findtext(f"{SVG}title") and root.findtext(f"{SVG}desc")
    assert root.get("role") == "img"
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "desc", "style", "defs", "marker", "g", "rect", "circle", "path", "text")
    }
    loaded = re.findall(r"@import|@font-face|href=|src\s*:|url\((?!#)", text)
    assert loaded == []


def test_text_keeps_its_spaces_and_its_order() -> None:
    text = Text("$ cd x\n  two  spaces\n\nlast")
    assert shown_lines(svg(text, 40, "title", "words")) == ["$ cd x", "  two  spaces", "last"]


def test_long_line_is_continued_with_an_indentation() -> None:
    lines = shown_lines(svg(Text("  one two three four five six"), 16, "title", "words"))
    assert lines == ["  one two three", "      four five", "      six"]
    (first, second) = shown_lines(svg(Text("x" * 30), 20, "title", "words"))
    assert (first, second) == ("x" * 20, "    " + "x" * 10)


def test_words_of_others_are_text() -> None:
    hostile = "<script>alert(1)</script> & {matrix} \x1b[31mred"
    picture = svg(Text.from_ansi(hostile), 80, "<b> {chrome} & TITLE", "{styles}")
    root = ElementTree.fromstring(picture)
    assert (root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")) == ("<b> {chrome} & TITLE", "{styles}")
    assert shown_lines(picture) == ["<script>alert(1)</script> & {matrix} red"]
