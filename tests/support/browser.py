"""Headless Chromium: the page after its scripts have run, messages of its console, and a picture."""

import os
import re
import subprocess
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest

from tests.support.real import require

#: Ends a page whose script never ends.
TIMEOUT = 120
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
    done = _run(folder, *_scheme(dark), *words, page.as_uri())
    return Shown(done.stdout, console_messages(done.stderr))


def console_messages(log: str) -> tuple[str, ...]:
    """Return the messages of pages in what Chromium logs."""
    return tuple(_CONSOLE.findall(log))


def picture(page: Path, file: Path, folder: Path, size: str = "1240,1500", *, dark: bool = False) -> None:
    """Write a picture of a page as PNG."""
    _run(folder, *_scheme(dark), "--hide-scrollbars", f"--window-size={size}", f"--screenshot={file}", page.as_uri())


def _scheme(dark: bool) -> list[str]:
    return ["--blink-settings=preferredColorScheme=0"] if dark else []


def _run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    usual = ["--headless=new", "--disable-gpu", "--no-first-run", f"--user-data-dir={folder / 'chromium'}"]
    # Chromium's own sandbox does not start as root, or in most containers.
    argv = [chromium(), *usual, "--no-sandbox", *words]
    environment = {**os.environ, "HOME": str(folder)}
    done = subprocess.run(argv, capture_output=True, text=True, timeout=TIMEOUT, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done


def axe() -> str:
    """Return the script axe-core, which finds barriers for people. Skips, or fails with CI set, without it."""
    try:
        return files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        message = "axe-core is not installed: pip install 'checkwright[test]' brings it in axe-core-python"
        if os.environ.get("CI"):
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
