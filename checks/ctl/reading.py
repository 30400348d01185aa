"""Read a file that the caller named."""

from __future__ import annotations

from pathlib import Path

from checks.ctl.session import CannotDo


def read_text(file: Path) -> str:
    """The file's text; CannotDo when there is none that can be read."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise CannotDo(f"{file} is not text in UTF-8.") from None
    except OSError as error:
        raise CannotDo(f"Cannot read {file}: {error.strerror}.") from None
