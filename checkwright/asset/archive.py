"""Archive of a tree of files, compiled and packed so that equal files give equal bytes."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

from checkwright.core.errors import CannotDo
from checkwright.core.regular_file import read_regular

#: Bytes of one file in an asset, several times the largest compiled module.
_LARGEST = 1_000_000_000


def stage(folder: Path, placed: Mapping[str, Path | str]) -> None:
    """Copy the files (or write the texts) to their paths below `folder`. Raises CannotDo for one that is no file."""
    for path, content in placed.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            try:
                target.write_bytes(read_regular(content, _LARGEST))
            except OSError as error:
                raise CannotDo(f"Cannot pack {content}: {error.strerror}.") from None
        else:
            target.write_text(content, encoding="utf-8")


def compile_below(folder: Path) -> None:
    """Compile all modules below `folder`. A module that this Python cannot read stays unchanged.

    Compiled files refer to their sources by an unchecked hash instead of a time, since an asset does not change.
    Compilation runs in a separate process, because its output depends on earlier compilations of the process.
    """
    command = [sys.executable, "-I", "-S", "-m", "compileall", "-qq", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, "-s", str(folder), str(folder)], stdout=subprocess.DEVNULL, check=False)


def pack(folder: Path) -> bytes:
    """Return a tar.gz of everything in `folder`, without times, owners or the order of this machine's disk."""
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
