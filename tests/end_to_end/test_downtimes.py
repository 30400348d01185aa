"""Downtimes and acknowledgements by checkctl, in a real Nagios."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkwright.cli.main import run
from checkwright.downtime import nagios_state
from checkwright.downtime.external_commands import Target
from checkwright.downtime.nagios_state import NagiosState
from checkwright.registry.plan import Plan
from tests.support.nagios import Nagios
from tests.support.night_fleet import ENGINES, running_night, sent

pytestmark = pytest.mark.daemon

WEB = "web03.example.com"
Night = tuple[Nagios, Path, Plan]


@pytest.fixture(scope="module", params=ENGINES)
def night(request: pytest.FixtureRequest) -> Iterator[Night]:
    with running_night(engine=request.param) as found:
        found[0].wait_until_checked(3)
        yield found


@pytest.fixture(autouse=True)
def author(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "alice")


def checkctl(night: Night, command: str, *words: str) -> int:
    nagios, project, _ = night
    main = ("--main", str(nagios.folder / "nagios.cfg"))
    return run(["--project", str(project), "nagios", command, "production", *words, *main])


def state(night: Night) -> NagiosState:
    return nagios_state.read(str(night[0].folder / "status.dat"))


def test_downtime_stops_notifications_until_it_is_cancelled(night: Night, capsys: pytest.CaptureFixture[str]) -> None:
    nagios, project, _ = night
    nagios.wait(lambda: any("bad" in one for one in sent(project)), "a notification")
    assert checkctl(night, "downtime", "web03", "2h", "--why", "kernel; 'new' | $(id)\nnow") == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("In downtime until ")
    assert ", by alice: kernel; 'new' ¦ $(id) now\n1 host and 2 services: web03.example.com, " in printed.out
    downtimes = state(night).downtimes
    assert {one.target for one in downtimes} == {Target(WEB), Target(WEB, "bad"), Target(WEB, "fine")}
    assert {(one.author, one.why, one.active, one.duration) for one in downtimes} == {
        ("alice", "kernel, 'new' | $(id) now", True, 0)
    }
    assert {one.end - one.start for one in downtimes} == {7_200}
    seen = len(sent(project))
    checked = int(nagios.services()[WEB, "bad"].raw["last_check"])
    nagios.wait(lambda: int(nagios.services()[WEB, "bad"].raw["last_check"]) > checked + 5, "further checks")
    assert [one for one in sent(project)[seen:] if "bad" in one] == []

    assert checkctl(night, "downtime", "--list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert {(one["host"], one["watch"], one["author"]) for one in listed} == {
        (WEB, "", "alice"),
        (WEB, "bad", "alice"),
        (WEB, "fine", "alice"),
    }
    assert checkctl(night, "downtime", "web03/fine", "1h", "--why", "a second one") == 0
    capsys.readouterr()
    assert checkctl(night, "downtime", "web", "--cancel") == 0
    ended = capsys.readouterr().out
    assert ended.startswith("Ended the downtimes of 1 host and 2 services: ")
    assert ended.count("/fine") == 1
    assert state(night).downtimes == ()
    nagios.wait(lambda: any("bad" in one for one in sent(project)[seen:]), "notifications again")


def test_later_and_flexible_downtimes_of_watches_and_children(night: Night, capsys: pytest.CaptureFixture[str]) -> None:
    begin = int(time.time()) + 3_600
    assert checkctl(night, "downtime", "bad", "web03/fine", "30m", "--at", "1h", "--why", "later") == 0
    assert {(one.target, one.active) for one in state(night).downtimes} == {
        (Target(WEB, "bad"), False),
        (Target(WEB, "fine"), False),
    }
    assert all(begin <= one.start <= begin + 60 for one in state(night).downtimes)
    assert checkctl(night, "downtime", "db-1/cache", "30m", "--flexible", "2h", "--why", "perhaps") == 0
    (flexible,) = [one for one in state(night).downtimes if one.why == "perhaps"]
    assert (flexible.duration, flexible.end - flexible.start) == (1_800, 7_200)
    assert "for 30 min from the first problem between" in capsys.readouterr().out
    assert checkctl(night, "downtime", "router", "06:00", "--children", "--no-services", "--why", "cables") == 0
    assert {one.target for one in state(night).downtimes if one.why == "cables"} == {Target("router"), Target(WEB)}
    numbers = [word for one in state(night).downtimes for word in ("--id", str(one.id))]
    assert checkctl(night, "downtime", "--cancel", *numbers) == 0
    assert state(night).downtimes == ()


def test_acknowledgement_and_its_removal(night: Night, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nagios, _, _ = night
    nagios.wait(lambda: state(night).conditions[Target("db-1", "cache")].is_problem, "a problem")
    assert checkctl(night, "ack", "db-1", "--why", "known; see 4711", "--sticky") == 0
    assert capsys.readouterr().out == "Acknowledged until recovery: db-1/cache (WARNING)\n"
    remark = state(night).acknowledgements[Target("db-1", "cache")]
    assert (remark.author, remark.why) == ("alice", "known, see 4711")
    assert nagios.services()["db-1", "cache"].raw["acknowledgement_type"] == "2"
    assert checkctl(night, "ack", "db-1", "--why", "again") == 2
    assert "None of db-1 has a problem that is not acknowledged" in capsys.readouterr().err
    assert checkctl(night, "ack", "cache", "--remove") == 2
    assert "write role:cache or watch:cache" in capsys.readouterr().err
    assert checkctl(night, "ack", "role:cache", "--remove") == 0
    assert capsys.readouterr().out == "No longer acknowledged: db-1/cache (WARNING)\n"
    assert state(night).acknowledgements == {}
    assert checkctl(night, "ack", "db-1", "--why", "short", "--for", "2h", "--timer-folder", str(tmp_path)) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("Acknowledged until ")
    assert "nothing ends this acknowledgement: systemctl enable --now checkwright-downtime.timer" in printed.err
    assert "short [until 20" in state(night).acknowledgements[Target("db-1", "cache")].why
    assert checkctl(night, "ack", "db-1", "--remove") == 0


def test_host_that_is_down_is_acknowledged(night: Night, capsys: pytest.CaptureFixture[str]) -> None:
    nagios, _, _ = night
    nagios.send("PROCESS_HOST_CHECK_RESULT;router;1;no answer")
    nagios.wait(lambda: state(night).conditions[Target("router")].is_problem, "the host to be down")
    assert checkctl(night, "ack", "router", "--why", "cable", "--notify") == 0
    assert capsys.readouterr().out == "Acknowledged until recovery: router (DOWN)\n"
    assert state(night).acknowledgements[Target("router")].why == "cable"
    assert checkctl(night, "ack", "host:router", "--remove") == 0
    assert not state(night).conditions[Target("router")].acknowledged
    nagios.send("PROCESS_HOST_CHECK_RESULT;router;0;fine")
    nagios.wait(lambda: not state(night).conditions[Target("router")].is_problem, "the host to be up")


def test_commands_are_printed_and_not_sent(night: Night, capsys: pytest.CaptureFixture[str]) -> None:
    assert checkctl(night, "downtime", "db-1", "2h", "--why", "a;b", "--dry-run") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("] ")[2].partition(";")[0] for line in lines] == [
        "SCHEDULE_HOST_DOWNTIME",
        "SCHEDULE_SVC_DOWNTIME",
    ]
    assert all(line.endswith(";1;0;7200;alice;a,b") for line in lines)
    assert state(night).downtimes == ()


WRONG = {
    "typo": (("downtime", "web30", "2h", "--why", "x"), "production has no role, host or watch 'web30', did you mean"),
    "typo of a watch": (("downtime", "web03/bda", "2h", "--why", "x"), "has no watch 'bda', did you mean bad"),
    "typo of a kind": (("downtime", "role:wbe", "2h", "--why", "x"), "has no role 'wbe', did you mean web"),
    "no pattern": (("downtime", "x-*", "2h", "--why", "x"), "No host of production matches 'x-*'"),
    "no reason": (("downtime", "web", "2h"), "give the reason in a few words: --why TEXT"),
    "long reason": (("downtime", "web", "2h", "--why", "x" * 501), "--why is longer than 500 letters"),
    "no duration": (("downtime", "web", "web03", "--why", "x"), "'web03' is neither a duration nor a time"),
    "no target": (("downtime", "2h", "--why", "x"), "name TARGET and DURATION"),
    "past": (("downtime", "web", "2h", "--at", "2020-01-01 00:00", "--why", "x"), "2020-01-01 00:00 is in the past"),
    "end first": (("downtime", "web", "2020-01-01 00:00", "--why", "x"), "2020-01-01 00:00 is not after"),
    "years": (("downtime", "web", "400d", "--why", "x"), "400d is longer than a year"),
    "nothing to cancel": (("downtime", "web", "--cancel"), "Nagios has no downtime of these targets"),
    "no number": (("downtime", "--cancel", "--id", "99"), "Nagios has no downtime 99"),
    "no zone": (("downtime", "web", "2h", "--why", "x", "--zone", "Mars"), "there is no time zone 'Mars'"),
    "well": (("ack", "web03/fine", "--why", "x"), "None of web03/fine has a problem that is not acknowledged"),
    "no ack": (("ack", "bad", "--remove"), "None of bad is acknowledged"),
    "two ends": (("ack", "bad", "--why", "x", "--for", "2h", "--until", "06:00"), "--for and --until exclude"),
}


@pytest.mark.parametrize(("words", "message"), WRONG.values(), ids=WRONG)
def test_mistake_is_one_sentence(
    words: tuple[str, ...], message: str, night: Night, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checkctl(night, *words) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert "Traceback" not in printed.err
    assert printed.out == ""
    assert state(night).downtimes == ()


def test_command_file_without_a_reader_does_not_wait(
    night: Night, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import os

    nagios, project, _ = night
    pipe = tmp_path / "nagios.cmd"
    os.mkfifo(pipe)
    status = nagios.folder / "status.dat"
    words = ["--project", str(project), "nagios", "downtime", "production", "web", "2h", "--why", "x"]
    assert run([*words, "--command-file", str(pipe), "--status-file", str(status)]) == 2
    assert f"Nagios does not run: no process reads the command file {pipe}." in capsys.readouterr().err


def test_command_that_nagios_does_not_take_is_reported(
    night: Night, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import os

    nagios, project, _ = night
    pipe = tmp_path / "nagios.cmd"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    status = nagios.folder / "status.dat"
    words = ["--project", str(project), "nagios", "downtime", "production", "web", "2h", "--why", "x"]
    try:
        assert run([*words, "--command-file", str(pipe), "--status-file", str(status), "--wait", "0.3"]) == 1
        assert os.read(reader, 10_000).count(b"_DOWNTIME;") == 3
    finally:
        os.close(reader)
    printed = capsys.readouterr()
    assert "does not show it for web03.example.com, web03.example.com/bad, web03.example.com/fine" in printed.err
    assert printed.out == ""
