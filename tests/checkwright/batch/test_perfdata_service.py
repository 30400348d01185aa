"""Files with performance data: each line goes to the store once, whatever ends the sender, and bad files are named."""

import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkwright.batch import nagios_perfdata
from checkwright.batch.batch_program import run
from checkwright.batch.dispatcher import Dispatcher
from checkwright.batch.latest import LatestResults
from checkwright.batch.nagios_perfdata import Services
from checkwright.batch.perfdata_service import PerfdataService
from checkwright.batch.planfile import PlanFile
from checkwright.batch.results import Result
from checkwright.batch.sink import OpenSink, QueueSink, Receipt, ViewSink
from checkwright.batch.store import Bounds
from checkwright.core.errors import BadUsage
from checkwright.worker.option_parser import OptionError
from tests.checkwright.batch.plans import entry, plan, written

PLAN = plan(entry("disk", check="disk"), entry("foreign", "/usr/lib/nagios/plugins/check_foreign"))


class Kept(QueueSink):
    """Sink that delivers nothing, so that the store shows what it got."""

    def payload(self, result: Result) -> bytes:
        return f"{result.task.host} {result.task.watch} {result.code} {result.started:.0f} {result.output}".encode()

    def send(self, payloads: object) -> Receipt:
        return Receipt(0, problem="away")


class Folder:
    """Folder of files, and a sender over it."""

    def __init__(self, path: Path) -> None:
        self.path = path / "spool"
        self.path.mkdir()
        self.store = path / "store"
        self.logged: list[str] = []
        self.plan = PlanFile(str(written(path / "plan.json", PLAN)))
        self.open()

    def open(self) -> None:
        """Open the store, as after a kill."""
        bounds = Bounds(10_000_000, 3_600)
        self.dispatcher = Dispatcher([OpenSink("kept", "kept", Kept())], self.store, bounds, self.logged.append)
        self.dispatcher.start()
        services = Services([self.plan.read()])
        self.service = PerfdataService(self.path, [self.plan], services, self.dispatcher, self.logged.append)

    def close(self) -> None:
        self.dispatcher.close(0)

    def add(self, number: int, text: str) -> Path:
        file = self.path / f"service-perfdata.{number}"
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
        return file

    def kept(self) -> list[str]:
        """Return the payloads of the store in their order."""
        with sqlite3.connect(self.store / "results.sqlite") as base:
            found = [bytes(body).decode() for (body,) in base.execute("SELECT body FROM payloads ORDER BY id")]
        base.close()
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path)
    yield made
    made.close()


def line(watch: str = "disk", data: str = "a=1", moment: int = 100, host: str = "web-1") -> str:
    return f"{moment}\t{host}\t{watch}\t2\t0.5\t{data}\n"


def test_files_are_taken_in_their_order_and_removed(folder: Folder) -> None:
    folder.add(20, line(moment=20))
    folder.add(9, line(moment=9) + line("foreign", moment=10))
    assert folder.service.turn()
    assert folder.kept() == ["web-1 disk 2 9 |a=1", "web-1 foreign 2 10 |a=1", "web-1 disk 2 20 |a=1"]
    assert list(folder.path.iterdir()) == []
    assert folder.dispatcher.positions() == {}


def test_service_that_no_plan_has_goes_out_too(folder: Folder) -> None:
    folder.add(1, line("nrpe") + line("x", host="old-1"))
    folder.service.turn()
    assert folder.kept() == ["web-1 nrpe 2 100 |a=1", "old-1 x 2 100 |a=1"]


def test_file_in_work_and_other_files_stay(folder: Folder) -> None:
    for name in ("service-perfdata", "service-perfdata.x", "service-perfdata.1.new", "other.1"):
        (folder.path / name).write_text(line())
    assert folder.service.turn()
    assert folder.kept() == []
    assert len(list(folder.path.iterdir())) == 4


def test_kill_before_the_removal_stores_nothing_twice(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder.add(1, line() + line("foreign"))

    def killed(self: Path, missing_ok: bool = False) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "unlink", killed)
        folder.service.turn()
    folder.close()
    folder.open()
    assert file.exists()
    assert folder.service.turn()
    assert folder.kept() == ["web-1 disk 2 100 |a=1", "web-1 foreign 2 100 |a=1"]
    assert not file.exists()
    folder.add(1, line(moment=7))  # another file of this name
    folder.service.turn()
    assert folder.kept()[2:] == ["web-1 disk 2 7 |a=1"]


def test_kill_in_the_middle_of_a_file_goes_on_there(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nagios_perfdata, "_LINES", 2)
    folder.add(1, "".join(line(moment=number) for number in range(5)))
    take, calls = folder.dispatcher.take_from, 0

    def killed_at_the_second(source: str, position: int, results: list[Result]) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        take(source, position, results)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(folder.dispatcher, "take_from", killed_at_the_second)
        folder.service.turn()
    assert len(folder.kept()) == 2
    folder.close()
    folder.open()
    folder.service.turn()
    assert [one.split()[3] for one in folder.kept()] == ["0", "1", "2", "3", "4"]


def test_full_disk_leaves_the_file(folder: Folder) -> None:
    folder.add(1, line())
    store = folder.dispatcher._store
    assert store is not None
    store._base.execute("PRAGMA query_only = ON")
    assert not folder.service.turn()
    assert not folder.service.turn()
    assert [one for one in folder.logged if "it is tried again" in one] == [folder.logged[0]]
    store._base.execute("PRAGMA query_only = OFF")
    assert folder.service.turn()
    assert folder.kept() == ["web-1 disk 2 100 |a=1"]


BAD = (
    "no fields\n",
    "x\tweb-1\tdisk\t0\t0.1\ta=1\n",
    "1\tweb-1\tdisk\t9\t0.1\ta=1\n",
    "1\tweb-1\tdisk\t0\tnan\ta=1\n",
    "1\t\tdisk\t0\t0.1\ta=1\n",
    "-1\tweb-1\tdisk\t0\t0.1\ta=1\n",
    f"1\tweb-1\tdisk\t0\t0.1\t{'a' * 2_000_000}\n",
    "1\tweb-1\tdisk\t0\t0.1\tcut",
)


@pytest.mark.parametrize("text", BAD)
def test_line_that_is_not_whole_is_left_out_and_counted(text: str, folder: Folder) -> None:
    folder.add(1, line() + text)
    assert folder.service.turn()
    assert folder.kept() == ["web-1 disk 2 100 |a=1"]
    assert "not whole, or not in the format of main.cfg, and are left out" in folder.logged[0]
    assert list(folder.path.iterdir()) == []


def test_data_hold_any_characters(folder: Folder) -> None:
    folder.add(1, line(data="a=1\thost\t$(id) 'x y'=2 |b=3 \udcff"))
    folder.service.turn()
    assert folder.kept() == ["web-1 disk 2 100 |a=1\thost\t$(id) 'x y'=2 |b=3 \ufffd"]


def test_odd_file_is_named_once_and_stops_no_other(folder: Folder) -> None:
    (folder.path / "service-perfdata.1").symlink_to("/etc/passwd")
    os.mkfifo(folder.path / "service-perfdata.2")
    folder.add(3, line())
    assert not folder.service.turn()
    assert not folder.service.turn()
    assert len(folder.kept()) == 1
    assert len(folder.logged) == 2
    assert all("it is not a regular file" in one for one in folder.logged)


def test_changed_plan_is_taken(folder: Folder, tmp_path: Path) -> None:
    folder.service.stop()
    folder.service.reload()
    folder.service._take_plans()
    assert folder.logged == ["the plan has changed"]
    (tmp_path / "plan.json").write_text("{")
    folder.service._take_plans()
    assert folder.logged[-1].endswith("; the previous plan stays in force")


def test_page_forgets_services_without_results(folder: Folder) -> None:
    shown: list[str] = []

    class Shown(ViewSink):
        def show(self, latest: LatestResults, fresh: object) -> str:
            shown[:] = [one.task.watch for one in latest.results()]
            return ""

    folder.dispatcher._views.append(("shown", Shown()))
    now = int(time.time())
    folder.add(1, line("old", moment=now - 4_000) + line("new", moment=now - 1_000))
    folder.service.turn()
    assert shown == ["new"]
    assert len(folder.kept()) == 2


def test_once_takes_what_is_there(tmp_path: Path) -> None:
    spool, out = tmp_path / "spool", tmp_path / "out.jsonl"
    spool.mkdir()
    (spool / "service-perfdata.1").write_text(line())
    words = [
        "--perfdata",
        str(spool),
        "--plan",
        str(written(tmp_path / "plan.json", PLAN)),
        "--store",
        str(tmp_path / "store"),
    ]
    assert run([*words, "--to", f"json-lines:{out}", "--once"]) == 0
    assert '"values": [{"label": "a", "value": 1.0' in out.read_text()


def test_once_that_delivers_not_all_ends_with_1(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    (spool / "service-perfdata.1").write_text(line())
    words = [
        "--perfdata",
        str(spool),
        "--plan",
        str(written(tmp_path / "plan.json", PLAN)),
        "--store",
        str(tmp_path / "store"),
    ]
    assert run([*words, "--to", "graphite:127.0.0.1:1", "--once"]) == 1


def test_wrong_options_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="--perfdata delivers the data of all services"):
        run(["--perfdata", str(tmp_path), "--host", "web-1", "--plan", "x", "--to", "stdout"])
    with pytest.raises(OptionError, match="Name one plan: several are for --perfdata"):
        run(["--host", "web-1", "--plan", "x", "--plan", "y", "--to", "stdout"])
    with pytest.raises(BadUsage, match="must be a folder that this user may read and change"):
        run(["--perfdata", str(tmp_path / "gone"), "--plan", "x", "--to", "graphite:h:1"])
