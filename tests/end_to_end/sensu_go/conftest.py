"""Fixtures of the tests with a real Sensu Go, which run only if SENSU_GO_BIN names its programs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import sensu
from tests.end_to_end.sensu_go.deployed import NAMESPACES
from tests.support.sensu_go import Backend, require_programs


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder. They start daemons."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("sensu_go")
            item.add_marker("daemon")


@pytest.fixture(scope="session")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    programs = require_programs()
    running = Backend(programs, tmp_path_factory.mktemp("sensu-go"))
    try:
        running.create(sensu.dump([sensu.Namespace(name=name) for name in NAMESPACES], "json"))
        yield running
    finally:
        running.stop()
