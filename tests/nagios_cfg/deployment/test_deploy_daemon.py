"""Tests of `checkctl nagios deploy` with a running nagios4: reload, refusal and rollback."""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checkwright.cli.main import run
from checkwright.downtime import downtime_program, nagios_state
from tests.nagios_cfg.deployment.deployments import build_folder, files_in, objects
from tests.support.nagios import Nagios, nagios, place, protect_links

pytestmark = pytest.mark.daemon

OLD = objects("a", "b")
NEW = objects("a", "b", "c")


@pytest.fixture
def running() -> Iterator[Nagios]:
    """Run Nagios on an unmanaged folder, with the lock file that it writes with -d."""
    with nagios(OLD) as daemon:
        place(daemon.folder / "nagios.lock", f"{program_status(daemon)['nagios_pid']}\n")
        protect_links(daemon.folder)
        yield daemon


def program_status(daemon: Nagios) -> dict[str, str]:
    text = (daemon.folder / "status.dat").read_text(errors="replace")
    body = text.partition("programstatus {\n")[2].partition("}")[0]
    return dict(line.strip().split("=", 1) for line in body.splitlines() if "=" in line)


def deploy(daemon: Nagios, *words: str | Path) -> int:
    always = ("--to", daemon.folder / "objects", "--main", daemon.folder / "nagios.cfg", "--adopt")
    return run(["nagios", "deploy", *map(str, (*always, *words))])


def test_deploy_adopts_a_folder_and_rollback_returns_to_it(running: Nagios, tmp_path: Path) -> None:
    files = build_folder(tmp_path / "built", NEW)
    assert deploy(running, files, "--reload", "signal") == 0
    assert set(running.hosts()) == {"a", "b", "c"}
    assert files_in(running.folder / "objects") == NEW
    assert deploy(running, "--rollback", "--reload", f"kill -HUP {program_status(running)['nagios_pid']}") == 0
    assert set(running.hosts()) == {"a", "b"}


def test_recurring_downtimes_follow_deploy_and_rollback(running: Nagios, tmp_path: Path) -> None:
    data = {"when": "daily 02:00", "length": 3_600, "why": "backup", "hosts": ["a"], "services": []}
    schedule = {"version": 1, "environment": "production", "time_zone": "UTC", "downtimes": [data]}
    files = build_folder(tmp_path / "built", NEW | {"downtimes.json": json.dumps(schedule)})
    main, state = running.folder / "nagios.cfg", running.folder / "status.dat"

    def scheduled() -> set[str]:
        now = datetime(2035, 1, 7, 1, 30, tzinfo=UTC).timestamp()
        assert downtime_program.run(("--main", str(main), "--state", str(tmp_path)), lambda: now) == 0
        return {str(one.target) for one in nagios_state.read(str(state)).downtimes}

    assert scheduled() == set()
    assert deploy(running, files, "--reload", "signal") == 0
    assert scheduled() == {"a", "a/disk"}
    assert deploy(running, "--rollback", "--reload", "signal") == 0
    assert scheduled() == set()


def test_broken_configuration_is_refused_and_nagios_keeps_running(
    running: Nagios, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = program_status(running)["program_start"]
    broken = NEW | {"frame.cfg": NEW["frame.cfg"].replace("check_command        fine", "check_command        absent")}
    assert deploy(running, build_folder(tmp_path / "built", broken), "--reload", "signal") == 2
    errors = capsys.readouterr().err
    assert "absent" in errors
    assert "nothing was changed" in errors
    assert files_in(running.folder / "objects") == OLD
    assert program_status(running)["program_start"] == started
    assert running.check_now("a", "disk").state == "OK"


def test_failed_reload_command_is_rolled_back(
    running: Nagios, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy(running, build_folder(tmp_path / "built", NEW), "--reload", "false", "--patience", "3") == 1
    errors = capsys.readouterr().err
    assert "false ended with status 1" in errors
    assert "is live again" in errors
    assert files_in(running.folder / "objects") == OLD


def test_nagios_that_does_not_reload_is_rolled_back(
    running: Nagios, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The command reloads from the second call on: Nagios does not load the new version, but the old one.
    once = tmp_path / "once"
    script = f"[ -e {once} ] && kill -HUP {program_status(running)['nagios_pid']}; touch {once}"
    reload = place(tmp_path / "reload", f"#!/bin/sh\n{script}\n", mode=0o755)
    assert deploy(running, build_folder(tmp_path / "built", NEW), "--reload", str(reload), "--patience", "4") == 1
    errors = capsys.readouterr().err
    assert "did not reload within 4 s" in errors
    assert "and Nagios was reloaded" in errors
    assert files_in(running.folder / "objects") == OLD
    assert set(running.hosts()) == {"a", "b"}


def test_version_without_a_reload_is_reloaded_later(running: Nagios, tmp_path: Path) -> None:
    files = build_folder(tmp_path / "built", NEW)
    assert deploy(running, files, "--reload", "none") == 0
    version = os.readlink(running.folder / "objects")
    assert set(running.hosts()) == {"a", "b"}
    assert deploy(running, files, "--reload", "signal") == 0
    assert set(running.hosts()) == {"a", "b", "c"}
    assert os.readlink(running.folder / "objects") == version


def test_question_is_json_in_a_script(running: Nagios, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = build_folder(tmp_path / "built", objects("a"))
    assert deploy(running, files, "--reload", "signal") == 2
    question = json.loads(capsys.readouterr().out)
    assert question["lost"] == {"hosts": ["b"], "services": ["b: disk"]}
    assert files_in(running.folder / "objects") == OLD
    assert deploy(running, files, "--reload", "signal", "--confirm", question["digest"]) == 0
    assert set(running.hosts()) == {"a"}


def test_deploy_loads_no_code_of_a_project(running: Nagios, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place(tmp_path / "acme/fleet/__init__.py", "raise SystemExit('the fleet was loaded')\n")
    place(tmp_path / "acme/__init__.py", "raise SystemExit('the project was loaded')\n")
    monkeypatch.chdir(tmp_path / "acme")
    monkeypatch.setenv("CHECKS_PROJECT", str(tmp_path / "acme"))
    assert deploy(running, build_folder(tmp_path / "built", NEW), "--reload", "none") == 0
    assert "acme" not in sys.modules


WRONG = {
    "neither": ((), "Name either the BUILT folder or --rollback."),
    "both": (("built", "--rollback"), "Name either the BUILT folder or --rollback."),
    "a quote is open": (("built", "--reload", "systemctl 'reload"), "--reload cannot be split into arguments"),
    "no words": (("built", "--reload", ""), "--reload is empty"),
    "not built": (("absent",), "was not built by checkctl nagios build"),
}


@pytest.mark.parametrize(("words", "why"), WRONG.values(), ids=WRONG)
def test_wrong_usage_is_one_line(
    words: tuple[str, ...],
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("checkwright.cli.commands.nagios.deploy.find_program", lambda engine: "/usr/sbin/nagios4")
    assert run(["nagios", "deploy", "--to", str(tmp_path / "live"), *words]) == 2
    errors = capsys.readouterr().err
    assert why in errors
    assert errors.count("\n") == 1


def test_deploy_without_nagios_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("checkwright.cli.commands.nagios.deploy.find_program", lambda engine: None)
    to = ("--to", str(tmp_path / "live"))
    for words, program in (
        ((), "nagios4"),
        (("--engine", "naemon"), "naemon"),
        (("--main", "/etc/naemon/x"), "naemon"),
    ):
        assert run(["nagios", "deploy", *to, *words, str(tmp_path)]) == 2
        assert f"{program}, which verifies the files, is not installed" in capsys.readouterr().err
