"""One PostgreSQL for each module of tests."""

from collections.abc import Iterator

import pytest

from tests.support.postgresql import Postgresql, postgresql


@pytest.fixture(scope="module")
def server() -> Iterator[Postgresql]:
    with postgresql("archive_mode=on", "archive_command=/bin/true", "max_slot_wal_keep_size=2MB") as server:
        yield server
