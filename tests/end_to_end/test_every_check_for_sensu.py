"""Every check of the library and of the example project, run as Sensu's agent runs it: state, text, every metric.

No registry is in between, so a check that no role watches is here too. A check without words below fails this test.
"""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import sensu
from checkwright.core.catalog import Found, everything
from checkwright.core.check import Check
from checkwright.registry.plan import Entry, Host, Origin, Plan, Role, Site, Team
from checkwright.testing import sensu_agent
from tests.end_to_end.by_hand import Said, said, split
from tests.end_to_end.installed_tools import ENVIRONMENT, SHOP, ended
from tests.end_to_end.moved import UNSTEADY
from tests.end_to_end.stand_in import CREDENTIALS, REGION, TOKEN, stand_in
from tests.support.dns_server import dns_server
from tests.support.gearmand import gearmand
from tests.support.installed import installed_bin
from tests.support.nagios import STATES, own, place, scratch
from tests.support.worker import worker

#: What each check is told, and the state that it has then. Values in braces are those of the machine below.
WORDS: dict[str, tuple[str, str]] = {
    "checkout": ("OK", "--url https://127.0.0.1:{https}/health --token-file {token}"),
    "combine": ("WARNING", "-- load {calm_load} -- dummy --value 85 -w 80 -c 90 -- disk -p / {calm_disk}"),
    "cpu": ("OK", ""),
    "disk": ("OK", "--path /"),
    "dns": ("OK", "--host shop.example.com --server {dns}"),
    "dummy": ("CRITICAL", "--value 95.5 -w 80 -c 90 --text 'it is | full; 100 %'"),
    "file_age": ("OK", "--file {token}"),
    "gearman": ("OK", "--server {gearmand}"),
    "heartbeat": ("OK", "--job nightly --age-warning 60"),
    "http": ("OK", "--url http://127.0.0.1:{http}/ --expect 'Add to basket'"),
    "json_api": ("OK", "--url http://127.0.0.1:{http}/status --value failed=requests.failed_percent:%"),
    "load": ("OK", ""),
    "memory": ("OK", ""),
    "nightly_export": ("OK", "--url http://127.0.0.1:{http}/products.json"),
    "order_queue": ("OK", "--queue orders-here"),
    "processes": ("OK", ""),
    "sqs_backlog": ("OK", "--queue payments-here"),
    "swap": ("OK", ""),
    "systemd_unit": ("", "--failed"),  # as this machine happens to be
    "tcp_port": ("OK", "--host 127.0.0.1 --port {database}"),
    "tls_certificate": ("", "--host 127.0.0.1 --port {https}"),  # the certificate is a day old or ten years valid
    "worker": ("WARNING", "--socket {worker}"),  # its Nagios is not there
}
HOST = "web-here"
EVERYTHING = everything(str(SHOP))


class Machine:
    """Where the checks find what they look at, and what they need to be told of it in their environment."""

    def __init__(self, project: Path, places: dict[str, str], environment: dict[str, str], folder: Path) -> None:
        self.project = project
        self.places = places
        self.environment = environment
        self.folder = folder

    def entry(self, found: Found) -> Entry:
        """The check as a plan has it, each time with a memory of its own."""
        memory = self.folder / f"memory-{len(os.listdir(self.folder))}"
        memory.mkdir()
        _, words = WORDS[found.name]
        where = ["--project", str(self.project)] if found.family == "shop" else []
        given = [*where, found.name, *_calm(found.load()), *shlex.split(words.format(**self.places))]
        return Entry(
            id=f"web:{found.name}",
            name=found.name,
            role="web",
            check=found.name,
            command=tuple((word,) for word in (str(installed_bin() / "check"), *given)),
            env=tuple(sorted({**self.environment, "CHECKS_STATE_DIR": str(memory)}.items())),
            owner="web",
            origin=Origin("here.py", 1),
            hosts=(HOST,),
        )


def _calm(kind: type[Check]) -> list[str]:
    """Limits of what other work on this machine decides."""
    unsteady = [gauge for gauge in kind.gauges if gauge in UNSTEADY]
    return [word for gauge in unsteady for end in ("warning", "critical") for word in (f"--{gauge}-{end}", "~:")]


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    zone = {"shop.example.com A": ["shop.example.com. A 127.0.0.1"]}
    with scratch() as folder, stand_in() as shop, dns_server({**zone}) as dns, gearmand(folder) as jobs:
        shop.queue("payments-here", messages=2)
        shop.queue("orders-here", messages=3)
        shop.queue("orders-here-dead", messages=0)
        project = shutil.copytree(SHOP, folder / "shop", ignore=shutil.ignore_patterns("__pycache__", "tests"))
        environment = {
            **CREDENTIALS,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": shop.aws,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SSL_CERT_FILE": str(place(folder / "authority.pem", shop.authority)),
            "CHECKS_JOB_RUNS_DIR": str(folder / "beats"),
        }
        ended(["check", "heartbeat", "--run", "--job", "nightly", "--", "true"], **environment)
        run = folder / "run"
        run.mkdir()
        own(run)
        status = str(run / "worker.sock")
        calm = {f"calm_{name}": " ".join(_calm(_found(name).load())) for name in ("load", "disk")}
        places = {
            **{name: str(getattr(shop, name).number) for name in ("http", "https", "database")},
            "token": str(place(folder / "token", TOKEN + "\n")),
            "dns": dns,
            "gearmand": jobs.address,
            "worker": status,
            **calm,
        }
        with worker(folder, "--socket", str(run / "none.qh"), "--status-socket", status) as running:
            running.wait(lambda: os.path.exists(status), "its status socket")
            memories = folder / "memories"
            memories.mkdir()
            yield Machine(project, places, environment, memories)


def _found(name: str) -> Found:
    return next(found for found in EVERYTHING if found.name == name)


def test_each_check_has_its_words_here() -> None:
    assert sorted(WORDS) == sorted({found.name for found in EVERYTHING})


def by_hand(entry: Entry) -> Said:
    done = subprocess.run(
        [str(word[0]) for word in entry.command],
        env=ENVIRONMENT | dict(entry.env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    return said(STATES[done.returncode], *split(done.stdout))


def as_an_agent(entry: Entry) -> sensu_agent.Event:
    """The event of the check as a build of the plan has it, with the metrics that a route asks for."""
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


@pytest.mark.parametrize("found", EVERYTHING, ids=lambda found: f"{found.family}-{found.name}")
def test_state_text_and_every_metric_survive(found: Found, machine: Machine) -> None:
    event = as_an_agent(machine.entry(found))
    expected = by_hand(machine.entry(found))
    assert said(STATES[event.status], *split(event.output)) == expected
    state, _ = WORDS[found.name]
    assert expected.state == (state or expected.state), event.output
    values = dict(metric.partition(";")[0].split("=") for metric in split(event.output)[1].split())
    measured = {label: value for label, value in values.items() if not value.startswith("U")}
    assert [point.name for point in event.points] == list(measured)
    assert [point.value for point in event.points] == [float(value.rstrip("sBc%")) for value in measured.values()]
    # A gauge without a value here (no swap, no systemd) is shown as U, which is no metric to Sensu.
    shown = {label.partition(":")[0] for label in values}
    assert shown >= {name for name, gauge in found.load().gauges.items() if not gauge.optional}, event.output
    assert event.points or found.name == "systemd_unit", event.output
