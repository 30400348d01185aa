"""The state of a run that its deadline ends, from the fleet to Nagios, Sensu, explain and the run itself."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkwright.cli.main import run
from tests.support.installed import ROOT

SLOW = '''\
"""A measurement that takes too long."""

import time

from checkwright import Check, Metrics, gauge


class Slow(Check):
    """Measures for a minute."""

    thread_safe = True

    level = gauge("Level")
    depth = gauge("Depth")

    def probe(self) -> Metrics:
        yield self.level(3)
        time.sleep(60)
'''
FLEET = """\
from checkwright.registry.model import Environment, Host, Override, Plugin, Role, Site, Team, Watch
from checks.system.disk import Disk
from laggards.plugins.slow import Slow

team = Team("team", email="team@example.com", page="pager")
role = Role(
    "role",
    owner=team,
    runbook="https://runbooks.example.com/",
    watches=(
        Watch(Slow(), late="critical", deadline="1s"),
        Watch(Slow(), late="warning", deadline="2s", where="central", name="central"),
        Watch(Slow(), late="ok", deadline="3s", run_as="root", name="root"),
        Watch(Disk(), late="critical", deadline="20s", name="softer"),
        Watch(Disk()),
        Plugin("/usr/bin/true", name="true"),
    ),
)
production = Environment(
    "production",
    site=Site(check={check!r}, project={project!r}),
    hosts=(Host("a", "10.0.0.1", roles=(role,)),),
    overrides=(Override(late="warning", watch="softer", why="the disks are slow at night"),),
)
"""
STATES = {"slow": "1:critical", "central": "2:warning", "root": "3:ok", "softer": "20:warning", "disk": "10"}
CHECK = str(ROOT / "bin/check")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "laggards"
    files = {
        "plugins/slow.py": SLOW,
        "fleet/all.py": FLEET.format(check=CHECK, project=str(folder)),
        "tests/test_slow.py": "# Slow\n",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "laggards"]:
        del sys.modules[name]


def ctl(project: Path, *words: str) -> None:
    assert run(["--project", str(project), *words]) == 0


def deadline_of(command: str) -> str:
    words = shlex.split(command)
    return words[words.index("-t") + 1]


def test_nagios_and_nrpe_get_the_state(project: Path, tmp_path: Path) -> None:
    ctl(project, "nagios", "build", "production", "--out", str(tmp_path / "out"))
    nrpe = (tmp_path / "out/nrpe/roles/role.cfg").read_text(encoding="utf-8")
    commands = dict(re.findall(r"^command\[role\.(\w+)\]=(.*)$", nrpe, re.M))
    assert "-t" not in shlex.split(commands.pop("true"))
    central = (tmp_path / "out/nagios/commands.cfg").read_text(encoding="utf-8")
    (commands["central"],) = re.findall(r"^\s*command_line\s+(.* slow -t .*)$", central, re.M)
    assert {name: deadline_of(command) for name, command in commands.items()} == STATES
    assert r"-t 3\:ok" in (tmp_path / "out/sudoers/roles/checkwright-role-role").read_text(encoding="utf-8")


@pytest.mark.parametrize("core", [False, True])
def test_sensu_gets_the_state(project: Path, tmp_path: Path, core: bool) -> None:
    if core:
        ctl(project, "sensu", "core1", "build", "production", "--out", str(tmp_path / "core"))
        checks = json.loads((tmp_path / "core/server/checks.json").read_text(encoding="utf-8"))["checks"]
        commands = {name.rpartition(".")[2]: check["command"] for name, check in checks.items()}
    else:
        ctl(project, "sensu", "build", "production", "--out", str(tmp_path / "sensu.json"))
        listed = [json.loads(line) for line in _documents(tmp_path / "sensu.json")]
        checks = {one["metadata"]["name"]: one["spec"] for one in listed if one["type"] == "CheckConfig"}
        commands = {name.rpartition(".")[2]: spec["command"] for name, spec in checks.items()}
    assert {name: deadline_of(commands[name]) for name in STATES} == STATES
    assert "-t" not in shlex.split(commands["true"])


def _documents(file: Path) -> list[str]:
    """Return the JSON documents of a build, which follow each other."""
    decoder, text, found = json.JSONDecoder(), file.read_text(encoding="utf-8").strip(), []
    while text:
        _, end = decoder.raw_decode(text)
        found.append(text[:end])
        text = text[end:].strip()
    return found


def test_explain_and_exceptions_name_the_state_and_its_origin(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = {}
    for watch in STATES:
        capsys.readouterr()
        ctl(project, "explain", "production", "a", watch, "--json")
        (explained,) = json.loads(capsys.readouterr().out)
        late = [row for row in explained["values"] if row["what"] == "late"]
        rows[watch] = [(row["value"], row["from"], row["why"]) for row in late]
        assert deadline_of(shlex.join(explained["command"])) == STATES[watch]
    assert rows == {
        "slow": [("critical", "watch", "")],
        "central": [("warning", "watch", "")],
        "root": [("ok", "watch", "")],
        "softer": [("warning", "override", "the disks are slow at night")],
        "disk": [],
    }
    capsys.readouterr()
    ctl(project, "exceptions", "production")
    assert "late warning" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(("state", "code"), [("critical", 2), ("warning", 1), ("unknown", 3), ("ok", 0)])
def test_an_overdue_run_has_the_state_and_keeps_what_it_measured(project: Path, state: str, code: int) -> None:
    words = [sys.executable, CHECK, "--project", str(project), "slow", "-t", f"1:{state}"]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.startswith(f"SLOW {state.upper()}: timed out after 1 s")
    assert "level=3;;;; depth=U;;;;" in done.stdout
