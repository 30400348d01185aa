"""The pytest plugin: the fixture `golden`, `--update-goldens`, word of unused goldens, and projects importable by name.

pytest loads it wherever checkwright is installed, so it imports nothing else of ours until it is asked to.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from checkwright.testing.golden import Golden


class _Ledger:
    """Which golden files were compared, and which test modules did not run as a whole."""

    def __init__(self) -> None:
        self.used: dict[Path, set[Path]] = {}  # by folder
        self.modules: dict[Path, Path] = {}  # a folder's test module
        self.partial: set[Path] = set()
        self.unused: list[Path] = []


_LEDGER = pytest.StashKey[_Ledger]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens",
        action="store_true",
        help="write the golden files of checks anew, and remove those that no test uses",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LEDGER] = _Ledger()


def pytest_collect_file(file_path: Path) -> None:
    """Let a project's tests import it by its name (`from shop.plugins...`), from wherever pytest is started."""
    if file_path.suffix != ".py" or not file_path.name.startswith("test_"):
        return
    project = next((folder for folder in file_path.parents if (folder / "fleet").is_dir()), None)
    if project is None or not (project / "plugins").is_dir():
        return
    from checkwright.core.errors import BadUsage
    from checkwright.core.projects import load_project

    try:
        load_project(str(project))
    except BadUsage as error:
        raise pytest.UsageError(str(error)) from None


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Iterator[Golden]:
    """Compares an outcome with this test's golden file: `golden(outcome)`."""
    from checkwright.testing.golden import Golden

    path = request.node.path
    module = path.stem.removeprefix("test_")
    folder = path.parent / "goldens" / module
    made = Golden(folder, _case(request, module), update=request.config.getoption("--update-goldens"))
    yield made
    ledger = request.config.stash[_LEDGER]
    ledger.used.setdefault(folder, set()).update(made.used)
    ledger.modules[folder] = path


def _case(request: pytest.FixtureRequest, module: str) -> str:
    """What this test is about: `test_disk[filling up]` of test_disk.py is "filling up"."""
    function = request.node.originalname.removeprefix("test_")
    parameters = re.sub(rf"^{re.escape(request.node.originalname)}", "", request.node.name).strip("[]")
    if parameters and function == module:
        return parameters
    return f"{function} {parameters}".strip()


def pytest_deselected(items: list[pytest.Item]) -> None:
    for item in items:
        item.config.stash[_LEDGER].partial.add(item.path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not report.passed:
        item.config.stash[_LEDGER].partial.add(item.path)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    ledger = config.stash[_LEDGER]
    by_name = any("::" in argument for argument in config.args)
    if by_name or session.shouldstop or session.shouldfail or hasattr(config, "workerinput"):
        return
    for folder, used in ledger.used.items():
        if ledger.modules[folder] not in ledger.partial:
            ledger.unused += sorted(set(folder.glob("*.txt")) - used)
    if config.getoption("--update-goldens"):
        for path in ledger.unused:
            path.unlink()
    elif ledger.unused and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    removed = config.getoption("--update-goldens")
    for path in config.stash[_LEDGER].unused:
        what = "removed, no test uses it" if removed else "no test uses this golden; pytest --update-goldens removes it"
        terminalreporter.write_line(f"{path}: {what}", red=not removed)
