"""Check puppet_agent against a fake, recorded files and the real Puppet."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.puppet.fake import FakePuppetAgent
from checks.puppet.puppet_agent import PuppetAgent as Check
from checks.puppet.source import PuppetAgent, PuppetRun, parse_message, parse_summary
from checkwright.core.errors import CannotTell
from checkwright.core.world import World
from checkwright.testing import Golden, run
from tests.support.real import require
from tests.support.sample import Sample

RECORDED = Path(__file__).with_name("recorded")


def summary(name: str) -> dict[str, dict[str, str]]:
    return parse_summary((RECORDED / f"last_run_summary-{name}-7.23.0.yaml").read_text(encoding="utf-8"))


GOOD, BAD = summary("changes"), summary("failed")
MESSAGE = parse_message((RECORDED / "agent_disabled-7.23.0.lock").read_text(encoding="utf-8"))
CACHED = GOOD | {"version": {"config": "1795000000"}}
CASES = {
    "succeeded": (PuppetRun(GOOD, age=600), "", "OK"),
    "failed": (PuppetRun(BAD, age=600), "", "CRITICAL"),
    "old run": (PuppetRun(GOOD, age=7_200), "", "WARNING"),
    "very old run": (PuppetRun(GOOD, age=86_400), "", "CRITICAL"),
    "disabled": (PuppetRun(GOOD, age=600, disabled=3_600, message=MESSAGE), "", "WARNING"),
    "disabled for days": (PuppetRun(GOOD, age=600, disabled=200_000, message=MESSAGE), "", "CRITICAL"),
    "disabled, without the locks": (PuppetRun(GOOD, age=600), "--no-locks", "OK"),
    "endless run": (PuppetRun(GOOD, age=600, running=9_000), "", "CRITICAL"),
    "no catalog": (PuppetRun({"time": {"last_run": "1795932883"}}, age=600), "", "CRITICAL"),
    "service did not restart": (
        PuppetRun(GOOD | {"resources": {"total": "8", "failed": "0", "failed_to_restart": "1"}}),
        "",
        "CRITICAL",
    ),
    "cached catalog": (PuppetRun(CACHED, age=600), "", "WARNING"),
    "expected environment": (PuppetRun(GOOD), "--environment production", "OK"),
    "another environment": (PuppetRun(GOOD), "--environment staging", "CRITICAL"),
    "no summary": (None, "", "UNKNOWN"),
    "no permission": (CannotTell("cannot read /var/cache/puppet/public/...: Permission denied"), "", "UNKNOWN"),
}


@pytest.mark.parametrize(("last", "words", "state"), CASES.values(), ids=CASES)
def test_puppet_agent(last: PuppetRun | CannotTell | None, words: str, state: str, golden: Golden) -> None:
    outcome = run(Check, words, FakePuppetAgent(last))
    assert outcome.state == state
    golden(outcome)


def write(folder: Path, text: str) -> Path:
    file = folder / "public" / "last_run_summary.yaml"
    file.parent.mkdir(exist_ok=True)
    (folder / "state").mkdir(exist_ok=True)
    file.write_text(text)
    return file


def test_locks_are_read(tmp_path: Path) -> None:
    now = int(time.time())
    write(tmp_path, f"---\ntime:\n  last_run: {now - 100}\nresources:\n  total: 3\n")
    lock = tmp_path / "state" / "agent_disabled.lock"
    lock.write_text('{"disabled_message":"disks #4711"}')
    os.utime(lock, (now - 500, now - 500))
    (tmp_path / "state" / "agent_catalog_run.lock").write_text(str(os.getpid()))
    found = PuppetAgent().last_run(str(tmp_path))
    assert 100 <= found.age < 200 and found.disabled is not None and 500 <= found.disabled < 600
    assert found.message == "disks #4711" and found.running is not None
    (tmp_path / "state" / "agent_catalog_run.lock").write_text("999999999")
    assert PuppetAgent().last_run(str(tmp_path)).running is None
    assert PuppetAgent().last_run(str(tmp_path), locks=False).disabled is None


def test_summary_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(CannotTell, match="no run of Puppet has left a "):
        PuppetAgent().last_run(str(tmp_path))
    write(tmp_path, "nonsense\n---\n  a: b\n").parent.mkdir(exist_ok=True)
    with pytest.raises(CannotTell, match="has no time of the last run"):
        PuppetAgent().last_run(str(tmp_path))


@pytest.mark.parametrize(("text", "message"), [('{"disabled_message": 5}', "5"), ("", ""), ("[1]", ""), ("{}", "")])
def test_messages(text: str, message: str) -> None:
    assert parse_message(text) == message


class Puppet:
    """The real Puppet with folders of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = require("puppet", package="puppet-agent")

    def apply(self, code: str) -> None:
        self._run("apply", "-e", code)

    def agent(self, *words: str) -> None:
        self._run("agent", *words)

    def _run(self, *words: str) -> None:
        places = [f"--{name}={self.folder / name}" for name in ("vardir", "confdir", "rundir", "logdir", "publicdir")]
        places[0] = f"--vardir={self.folder}"
        places[-1] = f"--publicdir={self.folder / 'public'}"
        subprocess.run([self.program, *words, *places], capture_output=True, timeout=120, cwd=self.folder)


@pytest.mark.slow
def test_real_puppet(tmp_path: Path) -> None:
    def real(words: str = "") -> tuple[str, str]:
        outcome = run(Check, f"--folder {tmp_path} -t 20 {words}", World(PuppetAgent()))
        return outcome.state, outcome.text(1)

    puppet = Puppet(tmp_path)
    assert real()[0] == "UNKNOWN"
    puppet.apply("exec { '/bin/false': }")
    state, text = real()
    assert state == "CRITICAL" and "Last run failed (resources failed)" in text and "Failed resources 1" in text
    puppet.apply(f"file {{ '{tmp_path}/made': ensure => file }}")
    state, text = real("--environment production")
    assert state == "OK" and "Changes 1" in text and "Environment as expected" in text
    puppet.agent("--disable", "changing disks")
    state, text = real()
    assert state == "WARNING" and "Agent disabled (changing disks)" in text
    assert real("--disabled-for 0")[0] == "CRITICAL"
    puppet.agent("--enable")
    assert real()[0] == "OK"


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    text = (RECORDED / "last_run_summary-changes-7.23.0.yaml").read_text(encoding="utf-8")
    now = int(time.time())
    write(folder, text.replace("1795932881", str(now - 60)))
    yield Sample(f"--folder {folder}")
