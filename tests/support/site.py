"""The documentation site, built by Zensical in a folder of a test."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.installed import ROOT

_COLOR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Built:
    """folder: of the pages. status: the exit code. output: both streams, without colours."""

    folder: Path
    status: int
    output: str


def build_site(folder: Path, *, extra: dict[str, str] | None = None) -> Built:
    """Build the site in an empty folder, as `make site` does. extra: text to add to pages, by their path in docs/."""
    if find_spec("zensical") is None:
        message = "Zensical is not installed: pip install 'checkwright[docs]' brings it"
        if os.environ.get("CI"):
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "zensical.toml", folder)
    for name, text in (extra or {}).items():
        page = folder / "docs" / name
        page.write_text(page.read_text(encoding="utf-8") + text, encoding="utf-8")
    argv = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    return Built(folder / "site", done.returncode, _COLOR.sub("", done.stdout + done.stderr))
