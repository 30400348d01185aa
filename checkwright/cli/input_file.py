"""Files that the user names on the command line."""

from __future__ import annotations

from pathlib import Path

from checkwright.core.errors import CannotDo

#: Bytes, several times the dump of a Sensu with 100,000 entities. An endless file must not fill the memory.
_LARGEST = 500_000_000


def read_text(file: Path) -> str:
    """Return the text of a file or pipe, with `\\n` at the ends of lines. Raises CannotDo if it cannot be read."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise CannotDo(f"{file} is larger than {_LARGEST // 1_000_000} MB.")
        return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise CannotDo(f"{file} is not text in UTF-8.") from None
    except OSError as error:
        raise CannotDo(f"Cannot read {file}: {error.strerror}.") from None
