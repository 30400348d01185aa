"""A tree of files, compiled and packed so that equal files give equal bytes."""

from __future__ import annotations

import gzip
import io
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path


def stage(folder: Path, placed: Mapping[str, Path | str]) -> None:
    """Copy the files (or write the texts) to their paths below `folder`."""
    for path, content in placed.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            shutil.copyfile(content, target)
        else:
            target.write_text(content, encoding="utf-8")


def compile_below(folder: Path) -> None:
    """Compile all modules below `folder`. One that this Python cannot read stays as it is.

    The files are tied to their sources by a hash and not by a time, and never looked at again: an asset does not
    change. In a process of its own: what is written depends on what the process has compiled before.
    """
    command = [sys.executable, "-I", "-S", "-m", "compileall", "-qq", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, "-s", str(folder), str(folder)], stdout=subprocess.DEVNULL, check=False)


def pack(folder: Path) -> bytes:
    """A tar.gz of all that is in `folder`, without times, owners or the order of this machine's disk."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=6, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in sorted(folder.rglob("*")):
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            if path.is_dir():
                entry.type = tarfile.DIRTYPE
                entry.mode = 0o755
                archive.addfile(entry)
            else:
                content = path.read_bytes()
                entry.size = len(content)
                entry.mode = 0o755 if path.parent == folder / "bin" else 0o644
                archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()
