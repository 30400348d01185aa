"""The timer's program with a real Nagios: downtimes that recur, and acknowledgements that end."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checkwright.cli.main import run as checkctl
from checkwright.downtime.downtime_program import run
from checkwright.downtime.external_commands import Target
from checkwright.downtime.nagios_control import NagiosControl
from checkwright.downtime.nagios_state import NagiosState
from tests.support.installed import installed_bin
from tests.support.nagios import Nagios
from tests.support.night_fleet import ENGINES, running_night, sent

pytestmark = pytest.mark.daemon

WEB = "web03.example.com"
BAD = Target(WEB, "bad")
ALL = {Target(WEB), BAD, Target(WEB, "fine")}
#: A moment far from any other window.
LATER = datetime(2035, 1, 7, 1, 30, tzinfo=UTC).timestamp()


class Timer:
    """A Nagios, and the program with notes of its own."""

    def __init__(self, nagios: Nagios, project: Path, folder: Path) -> None:
        self.nagios = nagios
        self.project = project
        self.words = ("--main", str(nagios.folder / "nagios.cfg"), "--state", str(folder))
        self.folder = folder

    def run(self, now: float = 0.0) -> int:
        return run(self.words, (lambda: now) if now else time.time)

    def state(self) -> NagiosState:
        folder = self.nagios.folder
        return NagiosControl(str(folder / "nagios.cmd"), str(folder / "status.dat")).state()

    def wait_for_status(self) -> None:
        """Wait until status.dat is newer than all commands so far."""
        now = int(time.time())
        self.nagios.wait(lambda: self.state().taken > now, "a newer status.dat")


engines = pytest.mark.parametrize("engine", ENGINES)


@contextmanager
def timer(folder: Path, *downtimes: str, engine: str = "nagios") -> Iterator[Timer]:
    extra = f"downtimes=({', '.join(downtimes)},), time_zone='UTC'," if downtimes else ""
    with running_night(extra, ", Downtime", engine) as (nagios, project, _):
        nagios.wait_until_checked(3)
        yield Timer(nagios, project, folder)


def test_window_opens_once_and_notifies_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    length = now.second + 25  # it began with this minute
    window = f"Downtime('daily {now:%H:%M}', '{length}s', role=web, why='backup; of all')"
    with timer(tmp_path, window) as one:
        one.nagios.wait(lambda: any("bad" in line for line in sent(one.project)), "a notification")
        assert one.run() == 0
        assert capsys.readouterr().out == "production: scheduled 3 downtimes\n"
        found = one.state().downtimes
        assert {each.target for each in found} == ALL
        begin = int(now.timestamp()) - now.second
        assert {(each.start, each.end, each.author, each.why, each.active) for each in found} == {
            (begin, begin + length, "checkwright/production", "backup, of all", True)
        }
        seen = len(sent(one.project))
        assert one.run() == 0
        for file in tmp_path.iterdir():  # a server that lost its notes
            file.unlink()
        assert one.run() == 0
        one.wait_for_status()
        assert len(one.state().downtimes) == 3
        assert capsys.readouterr().out == ""
        assert [line for line in sent(one.project)[seen:] if "bad" in line] == []
        one.nagios.wait(lambda: one.state().downtimes == (), "the end of the window")
        one.nagios.wait(lambda: any("bad" in line for line in sent(one.project)[seen:]), "notifications again")
        assert one.run() == 0
        assert one.state().downtimes == ()


def test_two_first_runs_at_once_make_one_downtime(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    program = installed_bin() / "checkwright-downtime"
    with timer(tmp_path, f"Downtime('daily {now:%H:%M}', '1h', watch='bad', why='backup')") as one:
        processes = [subprocess.Popen([program, *one.words], stdout=subprocess.PIPE, text=True) for _ in range(3)]
        outputs = [process.communicate(timeout=120)[0] for process in processes]
        one.wait_for_status()
        assert sorted(outputs) == ["", "", "production: scheduled 1 downtimes\n"]
        assert [each.target for each in one.state().downtimes] == [BAD]


@engines
def test_cancelled_stays_cancelled_and_a_reload_changes_nothing(tmp_path: Path, engine: str) -> None:
    windows = ("Downtime('first sunday 02:00', '3h', host='web03*', why='disks')",)
    with timer(tmp_path, *windows, engine=engine) as one:
        assert one.run(LATER) == 0
        found = {each.target: each for each in one.state().downtimes}
        assert found.keys() == ALL
        assert {datetime.fromtimestamp(each.start, UTC).hour for each in found.values()} == {2}
        main = one.words[:2]
        words = ("nagios", "downtime", "production", "web03/bad", "--cancel", *main)
        assert checkctl(["--project", str(one.project), *words]) == 0
        assert one.run(LATER + 60) == 0
        assert {each.target for each in one.state().downtimes} == ALL - {BAD}
        started = one.state().started
        one.nagios.wait(lambda: time.time() > started + 1, "the next second")
        one.nagios.reload()
        one.nagios.wait(lambda: one.state().started > started, "the reload")
        assert one.run(LATER + 120) == 0
        one.wait_for_status()
        assert {each.target for each in one.state().downtimes} == ALL - {BAD}
        assert len(one.state().downtimes) == 2


def test_removed_window_is_deleted_and_lost_downtimes_come_back(tmp_path: Path) -> None:
    windows = ("Downtime('first sunday 02:00', '3h', watch='bad', why='disks')",)
    with timer(tmp_path, *windows) as one:
        file = one.nagios.folder / "objects/downtimes.json"
        text = file.read_text()
        assert one.run(LATER) == 0
        assert len(one.state().downtimes) == 1
        file.write_text(text.replace("first sunday 02:00", "first sunday 02:15"))
        assert one.run(LATER + 60) == 0
        (moved,) = one.state().downtimes
        assert datetime.fromtimestamp(moved.start, UTC).minute == 15
        file.unlink()
        assert one.run(LATER + 120) == 0
        assert one.state().downtimes == ()


@engines
def test_acknowledgement_ends_and_notifications_resume(
    tmp_path: Path, engine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with timer(tmp_path, engine=engine) as one:
        main = one.words[:2]
        words = ("nagios", "ack", "production", "bad", "--why", "known", "--for", "2h", "--timer-folder", str(tmp_path))
        one.nagios.wait(lambda: one.state().conditions[BAD].is_problem, "a problem")
        assert one.run() == 0
        assert checkctl(["--project", str(one.project), *words, *main]) == 0
        assert capsys.readouterr().err == ""
        assert one.run() == 0
        seen = len(sent(one.project))
        checked = one.nagios.services()[WEB, "bad"].last_check
        one.nagios.wait(lambda: one.nagios.services()[WEB, "bad"].last_check > checked + 5, "further checks")
        assert [line for line in sent(one.project)[seen:] if "bad" in line] == []
        started = one.state().started
        one.nagios.reload()
        one.nagios.wait(lambda: one.state().started > started, "the reload")
        assert one.run(time.time() + 7_100) == 0
        assert one.state().conditions[BAD].acknowledged
        assert one.run(time.time() + 7_300) == 0
        assert capsys.readouterr().out == f"{BAD}: the acknowledgement is over\n"
        assert not one.state().conditions[BAD].acknowledged
        one.nagios.wait(lambda: any("bad" in line for line in sent(one.project)[seen:]), "notifications again")


def test_mistakes_of_a_server_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    windows = ("Downtime('first sunday 02:00', '3h', watch='bad', why='disks')",)
    with timer(tmp_path, *windows) as one:
        main = one.nagios.folder / "nagios.cfg"
        assert run(("--main", "/nowhere/nagios.cfg")) == 1
        assert run(("--main", str(main), "--state", str(tmp_path / "none"))) == 1
        (one.nagios.folder / "objects/downtimes.json").write_text("{}")
        assert one.run() == 1
    errors = capsys.readouterr().err.splitlines()
    assert errors[0].startswith("checkwright-downtime: the main configuration /nowhere/nagios.cfg cannot be read")
    assert errors[1].startswith(f"checkwright-downtime: cannot write notes into {tmp_path / 'none'}: No such")
    assert errors[2].endswith("no file of checkctl nagios build: version is missing; build and deploy it again")
