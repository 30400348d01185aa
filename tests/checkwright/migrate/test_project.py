"""A draft becomes files that Python, ruff and checkctl lint take as they are, and that say what the draft says."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.migrate.draft import (
    Draft,
    DraftEnvironment,
    DraftHost,
    DraftHours,
    DraftOverride,
    DraftRole,
    DraftTeam,
    DraftWatch,
    Label,
    LibraryCheck,
    Program,
    Threshold,
)
from checkwright.migrate.plugin_options import NEVER
from checkwright.migrate.project_files import write_project
from checkwright.migrate.python_source import (
    Argument,
    Call,
    Dict,
    Expression,
    Name,
    Tuple,
    assignment,
    identifier,
    quoted,
)
from checkwright.registry import planning
from checkwright.registry.plan import Plan

DISK = LibraryCheck("checks.system.disk", "Disk", (("paths", ("/", "/srv")),), (Threshold("space", "80", "90"),))
DRAFT = Draft(
    name="imported",
    source="read from Nagios",
    hours=(DraftHours("work", ("monday-friday 09:00-17:00",)), DraftHours("night", ("monday-sunday 00:00-05:00",))),
    teams=(
        DraftTeam("web-admins", "web@example.com", "web-pager", "work", "Mails went to web@example.com."),
        DraftTeam("environments", "root@localhost"),
        DraftTeam("production", "root@localhost"),
    ),
    roles=(
        DraftRole(
            "web",
            "web-admins",
            (
                DraftWatch("disk", DISK, (("every", "5m"),), about="a long word about it " * 10),
                DraftWatch(
                    "smtp",
                    Program("/opt/check_smtp", ("-H", "{address}", "it's", '"a"', "back\\slash", "{{host}}")),
                    (("quiet", ("night",)), ("env", (("LC_ALL", "C"),)), ("where", "central")),
                ),
                DraftWatch(
                    "port",
                    LibraryCheck(
                        "checks.tcp.tcp_port",
                        "TcpPort",
                        (("host", "{address}"), ("port", Label("port", "int"))),
                        (Threshold("time", NEVER, NEVER),),
                    ),
                ),
            ),
            "Serves pages",
            "https://runbooks.example.com/",
        ),
        DraftRole("import", "environments", (DraftWatch("swap", LibraryCheck("checks.system.swap", "Swap")),)),
        DraftRole("1st", "production", (DraftWatch("load", LibraryCheck("checks.system.load", "Load")),)),
    ),
    environments=(
        DraftEnvironment(
            "production",
            (
                DraftHost("web-1", "127.0.0.1", ("web", "import"), (("port", "8080"), ("note", "a, b: {c}"))),
                DraftHost("web-2", "127.0.0.2", ("web",), (("port", "80"),), ("web-1",)),
                DraftHost("no", "127.0.0.3", ("1st",)),
            ),
            (("transport", "nrpe"),),
            (
                DraftOverride(
                    "it is small",
                    role="web",
                    hosts=("web-2",),
                    of=LibraryCheck("checks.system.disk", "Disk", (), (Threshold("space", "70", "80"),)),
                ),
                DraftOverride("it is slow", role="web", watch="smtp", hosts=("web-1",), settings=(("every", "15m"),)),
            ),
        ),
    ),
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "imported"
    for path, text in write_project(DRAFT).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def resolved(project: Path) -> Plan:
    for name in [name for name in sys.modules if name.partition(".")[0] == "imported"]:
        del sys.modules[name]
    return planning.plan(str(project), "production").plan


def test_the_plan_says_what_the_draft_said(project: Path) -> None:
    plan = resolved(project)
    entries = {(entry.id, entry.variant): entry for entry in plan.entries}
    smtp = entries["web:smtp", ""]
    assert [str(word[0]) for word in smtp.command[3:]] == ["it's", '"a"', "back\\slash", "{host}"]
    assert (smtp.quiet, smtp.env, smtp.transport) == (("night",), (("LC_ALL", "C"),), "central")
    assert {entry.interval for (name, _), entry in entries.items() if name == "web:smtp"} == {60, 900}
    space = {
        entry.hosts: [(one.warn, one.crit) for one in entry.limits if one.gauge == "space" and one.level == "override"]
        for entry in entries.values()
        if entry.name == "disk"
    }
    assert space == {("web-1",): [], ("web-2",): [("70", "80")]}
    hosts = {host.name: host for host in plan.hosts}
    assert hosts["web-1"].labels == {"port": "8080", "note": "a, b: {c}"}
    assert hosts["web-2"].parents == ("web-1",)
    teams = {team.name: team for team in plan.teams}
    assert (teams["web-admins"].page, teams["web-admins"].office_hours) == ("web-pager", "work")


def test_ruff_would_change_nothing(project: Path) -> None:
    # From the folder above, as in a repository whose packages are its own.
    options = ["--isolated", "--line-length", "120", "--no-cache", project.name]
    rules = ["--select", "B,C4,E,F,I,RUF,S,SIM,UP,W"]
    for words in (["format", "--diff", *options], ["check", *rules, *options]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *words], cwd=project.parent, capture_output=True, text=True, timeout=60
        )
        assert ran.returncode == 0, ran.stdout


def test_names_that_python_or_the_module_needs_are_left_alone() -> None:
    assert identifier("class") == "class_"
    assert identifier("web-1.example") == "web_1_example"
    assert identifier("1st") == "_1st"
    assert identifier("ä") == "unnamed"
    assert identifier("web", ("web", "web_2")) == "web_3"


@given(st.text())
def test_any_text_is_quoted_so_that_python_reads_it_back(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text


LEAVES = st.one_of(st.text(max_size=60), st.integers(0, 10**9), st.booleans(), st.none())
VALUES: st.SearchStrategy[Expression] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: Tuple(tuple(items))),
        st.dictionaries(st.text(max_size=8), inner, max_size=3).map(lambda pairs: Dict(tuple(pairs.items()))),
    ),
    max_leaves=12,
)


@given(VALUES)
def test_any_value_is_written_so_that_python_reads_it_back(value: Expression) -> None:
    statement = ast.parse(assignment("x", Call("f", (Argument("", value), Argument("key", value))))).body[0]
    assert isinstance(statement, ast.Assign)
    assert isinstance(statement.value, ast.Call)
    assert ast.literal_eval(statement.value.args[0]) == plain(value)
    assert ast.literal_eval(statement.value.keywords[0].value) == plain(value)


def plain(value: object) -> object:
    if isinstance(value, Tuple):
        return tuple(plain(one) for one in value.items)
    if isinstance(value, Dict):
        return {key: plain(one) for key, one in value.items}
    assert not isinstance(value, Name | Call)
    return value
