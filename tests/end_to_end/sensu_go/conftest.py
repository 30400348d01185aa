"""Fixtures of the tests with a real Sensu Go, which run only if SENSU_GO_BIN names its programs."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import sensu
from tests.end_to_end.sensu_go.deployed import NAMESPACES
from tests.support.sensu_go import Backend, agents, require_programs


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out all tests but one without the programs, so that a run says once that they were skipped."""
    is_test = collection_path.name.startswith("test_") and collection_path.name != "test_programs.py"
    return True if is_test and not os.environ.get("SENSU_GO_BIN") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder. They start daemons."""
    folder = f"{Path(__file__).parent}/"
    for item in items:
        if str(item.path).startswith(folder):  # of thousands of tests
            item.add_marker("sensu_go")
            item.add_marker("daemon")


@pytest.fixture(scope="session")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    programs = require_programs()
    try:
        running = Backend(programs, tmp_path_factory.mktemp("sensu-go"))
    except subprocess.TimeoutExpired:  # another program has taken one of its ports in the meantime
        running = Backend(programs, tmp_path_factory.mktemp("sensu-go"))
    try:
        running.create(sensu.dump([sensu.Namespace(name=name) for name in NAMESPACES], "json"))
        # The backend notices new namespaces only now and then, and the first agent waits for that.
        with agents(running, running.folder, {"name": "first", "namespace": NAMESPACES[-1]}):
            pass
        yield running
    finally:
        running.stop()
