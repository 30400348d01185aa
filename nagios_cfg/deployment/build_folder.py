"""Files on disk as {relative path: text}, read with the suspicion that root owes to what others handed over."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from nagios_cfg.render import NAGIOS

_MARKER = ".checkwright"


class NotBuilt(Exception):
    """A folder that `checkctl nagios build` did not write, or that is not whole: one sentence."""


def read_built(folder: Path, part: str = NAGIOS) -> dict[str, str]:
    """Return the files of one part of a built folder, by path below `nagios/` unless said. Raises NotBuilt."""
    marker = folder / _MARKER
    try:
        listed = set(_text(marker).split("\n")[1:]) - {""}
    except OSError as error:
        why = f"it has no readable file {_MARKER} ({error.strerror})"
        raise NotBuilt(f"{folder} was not made by checkctl nagios build: {why}; name the built folder") from None
    _refuse_links(folder)
    objects = folder / part
    wanted = {path.removeprefix(f"{part}/") for path in listed if path.startswith(f"{part}/")}
    if not wanted and part != NAGIOS and not objects.exists():
        return {}
    try:
        files = read_folder(objects)
    except OSError as error:
        raise NotBuilt(f"{error.filename} cannot be read: {error.strerror}") from None
    for missing in sorted(wanted - files.keys()):
        raise NotBuilt(f"{folder} is not whole, {part}/{missing} is missing: copy it again, or build again")
    for foreign in sorted(files.keys() - wanted):
        raise NotBuilt(f"{objects / foreign} was not built by checkctl: take it away, or build again")
    if not files:
        raise NotBuilt(f"{folder} holds no object files of Nagios: build again")
    return files


def read_folder(folder: Path) -> dict[str, str]:
    """Return all files below a folder; bytes that are no UTF-8 become surrogates. Raises OSError."""

    def fail(error: OSError) -> None:
        raise error

    files = {}
    for where, _, names in os.walk(folder, onerror=fail, followlinks=True):
        for name in names:
            path = Path(where, name)
            files[str(path.relative_to(folder))] = _text(path)
    return dict(sorted(files.items()))


def encoded(text: str) -> bytes:
    """The bytes of a text that `read_folder` returned."""
    return text.encode("utf-8", "surrogateescape")


def digests(files: Mapping[str, str]) -> dict[str, str]:
    """Return the SHA-256 of each file, in hexadecimal."""
    return {path: hashlib.sha256(encoded(text)).hexdigest() for path, text in files.items()}


def digest(files: Mapping[str, str]) -> str:
    """Return one SHA-256 for all files and their names."""
    lines = "".join(f"{path}\0{of_file}\n" for path, of_file in sorted(digests(files).items()))
    return hashlib.sha256(encoded(lines)).hexdigest()


def _text(path: Path) -> str:
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "it is not a file", str(path))
    return path.read_bytes().decode("utf-8", "surrogateescape")


def _refuse_links(folder: Path) -> None:
    """Else a link in what somebody handed over would publish a file that only root may read."""
    for where, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(where, name)
            if path.is_symlink():
                raise NotBuilt(f"{path} is a symbolic link, which checkctl never builds: take it away")
