"""One installed MariaDB for all tests of the family, and one server for each module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mariadb import Mariadb, mariadb, mariadb_folder


@pytest.fixture(scope="session")
def installed() -> Iterator[Path]:
    with mariadb_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def server(installed: Path) -> Iterator[Mariadb]:
    with mariadb(installed, "--log-bin=bin", "--server-id=1", "--max-connections=10") as server:
        yield server


@pytest.fixture(autouse=True)
def passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "hush")
    monkeypatch.setenv("WRONG", "silence")
