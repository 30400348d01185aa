"""The program `checkwright-batch`, also as `checkctl batch`: in a process, with plan files, signals and kills."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from checkwright.batch import store_lock
from tests.checkwright.batch.plans import entry, plan, plugin, written
from tests.support.ports import closed_port
from tests.support.sensu_api import agent_api
from tests.support.without_packages import environment_without

pytestmark = pytest.mark.slow

BATCH = [str(Path(sys.executable).with_name("checkwright-batch"))]
CHECKCTL = [str(Path(sys.executable).with_name("checkctl")), "batch"]
CHECK = str(Path(sys.executable).with_name("check"))
PATIENCE = 120.0


def own(name: str, *words: str, **fields: object) -> object:
    return entry(name, CHECK, *words, **{"check": words[0]} | fields)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a plan of five watches: two of our checks, three of a plugin."""
    echo = plugin(tmp_path)
    watches = (
        own("dummy", "dummy", "--value", "5", "-t", "10"),
        own("nonsense", "dummy", "--nonsense"),
        entry("bad", echo, "2", "gone | a=1"),
        entry("slow", echo, "0", "late", "60", deadline=1),
        entry("env", "/bin/sh", "-c", 'echo "it is $WORD"', env=(("WORD", "so"),)),
    )
    written(tmp_path / "plan.json", plan(*watches))  # type: ignore[arg-type]
    return tmp_path


def batch(
    folder: Path, *words: str, program: Sequence[str] = BATCH, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*program, *words],
        cwd=folder,
        env={**os.environ, "CHECKS_STATE_DIR": str(folder), **(env or {})},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def started(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*BATCH, "--plan", "plan.json", "--host", "web-1", "--store", "store", *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(happened: Callable[[], bool], event: str) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, f"no sign of {event}"
        time.sleep(0.02)


HERE = ("--plan", "plan.json", "--host", "web-1")
ALL = {
    ("bad", 2, "gone"),
    ("dummy", 0, "DUMMY OK: Value 5"),
    ("env", 0, "it is so"),
    ("nonsense", 3, "DUMMY UNKNOWN: unknown option --nonsense"),
    ("slow", 3, "PLUGIN UNKNOWN: plugin did not end within 3 s and was killed"),
}


def lines(text: str) -> set[tuple[str, int, str]]:
    records = [json.loads(line) for line in text.splitlines()]
    return {(one["watch"], one["exit_code"], one["summary"].partition(",")[0]) for one in records}


def test_once_runs_everything_and_enforces_each_timeout(folder: Path) -> None:
    done = batch(folder, *HERE, "--once", "--to", "json-lines", "--to", "json-lines:" + str(folder / "results"))
    assert (done.returncode, done.stderr) == (0, "")
    found = lines(done.stdout)
    assert {(watch, code) for watch, code, _ in found} == {(watch, code) for watch, code, _ in ALL}
    assert found == {(watch, code, text) for watch, code, text in found if any(text.startswith(t) for *_, t in ALL)}
    assert lines((folder / "results").read_text()) == found


def test_stdout_is_one_plugin_with_the_worst_state(folder: Path) -> None:
    done = batch(folder, *HERE, "--watch", "[bd]*", "--once", "--to", "stdout")
    assert done.returncode == 2
    assert done.stdout.splitlines()[0] == "BATCH CRITICAL: 1 critical, 1 ok of 2: bad: gone"
    assert "dummy.value=5;;;;" in done.stdout and "bad.a=1;;;;" in done.stdout


def test_undelivered_result_is_kept_and_delivered_by_the_next_run(folder: Path) -> None:
    port = closed_port()
    to = f"sensu:http://127.0.0.1:{port}"
    done = batch(folder, *HERE, "--watch", "dummy", "--once", "--to", to)
    assert done.returncode == 1
    refused, waiting = done.stderr.splitlines()
    assert refused.startswith(
        f"checkwright-batch: {to}: no Sensu agent listens at http://127.0.0.1:{port}: connection refused;"
    )
    assert waiting == f"checkwright-batch: {to}: 1 result waits in the store for the next run"
    with agent_api(port=port) as agent:
        again = batch(folder, *HERE, "--watch", "dummy", "--once", "--to", to)
        took = agent.took()
    assert again.returncode == 0, again.stderr
    assert [name for _, name, *_ in took] == ["web.dummy", "web.dummy"]
    found = json.loads(batch(folder, "--status", "--host", "web-1", "--json").stdout)
    (status,) = found["sinks"]
    assert (status["sink"], status["delivered"], status["waiting"]) == (to, 2, 0)
    assert status["failures"] >= 1
    table = batch(folder, "--status", "--host", "web-1").stdout
    assert "no batch runs" in table and "DELIVERED" in table and to in table


def test_refused_event_is_logged_and_counted(folder: Path) -> None:
    written(folder / "plan.json", plan(entry("no name", "/bin/echo", "fine")))
    with agent_api() as agent:
        done = batch(folder, *HERE, "--once", "--to", f"sensu:{agent.url}")
    assert done.returncode == 1
    assert "a result was refused and is dropped: web.no name of web-1: the agent at" in done.stderr
    (status,) = json.loads(batch(folder, "--status", "--host", "web-1", "--json").stdout)["sinks"]
    assert (status["refused"], status["delivered"]) == (1, 0)


def quick(folder: Path) -> None:
    """Write a plan of one watch that runs every second and counts its runs in a file."""
    script = 'echo >> runs; echo "run $(wc -l < runs)"'
    written(folder / "plan.json", plan(entry("count", "/bin/sh", "-c", script, interval=1, retry=1)))


def runs(folder: Path) -> int:
    file = folder / "runs"
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_service_delivers_everything_on_sigterm(folder: Path) -> None:
    quick(folder)
    with started(folder, "--to", f"json-lines:{folder}/results") as service:
        until(lambda: runs(folder) >= 2, "two runs")
        second = batch(folder, *HERE, "--store", "store", "--once", "--to", f"json-lines:{folder}/results")
        service.send_signal(signal.SIGTERM)
        _, log = service.communicate(timeout=PATIENCE)
    assert service.returncode == 0, log
    assert (second.returncode, second.stderr.count("\n")) == (2, 1)
    assert second.stderr.startswith(
        f"checkwright-batch: another batch uses the store {folder}/store: process {service.pid}, since"
    )
    delivered = [json.loads(line)["summary"] for line in (folder / "results").read_text().splitlines()]
    assert delivered == [f"run {number + 1}" for number in range(runs(folder))]


def test_kill_loses_at_most_the_running_check(folder: Path) -> None:
    quick(folder)
    port = closed_port()
    with started(folder, "--to", f"sensu:http://127.0.0.1:{port}") as service:
        until(lambda: runs(folder) >= 4, "four runs")
        service.kill()
        service.communicate()
    assert store_lock.holder(folder / "store") == ""
    before = runs(folder)
    with agent_api(port=port) as agent:
        done = batch(folder, *HERE, "--store", "store", "--once", "--to", f"sensu:http://127.0.0.1:{port}")
        outputs = [output for *_, output in agent.took()]
    assert done.returncode == 0, done.stderr
    # The last one before the kill may have been running; the rest came in order, each once.
    expected = [f"run {number + 1}\n" for number in range(runs(folder))]
    assert outputs in (expected, [*expected[: before - 1], *expected[before:]])


def test_stalled_agent_holds_up_only_its_own_queue(folder: Path) -> None:
    quick(folder)
    with agent_api() as agent:
        agent.mood = "stalls"
        with started(folder, "--to", f"sensu:{agent.url}", "--to", f"json-lines:{folder}/results") as service:
            until(lambda: (folder / "results").exists() and runs(folder) >= 3, "three runs")
            until(lambda: len((folder / "results").read_text().splitlines()) >= 3, "three delivered elsewhere")
            service.kill()
            service.communicate()
        assert agent.events == []


def test_queue_beyond_its_bound_drops_the_oldest(folder: Path) -> None:
    written(folder / "plan.json", plan(entry("long", "/bin/echo", "x" * 900)))
    to = ("--to", f"sensu:http://127.0.0.1:{closed_port()}")
    for _ in range(3):
        done = batch(folder, *HERE, "--once", "--keep", "4K", *to)
        assert done.returncode == 1
    (status,) = json.loads(batch(folder, "--status", "--host", "web-1", "--json").stdout)["sinks"]
    assert status["dropped_full"] >= 1
    assert status["waiting"] + status["dropped_full"] == 3
    assert "results dropped undelivered, too many or too old" in done.stderr


BAD: dict[str, tuple[str, str]] = {
    "--plan plan.json --once --to stdout": ("BATCH UNKNOWN: Say whose watches: --host NAME, or --central", ""),
    "--host web-1 --once --to json-lines": ("", "Name the plan with --plan FILE."),
    "--host web-1 --plan plan.json": ("", "Say where results go: --to KIND[:PLACE]."),
    "--host web-1 --plan none.json --to sensu": (
        "",
        "cannot read the plan none.json: No such file or directory; checkctl plan",
    ),
    "--host web-1 --plan plugin --to sensu": ("", "plugin: this is not a plan: "),
    "--host web1 --plan plan.json --to sensu": ("", "test has no host 'web1', did you mean web-1; it has mon-1"),
    "--host web-1 --plan plan.json --to sensuu": ("", "there is no sink 'sensuu', did you mean sensu; there is"),
    "--host web-1 --plan plan.json --to sensu --to sensu": ("", "the sink sensu is named twice"),
    "--host web-1 --plan plan.json --to sensu --keep much": ("", "'much' is no size: write 512K, 16M or 1G"),
    "--host web-1 --plan plan.json --to sensu --keep-for 5x": ("", "'5x' is not a duration: write 30s"),
    "--host web-1 --plan plan.json --to sensu --store plugin/x": (
        "",
        "cannot keep results in {tmp}/plugin/x: Not a directory",
    ),
    "--host web-1 --plan plan.json --to nagios-spool:/proc/self": ("", "cannot "),
    "--host web-1 --status": ("", "there is no store of results in {tmp}/checkwright-"),
    "--host web-1 --plan none.json --once --to stdout": ("BATCH UNKNOWN: cannot read the plan none.json: ", ""),
}


@pytest.mark.parametrize(("words", "expected"), BAD.items())
@pytest.mark.parametrize("program", [BATCH, CHECKCTL], ids=["batch", "checkctl"])
def test_bad_input_is_one_sentence(folder: Path, program: Sequence[str], words: str, expected: tuple[str, str]) -> None:
    done = batch(folder, *words.split(), program=program)
    printed, complained = (text.format(tmp=folder) for text in expected)
    assert done.returncode == (3 if printed else 2)
    assert done.stdout.startswith(printed) and done.stdout.count("\n") == bool(printed)
    assert complained in done.stderr and done.stderr.count("\n") == bool(complained)


def test_batch_runs_without_packages_of_the_command_line(folder: Path) -> None:
    env = environment_without(folder / "hook", "click", "rich", "yaml")
    done = batch(folder, *HERE, "--once", "--to", f"json-lines:{folder}/results", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    found = lines((folder / "results").read_text())
    assert {(watch, code) for watch, code, _ in found} == {(watch, code) for watch, code, _ in ALL}
    status = batch(folder, "--status", "--host", "web-1", env=env)
    assert (status.returncode, status.stdout.splitlines()[1].split()[0]) == (0, "SINK")
    assert batch(folder, "--help", env=env).returncode == 0
    assert batch(folder, "--help", program=CHECKCTL, env=env).returncode == 2


@pytest.mark.parametrize("program", [BATCH, CHECKCTL], ids=["batch", "checkctl"])
def test_help_names_the_program(folder: Path, program: Sequence[str]) -> None:
    page = batch(folder, "--help", program=program)
    assert (page.returncode, page.stderr) == (0, "")
    name = " ".join((Path(program[0]).name, *program[1:]))
    assert page.stdout.startswith(f"usage: {name} [options]\n")
    assert "--to KIND[:PLACE]" in page.stdout and "prometheus:[ADDRESS:]PORT" in page.stdout


def test_services_that_nagios_runs_itself_cause_a_warning(folder: Path) -> None:
    (folder / "spool").mkdir()
    watches = (entry("a", "/bin/echo", "x"), replace(entry("b", "/bin/echo", "x"), transport="nrpe"))
    written(folder / "plan.json", plan(*watches))
    done = batch(folder, *HERE, "--once", "--to", f"nagios-spool:{folder}/spool")
    assert done.returncode == 0
    assert "Nagios runs 1 of these 2 watches itself, such as b of web-1" in done.stderr
    passive = batch(folder, *HERE, "--passive", "--once", "--to", f"nagios-spool:{folder}/spool")
    assert (passive.returncode, passive.stderr) == (0, "")
    assert len([path for path in (folder / "spool").iterdir() if path.suffix == ".ok"]) >= 2


WRONG = {
    "an unknown option": ("--once", "--to", "stdout", "--bogus"),
    "no host": ("--to=stdout", "--once"),
    "no plan": ("--once", "--to", "stdout", "--host", "web-1"),
    "a bad size": ("--host", "web-1", "--keep", "x", "--once", "--to", "stdout"),
    "a missing value": ("--once", "--to", "stdout", "--host"),
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("program", [BATCH, CHECKCTL], ids=["checkwright-batch", "checkctl batch"])
def test_plugin_with_wrong_options_is_unknown(folder: Path, words: Sequence[str], program: Sequence[str]) -> None:
    """Exit code 2 would be CRITICAL for the Nagios or NRPE that runs it."""
    result = batch(folder, *words, program=program)
    assert (result.returncode, result.stdout.partition(":")[0], result.stderr) == (3, "BATCH UNKNOWN", "")
    assert batch(folder, *(word for word in words if word != "--once"), program=program).returncode == 2
