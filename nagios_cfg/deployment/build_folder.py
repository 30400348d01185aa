"""Files of a build folder as {relative path: text}, checked before root uses them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from nagios_cfg.deployment.file_tree import read_file, read_tree
from nagios_cfg.folders import NAGIOS, NOTIFY

_MARKER = ".checkwright"
#: Prefix of files for notifications, among files whose paths are relative to the folder of object files.
NOTIFY_PREFIX = f"../{NOTIFY}/"


class NotBuilt(Exception):
    """Error of a folder that `checkctl nagios build` did not write, or that is incomplete: one sentence."""


def read_build(folder: Path, part: str = NAGIOS) -> dict[str, str]:
    """Return the files of one part of a build folder, by path below that part. Raises NotBuilt.

    The folder may belong to somebody who changes it meanwhile. So no link in it is followed: read by root, it could
    publish a file that only root may read.
    """
    try:
        listed = set(read_file(folder, _MARKER).split("\n")[1:]) - {""}
    except OSError as error:
        why = f"it has no readable file {_MARKER} ({error.strerror})"
        raise NotBuilt(f"{folder} was not built by checkctl nagios build: {why}; name the build folder") from None
    _refuse_links(folder)
    objects = folder / part
    expected = {path.removeprefix(f"{part}/") for path in listed if path.startswith(f"{part}/")}
    if not expected and not objects.exists():
        if part != NAGIOS:
            return {}
        raise NotBuilt(f"{folder} contains no object files of Nagios: name a folder that checkctl nagios build wrote")
    try:
        files = read_tree(folder, part)
    except OSError as error:
        raise NotBuilt(f"{folder}: {error.filename} cannot be read: {error.strerror}") from None
    for missing in sorted(expected - files.keys()):
        raise NotBuilt(f"{folder} is incomplete, {part}/{missing} is missing: copy it again, or build again")
    for unknown in sorted(files.keys() - expected):
        raise NotBuilt(f"{objects / unknown} was not built by checkctl: remove it, or build again")
    if not files:
        raise NotBuilt(f"{folder} contains no object files of Nagios: build again")
    return files


def read_deployed(folder: Path) -> dict[str, str]:
    """Return the object files of a build folder, and with NOTIFY_PREFIX its settings of notifications.

    Raises NotBuilt.
    """
    settings = read_build(folder, NOTIFY)
    for name in settings:
        if "/" in name or not name.endswith(".json"):
            raise NotBuilt(f"{folder / NOTIFY / name} was not built by checkctl: remove it, or build again")
    return read_build(folder) | {f"{NOTIFY_PREFIX}{name}": text for name, text in settings.items()}


def object_files(files: Mapping[str, str]) -> dict[str, str]:
    """Return the object files among those that `read_deployed` returned."""
    return {path: text for path, text in files.items() if not path.startswith(NOTIFY_PREFIX)}


def read_folder(folder: Path) -> dict[str, str]:
    """Return all files below a folder of live files. Bytes that are not UTF-8 become surrogates. Raises OSError.

    Links are followed, since an administrator may have built a live folder of them. Root follows only those that nobody
    else can change.
    """
    return read_tree(folder, "", follow=True)


def encoded(text: str) -> bytes:
    """Return the bytes of a text that `read_folder` returned."""
    return text.encode("utf-8", "surrogateescape")


def digests(files: Mapping[str, str]) -> dict[str, str]:
    """Return the SHA-256 of each file, in hexadecimal."""
    return {path: hashlib.sha256(encoded(text)).hexdigest() for path, text in files.items()}


def digest(files: Mapping[str, str]) -> str:
    """Return one SHA-256 of all files and their names, in hexadecimal."""
    lines = "".join(f"{path}\0{of_file}\n" for path, of_file in sorted(digests(files).items()))
    return hashlib.sha256(encoded(lines)).hexdigest()


def _refuse_links(folder: Path) -> None:
    """Raise NotBuilt for a symbolic link, with its name. One that appears later is not followed either."""
    for where, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(where, name)
            if path.is_symlink():
                raise NotBuilt(f"{path} is a symbolic link, which checkctl never builds: remove it")
