"""Secrets of channels: read from a file for each attempt, so that a new key needs no restart."""

from __future__ import annotations

from checkwright.core.regular_file import read_regular

_LARGEST = 65_536


class NoSecret(Exception):
    """Error of a secret that cannot be read: one sentence, which names the file."""


def read_secret(path: str) -> str:
    """Return the one line of a file. Raises NoSecret."""
    try:
        found = read_regular(path, _LARGEST).decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise NoSecret(f"the secret file {path} is not text in UTF-8") from None
    except OSError as error:
        raise NoSecret(f"cannot read the secret file {path}: {error.strerror}") from None
    if not found or not found.isprintable():
        raise NoSecret(f"the secret file {path} is empty, or more than one line of text")
    return found
