"""Headless Chromium: runs it once, in a profile of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

#: Seconds until a page whose script never ends is given up.
_TIMEOUT = 120
#: Chromium's own sandbox does not start as root, or in most containers.
_USUAL = ("--headless=new", "--disable-gpu", "--no-first-run", "--no-sandbox")


class NoPicture(Exception):
    """Error of a machine without Chromium, or of a Chromium that fails: one sentence."""


def program() -> str:
    """Return the path of Chromium. Raises NoPicture."""
    found = shutil.which("chromium")
    if found is None:
        raise NoPicture("chromium is not installed: install the Debian package chromium")
    return found


def run(chromium: str, folder: Path, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run Chromium and return what it printed. folder: for its profile. Raises NoPicture if it fails."""
    argv = [chromium, *_USUAL, f"--user-data-dir={folder / 'chromium'}", *words]
    environment = {**os.environ, "HOME": str(folder)}
    done = subprocess.run(argv, capture_output=True, text=True, timeout=_TIMEOUT, check=False, env=environment)
    if done.returncode != 0:
        raise NoPicture(f"chromium ended with {done.returncode}: {done.stderr}")
    return done


def scheme(dark: bool) -> list[str]:
    """Return the option of a colour scheme."""
    return ["--blink-settings=preferredColorScheme=0"] if dark else []


def screenshot(
    chromium: str, page: Path, file: Path, folder: Path, size: tuple[int, int], *, dark: bool = False
) -> None:
    """Write a picture of a page as PNG. size: width and height in pixels. dark: the dark colour scheme."""
    shape = f"--window-size={size[0]},{size[1]}"
    run(chromium, folder, [*scheme(dark), "--hide-scrollbars", shape, f"--screenshot={file}", page.as_uri()])
