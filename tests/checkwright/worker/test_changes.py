"""Changed code is noticed once it has come to rest, and used without losing a job."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from checkwright.worker import changes
from checkwright.worker.changes import Changes
from tests.support.installed import copied_venv, installed_bin
from tests.support.nagios import nagios, own, place, scratch
from tests.support.services import services
from tests.support.worker import worker

CHECK = str(installed_bin() / "check")
REPORTS = '''
"""Report a number."""

from checkwright import Check, Metrics, gauge


class Reports(Check):
    """For tests."""

    thread_safe = True

    number = gauge("Number")

    def probe(self) -> Metrics:
        yield self.number({number})
'''


def look_below(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "LIBRARY", str(home / "checks"))
    monkeypatch.setattr(changes, "_FRAMEWORK", str(home / "checkwright"))


def noticed(home: Path, projects: set[str], change: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return the reports after a change: whether the master's own code is among it."""
    look_below(home, monkeypatch)
    monkeypatch.setattr(changes, "_MASTERS", (str(home / "checkwright/worker"), str(home / "checkwright/core")))
    monkeypatch.setattr(changes, "_PAUSE", 0.05)
    reported: list[bool] = []

    async def play() -> None:
        used = dict.fromkeys(projects, time.time() + 3600)
        watch = Changes(lambda: used, reported.append, lambda *_: None, lambda *_: None)
        for _ in range(600):
            if watch._known.keys() == {str(home / "checks"), str(home / "checkwright"), *projects}:
                break
            await asyncio.sleep(0.02)
        change()
        for _ in range(600):
            if reported:
                break
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        watch.stop()

    asyncio.run(play())
    return reported


@pytest.mark.parametrize(
    ("file", "masters"),
    [
        ("home/checkwright/core/run.py", True),
        ("home/checkwright/worker/new.py", True),
        ("home/checks/system/load.py", False),
        ("own/a.py", False),
    ],
)
def test_change_is_reported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, masters: bool) -> None:
    for path in (
        "home/checkwright/core/run.py",
        "home/checkwright/worker/master.py",
        "home/checks/system/load.py",
        "own/plugins/b.py",
    ):
        place(tmp_path / path, "")

    def change() -> None:
        place(tmp_path / file, "x = 1\n")

    assert noticed(tmp_path / "home", {str(tmp_path / "own")}, change, monkeypatch) == [masters]


@pytest.mark.parametrize(("imported", "masters"), [("cli/group.py", True), ("cli/other.py", False)])
def test_change_of_an_imported_module_renews_the_master(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, imported: str, masters: bool
) -> None:
    file = place(tmp_path / "home/checkwright/cli/group.py", "")
    place(tmp_path / "home/checks/system/load.py", "")
    module = ModuleType("loaded_by_the_master")
    module.__file__ = str(tmp_path / "home/checkwright" / imported)
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def change() -> None:
        place(file, "x = 1\n")

    assert noticed(tmp_path / "home", set(), change, monkeypatch) == [masters]


def test_change_before_the_first_scan_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place(tmp_path / "home/checkwright/core/run.py", "")
    place(tmp_path / "own/plugins/b.py", "")
    look_below(tmp_path / "home", monkeypatch)
    monkeypatch.setattr(changes, "_PAUSE", 0.05)
    reported: list[bool] = []

    async def play() -> None:
        watch = Changes(lambda: {str(tmp_path / "own"): 1.0}, reported.append, lambda *_: None, lambda *_: None)
        for _ in range(600):
            if reported:
                break
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        watch.stop()

    asyncio.run(play())
    assert reported == [False]


def test_other_files_than_code_are_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place(tmp_path / "checkwright/core/run.py", "")
    place(tmp_path / "checks/system/load.py", "")

    def change() -> None:
        place(tmp_path / "checks/system/__pycache__/load.cpython-311.pyc", "x")
        place(tmp_path / "checks/system/notes.txt", "x")
        place(tmp_path / ".git/hook.py", "x")
        (tmp_path / "checks/system/load.py").unlink()

    assert noticed(tmp_path, set(), change, monkeypatch) == [False]


@pytest.mark.daemon
def test_worker_uses_new_code_of_a_project_and_of_its_own() -> None:
    with scratch() as folder:
        venv = copied_venv(folder)  # other tests run workers of the original
        (own_code,) = venv.glob("lib/python3*/site-packages/checkwright/core/text.py")
        project = folder / "talking"
        place(project / "__init__.py", "")
        plugin = place(project / "plugins/reports.py", REPORTS.format(number=1))
        own(folder)
        query = str(folder / "nagios.qh")
        lines = {"reports": f"{venv}/bin/check --project {project} reports"}
        with worker(folder, "--socket", query, bin=venv / "bin") as running:
            running.wait_for("ready:")
            with nagios(services(lines), query_socket=query) as daemon:
                running.wait_for("registered with Nagios")
                daemon.wait_until_checked(1)
                assert daemon.check_now("here", "reports").output == "REPORTS OK: Number 1"
                place(plugin, REPORTS.format(number=2))
                running.wait_for("starting new processes: code has changed")
                daemon.wait(
                    lambda: daemon.check_now("here", "reports").output == "REPORTS OK: Number 2", "the new code"
                )
                before = running.pid
                os.utime(own_code)
                running.wait_for("the worker's own code has changed")
                running.wait_for("registered with Nagios", 2)
                assert (running.pid, running.process.poll()) == (before, None)
                assert daemon.check_now("here", "reports").output == "REPORTS OK: Number 2"
                running.process.send_signal(1)
                running.wait_for("starting new processes: SIGHUP")
                assert daemon.check_now("here", "reports").output == "REPORTS OK: Number 2"


BROKEN = {
    "syntax": REPORTS + "\n    def half(:\n",
    "name": REPORTS + "\nundefined_name\n",
    "import": REPORTS + "\nimport nothing_of_this_name\n",
    "declaration": REPORTS.replace("gauge(", "gauge(warn='x', label="),
}


@pytest.mark.daemon
def test_code_that_does_not_load_leaves_the_last_good_code_at_work() -> None:
    with scratch() as folder:
        check, query, project = installed_bin() / "check", str(folder / "nagios.qh"), folder / "talking"
        place(project / "__init__.py", "")
        reports = place(project / "plugins/reports.py", REPORTS.format(number=1))
        alone = REPORTS.replace("Reports", "Alone").replace("thread_safe = True", "")
        other = place(project / "plugins/alone.py", alone.format(number=1))
        own(folder)
        lines = {name: f"{check} --project {project} {name}" for name in ("reports", "alone")}
        with worker(folder, "--socket", query) as running:
            running.wait_for("ready:")
            with nagios(services(lines), query_socket=query) as daemon:

                def outputs() -> list[str]:
                    return [daemon.check_now("here", name).output for name in lines]

                good = ["REPORTS OK: Number 1", "ALONE OK: Number 1"]
                running.wait_for("registered with Nagios")
                daemon.wait_until_checked(2)
                assert outputs() == good  # by the worker: Nagios ran the first ones itself before it was registered
                running.wait_for("a copy of the code of")
                for kind, text in BROKEN.items():
                    place(reports, text.format(number=2))
                    place(other, text.format(number=2).replace("Reports", "Alone"))
                    assert outputs() == good
                    running.wait_for(
                        "does not load, so the code from before the change goes on", 1 + list(BROKEN).index(kind)
                    )
                    assert outputs() == good
                running.process.send_signal(1)
                running.wait_for("starting new processes: SIGHUP")
                assert outputs() == good
                place(reports, REPORTS.format(number=3))
                place(other, alone.format(number=3))
                running.wait_for("starting new processes: code has changed")
                daemon.wait(lambda: outputs() == ["REPORTS OK: Number 3", "ALONE OK: Number 3"], "the new code")
