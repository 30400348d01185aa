"""Tests of the agent check against real NRPE daemons: current, outdated and missing files, and no daemon."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from checkwright.cli.atomic_write import write_folder
from checkwright.cli.main import run
from checkwright.registry.plan import Placeholder, Plan
from nagios_cfg import render
from nagios_cfg.cfgfile import Unreadable
from nagios_cfg.deployment.agent_check import AgentQuery, Answer, agent_queries, query_agents
from tests.nagios_cfg.deployment.deployments import files_in, objects
from tests.nagios_cfg.plans import PRODUCTION, at
from tests.nagios_cfg.test_daemons import below, watch, web
from tests.support.nagios import nagios, nrpe, place, protect_links
from tests.support.ports import free_port
from tests.support.real import require


def two_files(port: int, word: str = "fine") -> Plan:
    """Return a plan with one machine that has a file of its own and a role's file that holds `word`."""
    return web(
        watch("word", "nrpe", "/bin/echo", word),
        watch("own", "nrpe", "/bin/echo", (Placeholder("host"),)),
        watch("central", "central", "/bin/true"),
        port=port,
    )


@pytest.fixture
def port() -> int:
    require("check_nrpe", package="nagios-nrpe-plugin")
    return free_port()


def test_agent_queries_follow_from_the_services_of_a_machine() -> None:
    files = render(PRODUCTION)
    machines = agent_queries(below("nagios", files), below("nrpe", files))
    assert [(one.host, one.address, one.port, list(one.files)) for one in machines] == [
        ("pay-1", "10.9.0.11", 5666, ["hosts/pay-1.cfg", "roles/payments-api.cfg"]),
        ("pay-2", "10.9.0.12", 5666, ["hosts/pay-2.cfg", "roles/payments-api.cfg"]),
        ("pay-3", "2001:db8::13", 5666, ["hosts/pay-3.cfg", "roles/payments-api.cfg"]),
    ]
    for path in ("hosts/pay-1.cfg", "roles/payments-api.cfg"):
        assert f"/bin/echo {machines[0].files[path]}\n" in files[f"nrpe/{path}"]


def test_digest_changes_with_a_word_and_not_with_a_comment() -> None:
    def digest(plan: Plan) -> str:
        files = render(plan)
        (machine,) = agent_queries(below("nagios", files), below("nrpe", files))
        return machine.files["roles/web.cfg"]

    plan = two_files(5666)
    moved = replace(plan, entries=tuple(replace(entry, why=("so",), origin=at(99)) for entry in plan.entries))
    assert digest(moved) == digest(plan)
    assert digest(two_files(5666, "else")) != digest(plan)


@pytest.mark.daemon
def test_agents_reports_current_outdated_and_missing_files(
    port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    built = tmp_path / "built"
    files = render(two_files(port))
    write_folder(built, files)
    installed = below("nrpe", files)

    def agents(*words: str) -> tuple[int, str, str]:
        code = run(["nagios", "agents", str(built), *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    with nrpe(port, installed):
        assert agents() == (0, "", f"1 of 1 machines have the files of {built}\n")
        code, out, _ = agents("--json", "--host", "w*")
        assert (code, {(one["file"], one["state"]) for one in json.loads(out)}) == (
            0,
            {("hosts/web.cfg", "current"), ("roles/web.cfg", "current")},
        )
        write_folder(built, render(two_files(port, "other")))
        code, out, err = agents()
        assert (code, out) == (1, "web: has another version of nrpe/roles/web.cfg\n")
        assert err.startswith("0 of 1 machines have")
    code, out, _ = agents()
    assert code == 1
    assert out.startswith("web: does not answer: connect to address 127.0.0.1")
    with nrpe(port, {path: text for path, text in installed.items() if path != "hosts/web.cfg"}):
        write_folder(built, files)
        assert agents()[:2] == (1, "web: lacks nrpe/hosts/web.cfg\n")
    code, _, err = agents("--host", "db")
    assert (code, err) == (2, f"checkctl: {built} has no host 'db' with a service that runs through NRPE.\n")


@pytest.mark.daemon
def test_deploy_refuses_while_a_machine_that_answers_is_outdated(
    port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    built = tmp_path / "built"
    write_folder(built, render(two_files(port, "new")))
    live = objects("a")
    with nagios(live) as daemon:
        protect_links(daemon.folder)
        to = ["--to", str(daemon.folder / "objects"), "--main", str(daemon.folder / "nagios.cfg"), "--adopt"]
        words = ["nagios", "deploy", str(built), *to, "--reload", "none", "--loss", "100", "--agents"]
        with nrpe(port, below("nrpe", render(two_files(port, "old")))):
            assert run(words) == 2
        errors = capsys.readouterr().err
        assert "web: has another version of nrpe/roles/web.cfg\n" in errors
        assert "Copy the files there, restart NRPE, then deploy. Nothing was changed." in errors
        assert files_in(daemon.folder / "objects") == live
        # A machine that does not answer stops no deployment: Nagios alerts on it by itself.
        assert run([*words]) == 0
        assert "web: does not answer" in capsys.readouterr().err


@pytest.mark.parametrize("damaged", ["-p 1 -c 'a", "-p x -c a", "-p 1 -c", "-c a -p", "-c a"])
def test_damaged_command_is_reported_with_its_line(damaged: str) -> None:
    files = render(web(watch("a", "nrpe", "/bin/true")))
    built = below("nagios", files)
    old = next(line for line in built["commands.cfg"].splitlines() if "check_nrpe" in line and "web.a" in line)
    line = built["commands.cfg"].splitlines().index(old) + 1
    built["commands.cfg"] = built["commands.cfg"].replace(old, f"    command_line  /x/check_nrpe {damaged}")
    with pytest.raises(Unreadable, match="was not built by checkctl") as error:
        agent_queries(built, below("nrpe", files))
    assert error.value.line == line


def test_machine_without_answer_is_queried_once(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    silent = place(tmp_path / "check_nrpe", f'#!/bin/sh\necho x >> "{calls}"\nexit 3\n', mode=0o755)
    files = {"hosts/a.cfg": "0", "roles/a.cfg": "0"}
    (answer,) = query_agents((AgentQuery("a", "127.0.0.1", 5666, files),), str(silent))
    assert (answer.file, answer.state) == ("hosts/a.cfg", "no answer")
    assert calls.read_text() == "x\n"


def test_address_that_looks_like_an_option_is_not_passed_to_check_nrpe() -> None:
    (answer,) = query_agents((AgentQuery("a", "--help", 5666, {"roles/a.cfg": "0"}),), "/bin/true")
    assert answer == Answer("a", "roles/a.cfg", "no answer", "'--help' is not an address")


def test_build_without_nrpe_queries_no_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    require("check_nrpe", package="nagios-nrpe-plugin")
    write_folder(tmp_path / "built", render(web(watch("central", "central", "/bin/true"))))
    assert run(["nagios", "agents", str(tmp_path / "built")]) == 0
    assert capsys.readouterr().err.startswith("0 of 0 machines")
    assert run(["nagios", "agents", str(tmp_path)]) == 2
    assert "was not built by checkctl nagios build" in capsys.readouterr().err
