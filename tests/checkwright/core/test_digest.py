"""SHA-256 of Python's own modules is that of hashlib."""

import hashlib

import pytest

from checkwright.core import digest
from checkwright.core.digest import sha256_digits

DATA = (b"", b"checkwright", bytes(range(256)) * 99)


@pytest.mark.parametrize("data", DATA, ids=("empty", "word", "bytes"))
def test_digits(data: bytes) -> None:
    assert sha256_digits(data) == hashlib.sha256(data).hexdigest()


def test_hashlib_where_python_has_no_module_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "_MODULES", ("_no_such_module", "hashlib"))
    assert sha256_digits(b"checkwright") == hashlib.sha256(b"checkwright").hexdigest()


def test_one_of_the_quick_modules_exists() -> None:
    found = []
    for name in digest._MODULES[:-1]:
        try:
            found.append(__import__(name))
        except ImportError:
            continue
    assert len(found) == 1
