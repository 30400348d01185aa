"""`checkctl nagios deploy` against a running nagios4: it reads the new, refuses the broken, and goes back."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkwright.cli.main import run
from tests.nagios_cfg.deployment.deployments import built, held, objects
from tests.support.nagios import Nagios, nagios, place

pytestmark = pytest.mark.daemon

OLD = objects("a", "b")
NEW = objects("a", "b", "c")


@pytest.fixture
def running() -> Iterator[Nagios]:
    """A daemon on a folder that nobody deployed, with the lock file that it writes as a service."""
    with nagios(OLD) as daemon:
        place(daemon.folder / "nagios.lock", f"{program(daemon)['nagios_pid']}\n")
        yield daemon


def program(daemon: Nagios) -> dict[str, str]:
    text = (daemon.folder / "status.dat").read_text(errors="replace")
    body = text.partition("programstatus {\n")[2].partition("}")[0]
    return dict(line.strip().split("=", 1) for line in body.splitlines() if "=" in line)


def deploy(daemon: Nagios, *words: str | Path) -> int:
    always = ("--to", daemon.folder / "objects", "--main", daemon.folder / "nagios.cfg", "--adopt")
    return run(["nagios", "deploy", *map(str, (*always, *words))])


def test_from_a_folder_by_hand_to_the_new_and_back(running: Nagios, tmp_path: Path) -> None:
    files = built(tmp_path / "built", NEW)
    assert deploy(running, files, "--reload", "signal") == 0
    assert set(running.hosts()) == {"a", "b", "c"}
    assert held(running.folder / "objects") == NEW
    assert deploy(running, "--rollback", "--reload", f"kill -HUP {program(running)['nagios_pid']}") == 0
    assert set(running.hosts()) == {"a", "b"}


def test_a_broken_configuration_is_refused_and_nagios_runs_on(
    running: Nagios, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = program(running)["program_start"]
    broken = NEW | {"frame.cfg": NEW["frame.cfg"].replace("check_command        fine", "check_command        absent")}
    assert deploy(running, built(tmp_path / "built", broken), "--reload", "signal") == 2
    said = capsys.readouterr().err
    assert "absent" in said
    assert "what is live was left alone" in said
    assert held(running.folder / "objects") == OLD
    assert program(running)["program_start"] == started
    assert running.check_now("a", "disk").state == "OK"


def test_a_reload_that_fails_is_rolled_back_and_said(
    running: Nagios, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy(running, built(tmp_path / "built", NEW), "--reload", "false", "--patience", "3") == 1
    said = capsys.readouterr().err
    assert "false ended with status 1" in said
    assert "is live again" in said
    assert held(running.folder / "objects") == OLD


def test_a_nagios_that_does_not_come_back_is_rolled_back(
    running: Nagios, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # It reloads from the second call on: the new version is not taken, the old one is.
    once = tmp_path / "once"
    script = f"[ -e {once} ] && kill -HUP {program(running)['nagios_pid']}; touch {once}"
    reload = place(tmp_path / "reload", f"#!/bin/sh\n{script}\n", mode=0o755)
    assert deploy(running, built(tmp_path / "built", NEW), "--reload", str(reload), "--patience", "4") == 1
    said = capsys.readouterr().err
    assert "did not start anew within 4 s" in said
    assert "and Nagios came back with it" in said
    assert held(running.folder / "objects") == OLD
    assert set(running.hosts()) == {"a", "b"}


def test_what_was_deployed_without_a_reload_is_reloaded_later(running: Nagios, tmp_path: Path) -> None:
    files = built(tmp_path / "built", NEW)
    assert deploy(running, files, "--reload", "none") == 0
    version = os.readlink(running.folder / "objects")
    assert set(running.hosts()) == {"a", "b"}
    assert deploy(running, files, "--reload", "signal") == 0
    assert set(running.hosts()) == {"a", "b", "c"}
    assert os.readlink(running.folder / "objects") == version


def test_a_script_is_asked_in_json(running: Nagios, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = built(tmp_path / "built", objects("a"))
    assert deploy(running, files, "--reload", "signal") == 2
    question = json.loads(capsys.readouterr().out)
    assert question["lost"] == {"hosts": ["b"], "services": ["b: disk"]}
    assert held(running.folder / "objects") == OLD
    assert deploy(running, files, "--reload", "signal", "--confirm", question["digest"]) == 0
    assert set(running.hosts()) == {"a"}


def test_no_code_of_a_project_is_loaded(running: Nagios, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place(tmp_path / "acme/fleet/__init__.py", "raise SystemExit('the fleet was loaded')\n")
    place(tmp_path / "acme/__init__.py", "raise SystemExit('the project was loaded')\n")
    monkeypatch.chdir(tmp_path / "acme")
    monkeypatch.setenv("CHECKS_PROJECT", str(tmp_path / "acme"))
    assert deploy(running, built(tmp_path / "built", NEW), "--reload", "none") == 0
    assert "acme" not in sys.modules


WRONG = {
    "neither": ((), "Name either the BUILT folder or --rollback."),
    "both": (("built", "--rollback"), "Name either the BUILT folder or --rollback."),
    "a quote is open": (("built", "--reload", "systemctl 'reload"), "--reload cannot be split into words"),
    "no words": (("built", "--reload", ""), "--reload is empty"),
    "not built": (("absent",), "was not made by checkctl nagios build"),
}


@pytest.mark.parametrize(("words", "why"), WRONG.values(), ids=WRONG)
def test_wrong_usage(
    words: tuple[str, ...],
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("checkwright.cli.commands.nagios.deploy.find_nagios", lambda: "/usr/sbin/nagios4")
    assert run(["nagios", "deploy", "--to", str(tmp_path / "live"), *words]) == 2
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1


def test_without_nagios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("checkwright.cli.commands.nagios.deploy.find_nagios", lambda: None)
    assert run(["nagios", "deploy", "--to", str(tmp_path / "live"), str(tmp_path)]) == 2
    assert "no nagios4 on this machine" in capsys.readouterr().err
