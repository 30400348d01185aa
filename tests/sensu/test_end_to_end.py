"""A plan is rendered, written, read as sensuctl reads it, and run as an agent runs it."""

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import sensu
from checkwright.registry.plan import Placeholder
from checkwright.testing.sensu_agent import run
from sensu import sensuctl_files
from tests.sensu.plans import entry, host, plan, words


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "my check's"
    path.write_text(
        f"#!{sys.executable} -SE\n"
        "import os, sys\n"
        "print('LOAD WARNING:', *sys.argv[1:], os.environ['TOKEN'], end='')\n"
        "print(' | load1=0.3;; arguments=%d;' % len(sys.argv))\n"
        "sys.exit(1)\n"
    )
    path.chmod(0o755)
    return str(path)


def documents(text: str) -> dict[str, dict[str, Any]]:
    read = [one for one in sensuctl_files.read(text) if isinstance(one, sensuctl_files.Document)]
    return {one.data["metadata"].get("name", "namespace"): one.data for one in read}


@pytest.mark.parametrize("format", ["json", "yaml"])
@pytest.mark.parametrize("where", ["host", "central"])
def test_state_text_and_metrics_survive(program: str, where: str, format: str) -> None:
    url = ("http://", Placeholder("address"), ":", Placeholder("label.Port"), "/{{x}}")
    watch = entry(
        "load",
        where=where,
        command=words(program, "--url", url, (Placeholder("host"),), "it's"),
        env=(("TOKEN", "a {{ b"),),
    )
    hosts = tuple(host(name, labels={"Port": "$(id)"}) for name in ("web-1", "web-2"))
    made = plan(watch, hosts=hosts)
    resources = sensu.render(made)
    found = documents(sensu.dump(resources, "json" if format == "json" else "yaml"))
    if where == "central":
        central = {"metadata": {"name": "central-1"}, "spec": {"entity_class": "agent"}}
        event = run(found["web.load"], central, proxy=found["web-2"])
    else:
        part = yaml.safe_load(sensu.agent_files(made)["hosts/web-2.agent.yml"])
        agent = {
            "metadata": {"name": part["name"], "labels": part["labels"]},
            "spec": {"entity_class": "agent"},
        }
        event = run(found["web.load"], agent)
    assert event.output.startswith("LOAD WARNING: --url http://10.0.0.1:$(id)/{{x}} web-2 it's a {{ b | ")
    assert (event.entity, event.status) == ("web-2", 1)
    assert [(point.name, point.value) for point in event.points] == [("load1", 0.3), ("arguments", 5)]
