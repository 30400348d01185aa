"""Coverage: gaps from the registry, from snapshots of sources, and from servers of runbooks."""

import json
from itertools import takewhile
from pathlib import Path

import pytest

from checkwright.cli.main import run
from checkwright.core.catalog import all_checks
from checkwright.core.errors import Down
from checkwright.coverage.known_services import SERVICES, checks_for_class, checks_for_port
from checkwright.coverage.runbooks import ask_by_http, runbook_items
from checkwright.coverage.watched_ports import ports_of, unwatched_ports
from checkwright.inventory.facts_file import Facts, KnownMachine, Listening, dumps_facts
from checkwright.registry.plan import Plan
from checkwright.registry.planning import plan
from tests.checkwright.registry.conftest import Write, project
from tests.support.servers import Page, web_server

__all__ = ["project"]

FLEET = """
    from checks.http.http import Http
    from checks.redis.redis import Redis
    from checks.tcp.tcp_port import TcpPort
    from checks.postgresql.postgresql import Postgresql
    ovens = Role("ovens", owner=bakers, runbook="{runbook}", watches=(
        Watch(Oven(), name="heat"),
        Watch(Http(url="http://{{address}}:{{label.web}}/"), name="web", where="central"),
        Watch(Http(url="https://{{host}}/"), name="tls"),
        Watch(Http(url="http://elsewhere.example.com:9999/"), name="elsewhere"),
        Watch(TcpPort(host="{{address}}", port=label("api", int)), name="api", where="central"),
        Watch(Redis(), name="cache"),
        Plugin("/usr/lib/nagios/plugins/check_ssh", "-p", "{{label.ssh}}", "{{address}}", name="ssh"),
    ))
    mill = Role("mill", owner=bakers, runbook="{runbook}", watches=(Watch(Cpu()),))
    production = Environment("production", site=Site(transport="nrpe"), inventory="inventory/production.csv")
    qa = Environment("qa", site=Site(transport="local"), hosts=(
        Host("oven-q", "10.1.0.1", roles=(ovens,), labels={{"web": "80", "api": "7000", "ssh": "22"}}),))
"""
INVENTORY = """\
name,address,roles,label.web,label.api,label.ssh
oven-1,10.0.0.1,ovens,8080,7000,2222
oven-2,10.0.0.2,ovens,8080,7000,2222
mill-1,10.0.0.3,mill,,,
"""


def write(project: Write, *facts: Facts, runbook: str = "https://r.example.com/") -> Path:
    files = {"inventory/production.csv": INVENTORY}
    folder = project(FLEET.format(runbook=runbook), files)
    for one in facts:
        (folder / "inventory/production.facts.json").write_text(dumps_facts(one), encoding="utf-8")
    return folder


def resolved(project: Write) -> Plan:
    return plan(str(write(project)), "production").plan


def ports(*numbers: int, program: str = "") -> tuple[Listening, ...]:
    return tuple(Listening(number, program) for number in numbers)


def facts(*machines: KnownMachine, classes: dict[str, int] | None = None) -> Facts:
    return Facts("puppetdb", "inventory/production.csv", "2026-11-29T06:47:00Z", machines, classes)


def coverage(folder: Path, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run(["--project", str(folder), "coverage", *words]) == code
    return capsys.readouterr().out


def section(output: str, title: str) -> list[str]:
    """Return a title and the lines below it."""
    lines = output.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(f"{title}: "))
    return [lines[at], *takewhile(lambda line: line.startswith(" "), lines[at + 1 :])]


def test_ports_are_read_from_the_options_of_watches(project: Write) -> None:
    found = resolved(project)
    host = next(host for host in found.hosts if host.name == "oven-1")
    watched = {entry.name: sorted(ports_of(entry, host, found)) for entry in found.entries if "oven-1" in entry.hosts}
    assert watched == {
        "heat": [5666],  # its URL is on another machine
        "web": [8080],
        "tls": [443, 5666],
        "elsewhere": [5666],
        "api": [7000],
        "cache": [5666, 6379],
        "ssh": [2222, 5666],
    }


def test_port_that_no_watch_looks_at_is_named_by_program_and_roles(project: Write) -> None:
    machines = [
        KnownMachine(
            "a", "oven-1", "10.0.0.1", listening=(*ports(2222, 5666, 8080, 7000, 6379), *ports(9000, program="java"))
        ),
        KnownMachine("b", "", "10.0.0.2", listening=(*ports(8080), *ports(9000, program="java"))),
        KnownMachine("c", "mill-1", "10.0.0.3", listening=ports(6379, 22)),
        KnownMachine("d", "unknown", "10.0.0.9", listening=ports(1)),
    ]
    items = list(unwatched_ports(resolved(project), machines, frozenset({22})))
    assert [(item.text, item.hosts, item.checks, item.port) for item in items] == [
        ("9000 (java) on 2 hosts of ovens", ("oven-1", "oven-2"), ("php_fpm",), 9000),
        ("6379 on 1 host of mill", ("mill-1",), ("redis",), 6379),
    ]


def test_services_name_checks_that_exist() -> None:
    known = {found.name for found in all_checks()}
    assert {check for service in SERVICES for check in service.checks} - known == set()
    assert checks_for_class("Redis") == ("redis",) and checks_for_class("Motd") == ()
    assert checks_for_port(443) == ("http",) and checks_for_port(8443) == ()


def test_command_lists_gaps_of_a_snapshot(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(
        project,
        facts(
            KnownMachine(
                "oven-1.example.com", "oven-1", "10.0.0.1", roles=("ovens",), listening=ports(8443, program="java")
            ),
            KnownMachine("lost.example.com", "lost", "10.0.0.77"),
            KnownMachine("toy.example.com", "toy", "10.0.0.78", ignored="a toy"),
            classes={"Redis": 2, "Postgresql::Server": 3, "Motd": 9},
        ),
    )
    output = coverage(folder, capsys, "--check", code=1)
    assert output.startswith("inventory/production.csv: facts as of 2026-11-29T06:47:00Z\n")
    assert section(output, "Hosts of a source that are in no plan") == [
        "Hosts of a source that are in no plan: 2",
        "  - production: 1 host of puppetdb, for inventory/production.csv, is in no plan: lost",
        "    production: 1 host of inventory/production.csv ignored: a toy: toy",
    ]
    assert section(output, "Listening ports without a watch") == [
        "Listening ports without a watch: 1",
        "  - production: 8443 (java) on 1 host of ovens: oven-1",
        '      Watch(TcpPort(host="{address}", port=8443), where="central"),',
    ]
    classes = section(output, "Puppet classes without a watch")
    assert classes[0] == "Puppet classes without a watch: 1"
    assert classes[1] == "    production: Postgresql::Server on 3 hosts"
    assert classes[2].startswith("      Watch(Postgresql(")
    (lacking,) = section(output, "Roles that an environment lacks")[1:]
    assert lacking.startswith("  - qa: qa has no mill, and production has it (bakery/fleet/all.py:")


def test_gaps_of_rules_are_sections(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    fleet = """
        mailers = Team("mailers", email="m@example.com")
        mill = Role("mill", owner=mailers, runbook="https://r.example.com/", watches=(Watch(Cpu()),))
        idle = Role("idle", owner=bakers, runbook="https://r.example.com/")
        production = Environment("production", site=Site(), roles=(idle,), hosts=(
            Host("mill-1", "10.0.0.3", roles=(mill,)), Host("bare", "10.0.0.4")))
    """
    output = coverage(project(fleet), capsys, "--check", code=1)
    assert (
        "the team mailers has no pager, and mill:cpu pages it" in section(output, "Pages to a team without a pager")[1]
    )
    assert "role 'idle' has no watches" in section(output, "Roles without watches or hosts")[1]
    assert "'bare'" in section(output, "Hosts without a role")[1]
    assert "no watch uses the check oven" in section(output, "Checks of the project without a watch")[1]
    assert section(output, "Listening ports without a watch")[0].endswith("the fact with them, and pull")


def test_machine_that_only_one_source_knows(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    fleet = """
        mill = Role("mill", owner=bakers, runbook="https://r.example.com/", watches=(Watch(Cpu()),))
        production = Environment("production", site=Site(), inventory=("a.csv", "b.csv"))
    """
    header = "name,address,roles\n"
    files = {"a.csv": f"{header}mill-1,10.0.0.1,mill\n", "b.csv": f"{header}mill-2,10.0.0.2,mill\n"}
    folder = project(fleet, files)
    both = KnownMachine("m1", "mill-1", "10.0.0.1", key="i-1")
    ec2 = (KnownMachine("i-1", "other-name", ""), KnownMachine("i-2", "mill-2", "10.0.0.2"))
    for name, one in (
        ("a", Facts("puppetdb", "a.csv", "2026-11-29T06:47:00Z", (both,))),
        ("b", Facts("ec2", "b.csv", "2026-11-29T06:48:00Z", ec2)),
    ):
        (folder / f"{name}.facts.json").write_text(dumps_facts(one), encoding="utf-8")
    output = coverage(folder, capsys)
    assert section(output, "Hosts that only one source has")[1:] == [
        "  - production: 1 host of ec2 that puppetdb does not have: mill-2"
    ]


def test_json_holds_sections_and_suggestions(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(project, facts(KnownMachine("x", "mill-1", "10.0.0.3", listening=ports(6379))))
    found = json.loads(coverage(folder, capsys, "production", "--json"))
    (ports_section,) = [one for one in found["sections"] if one["id"] == "ports"]
    assert [(item["port"], item["hosts"]) for item in ports_section["items"]] == [(6379, ["mill-1"])]
    assert found["suggestions"]["redis"].startswith("Watch(Redis(")
    assert found["facts"] == {"inventory/production.csv": "2026-11-29T06:47:00Z"}


def test_long_lists_are_cut(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    many = [KnownMachine(f"m{number}", f"m{number}") for number in range(20)]
    listening = KnownMachine("x", "mill-1", "10.0.0.3", listening=ports(*range(7100, 7120)))
    folder = write(project, facts(*many, listening))
    output = coverage(folder, capsys)
    assert "m0, m1, m10 and 17 more" in output and "  and 10 more (--all lists them)" in output
    whole = coverage(folder, capsys, "--all")
    assert "m19" in whole and "more" not in whole and "7119 on 1 host" in whole
    assert "7100" not in coverage(folder, capsys, "--all", "--ignore-port", "7100")


@pytest.mark.parametrize("text", ["{", "{}", '{"format": "checkwright-facts-9"}', "[]", "\udcff"])
def test_damaged_snapshot_is_one_sentence(project: Write, capsys: pytest.CaptureFixture[str], text: str) -> None:
    folder = write(project)
    (folder / "inventory/production.facts.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert run(["--project", str(folder), "coverage"]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith("checkctl: inventory/production.facts.json: the snapshot ")
    assert errors.count("\n") == 1


def test_project_with_errors_has_no_coverage(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(project)
    (folder / "inventory/production.csv").write_text(INVENTORY.replace("mill-1", "oven-1"), encoding="utf-8")
    assert run(["--project", str(folder), "coverage"]) == 1
    assert "error R" in capsys.readouterr().err


def test_runbooks_are_asked_for_once_and_judged(project: Write) -> None:
    pages: dict[str, Page] = {
        "/good": (200, {}, b"here"),
        "/gone": (404, {}, b""),
        "/login": (401, {}, b""),
        "/broken": (500, {}, b""),
        "/moved": (302, {"Location": "/good"}, b""),
    }
    with web_server(pages) as server:
        base = f"http://127.0.0.1:{server.port}"
        fleet = "\n".join(
            f'    {name} = Role("{name}", owner=bakers, runbook="{base}/{name}", watches=(Watch(Cpu()), Watch(Disk())))'
            for name in ("good", "gone", "login", "broken", "moved")
        )
        fleet += """
    dead = Role("dead", owner=bakers, runbook="http://127.0.0.1:1/x", watches=(Watch(Cpu(), name="c"),))
    production = Environment("production", site=Site(), hosts=(
        Host("a", "10.0.0.1", roles=(good,)), Host("b", "10.0.0.2", roles=(gone,)),
        Host("c", "10.0.0.3", roles=(login,)), Host("d", "10.0.0.4", roles=(broken,)),
        Host("e", "10.0.0.5", roles=(moved,)), Host("f", "10.0.0.6", roles=(dead,)),
    ))
"""
        items = runbook_items([plan(str(project(fleet)), "production").plan], ask_by_http)
        assert [path for _, path, _, _ in server.seen if path == "/gone"] == ["/gone"]
    found = {
        item.text.partition(": ")[0].removeprefix(base): (item.severity, item.text.partition(": ")[2]) for item in items
    }
    assert found["/gone"] == ("finding", "status 404 (runbook of gone:cpu, gone:disk)")
    assert found["/login"] == (
        "note",
        "status 401: behind a login, cannot be judged (runbook of login:cpu, login:disk)",
    )
    assert found["/broken"][0] == "warning"
    assert found["http://127.0.0.1:1/x"][0] == "finding" and "refused" in found["http://127.0.0.1:1/x"][1]
    assert set(found) == {"/gone", "/login", "/broken", "http://127.0.0.1:1/x"}


def test_runbook_on_another_host_after_a_redirect_cannot_be_judged(project: Write) -> None:
    def ask(url: str) -> tuple[int, str]:
        if "r.example.com" not in url:
            raise Down(f"GET {url}: timed out")
        return 200, "https://login.example.com/?next=1"

    (item,) = runbook_items([resolved(project)], ask)
    assert (item.severity, item.text) == (
        "note",
        "https://r.example.com/: redirected to login.example.com: moved or behind a login, cannot be judged"
        " (runbook of mill:cpu, ovens:api, ovens:cache and 5 more)",
    )


def test_live_asks_the_servers(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    with web_server({"/gone": (410, {}, b"")}) as server:
        url = f"http://127.0.0.1:{server.port}/gone"
        folder = write(project, facts(), runbook=url)
        assert "not asked for" in section(coverage(folder, capsys), "Runbooks that do not answer")[0]
        output = coverage(folder, capsys, "--live", "--check", code=1)
    assert section(output, "Runbooks that do not answer")[1].startswith(f"  - {url}: status 410 (runbook of ")
