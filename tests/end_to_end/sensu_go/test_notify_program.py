"""checkwright-notify as a handler of a real Sensu, and notifications of watches that need others."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from checkwright.cli.main import run
from sensu import host_checks
from tests.end_to_end.sensu_go.deployed import namespace
from tests.support.installed import installed_bin
from tests.support.paging_services import KEY, Services, paging_services
from tests.support.sensu_go import Backend, agents, eventually

NOTIFY = Path(sys.executable).with_name("checkwright-notify")
URL = "https://paging.example.com/v2/enqueue"
#: `site` needs `queue`, and the machine lb-1 has no agent.
FLEET = """\
from checks.meta.dummy import Dummy
from checkwright import Secret
from checkwright.registry.model import (
    Environment,
    Handler,
    Host,
    PagerDuty,
    Plugin,
    Role,
    Routes,
    SensuAgents,
    Site,
    Team,
    Watch,
)

payments = Team(
    "payments", email="payments@example.com", channels=(PagerDuty(key=Secret(file="pagerduty"), url="{url}"),)
)
web = Role(
    "web",
    owner=payments,
    runbook="https://runbooks.example.com/web/",
    watches=(
        Watch(
            Dummy(number=95),
            Dummy.value.at(warn=80, crit=90),
            name="queue",
            every="4s",
            deadline="4s",
            attempts=1,
            notify="page",
        ),
        Plugin(
            "/bin/sh",
            "-c",
            "echo 'SITE: no queue | time=3s;1;2'; echo more; exit 2",
            name="site",
            every="4s",
            deadline="4s",
            attempts=1,
            notify="page",
            needs=("web:queue",),
        ),
    ),
)
lb = Role(
    "lb",
    owner=payments,
    watches=(Plugin("/bin/true", name="answers", where="central", every="2s", deadline="1s", notify="page"),),
)
live = Environment(
    "{namespace}",
    site=Site(check={check!r}, plugins="{folder}", transport="local", catalogue="https://cat.example.com"),
    hosts=(Host("web-1", "127.0.0.1", roles=(web,)), Host("lb-1", "127.0.0.1", roles=(lb,))),
    sensu=Routes(
        page=(Handler("pager", ({notify!r}, "sensu", "--config={folder}/notify.json", "--spool={folder}/spool")),)
    ),
    sensu_agents=SensuAgents(central=("web-1",), keepalive="1s", warning="5s", critical="10s"),
)
"""


class Paging:
    """A project whose only handler is checkwright-notify, in a namespace of its own."""

    def __init__(self, backend: Backend, folder: Path, services: Services) -> None:
        self.backend, self.folder, self.services = backend, folder, services
        self.where = namespace()
        (folder / "acme/fleet").mkdir(parents=True)
        (folder / "spool").mkdir(mode=0o700)
        (folder / "pagerduty").write_text(KEY)
        self.ping(0)
        self.deploy()

    def ping(self, code: int) -> None:
        file = self.folder / "new"
        file.write_text(f"#!/bin/sh\necho 'PING: {code}'; exit {code}\n")
        file.chmod(0o755)
        file.replace(self.folder / "check_ping")

    def deploy(self) -> None:
        """Build the project, install notify.json with the double's address, and create the resources."""
        folder = self.folder
        names = {"url": URL, "folder": folder, "namespace": self.where, "notify": str(NOTIFY)}
        (folder / "acme/fleet/live.py").write_text(FLEET.format(**names, check=str(installed_bin() / "check")))
        build, written = folder / "live.json", folder / "built.json"
        options = ("--out", str(build), "--agents", str(folder / "agents"), "--notify", str(written))
        assert run(["--project", str(folder / "acme"), "sensu", "build", self.where, *options]) == 0
        settings = json.loads(written.read_text())
        (channel,) = settings["channels"].values()
        assert channel == {"kind": "pagerduty", "key": "/etc/checkwright/secrets/pagerduty", "url": URL}
        channel |= {"key": str(folder / "pagerduty"), "url": f"{self.services.url}/v2/enqueue"}
        (folder / "notify.json").write_text(json.dumps(settings))
        self.backend.ctl("create", "--file", build)

    def agent(self) -> dict[str, object]:
        read: dict[str, object] = yaml.safe_load((self.folder / "agents/hosts/web-1.agent.yml").read_text())
        return read

    def wait(self, action: str, name: str) -> dict[str, Any]:
        """Return the first request with this action for HOST/WATCH."""
        key = f"checkwright/{self.where}/{name}"

        def found() -> dict[str, Any] | None:
            events = (one for _, one in self.services.events)
            return next((one for one in events if (one["event_action"], one["dedup_key"]) == (action, key)), None)

        log = self.folder / "spool/notify.log"
        return eventually(found, f"{action} of {name}: {log.read_text() if log.exists() else self.backend.errors()}")


def test_pages_of_watches_and_machines_reach_pagerduty(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(host_checks, "INTERVAL", 1)
    with paging_services() as services:
        made = Paging(backend, tmp_path, services)
        printed = capsys.readouterr().err
        assert "warning S020: Sensu notifies of web:site also while web:queue fails" in printed
        with agents(backend, tmp_path / "running", made.agent()) as (agent,):
            queue = made.wait("trigger", "web-1/queue")["payload"]
            assert queue["summary"] == "CRITICAL: queue on web-1: Value 95 (critical above 90)"
            assert queue["custom_details"]["Runbook"] == "https://runbooks.example.com/web/"
            assert queue["custom_details"]["Catalogue"].endswith("#queue")
            # Sensu has no dependencies: the watch that needs the failed one notifies as well.
            site = made.wait("trigger", "web-1/site")["payload"]
            assert site["summary"] == "CRITICAL: site on web-1: time 3 s (critical above 2 s)"
            assert "SITE: no queue" in str(site["custom_details"])
            better = (tmp_path / "live.json").read_text().replace("--value 95", "--value 50")
            backend.create(better)
            made.wait("resolve", "web-1/queue")
            made.ping(2)
            down = made.wait("trigger", "lb-1/")["payload"]
            assert down["summary"].startswith("DOWN: host lb-1: ")
            made.ping(0)
            made.wait("resolve", "lb-1/")
            agent.kill()
            down = made.wait("trigger", "web-1/")["payload"]
            assert (down["source"], down["severity"]) == ("web-1", "critical")
            agent.start()
            made.wait("resolve", "web-1/")
        assert not list((tmp_path / "spool").rglob("*.json"))
