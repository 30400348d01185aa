"""A Sensu of each generation imported, and generated again: what differs is what the report says, and no more.

The comparison here is its own: it reads the samples and the built files by itself and knows nothing of the importer's.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import sensu
from checkwright.cli.main import run
from checkwright.registry import planning
from checkwright.testing import sensu_agent, sensu_tokens
from sensu import core1
from tests.sensu.core1 import client as core_client
from tests.support.installed import ROOT

SAMPLES = ROOT / "tests/sensu/reading/samples"
GO = SAMPLES / "go.yaml"
CORE = (SAMPLES / "core1.json", SAMPLES / "clients.json")
LEVELS = ["--notify", "pagerduty=page", "--notify", "slack=office-hours", "--notify", "email=ticket"]
SH = shutil.which("sh") or "/bin/sh"


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """No test meets the modules of another's project of the same name."""
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] in ("acme", "old", "made")]:
        del sys.modules[name]


def imported(folder: Path, *words: str | Path) -> dict[str, Any]:
    """Import into `folder`; the report."""
    assert run(["sensu", "import", *map(str, words), "--out", str(folder), *LEVELS]) == 0
    found: dict[str, Any] = json.loads((folder / "import.json").read_text())
    return found


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("go") / "acme"
    return folder, imported(folder, GO)


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("core") / "old"
    return folder, imported(folder, *CORE, "--environment", "live")


def documents() -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(GO.read_text()) if one]


def definitions() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CORE[0].read_text())
    return found


def clients() -> list[dict[str, Any]]:
    decoder, text, at, found = json.JSONDecoder(), CORE[1].read_text(), 0, []
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at)
        found.append(value["client"])
        at += 1
    return found


def fields(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Each value that says anything, by its path."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from fields(one, (*path, key))
    elif value not in (None, "", [], 0, False):
        yield ".".join(path), value


def reported(report: Mapping[str, Any], generated: str) -> dict[str, tuple[Any, Any]]:
    """Return the values of a generated check before and after, by field, from the report."""
    return {
        one["field"]: (one["before"], one["after"]) for one in report["differences"] if one["generated"] == generated
    }


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    old, new = dict(fields(before)), dict(fields(after))
    return {key: (old.get(key), new.get(key)) for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


def fates(report: Mapping[str, Any], kind: str) -> dict[str, str]:
    return {one["where"]: one["fate"] for one in report["things"] if one["kind"] == kind}


def lines_of(kind: str) -> dict[tuple[str, str], int]:
    """The line on which the spec of each object of a kind stands, by namespace and name."""
    found = {}
    start, text = 0, GO.read_text()
    for piece in text.split("---\n"):
        document = yaml.safe_load(piece)
        if document and document["type"] == kind:
            before = text[: text.index(piece, start)].count("\n")
            spec = next(number for number, line in enumerate(piece.splitlines(), 1) if line.startswith("spec"))
            found[document["metadata"].get("namespace", ""), document["metadata"].get("name", "")] = before + spec
        start += len(piece)
    return found


def test_nothing_of_go_is_lost(go: tuple[Path, dict[str, Any]]) -> None:
    _, report = go
    kinds = [one["type"] for one in documents()]
    assert len(report["things"]) == len(kinds)
    for kind in set(kinds):
        assert sum(report["counts"][kind].values()) == kinds.count(kind)
    reported = {(one["kind"], one["where"]) for one in report["remarks"]}
    for thing in report["things"]:
        assert thing["fate"] == "carried" or (thing["kind"], thing["where"]) in reported
        assert thing["where"].startswith(f"{GO}:")
    left = {one["name"] for one in report["things"] if one["kind"] == "CheckConfig" and one["fate"] == "left"}
    assert left == {"check-rack", "queue-length", "rabbit-alive", "backup", "switched-off"}


def test_each_program_that_stays_says_why_no_check_of_ours_takes_its_place(go: tuple[Path, dict[str, Any]]) -> None:
    folder, report = go
    why = {one["name"]: one["why"] for one in report["kept"]}
    carried = {one["name"] for one in report["things"] if one["kind"] == "CheckConfig" and one["fate"] != "left"}
    assert why.keys() == carried - {one["name"] for one in report["recognised"]}
    assert why["check-web"] == "no check of the library does the same as check_web.py"
    assert f"- {why['check-ssh']}: check-ssh ({GO}:" in (folder / "import.md").read_text()


def test_nothing_of_core_is_lost(core: tuple[Path, dict[str, Any]]) -> None:
    _, report = core
    whole = definitions()
    sections = sum(len(whole[name]) for name in ("checks", "handlers", "filters")) + 1
    assert len(report["things"]) == sections + len(clients())
    assert sum(sum(fate.values()) for fate in report["counts"].values()) == len(report["things"])
    left = {one["name"] for one in report["things"] if one["kind"] == "check" and one["fate"] == "left"}
    assert left == {"pipe", "off", "vm"}


def built(folder: Path, environment: str, out: Path) -> dict[str, dict[str, Any]]:
    """The CheckConfigs of a build, by name."""
    assert run(["--project", str(folder), "sensu", "build", environment, "--out", str(out)]) == 0
    found, at, text = {}, 0, out.read_text()
    decoder = json.JSONDecoder()
    while at < len(text.rstrip()):
        document, at = decoder.raw_decode(text, at)
        found[f"{document['type']} {document['metadata'].get('name', '')}"] = document
        at += 1
    return found


def generated_names(report: Mapping[str, Any], environment: str) -> dict[str, list[str]]:
    """Names of the generated checks by that of the one that was read."""
    found: dict[str, list[str]] = {}
    for one in report["differences"]:
        names = found.setdefault(one["name"], [])
        if one["generated"] not in names:
            names.append(one["generated"])
    return found


def test_the_project_is_sound(go: tuple[Path, dict[str, Any]], core: tuple[Path, dict[str, Any]]) -> None:
    for folder, _ in (go, core):
        findings = planning.lint(str(folder)).findings
        assert [str(one) for one in findings if one.severity == "error"] == []


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_go_generated_again_differs_where_the_report_says_so(
    go: tuple[Path, dict[str, Any]], tmp_path: Path, environment: str
) -> None:
    folder, report = go
    resources = built(folder, environment, tmp_path / "out.json")
    places = {line: key for key, line in lines_of("CheckConfig").items()}
    of_place = {one["where"]: places[int(one["where"].rpartition(":")[2])] for one in report["differences"]}
    seen = set()
    for source in documents():
        key = (source["metadata"].get("namespace", ""), source["metadata"].get("name", ""))
        if source["type"] != "CheckConfig" or key[0] != environment:
            continue
        names = {one["generated"] for one in report["differences"] if of_place[one["where"]] == key}
        fate = fates(report, "CheckConfig")[f"{GO}:{lines_of('CheckConfig')[key]}"]
        assert bool(names) is (fate != "left"), key
        for name in names:
            after = resources[f"CheckConfig {name}"]
            before = {"metadata": dict(source["metadata"]), **source["spec"]}
            found = changed(before, {"metadata": after["metadata"], **after["spec"]})
            for of_sensu in ("metadata.name", "metadata.created_by", "scheduler"):
                found.pop(of_sensu, None)
            assert found == reported(report, name), name
            seen.add(f"CheckConfig {name}")
    made = {name for name in resources if name.startswith("CheckConfig")}
    pings = {"CheckConfig host-up.router-1", "CheckConfig host-up.website-targets"}
    assert made == seen | (pings if environment == "production" else set())
    assert [one for one in report["differences"] if not one["why"]] == []


def test_core_generated_again_differs_where_the_report_says_so(core: tuple[Path, dict[str, Any]]) -> None:
    folder, report = core
    made = {one.name: one.fields() for one in core1.render(planning.plan(str(folder), "live").plan).checks}
    seen = set()
    for name, source in definitions()["checks"].items():
        for generated in generated_names(report, "live").get(name, []):
            found = changed({"occurrences": 1, **source}, made[generated])
            assert found == reported(report, generated), generated
            seen.add(generated)
    assert made.keys() == seen
    assert [one for one in report["differences"] if not one["why"]] == []


def words_of(command: str, environment: Mapping[str, str]) -> list[str]:
    """The argv that a real shell makes of a command line, without assignments in front."""
    script = f'set -- {command}\nfor word in "$@"; do printf \'%s\\0\' "$word"; done'
    ran = subprocess.run([SH, "-c", script], env=environment, capture_output=True, text=True, check=True)
    words = ran.stdout.split("\0")[:-1]
    return words[1:] if words[0] == "/usr/bin/env" else words


def entity_of(host: Mapping[str, Any]) -> dict[str, Any]:
    labels = {key.lower(): value for key, value in (host.get("labels") or {}).items()}
    metadata = {"name": host["name"], "namespace": "x", "labels": {**labels, "cw_address": host["address"]}}
    return {"metadata": metadata, "spec": {"entity_class": "agent"}}


def test_programs_get_the_words_that_they_got_before(go: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, report = go
    resources = built(folder, "production", tmp_path / "out.json")
    hosts = {one["name"]: one for one in yaml.safe_load((folder / "inventory/production.yaml").read_text())["hosts"]}
    entities = {
        one["metadata"]["name"]: {**one, "metadata": {"labels": {}, **one["metadata"]}}
        for one in documents()
        if one["type"] == "Entity" and one["metadata"]["namespace"] == "production"
    }
    ours = {one["name"] for one in report["recognised"]}
    compared = 0
    for source in documents():
        name = source["metadata"].get("name", "")
        if source["type"] != "CheckConfig" or source["metadata"]["namespace"] != "production" or name in ours:
            continue
        for generated in generated_names(report, "production").get(name, []):
            role = generated.partition(".")[0]
            after = resources[f"CheckConfig {generated}"]["spec"]
            for host in hosts.values():
                if role not in (host.get("roles") or []):
                    continue
                old = sensu_tokens.substitute(source["spec"]["command"], sensu_agent.token_data(entities[host["name"]]))
                data = sensu_agent.token_data(entity_of(host))
                variables = dict(one.split("=", 1) for one in sensu_tokens.substitute(after.get("env_vars", []), data))
                command = sensu_tokens.substitute(after["command"], data)
                assert words_of(old, {}) == words_of(command, variables)
                compared += 1
    assert compared >= 14


def test_programs_of_core_get_the_words_that_they_got_before(core: tuple[Path, dict[str, Any]]) -> None:
    folder, report = core
    made = core1.render(planning.plan(str(folder), "live").plan)
    after = {one.name: one for one in made.clients}
    ours = {one["name"] for one in report["recognised"]}
    compared = 0
    for name, source in definitions()["checks"].items():
        for generated in generated_names(report, "live").get(name, []) if name not in ours else []:
            (check,) = (one for one in made.checks if one.name == generated)
            for client in clients():
                subscriptions = (*after[client["name"]].subscriptions, "roundrobin:central")
                if not set(check.subscribers) & set(subscriptions):
                    continue
                old = core_client.substitute(source["command"], client)
                new = core_client.substitute(check.command, after[client["name"]].fields())
                assert words_of(old, {}) == words_of(new, {})
                compared += 1
    assert compared >= 10


def test_what_runs_where_before_runs_there_again(go: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """Each agent's checks: those whose subscription it had, and by its roles those that it has now."""
    folder, report = go
    resources = built(folder, "production", tmp_path / "out.json")
    hosts = yaml.safe_load((folder / "inventory/production.yaml").read_text())["hosts"]
    roles = {one["name"]: set(one.get("roles") or []) for one in hosts}
    left = {one["name"] for one in report["things"] if one["kind"] == "CheckConfig" and one["fate"] == "left"}
    again = {new: old for old, names in generated_names(report, "production").items() for new in names}
    for entity in documents():
        if entity["type"] != "Entity" or entity["spec"]["entity_class"] != "agent":
            continue
        name, namespace = entity["metadata"]["name"], entity["metadata"]["namespace"]
        if namespace != "production":
            continue
        before = {
            one["metadata"]["name"]
            for one in documents()
            if one["type"] == "CheckConfig"
            and one["metadata"]["namespace"] == namespace
            and set(one["spec"].get("subscriptions") or []) & set(entity["spec"].get("subscriptions") or [])
        }
        after = {
            again[one["metadata"]["name"]]
            for one in resources.values()
            if one["type"] == "CheckConfig" and set(one["spec"]["subscriptions"]) & roles[name]
        }
        assert after == before - left, name


def test_programs_may_all_stay(tmp_path: Path) -> None:
    command = "/usr/lib/nagios/plugins/check_disk -w 20% -c 10% -W 5% -K 1% -E -p /"
    report = attempt(tmp_path, check(command=command) + entity(), "--keep-plugins")
    (entry,) = planning.plan(str(tmp_path / "made"), "default").plan.entries
    assert (entry.plugin, report["recognised"]) == ("/usr/lib/nagios/plugins/check_disk", [])


def _in_turns(name: str, *subscriptions: str, **fields: Any) -> str:
    return check(name, round_robin=True, subscriptions=list(subscriptions), **fields)


def test_agents_of_round_robin_checks_become_central(tmp_path: Path) -> None:
    """A subscription that only round-robin checks use is no role, so its machines would run nothing."""
    text = (
        _in_turns("alone", "probes")
        + _in_turns("site", "probes", proxy_entity_name="shop-site")
        + check("own", subscriptions=["linux"])
        + _in_turns("shared", "linux")
        + entity("probe-1", subscriptions=["probes"])
        + entity("probe-2", subscriptions=["probes", "linux"])
        + entity("web-1", subscriptions=["linux"])
    )
    report = attempt(tmp_path, text, "--notify", "pagerduty=page")
    plan = planning.plan(str(tmp_path / "made"), "default").plan
    assert plan.sensu_agents is not None
    assert plan.sensu_agents.central == ("probe-1", "probe-2", "web-1")
    assert {host.name: host.roles for host in plan.hosts if not host.virtual} == {
        "probe-2": ("linux",),
        "shop-site": ("shop-site",),
        "web-1": ("linux",),
    }
    remarks = {(one["name"], one["message"]) for one in report["remarks"]}
    assert ("alone", "it runs on the central agents, which had its subscription probes: probe-1, probe-2") in remarks
    assert ("probe-1", "it only runs central checks, so SensuAgents names it, and it is not a host") in remarks
    assert run(["--project", str(tmp_path / "made"), "lint", "--no-mypy"]) == 0
    files = sensu.agent_files(plan)
    assert yaml.safe_load(files["hosts/probe-2.agent.yml"])["subscriptions"] == ["central", "linux"]
    assert yaml.safe_load(files["central.agent.yml"])["subscriptions"] == ["central"]


def test_round_robin_checks_without_an_imported_agent_are_reported(tmp_path: Path) -> None:
    report = attempt(tmp_path, _in_turns("alone", "probes"))
    remarks = [one["message"] for one in report["remarks"]]
    assert "no imported agent has its subscription probes: name its agents in SensuAgents(central=...)" in remarks


def test_a_role_that_is_another_one_elsewhere_gets_a_name_that_is_free(tmp_path: Path) -> None:
    text = ""
    for namespace, subscription, command in (("a", "x", "/1"), ("a", "x-b", "/2"), ("b", "x", "/3")):
        document = json.loads(check(f"c{command[1:]}", command=command, subscriptions=[subscription]))
        host = json.loads(entity(f"h{command[1:]}", subscriptions=[subscription]))
        for one in (document, host):
            one["metadata"]["namespace"] = namespace
            text += json.dumps(one)
    attempt(tmp_path, text)
    plans = [planning.plan(str(tmp_path / "made"), name).plan for name in ("a", "b")]
    found = {entry.plugin: (entry.role, entry.hosts) for plan in plans for entry in plan.entries}
    assert found == {"/1": ("x", ("h1",)), "/2": ("x-b", ("h2",)), "/3": ("x-b-2", ("h3",))}


def test_levels_tell_the_handlers_that_most_checks_told(tmp_path: Path) -> None:
    handler_set = {"type": "Handler", "metadata": {"name": "night"}, "spec": {"type": "set", "handlers": ["b", "a"]}}
    handlers_of_checks = (["pager"], ["pager"], ["pager", "chat"], ["night"])
    text = "".join(check(f"c{number}", handlers=one) for number, one in enumerate(handlers_of_checks))
    text += check("m", handlers=[], output_metric_handlers=["influx"])
    report = attempt(tmp_path, text + entity() + json.dumps(handler_set), "--notify", "night=ticket")
    plan = planning.plan(str(tmp_path / "made"), "default").plan
    assert plan.routes is not None
    assert (plan.routes.page, plan.routes.ticket, plan.routes.metrics) == (("pager",), ("a", "b"), ("influx",))
    messages = [one["message"] for one in report["remarks"] if "its handlers were" in one["message"]]
    assert messages == ["its handlers were chat, pager; notify=page means pager"]


def test_the_same_files_give_the_same_project(go: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, _ = go
    imported(tmp_path / "acme", GO)
    one, another = (
        {
            path.relative_to(root): path.read_bytes()
            for path in root.rglob("*")
            if path.suffix != ".pyc" and path.is_file()
        }
        for root in (folder, tmp_path / "acme")
    )
    assert one == another


def test_forms_of_one_sensu_give_one_project(tmp_path: Path) -> None:
    """Wrapped JSON and the lists of the API say what the YAML of a dump says."""
    wrapped = tmp_path / "wrapped.json"
    wrapped.write_text("\n".join(json.dumps(one, indent=2) for one in documents()))
    plain = tmp_path / "plain.json"
    kinds = ("CheckConfig", "Entity", "HookConfig")
    plain.write_text(
        json.dumps([{"metadata": one["metadata"], **one["spec"]} for one in documents() if one["type"] in kinds])
    )
    files = []
    for number, file in enumerate((GO, wrapped, plain)):
        imported(tmp_path / str(number) / "acme", file)
        fleet = (tmp_path / str(number) / "acme/fleet/operations.py").read_text()
        inventory = (tmp_path / str(number) / "acme/inventory/production.yaml").read_text()
        files.append((fleet, inventory))
    assert files[0] == files[1] == files[2]


# -- hostile and broken --


def attempt(tmp_path: Path, text: str, *words: str) -> dict[str, Any]:
    """Import a text; its report."""
    (tmp_path / "in.txt").write_text(text)
    return imported(tmp_path / "made", tmp_path / "in.txt", *words)


def check(name: str = "a", **fields: Any) -> str:
    base = {"command": "/bin/true", "interval": 60, "subscriptions": ["linux"], "publish": True}
    return json.dumps({"type": "CheckConfig", "metadata": {"name": name}, "spec": {**base, **fields}})


def entity(name: str = "web-1", **fields: Any) -> str:
    labels = fields.pop("labels", {})
    spec = {"entity_class": "agent", "subscriptions": ["linux"], **fields}
    return json.dumps({"type": "Entity", "metadata": {"name": name, "labels": labels}, "spec": spec})


HOSTILE = (
    "'; rm -rf /; '",
    '"""\nimport os\nos.system("x")\n"""',
    "{{host}}",
    "{role}",
    "\\",
    "é\u2028x",
    "$(id)",
    "a\tb",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(tmp_path: Path, text: str) -> None:
    command = (
        f"/opt/p -x {json.dumps(text)[1:-1]!r}" if "\n" in text else "/opt/p -x '" + text.replace("'", "'\\''") + "'"
    )
    if "{{" in command:
        command = command.replace("{{host}}", '{{ "{{host}}" }}')
    attempt(tmp_path, check(command=command) + entity())
    plan = planning.plan(str(tmp_path / "made"), "default").plan
    expected = words_of(sensu_tokens.substitute(command, {"name": "web-1"}), {})
    assert [list(entry.command) for entry in plan.entries] == [[(word,) for word in expected]]


@pytest.mark.parametrize(
    "name", ["a b", "../../etc/passwd", "__init__", "class", "ünï", "a" * 300, "-", ".", "x'y", "environments", "1"]
)
def test_hostile_names_become_names(tmp_path: Path, name: str) -> None:
    report = attempt(tmp_path, check(name, subscriptions=[name]) + entity(subscriptions=[name]))
    assert len(report["things"]) == 2
    plan = planning.plan(str(tmp_path / "made"), "default").plan
    assert [entry.hosts for entry in plan.entries] == [("web-1",)]
    assert {path.name for path in tmp_path.iterdir()} == {"in.txt", "made"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (check(command="/p {{ .labels.x }}") + entity(), "web-1 has no label x, which its command needs"),
        (check(command="/p {{ .labels.x }}") + entity(labels={"x": "$(id)"}), "web-1 has no label x"),
        (
            check(command='/p {{ .labels.x | default "$(id)" }}') + entity(),
            "has characters that a shell would interpret",
        ),
        (check(interval=10**12), "is longer than a year"),
        (check(command="/p \0"), "contains a NUL character"),
        (check(env_vars=["A=\0"]), "contains a NUL character"),
        (check() + json.dumps({"checks": {"b": {"command": "\ud800"}}}), "contains half a character"),
        (
            json.dumps({"checks": {"b": {"command": "/p", "interval": 9, "subscribers": ["a"], "occurrences": 2000}}}),
            "the maximum is 1000",
        ),
        (check(command="./p"), "is relative to the agent's folder"),
        (check(command='{{ .labels.p | default "/p" }}'), "its program differs from machine to machine"),
        (check(subscriptions=[]), "it has no subscription"),
        (check(""), "it has no name"),
        (check(round_robin=True, command="/p {{ .labels.x }}") + entity(), "of the machine that runs it"),
        (
            check(proxy_requests={"entity_attributes": ["entity.name.indexOf('x') > 0"]}),
            "does more than compare a name",
        ),
        (check(proxy_requests={"entity_attributes": ["entity.name == 'x'"]}), "no entity matches its proxy_requests"),
        (check() + check(command="/bin/false"), "again, and the later one counts"),
        (check(command="/p") + "{", "the JSON needs a key"),
        (check(command="/p") + "[1]", "this is not an object"),
        (check(command="/p") + '{"type": "CheckConfig", "spec": 1}', "one of them is missing"),
        (entity("a b"), "has other characters"),
        (entity(""), "it has no name"),
    ],
)
def test_what_cannot_be_carried_is_one_sentence(tmp_path: Path, text: str, why: str) -> None:
    report = attempt(tmp_path, text)
    (left,) = (one for one in report["remarks"] if one["fate"] == "left")
    assert why in left["message"]
    assert "\n" not in left["message"]
    assert left["where"].startswith(f"{tmp_path}/in.txt:")


def test_secrets_do_not_come_along(tmp_path: Path) -> None:
    client = {"client": {"name": "c", "address": "10.0.0.1", "subscriptions": ["linux"], "db": {"password": "hunter2"}}}
    checks = {"checks": {"a": {"command": "/p :::db.password:::", "interval": 60, "subscribers": ["linux"]}}}
    attempt(tmp_path, json.dumps(client) + json.dumps(checks) + json.dumps({"rabbitmq": {"password": "hunter2"}}))
    attempted = entity(labels={"api_token": "hunter2"}) + check(command="/p {{ .labels.api_token }}")
    (tmp_path / "go").mkdir()
    attempt(tmp_path / "go", attempted)
    written = [path for path in tmp_path.rglob("*") if path.is_file() and "made" in path.parts]
    assert len(written) > 6
    assert [path for path in written if "hunter2" in path.read_text(errors="replace")] == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--notify", "slack"], "--notify 'slack' is not HANDLER=LEVEL"),
        (["--notify", "slack=loud"], "--notify 'slack=loud' is not HANDLER=LEVEL"),
        (["--environment", "a b"], "--environment 'a b' is not a name"),
    ],
)
def test_bad_words_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    assert run(["sensu", "import", str(GO), "--out", str(tmp_path / "made"), *words]) == 2
    printed = capsys.readouterr().err
    assert why in printed
    assert printed.count("\n") == 1
    assert not (tmp_path / "made").exists()


def test_a_handler_that_nothing_tells_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--notify", "pagerduyt=page", "--notify", "email=ticket"]
    assert run(["sensu", "import", str(GO), "--out", str(tmp_path / "made"), *words]) == 0
    (printed,) = [line for line in capsys.readouterr().err.splitlines() if "--notify" in line]
    assert printed.startswith("--notify pagerduyt=page: no imported handler, pipeline or check has this name")
    assert printed.endswith(", did you mean pagerduty")


@pytest.mark.parametrize("name", ["two-words", "class", "json", "checks"])
def test_a_folder_that_can_be_no_project(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert run(["sensu", "import", str(GO), "--out", str(tmp_path / name)]) == 2
    assert "cannot be a project" in capsys.readouterr().err
    assert not (tmp_path / name).exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made/mine.txt").write_text("mine")
    assert run(["sensu", "import", str(GO), "--out", str(tmp_path / "made")]) == 2
    assert "is not empty; nothing was changed" in capsys.readouterr().err
    assert os.listdir(tmp_path / "made") == ["mine.txt"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "in.txt holds nothing of a Sensu"),
        ("{", "in.txt:1: the JSON needs a key in double quotes here"),
        ("words", "in.txt:1: this is not an object"),
        ('{"type": "Handler", "spec": {}}', "in.txt:1: handlers stay in Sensu"),
    ],
)
def test_files_of_which_nothing_can_be_carried_make_no_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, why: str
) -> None:
    (tmp_path / "in.txt").write_text(text)
    assert run(["sensu", "import", str(tmp_path / "in.txt"), "--out", str(tmp_path / "made")]) == 2
    printed = capsys.readouterr().err
    assert why in printed
    assert printed.count("\n") == 1
    assert not (tmp_path / "made").exists()


def test_no_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sensu", "import", str(tmp_path / "none"), "--out", str(tmp_path / "made")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
