"""Routes of command lines, and how often the master reads a check's file for them."""

from pathlib import Path

import pytest

from checkwright.core.traits import Traits, traits_of
from checkwright.worker import job_routing
from checkwright.worker.fork_server import PROGRAM, SHELL
from checkwright.worker.job import Job
from checkwright.worker.job_routing import THREAD, Router
from tests.support.running_master import CHECK


def test_file_of_a_check_is_read_once_for_all_its_command_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(name: str, project: str) -> Traits:
        read.append(name)
        return traits_of(name, project)

    monkeypatch.setattr(job_routing, "traits_of", counted)
    known = Router([CHECK])
    found = [known.route(Job(f"{CHECK} load -w {number}", 10)) for number in range(3)]
    assert [route.kind for route in found] == [THREAD] * 3
    assert [route.words for route in found] == [("-w", "0"), ("-w", "1"), ("-w", "2")]
    assert read == ["load"]
    known.forget()
    known.route(Job(f"{CHECK} load -w 3", 10))
    assert read == ["load", "load"]


def test_checks_of_one_name_in_two_projects_are_distinct(tmp_path: Path) -> None:
    for name, body in (("quick", "    thread_safe = True\n"), ("usual", "    pass\n")):
        plugins = tmp_path / name / "plugins"
        plugins.mkdir(parents=True)
        (plugins / "mine.py").write_text(f"from checkwright import Check\n\n\nclass Mine(Check):\n{body}")
    known = Router([CHECK])
    after = known.route(Job([CHECK, "mine", "-v", "--project", str(tmp_path / "quick")], 10))
    assert (after.kind, after.name, after.project) == (THREAD, "mine", str(tmp_path / "quick"))
    quick, usual = (
        known.route(Job([CHECK, "--project", str(tmp_path / name), "mine"], 10)) for name in ("quick", "usual")
    )
    assert quick.kind == THREAD
    assert usual.kind != THREAD


def test_a_number_sign_needs_no_shell_that_would_drop_the_rest() -> None:
    known = Router([CHECK])
    found = known.route(Job("/usr/lib/nagios/plugins/check_dummy 0 a # b", 10))
    assert (found.kind, found.words) == (PROGRAM, ("/usr/lib/nagios/plugins/check_dummy", "0", "a", "#", "b"))
    assert known.route(Job("/usr/lib/nagios/plugins/check_dummy 0 a | cat", 10)).kind == SHELL
