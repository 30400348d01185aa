"""Steps of docs/guides/deploy-to-sensu.md, with its commands: a project, its agents, and a removed watch."""

import subprocess
import time
from functools import partial
from pathlib import Path

import yaml

from tests.end_to_end.installed_tools import checkctl
from tests.end_to_end.sensu_go.deployed import namespace
from tests.end_to_end.sensu_go.test_changes import TYPES
from tests.support.sensu_go import Backend, agents, eventually

FLEET = """\
from checkwright.registry.model import Environment, Handler, Host, Plugin, Role, Routes, SensuAgents, Site, Team

payments = Team("payments", email="payments@example.com", page="payments-pager")
web = Role(
    "web",
    owner=payments,
    watches=(
        Plugin("/bin/echo", "rack {{label.rack}}", name="rack", every="1s", deadline="1s"),
        Plugin("/bin/echo", "gone", name="gone", every="1s", deadline="1s"),
    ),
)
live = Environment(
    "{namespace}",
    site=Site(transport="local"),
    hosts=(Host("web-1", "127.0.0.1", roles=(web,), labels={{"rack": "r1"}}),),
    sensu=Routes(page=(Handler("pager", ({handler!r}, "pager")),)),
    sensu_agents=SensuAgents(keepalive="1s", warning="5s", critical="10s"),
)
"""


def test_removed_watch_and_changed_label_as_the_page_describes(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    project = tmp_path / "acme"
    (project / "fleet").mkdir(parents=True)
    fleet = project / "fleet" / "live.py"
    fleet.write_text(FLEET.format(namespace=where, handler=str(backend.handler)))
    build, parts = tmp_path / "live.json", tmp_path / "agents"
    dump, events, gone = tmp_path / "sensu.json", tmp_path / "events.json", tmp_path / "gone.sh"

    def deploy() -> None:
        checkctl(project, "sensu", "build", where, "--out", build, "--agents", parts)
        backend.ctl("create", "--file", build)

    def compare() -> str:
        dump.write_text(backend.ctl("dump", TYPES, "--namespace", where, "--format", "wrapped-json"))
        events.write_text(backend.ctl("event", "list", "--namespace", where, "--format", "json"))
        return checkctl(project, "sensu", "diff", where, dump, "--events", events, "--deletions", gone)

    def delete() -> None:
        config = str(backend.folder / "sensuctl")
        variables = {"PATH": f"{backend.programs}:/usr/bin:/bin", "HOME": config, "XDG_CONFIG_HOME": config}
        subprocess.run(["/bin/sh", gone], env=variables, check=True, timeout=60)

    def settings() -> dict[str, object]:
        read: dict[str, object] = yaml.safe_load((parts / "hosts/web-1.agent.yml").read_text())
        return read

    deploy()
    with agents(backend, tmp_path / "running", settings()) as (agent,):
        for name in ("rack", "gone"):
            eventually(partial(backend.event, where, "web-1", f"web.{name}"), name)
        assert compare() == ""
        assert checkctl(project, "sensu", "validate", dump) == ""
        assert checkctl(project, "sensu", "diff", "--build", build, dump) == ""

        lines = fleet.read_text().replace('"r1"', '"r7"').splitlines(keepends=True)
        fleet.write_text("".join(line for line in lines if 'name="gone"' not in line))
        deploy()
        agent.restart(**settings())
        eventually(lambda: "Entity" not in compare(), "entity with the new label")
        assert compare().splitlines() == [
            f"- CheckConfig {where}/web.gone",
            f"- Event {where}/web-1/web.gone: web-1 does not have this check",
        ]
        deleted = time.time()
        while compare():
            assert time.time() < deleted + 60
            delete()
            time.sleep(2)
        eventually(lambda: _output(backend, where) == "rack r7\n", "output with the new label")
        time.sleep(15)  # longer than the ttl of the removed check
        assert compare() == ""
        assert backend.notifications(where) == []

        agent.stop()
        stopped = time.time()
        eventually(lambda: backend.notifications(where), "notification about the machine")
        assert time.time() - stopped < 10 + 5 + 3
        agent.start()
        eventually(lambda: len(backend.notifications(where)) == 2, "notification of its return")
        assert [one.about for one in backend.notifications(where)] == [
            ("web-1", "keepalive", 2),
            ("web-1", "keepalive", 0),
        ]


def _output(backend: Backend, where: str) -> str:
    event = backend.event(where, "web-1", "web.rack")
    return str(event["check"]["output"]) if event else ""
