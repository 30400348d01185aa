"""Tests of checks on real agents: tokens, turns, the asset and allow lists."""

import os
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import sensu
from checkwright.cli.asset_file import read_asset
from checkwright.registry.plan import Hook, Placeholder, Site, Word
from checkwright.testing.sensu_metrics import perfdata_points
from sensu import compare
from tests.end_to_end.sensu_go.deployed import AGENTS, deploy, namespace, plan, settings, watch
from tests.end_to_end.sensu_go.test_changes import dump
from tests.sensu.plans import at
from tests.support.installed import installed_bin
from tests.support.sensu_go import Backend, agents, eventually
from tests.support.servers import web_server

#: Labels that a shell or Go's templates would interpret, by their names. `{folder}` must stay empty.
HOSTILE = {
    "quotes": 'it\'s "quoted"',
    "command": "$(touch {folder}/a) `touch {folder}/b`",
    "words": "a; touch {folder}/c & touch {folder}/d | cat > {folder}/e",
    "braces": "}} {{ {{ .name }} {{ .labels.none }}",
    "lines": "one\ntwo\n",
    "unicode": "ü ☃ \\ $HOME ~ *",
}


@pytest.mark.parametrize("place", ["host", "central"])
def test_hostile_labels_arrive_as_one_word(backend: Backend, tmp_path: Path, place: str) -> None:
    where = namespace()
    folder = tmp_path / "empty"
    folder.mkdir()
    values = {name: text.replace("{folder}", str(folder)) for name, text in HOSTILE.items()}
    if place == "central":  # the agent substitutes again what the backend has substituted
        values.pop("braces")
    own: list[str | Word] = ["/usr/bin/printf", "<%s>", *((Placeholder(f"label.{name}"),) for name in values)]
    mixed: list[str | Word] = [
        *("/usr/bin/printf", "<%s>"),
        *(("a'", Placeholder(f"label.{name}"), '"{{b}}') for name in values),
    ]
    made = plan(
        backend,
        where,
        watch("own", *own, where=place),
        watch("mixed", *mixed, where=place),
        sensu_agents=replace(AGENTS, central=("mon-1",)),
    )
    made = replace(made, hosts=tuple(replace(host, labels=values) for host in made.hosts))
    parts = deploy(backend, made)
    running = parts["web-1"] if place == "host" else parts["central"] | {"name": "mon-1"}
    with agents(backend, tmp_path, running) as (agent,):
        outputs = {
            name: eventually(partial(backend.event, where, "web-1", f"web.{name}"), name)["check"]["output"]
            for name in ("own", "mixed")
        }
        assert outputs["own"] == "".join(f"<{text}>" for text in values.values())
        assert outputs["mixed"] == "".join(f"<a'{text}\"{{{{b}}}}>" for text in values.values())
        assert list(folder.iterdir()) == []
        assert agent.errors() == [one for one in agent.errors() if "perfdata" in one]


def test_turns_go_on_when_an_agent_is_killed(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    made = plan(
        backend,
        where,
        watch("queue", "/bin/sh", "-c", "exit 0", where="central", per="role", role="queue", hosts=(f"queue.{where}",)),
        watch("http", "/bin/true", where="central", hosts=("lb-1", "lb-2"), role="lb"),
        sensu_agents=replace(AGENTS, central=("mon-1", "mon-2")),
    )
    made = replace(made, hosts=tuple(replace(one, virtual=one.name.startswith("queue")) for one in made.hosts))
    central = deploy(backend, made)["central"]
    seen: set[str] = set()

    def runner(entity: str, check: str) -> tuple[str, int]:
        event = backend.event(where, entity, check)
        assert event is not None
        return str(event["check"]["processed_by"]), int(event["check"]["executed"])

    def both_ran() -> bool:
        if backend.event(where, f"queue.{where}", "queue.queue"):
            seen.add(runner(f"queue.{where}", "queue.queue")[0])
        return seen == {"mon-1", "mon-2"}

    with agents(backend, tmp_path, central | {"name": "mon-1"}, central | {"name": "mon-2"}) as (killed, _):
        eventually(both_ran, "runs of both agents")
        for host in ("lb-1", "lb-2"):
            eventually(partial(backend.event, where, host, "lb.http"), f"result for {host}")
        killed.kill()
        for entity, check in ((f"queue.{where}", "queue.queue"), ("lb-1", "lb.http"), ("lb-2", "lb.http")):
            last = runner(entity, check)[1]
            # After two runs by the other agent the first one takes no turns any more.
            eventually(partial(_runs_since, backend, where, entity, check, last + 4), f"further runs of {check}")


def _runs_since(backend: Backend, where: str, entity: str, check: str, moment: int) -> bool:
    event = backend.event(where, entity, check)
    assert event is not None
    return bool(event["check"]["processed_by"] == "mon-2" and event["check"]["executed"] > moment)


def test_asset_is_fetched_unpacked_and_run(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    project = tmp_path / "acme"
    project.mkdir()
    out = tmp_path / "out"
    pages: dict[str, Any] = {}
    with web_server(pages) as server:
        url = f"http://127.0.0.1:{server.port}/"
        command = [
            installed_bin() / "checkctl",
            "--project",
            project,
            "sensu",
            "asset",
            "--out",
            out,
            "--url-prefix",
            url,
        ]
        built = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, check=False)
        assert built.returncode == 0, built.stderr
        for file in out.glob("*.tar.gz"):
            pages[f"/{file.name}"] = (200, {}, file.read_bytes())
        (resource,) = out.glob("*.json")
        asset = read_asset(resource)
        site = Site(check="/nowhere/check")
        made = plan(
            backend,
            where,
            watch("dummy", site.check, "dummy", "--value", "85", "-w", "80", check="dummy", deadline=30),
            watch("load", site.check, "load", "-w", "1000", "-c", "2000", check="load", deadline=30),
            site=site,
        )
        build = sensu.dump(sensu.render(made, asset), "json")
        backend.create(build)
        assert compare.compare_files(build, dump(backend, where)).lines == ()
        path = f"{Path(os.path.realpath(installed_bin() / 'python3')).parent}:/usr/bin:/bin"
        with agents(backend, tmp_path, settings(made)["web-1"], environment={"PATH": path}) as (agent,):
            dummy = eventually(partial(backend.event, where, "web-1", "web.dummy"), "result")
            load = eventually(partial(backend.event, where, "web-1", "web.load"), "result")
            assert dummy["check"]["output"] == "DUMMY WARNING: Value 85 (above 80) | value=85;80;;;\n"
            assert load["check"]["output"].startswith("LOAD OK: ")
            assert {point.name for point in perfdata_points(load["check"]["output"], 0)} >= {"load1", "load5", "load15"}
            assert [one for one in agent.errors() if "perfdata" in one] == []


def test_allow_list_lets_only_the_build_run_and_drops_other_variables(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    hook = Hook(name="hello", command=("/bin/echo", "hello"), on=("ok",), timeout=5, origin=at(4))
    made = plan(
        backend,
        where,
        watch("plain", "/usr/bin/env", hooks=("hello",)),
        watch("variables", "/bin/sh", "-c", "echo $A", env=(("A", "b"),)),
    )
    made = replace(made, roles=(replace(made.roles[0], hooks=(hook,)),))
    parts = deploy(backend, made)
    allowed = tmp_path / "allow-list.yaml"
    allowed.write_text(sensu.allow_lists(made, sensu.render(made))["hosts/web-1.allow-list.yaml"])
    others = [
        sensu.CheckConfig(name=name, namespace=where, interval=1, timeout=5, subscriptions=("web",), **fields)
        for name, fields in (
            ("suffix", {"command": "/usr/bin/env; id"}),
            ("other", {"command": "/usr/bin/id"}),
            ("injected", {"command": "/usr/bin/env", "env_vars": ("LD_PRELOAD=/tmp/x.so",)}),
        )
    ]
    with agents(backend, tmp_path, parts["web-1"] | {"allow-list": str(allowed)}):
        backend.create(sensu.dump(others, "json"))
        events = {
            name: eventually(partial(backend.event, where, "web-1", name), name)["check"]
            for name in ("web.plain", "web.variables", "suffix", "other", "injected")
        }
        assert events["web.variables"]["output"] == "b\n"
        assert events["web.plain"]["status"] == 0
        assert events["web.plain"]["hooks"][0]["output"] == "hello\n"
        assert "allow list" in events["suffix"]["output"]
        assert "allow list" in events["other"]["output"]
        assert (events["injected"]["status"], "LD_PRELOAD" in events["injected"]["output"]) == (0, False)
