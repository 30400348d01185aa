"""Every check of the library and of the example project, run as Sensu's agent runs it: state, text, every metric.

The entries do not come from a registry, so checks that no role watches are included. A check's own test module
declares its sample command line: see tests/support/sample.py.
"""

import json
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import sensu
from checkwright.core.catalog import LIBRARY, Found, all_checks
from checkwright.registry.plan import Entry, Host, Origin, Plan, Role, Site, Team
from checkwright.testing import sensu_agent
from tests.end_to_end import shop_samples
from tests.end_to_end.direct_run import PluginResult, for_agent, plugin_result, split
from tests.end_to_end.installed_tools import ENVIRONMENT, SHOP
from tests.support.installed import installed_bin
from tests.support.nagios import STATES, scratch
from tests.support.sample import Sample, declared_sample, sample_of

HOST = "web-here"
EVERYTHING = all_checks(str(SHOP))
ATTEMPTS = 10


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as folder:
        yield folder


def is_ours(found: Found) -> bool:
    """Return True for a check of the library."""
    return Path(found.file).is_relative_to(LIBRARY)


def sample_for(found: Found, folder: Path) -> AbstractContextManager[Sample]:
    if is_ours(found):
        return sample_of(found, folder)
    context: AbstractContextManager[Sample] = getattr(shop_samples, found.name)(folder)
    return context


def entry_of(found: Found, sample: Sample, state: Path) -> Entry:
    """Return the check as a plan has it. `state` is an empty folder for its memory between runs."""
    state.mkdir()
    project = [] if is_ours(found) else ["--project", str(SHOP)]
    command = [str(installed_bin() / "check"), *project, found.name, *shlex.split(sample.words)]
    return Entry(
        id=f"web:{found.name}",
        name=found.name,
        role="web",
        check=found.name,
        command=tuple((word,) for word in command),
        env=tuple(sorted({**sample.env, "CHECKS_STATE_DIR": str(state)}.items())),
        owner="web",
        origin=Origin("here.py", 1),
        hosts=(HOST,),
    )


@pytest.mark.parametrize(
    "found", [found for found in EVERYTHING if is_ours(found)], ids=lambda found: f"{found.family}-{found.name}"
)
def test_every_check_has_a_sample(found: Found) -> None:
    assert declared_sample(found)


def test_error_for_a_check_without_a_sample_names_the_file() -> None:
    found = Found("brand_new", "disk", "checks.disk.brand_new", f"{LIBRARY}/disk/brand_new.py")
    with pytest.raises(LookupError, match=r"Add SAMPLE = Sample\(\.\.\.\) to tests/checks/disk/test_brand_new\.py"):
        declared_sample(found)


def run_directly(entry: Entry) -> PluginResult:
    done = subprocess.run(
        [str(word[0]) for word in entry.command],
        env=ENVIRONMENT | dict(entry.env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    return plugin_result(STATES[done.returncode], *split(done.stdout))


def as_an_agent(entry: Entry) -> sensu_agent.Event:
    """Return the event of the check as a build of the plan has it, with metrics."""
    plan = Plan(
        project="shop",
        environment="here",
        site=Site(check=str(installed_bin() / "check")),
        teams=(Team(name="web", email="web@example.com", origin=Origin("here.py", 1)),),
        roles=(Role(name="web", owner="web", hosts=(HOST,), origin=Origin("here.py", 1)),),
        hosts=(Host(name=HOST, address="127.0.0.1", roles=("web",), origin=Origin("here.py", 1)),),
        entries=(entry,),
    )
    resources = sensu.render(plan)
    text = sensu.dump(resources, "json")
    assert sensu.verify({"built": text}, resources) == ()
    (check,) = [one.document() for one in resources if isinstance(one, sensu.CheckConfig)]
    agent = {"metadata": {"name": HOST, "labels": {}}, "spec": {"entity_class": "agent"}}
    return sensu_agent.run(json.loads(json.dumps(check)), agent)


@pytest.mark.daemon
@pytest.mark.parametrize("found", EVERYTHING, ids=lambda found: f"{found.family}-{found.name}")
def test_state_text_and_every_metric_survive(found: Found, folder: Path) -> None:
    with sample_for(found, folder) as sample:
        of_agent = entry_of(found, sample, folder / "state-of-agent")
        by_hand = entry_of(found, sample, folder / "state-by-hand")
        # The machine goes on between two runs: a disk without a request has no time per request.
        for _ in range(ATTEMPTS):
            event, expected = as_an_agent(of_agent), run_directly(by_hand)
            received = plugin_result(STATES[event.status], *split(event.output))
            if received == for_agent(expected):
                break
    assert received == for_agent(expected)
    assert event.errors == ()
    assert expected.state == (sample.state or expected.state), event.output
    values = dict(metric.partition(";")[0].split("=") for metric in split(event.output)[1].split())
    assert [point.name for point in event.points] == list(values)
    assert [point.value for point in event.points] == [float(value.rstrip("sBc%")) for value in values.values()]
    # A gauge without a value here (no swap, no systemd) is U for Nagios, and not a metric for Sensu.
    shown = {metric.partition("=")[0].partition(":")[0] for metric in expected.metrics}
    assert shown >= {name for name, gauge in found.load().gauges.items() if not gauge.optional}, event.output
    assert event.points or not sample.has_metrics, event.output
