"""No check makes a real agent log an error, in any state. The double of the agent finds the same errors as its log."""

import json
import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import sensu
from checkwright.core.catalog import Found
from checkwright.registry.plan import Entry, Site
from checkwright.testing import sensu_agent
from checkwright.testing.sensu_metrics import perfdata_errors
from sensu.names import check_name
from tests.end_to_end.installed_tools import SHOP
from tests.end_to_end.sensu_go.deployed import deploy, namespace, plan, watch
from tests.end_to_end.test_every_check_for_sensu import EVERYTHING, is_ours, sample_for
from tests.support.installed import installed_bin
from tests.support.nagios import scratch
from tests.support.sample import Sample
from tests.support.sensu_go import PATIENCE, Agent, Backend, agents

RECORDED = Path(__file__).parents[2] / "sensu/recorded"
#: Checks that run at the same time. The agent itself has no limit.
_AT_ONCE = 6
#: Requests for a check without an event.
_REQUESTS = 4
_WORST = "--{gauge}-critical @~:"


def states(found: Found, sample: Sample) -> Iterator[tuple[str, str]]:
    """Yield (name, words) of command lines of a check that end in different states."""
    words = sample.words
    options, dashes, rest = words.partition("-- ")
    yield "sample", words
    yield "usage", f"--no-such-option {words}"
    yield "late", f"{options} -t 0.01 {dashes}{rest}"
    yield "verbose", f"{options} -vvv {dashes}{rest}"
    gauges = " ".join(_WORST.format(gauge=name.replace("_", "-")) for name in found.load().gauges)
    if gauges:
        yield "critical", f"{options} {gauges} {dashes}{rest}"
    yield "nothing", ""


def entries(stack: ExitStack, folder: Path) -> Iterator[Entry]:
    """Yield each check of the library and the shop in several states. Servers of the samples run until the end."""
    for found in EVERYTHING:
        sample = stack.enter_context(sample_for(found, _made(folder / f"sample-{found.name}")))
        project = [] if is_ours(found) else ["--project", str(SHOP)]
        for state, words in states(found, sample):
            memory = _made(folder / f"{found.name}-{state}")
            command = [str(installed_bin() / "check"), *project, found.name, *shlex.split(words)]
            env = tuple(sorted({**sample.env, "CHECKS_STATE_DIR": str(memory)}.items()))
            yield watch(f"{found.name}-{state}", *command, check=found.name, env=env, interval=86_400, deadline=30)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def run_all(backend: Backend, agent: Agent, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Run checks, some at a time. Return {check: event}."""
    where = str(agent.settings["namespace"])
    events: dict[str, dict[str, Any]] = {}
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        for _ in range(_REQUESTS):  # a backend loses one of some hundred requests
            for name in some:
                if name not in events:
                    backend.execute(where, name)
            end = time.monotonic() + PATIENCE / _REQUESTS
            while len(events) < start + len(some) and time.monotonic() < end:
                time.sleep(0.05)
                found = {name: backend.event(where, agent.name, name) for name in some if name not in events}
                events |= {name: event for name, event in found.items() if event}
        assert events.keys() >= set(some)
    return events


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as folder:
        yield folder


def test_no_check_in_any_state_makes_the_agent_log_an_error(backend: Backend, folder: Path, tmp_path: Path) -> None:
    where = namespace()
    with ExitStack() as stack:
        watches = tuple(entries(stack, folder))
        made = plan(backend, where, *watches, site=Site(check=str(installed_bin() / "check")))
        parts = deploy(backend, made)
        with agents(backend, tmp_path, parts["web-1"]) as (agent,):
            events = run_all(backend, agent, [check_name(one) for one in watches])
            # The agent ends a check that a busy machine holds up, and such an output has no metrics.
            ended = {name for name, one in events.items() if one["check"]["output"].startswith("Execution timed out")}
            assert {name: found for name, found in agent.errors_by_check().items() if name not in ended} == {}
            assert len(ended) < len(events) // 2, ended
            assert backend.errors() == []
    outputs = {name: (event["check"]["status"], event["check"]["output"]) for name, event in events.items()}
    assert {status for status, _ in outputs.values()} >= {0, 2, 3}
    # On a busy machine some of these time out instead.
    refused = [one for name, one in outputs.items() if name.endswith("-usage")]
    assert {status for status, _ in refused} == {3}
    assert sum(" UNKNOWN: unknown option" in output for _, output in refused) > len(refused) // 2


def test_double_of_the_agent_finds_the_errors_of_its_log(backend: Backend, folder: Path, tmp_path: Path) -> None:
    where = namespace()
    outputs = [case["output"] for case in json.loads((RECORDED / "agent-perfdata.json").read_text(encoding="utf-8"))]
    watches = []
    for number, output in enumerate(outputs):
        file = folder / str(number)
        file.write_text(output, encoding="utf-8")
        watches.append(watch(f"c{number:03}", "/bin/cat", str(file), interval=86_400))
    parts = deploy(backend, plan(backend, where, *watches))
    with agents(backend, tmp_path, parts["web-1"]) as (agent,):
        run_all(backend, agent, [check_name(one) for one in watches])
        logged = agent.errors_by_check()
    for number, output in enumerate(outputs):
        name = f"web.c{number:03}"
        # A check that was requested again has its errors again.
        assert list(dict.fromkeys(logged.get(name, ()))) == list(dict.fromkeys(perfdata_errors(output))), output


def test_double_of_the_agent_has_its_environment_and_its_tokens(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    made = plan(
        backend,
        where,
        watch("env", "/usr/bin/env", env=(("A", "b c"),)),
        watch("paths", "/usr/bin/env", env=(("PATH", "/mine"), ("EMPTY", ""))),
    )
    parts = deploy(backend, made)
    with agents(backend, tmp_path, parts["web-1"]) as (agent,):
        events = run_all(backend, agent, ["web.env", "web.paths"])
        entity = backend.get(f"namespaces/{where}/entities/web-1")
        environment = _environment_of(agent)
    checks = {one.name: one.document() for one in sensu.render(made) if isinstance(one, sensu.CheckConfig)}
    document = {"metadata": entity.pop("metadata"), "spec": entity}
    for name, event in events.items():
        double = sensu_agent.run(checks[name], document, environment=environment)
        # The shell adds its own variables.
        assert _variables(double.output) == _variables(event["check"]["output"]), name


def _environment_of(agent: Agent) -> dict[str, str]:
    assert agent.pid
    text = Path(f"/proc/{agent.pid}/environ").read_bytes().decode()
    return dict(pair.split("=", 1) for pair in text.split("\0") if pair)


def _variables(output: str) -> set[str]:
    return {line for line in output.splitlines() if not line.startswith(("_=", "SHLVL=", "PWD=", "OLDPWD="))}
