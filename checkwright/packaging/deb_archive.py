"""Debian packages of files that no program compiles, in the format of deb(5). Equal content gives equal bytes.

dpkg-deb does the same, and is missing where fleets are often built, such as in containers of other distributions.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_SIZE = 60  # of the header of a member
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class DebControl:
    """Fields of a package. description: the first line is the synopsis. depends and conflicts: as in control files."""

    name: str
    version: str
    description: str
    depends: str = ""
    conflicts: str = ""
    provides: str = ""
    maintainer: str = "checkwright <root@localhost>"


def deb_archive(
    control: DebControl, files: Mapping[str, bytes], epoch: int, modes: Mapping[str, int] | None = None
) -> bytes:
    """Return a package of files, each by its absolute path. They belong to root.

    epoch: time of all files, in seconds since 1970. modes: of files by their paths, where they are not 0644.
    """
    sums = "".join(
        f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}  {path.lstrip('/')}\n"
        for path, content in sorted(files.items())
    )
    placed = {path.lstrip("/"): mode for path, mode in (modes or {}).items()}
    text = _fields(control, sum(map(len, files.values()))).encode()
    members = (
        ("debian-binary", b"2.0\n"),
        ("control.tar.xz", _tar({"control": text, "md5sums": sums.encode()}, epoch, {})),
        ("data.tar.xz", _tar({path.lstrip("/"): content for path, content in files.items()}, epoch, placed)),
    )
    return b"!<arch>\n" + b"".join(part for name, content in members for part in _member(name, content, epoch))


def _fields(control: DebControl, size: int) -> str:
    first, *rest = control.description.strip().splitlines()
    lines = [
        f"Package: {control.name}",
        f"Version: {control.version}",
        "Architecture: all",
        f"Maintainer: {control.maintainer}",
        f"Installed-Size: {-(-size // _BLOCK)}",
        *([f"Depends: {control.depends}"] if control.depends else []),
        *([f"Conflicts: {control.conflicts}"] if control.conflicts else []),
        *([f"Provides: {control.provides}"] if control.provides else []),
        "Section: net",
        "Priority: optional",
        f"Description: {first}",
        *(f" {line.strip() or '.'}" for line in rest),
    ]
    return "\n".join(lines) + "\n"


def _member(name: str, content: bytes, epoch: int) -> Iterator[bytes]:
    header = f"{name:<16}{epoch:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
    if len(header) != _SIZE:
        raise ValueError(f"{name}: the header of this member is not {_SIZE} bytes long")
    yield header
    yield content
    if len(content) % 2:
        yield b"\n"


def _tar(files: Mapping[str, bytes], epoch: int, modes: Mapping[str, int]) -> bytes:
    packed = io.BytesIO()
    folders = {""}
    for path in files:
        parts = path.split("/")[:-1]
        folders.update("/".join(parts[: number + 1]) for number in range(len(parts)))
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path in sorted({*folders, *files}):
            entry = tarfile.TarInfo(f"./{path}")
            entry.mtime = epoch
            entry.uname = entry.gname = "root"
            if path in files:
                entry.mode = modes.get(path, 0o644)
                entry.size = len(files[path])
                archive.addfile(entry, io.BytesIO(files[path]))
            else:
                entry.mode = 0o755
                entry.type = tarfile.DIRTYPE
                archive.addfile(entry)
    return lzma.compress(packed.getvalue(), format=lzma.FORMAT_XZ, preset=6)
