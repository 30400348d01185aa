"""The example project as a picture needs it: a copy under git, an edit in it, and services with a full pool."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pictures.run import silently
from tests.support.servers import web_server

ROOT = Path(__file__).parents[1]
SHOP = ROOT / "examples/shop"
#: Health document of a checkout service that is running out of connections.
HEALTH = {"status": "up", "orders": {"waiting": 61}, "pool": {"used": 39, "size": 40}}


def copied(folder: Path) -> Path:
    """Copy the example project to `folder/shop`, commit it to a repository there, and return the copy."""
    shop = folder / "shop"
    shutil.copytree(SHOP, shop, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    author = ("-c", "user.name=shop", "-c", "user.email=shop@example.com")
    silently(("git", "init", "--quiet", "--initial-branch=main"), folder)
    silently(("git", "add", "--all"), folder)
    silently(("git", *author, "commit", "--quiet", "--message=The shop"), folder)
    return shop


def edit(file: Path, old: str, new: str) -> None:
    """Replace the only occurrence of a text in a file. Raises ValueError if there is another number of them."""
    text = file.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{file} has {text.count(old)} x {old!r} instead of 1: adapt the edit of the picture")
    file.write_text(text.replace(old, new), encoding="utf-8")


@contextmanager
def checkout_service() -> Iterator[str]:
    """Serve HEALTH on a free port while the block runs: `with checkout_service() as url:`."""
    page = (200, {"Content-Type": "application/json"}, json.dumps(HEALTH).encode())
    with web_server({"/health": page}) as server:
        yield f"http://127.0.0.1:{server.port}/health"


def check_words(url: str) -> tuple[str, ...]:
    """Return the words of the check whose result the pictures show, run with the clock that counts."""
    options = ("--project", str(SHOP), "checkout", "--url", url, "--pool-warning", "90")
    return (sys.executable, "-m", "pictures.counted_clock", *options)
