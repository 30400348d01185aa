"""Packages compiled for another processor or Python, fetched by pip in the installed versions."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

from checkwright.asset import platforms
from checkwright.asset.platforms import MACHINES, Platform, Python
from checkwright.core.errors import CannotDo
from checkwright.core.text import clean

#: Newest glibc that wheels may need: the oldest of any Linux with its own Python 3.11 (RHEL 8).
_NEWEST_GLIBC = 28
_OLDEST_GLIBC = 5
_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


def fits(found: Distribution, platform: Platform, python: Python) -> bool:
    """Return whether an installed distribution also runs on another platform, by the tags of its wheel."""
    tags = [line.partition(":")[2].strip() for line in (found.read_text("WHEEL") or "").splitlines() if "Tag:" in line]
    if not tags:
        return not any(file.suffix == ".so" for file in found.files or ())
    return any(tag.endswith("-none-any") or _is_stable(tag, platform, python) for tag in tags)


def _is_stable(tag: str, platform: Platform, python: Python) -> bool:
    """Return whether a tag such as cp39-abi3-manylinux_2_28_x86_64 is for this processor and no newer than `python`."""
    interpreter, _, rest = tag.partition("-")
    oldest = interpreter.removeprefix("cp3")
    same = rest.startswith("abi3-") and platform.arch == platforms.here().arch
    return same and oldest.isdecimal() and int(oldest) <= python.minor


def fetch(pinned: Iterable[Distribution], platform: Platform, python: Python, folder: Path) -> list[Distribution]:
    """Fetch these distributions as wheels for another platform, unpacked by pip into `folder`.

    Raises CannotDo with one sentence when pip cannot fetch one, such as without access to an index.
    """
    requirements = sorted(f"{one.metadata['Name']}=={one.version}" for one in pinned)
    if not requirements:
        return []
    if importlib.util.find_spec("pip") is None:
        raise CannotDo(f"This environment has no pip to fetch wheels for {platform}: install pip in it.")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    where = ["--target", str(folder), "--no-deps", "--no-compile", "--only-binary=:all:", "--retries", "1"]
    tags = [word for tag in _tags(platform) for word in ("--platform", tag)]
    ran = subprocess.run(
        [*pip, *where, *tags, "--implementation", "cp", "--python-version", str(python), *requirements],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if ran.returncode != 0:
        raise CannotDo(
            f"pip found no wheels of {', '.join(requirements)} for linux/{platform.arch} and Python {python}: "
            f"{_reason(ran.stderr)}. Check the access to an index, or set PIP_FIND_LINKS to a folder with the wheels."
        )
    return list(distributions(path=[str(folder)]))


def _tags(platform: Platform) -> list[str]:
    """Yield manylinux_2_28_aarch64 and older tags, newest first."""
    machine = MACHINES[platform.arch][0]
    tags = []
    for glibc in range(_NEWEST_GLIBC, _OLDEST_GLIBC - 1, -1):
        tags.append(f"manylinux_2_{glibc}_{machine}")
        if glibc in _LEGACY:
            tags.append(f"{_LEGACY[glibc]}_{machine}")
    return tags


def _reason(output: str) -> str:
    """Return pip's last error in one line."""
    errors = [line.partition(":")[2].strip() for line in output.splitlines() if line.startswith("ERROR:")]
    return clean(errors[-1] if errors else output.strip().rpartition("\n")[2]).rstrip(". ") or "it does not say why"
