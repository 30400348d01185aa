"""Headless Chromium: the page after its scripts have run, messages of its console, and a picture."""

import os
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest

from pictures.chromium import run, scheme, screenshot
from tests.support.real import require

_CONSOLE = re.compile(r"INFO:CONSOLE[^\]]*\] (.*)")


@dataclass(frozen=True)
class Shown:
    """dom: the document after the scripts. console: its messages and errors."""

    dom: str
    console: tuple[str, ...]


def chromium() -> str:
    return require("chromium", package="chromium")


def show(page: Path, folder: Path, size: str = "1240,1500", *, dark: bool = False) -> Shown:
    """Return a page as Chromium shows it from the file. folder: for its profile."""
    words = ("--enable-logging=stderr", "--virtual-time-budget=10000", f"--window-size={size}", "--dump-dom")
    done = run(chromium(), folder, [*scheme(dark), *words, page.as_uri()])
    return Shown(done.stdout, console_messages(done.stderr))


def console_messages(log: str) -> tuple[str, ...]:
    """Return the messages of pages in what Chromium logs."""
    return tuple(_CONSOLE.findall(log))


def picture(page: Path, file: Path, folder: Path, size: str = "1240,1500", *, dark: bool = False) -> None:
    """Write a picture of a page as PNG."""
    width, height = map(int, size.split(","))
    screenshot(chromium(), page, file, folder, (width, height), dark=dark)


def axe() -> str:
    """Return the script axe-core, which finds barriers for people. Skips, or fails with CI set, without it."""
    try:
        return files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        message = "axe-core is not installed: pip install 'checkwright[test]' brings it in axe-core-python"
        if os.environ.get("CI"):
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
