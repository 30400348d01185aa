"""The page in a real Chromium: no error, no barrier that axe-core finds, and nothing wider than a phone."""

import re
from html import escape
from pathlib import Path

import pytest

from checkwright.status.present_problems import Status, status
from checkwright.status.status_dat import parse
from checkwright.status.status_page import page
from checkwright.web.clock import Clock
from tests.checkwright.report.test_browser import AXE, with_script, written
from tests.checkwright.status.night import HOSTILE, NOW, PLAN, bad, status_text
from tests.checkwright.status.test_status_page import hostile
from tests.support.browser import axe, picture, show

pytestmark = pytest.mark.slow

CLOCK = Clock("UTC")
#: Writes how wide the page is in a frame of a phone's width, which is less than the least width of a window.
WIDTH = """
const frame=document.querySelector("iframe");
const shown=frame.contentDocument.documentElement;
const found=[shown.scrollWidth,shown.clientWidth,frame.contentWindow.innerWidth];
const out=document.createElement("pre");out.id="width";out.textContent=JSON.stringify([found]);
document.body.append(out);
"""
PHONE = 390


@pytest.fixture(scope="module")
def night() -> Status:
    services = {
        ("web-1", "http"): bad(output="HTTP CRITICAL: GET https://web-1/" + "very-long-path/" * 20),
        ("web-2", "http"): bad(1, problem_has_been_acknowledged=1),
        ("web-2", "load"): bad(3, long_plugin_output=r"one\n" + "y" * 300),
        ("old-1", "load"): bad(),
    }
    return status([PLAN], [parse(status_text(services, {"pay-1": bad(1)}))], [], NOW + 721)


def test_page_shows_no_error(night: Status, tmp_path: Path) -> None:
    file = tmp_path / "status.html"
    file.write_text(page(night, CLOCK))
    shown = show(file, tmp_path)
    assert shown.console == ()
    assert "http on web-1" in shown.dom


def test_axe_finds_no_barrier(night: Status, tmp_path: Path) -> None:
    file = tmp_path / "status.html"
    text = page(night, CLOCK).replace("<details>", "<details open>")
    file.write_text(with_script(text, axe(), AXE))
    assert written(show(file, tmp_path).dom, "axe") == []


def test_page_is_no_wider_than_a_phone(night: Status, tmp_path: Path) -> None:
    text = page(night, CLOCK).replace("<details>", "<details open>")
    file = tmp_path / "frame.html"
    frame = f'<iframe srcdoc="{escape(text)}" width="{PHONE}" height="800" style="border:0"></iframe>'
    file.write_text(f"<!DOCTYPE html><body>{frame}<script>onload=()=>{{{WIDTH}}}</script></body>")
    ((whole, visible, frame_width),) = written(show(file, tmp_path).dom, "width")
    assert frame_width == PHONE
    assert whole == visible


@pytest.mark.parametrize("output", HOSTILE[:3])
def test_hostile_output_runs_nothing(output: str, tmp_path: Path) -> None:
    file = tmp_path / "status.html"
    text, removed = re.subn(r"<meta http-equiv=[^>]*>", "", page(hostile(output), CLOCK))
    assert removed == 1
    file.write_text(text)
    shown = show(file, tmp_path)
    assert shown.console == ()
    assert "<img" not in shown.dom
    assert "<script" not in shown.dom


def test_picture_differs_in_the_dark_scheme(night: Status, tmp_path: Path) -> None:
    file = tmp_path / "status.html"
    file.write_text(page(night, CLOCK))
    pictures = []
    for dark in (False, True):
        picture(file, tmp_path / f"{dark}.png", tmp_path, "600,900", dark=dark)
        pictures.append((tmp_path / f"{dark}.png").read_bytes())
    assert pictures[0] != pictures[1]
    assert all(data.startswith(b"\x89PNG") and len(data) > 20_000 for data in pictures)
