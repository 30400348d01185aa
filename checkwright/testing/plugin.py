"""The pytest plugin: the fixture `golden`, `--update-goldens`, stale golden entries, projects importable by name.

pytest loads it wherever checkwright is installed, so it imports no check and nothing that runs checks until a
fixture needs it. A repository may have a folder `checks/` of its own.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checkwright.testing.golden_ledger import Entries, GoldenLedger
from checkwright.testing.transcript import transcript_of

if TYPE_CHECKING:
    from checkwright.testing.golden import Golden


#: Attribute of a test's last report, which travels with it from the workers of pytest-xdist.
_ATTRIBUTE = "checkwright_goldens"


class _Run:
    """State of one pytest process. Only the process that sees all reports uses the ledger at the end."""

    def __init__(self) -> None:
        self.ledger = GoldenLedger()
        self.partial: set[Path] = set()  # modules some of whose tests were left out
        self.tests: Counter[Path] = Counter()
        self.positions: dict[str, int] = {}


class _Reports:
    """Takes in the reports of a run, those of pytest-xdist's workers too."""

    def __init__(self, ledger: GoldenLedger) -> None:
        self._ledger = ledger

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        entries: Entries | None = vars(report).get(_ATTRIBUTE)
        if entries is not None:
            self._ledger.add(report.nodeid, entries)


_RUN = pytest.StashKey[_Run]()
_GOLDEN = pytest.StashKey["Golden"]()
_FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens",
        action="store_true",
        help="write the golden entries of checks, and remove those that no test uses",
    )


def pytest_configure(config: pytest.Config) -> None:
    run = config.stash[_RUN] = _Run()
    config.pluginmanager.register(_Reports(run.ledger))


def pytest_collect_file(file_path: Path) -> None:
    """Let a project's tests import it by its name (`from shop.plugins...`), from any working directory."""
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
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares an outcome with its golden entry: `golden(outcome)`."""
    from checkwright.testing.golden import Golden

    file = transcript_of(request.node.path)
    made = Golden(file, _case(request), update=request.config.getoption("--update-goldens"))
    request.node.stash[_GOLDEN] = made
    return made


def _case(request: pytest.FixtureRequest) -> str:
    """Return the name of a test's case: `test_disk[filling up]` in test_disk.py is "filling up"."""
    function = request.node.originalname.removeprefix("test_")
    parameters = re.sub(rf"^{re.escape(request.node.originalname)}", "", request.node.name).strip("[]")
    if parameters and function == request.node.path.stem.removeprefix("test_"):
        return parameters
    return f"{function} {parameters}".strip()


def pytest_deselected(items: list[pytest.Item]) -> None:
    for item in items:
        item.config.stash[_RUN].partial.add(item.path)


def pytest_collection_finish(session: pytest.Session) -> None:
    run = session.config.stash[_RUN]
    run.tests.update(item.path for item in session.items)
    run.positions.update((item.nodeid, position) for position, item in enumerate(session.items))
    if session.config.getoption("lf", False) or any("::" in argument for argument in session.config.args):
        run.partial.update(run.tests)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    failed = not report.passed or (report.when != "setup" and item.stash.get(_FAILED, False))
    item.stash[_FAILED] = failed
    if report.when == "teardown":
        run = item.config.stash[_RUN]
        golden = item.stash.get(_GOLDEN, None)
        entries: Entries = {
            "module": str(item.path),
            "tests": run.tests[item.path],
            "partial": item.path in run.partial,
            "position": run.positions.get(item.nodeid, len(run.positions)),
            "passed": not failed,
            "texts": golden.compared if golden else {},
        }
        vars(report)[_ATTRIBUTE] = entries
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workerinput"):
        return
    ledger = config.stash[_RUN].ledger
    if config.getoption("--update-goldens"):
        ledger.update()
    else:
        ledger.check()
    if ledger.problems and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    ledger = config.stash[_RUN].ledger
    prefix = f"{config.invocation_params.dir}{os.sep}"
    for lines, color in ((ledger.notes, {"green": True}), (ledger.problems, {"red": True})):
        for line in lines:
            terminalreporter.write_line(line.replace(prefix, ""), **color)
