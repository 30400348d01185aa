"""Tests of loading a project's registry, and of the errors in its fleet modules."""

import os
import sys
from pathlib import Path

import pytest

from checkwright.registry.findings import FindingsError
from checkwright.registry.loader import load
from checkwright.registry.model import RegistryError
from checkwright.registry.plan import Origin
from checkwright.registry.registry import Registry
from tests.checkwright.registry.conftest import FIRST, Write

BROKEN = {
    "no Python": ("role = = 1", "R001", "this is not Python: invalid syntax"),
    "a package that is not there": (
        "from flour.mill import thing",
        "R001",
        "No module named 'flour'",
    ),
    "a name that is not there": (
        "from bakery.plugins.oven import Stove",
        "R001",
        "cannot import name 'Stove' from 'bakery.plugins.oven'",
    ),
    "a misspelt variable": ("x = bakerz", "R001", "NameError: name 'bakerz' is not defined"),
    "a misspelt gauge": (
        "x = Watch(Oven(), Oven.heet.at(warn=1))",
        "R001",
        "Oven has no heet, did you mean heat",
    ),
    "an option that is missing": (
        "x = Watch(SqsBacklog())",
        "R001",
        "SqsBacklog needs the option queue= (Queue name, or the beginning of several names with * at its end)",
    ),
    "an option that there is not": ("x = Oven(burners=2)", "R001", "Oven has no option 'burners'"),
    "an option that is misspelt": ("x = Disk(path=('/',))", "R001", "Disk has no option 'path', did you mean paths"),
    "a bad range": ("x = Oven.heat.at(warn='hot')", "R001", "Oven.heat.at(): 'hot' is not a range: write a range such"),
    "a range of another type": ("x = Oven.heat.at(warn={})", "R001", "Oven.heat.at(): {} is not a range: write a"),
    "a range without end": ("x = Oven.heat.at(warn=1e999)", "R001", "Oven.heat.at(): inf is not a range: write a"),
    "a range that is no number": (
        "x = Oven.heat.at(warn=True)",
        "R001",
        "Oven.heat.at(): True is not a range: write",
    ),
    "a threshold without its end": ("x = Oven.heat.at(80)", "R001", "Oven.heat.at(): 80 is no pattern over items"),
    "a misspelt end of a range": ("x = Oven.heat.at(warning=3)", "R001", "at() has no warning: write"),
    "a literal as a secret": ("x = Oven(token='s3cret')", "R001", "a secret is never written down"),
    "a wrong size": (
        "x = Disk(min_free='512X')",
        "R001",
        "Disk.min_free '512X' is not a size: write bytes, or a number",
    ),
    "a size that is no number": ("x = Disk(min_free=(1,))", "R001", "Disk.min_free is (1,), not a size"),
    "a wrong duration": (
        "x = Cpu(over='soon')",
        "R001",
        "Cpu.over 'soon' is not a duration: write seconds, or a number",
    ),
    "a wrong value": ("x = Watch(Oven(), every='5x')", "R001", "Watch oven: every: '5x' is not a duration"),
    "no why": ("x = Override(every='5m')", "R001", "Override needs why"),
    "no owner": ("x = Role('mill')", "R001", "Role needs owner"),
    "an unknown word": ("x = Team('a', mail='b')", "R001", "Team has no mail, did you mean email"),
    "values without names": ("x = Team('a', 'b')", "R001", "Team takes its values by name: write NAME=VALUE"),
    "values without names, next to values with names": (
        "x = Role('mill', 'b', owner='c')",
        "R001",
        "Role takes its values by name: write NAME=VALUE",
    ),
    "one where several may stand": (
        "x = Environment('dev', site=Site(), overrides=(Override(every='5m', why='slow')))",
        "R001",
        "overrides is Override(why='slow'), not a tuple of Override: mind the comma in (x,)",
    ),
    "one window where several may stand": (
        "x = Environment('dev', site=Site(), maintenance=Maintenance('2026-12-01 22:00', '2026-12-02 02:00', why='x'))",
        "R001",
        "maintenance is Maintenance(2026-12-01 22:00, why='x'), not a tuple of Maintenance: mind the comma in (x,)",
    ),
    "a computing module": ("x = (1,)\nfor y in x:\n    pass", "R002", "declarations only, and this is a loop"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_mistake_is_one_sentence_with_file_and_line(project: Write, what: str) -> None:
    fleet, rule, sentence = BROKEN[what]
    with pytest.raises(FindingsError) as refused:
        load(str(project(fleet)))
    (finding,) = refused.value.findings
    assert finding.id == rule
    assert finding.origin == Origin("bakery/fleet/all.py", FIRST + (rule == "R002"))
    assert sentence in finding.message
    assert "\n" not in str(finding)


def messages(project: Write, fleet: str, files: dict[str, str] | None = None) -> list[tuple[str, str]]:
    """Return place and message of each finding in a fleet that cannot be loaded."""
    with pytest.raises(FindingsError) as refused:
        load(str(project(fleet, files)))
    return [(str(finding.origin), finding.message) for finding in refused.value.findings]


def test_all_errors_of_a_module_are_reported(project: Write) -> None:
    fleet = """\
    mill = Role("mill", owner=bakers, watches=(
        Watch(Disk(path="/")),
        Watch(Oven(), Oven.heet.at(warn=1)),
        Watch(Oven()),
    ))
    shop = Role("the shop", owner=bakers)
    qa = Environment("qa", site=Site(transport="ssh"), hosts=(Host("a", roles=(mill,)), Host("b c")))
    """
    found = messages(project, fleet)
    assert [place for place, _ in found] == [
        f"bakery/fleet/all.py:{line}" for line in (FIRST + 1, FIRST + 2, FIRST + 5, FIRST + 6, FIRST + 6)
    ]
    assert [message.partition(":")[0] for _, message in found] == [
        "Disk has no option 'path', did you mean paths",
        "Oven has no heet, did you mean heat",
        "Role 'the shop' is not a name",
        "Site",
        "Host 'b c' is not a name",
    ]


def test_errors_of_all_modules_are_reported_once(project: Write) -> None:
    files = {
        "fleet/broken.py": "from bakery.plugins.oven import Oven\nhot = Oven(burners=2)\ncold = Oven.cold\n",
        "fleet/other.py": "from bakery.fleet import broken\nfrom bakery.fleet.broken import hot\n"
        "x = hot\ny = broken.cold\nz = nowhere\n",
    }
    assert [place for place, _ in messages(project, "", files)] == [
        "bakery/fleet/broken.py:2",
        "bakery/fleet/broken.py:3",
        "bakery/fleet/other.py:5",
    ]


def test_error_in_a_declaration_is_not_repeated_where_its_name_is_used(project: Write) -> None:
    fleet = """\
    mill = Role("mill")
    shop = Role("shop", owner=mill)
    qa = Environment("qa", site=Site(), roles=(mill, shop))
    """
    assert messages(project, fleet) == [(f"bakery/fleet/all.py:{FIRST}", "Role needs owner")]


def test_hidden_files_of_an_editor_are_ignored(project: Write) -> None:
    folder = project("")
    (folder / "fleet/.#all.py").symlink_to("me@here.4711:1790000000")
    (folder / "fleet/.all.py").write_text("half a li", encoding="utf-8")
    (folder / "plugins/.#oven.py").symlink_to("me@here.4711:1790000000")
    assert load(str(folder)).project == "bakery"


def test_error_in_a_plugin_is_reported_there(project: Write) -> None:
    with pytest.raises(FindingsError) as refused:
        load(str(project("", {"plugins/oven.py": "x = 1\ny = {}['heat']\n"})))
    assert str(refused.value.findings[0]) == "bakery/plugins/oven.py:2: error R001: KeyError: 'heat'"


def test_module_cannot_exit_the_program(project: Write) -> None:
    with pytest.raises(FindingsError, match="this ends the program"):
        load(str(project("import bakery.plugins.gone", {"plugins/gone.py": "raise SystemExit(3)"})))


def test_all_modules_are_parsed_before_any_is_imported(project: Write) -> None:
    files = {"fleet/another.py": "if True:\n    pass\n", "fleet/third.py": "x = [y for y in ()]\nz = lambda: 1\n"}
    with pytest.raises(FindingsError) as refused:
        load(str(project("raise_ = nowhere", files)))
    assert [str(finding.origin) for finding in refused.value.findings] == [
        "bakery/fleet/another.py:1",
        "bakery/fleet/third.py:1",
        "bakery/fleet/third.py:2",
    ]
    assert "bakery.fleet.all" not in sys.modules


def test_declarations_are_collected_once(project: Write) -> None:
    folder = project(
        """
        mill = Role("mill", owner=bakers)
        qa = Environment("qa", site=Site(), hosts=(Host("a", "10.0.0.1", roles=(mill,)),))
        """,
        {"fleet/more.py": "from bakery.fleet.all import bakers, mill, qa\n"},
    )
    registry = load(str(folder))
    assert (registry.project, registry.folder) == ("bakery", os.path.realpath(folder))
    assert [team.name for team in registry.teams] == ["bakers"]
    assert [role.name for role in registry.roles] == ["mill"]
    assert [environment.name for environment in registry.environments] == ["qa"]


def test_edit_of_the_same_size_within_a_second_is_seen(project: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    for address in ("10.0.0.1", "10.0.0.2"):
        folder = project(f'qa = Environment("qa", site=Site(), hosts=(Host("mill-1", "{address}"),))')
        os.utime(folder / "fleet" / "all.py", (1_700_000_000, 1_700_000_000))
        (environment,) = load(str(folder)).environments
        assert environment.hosts[0].address == address
        for name in [name for name in sys.modules if name.partition(".")[0] == "bakery"]:
            del sys.modules[name]
    assert sys.dont_write_bytecode is False


def test_folder_above_a_project_is_not_on_the_path(project: Write) -> None:
    before = list(sys.path)
    folder = project("")
    load(str(folder))
    assert sys.path == before


def test_two_projects_live_in_one_process(project: Write, tmp_path: Path) -> None:
    first = load(str(project('mill = Role("mill", owner=bakers)')))
    other = tmp_path / "dairy" / "fleet"
    other.mkdir(parents=True)
    team = "from checkwright.registry.model import Team\ndairy = Team('dairy', email='a@example.com')\n"
    (other / "all.py").write_text(team, encoding="utf-8")
    try:
        second = load(str(tmp_path / "dairy"))
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "dairy"]:
            del sys.modules[name]
    assert [team.name for team in second.teams] == ["dairy"]
    assert [team.name for team in first.teams] == ["bakers"]
    assert second.relative(second.teams[0].origin) == Origin("dairy/fleet/all.py", 2)


@pytest.mark.parametrize(
    ("project", "file", "named"),
    [
        ("/w/acme", "/w/acme/fleet/all.py", "acme/fleet/all.py"),
        ("/w/acme", "/w/venv/lib/checkwright/core/check.py", "checkwright/core/check.py"),
        ("/w/venv/lib/examples/shop", "/w/venv/lib/examples/shop/fleet/all.py", "shop/fleet/all.py"),
        ("/w/acme", "/usr/lib/python3/other.py", "/usr/lib/python3/other.py"),
    ],
)
def test_lines_are_named_from_the_project_or_from_the_library(
    project: str, file: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checkwright.registry.registry.HOME", "/w/venv/lib")
    assert Registry("acme", project).relative(Origin(file, 3)) == Origin(named, 3)


@pytest.mark.parametrize("missing", ["no folder at all", "no fleet"])
def test_folder_without_a_fleet_is_not_a_project(tmp_path: Path, missing: str) -> None:
    folder = tmp_path / "nothing"
    if missing == "no fleet":
        folder.mkdir()
    with pytest.raises(RegistryError, match="is not a project: it has no folder fleet/"):
        load(str(folder))


def test_fleet_without_modules_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bakery" / "fleet").mkdir(parents=True)
    with pytest.raises(RegistryError, match="contains no Python file, so nothing is declared"):
        load(str(tmp_path / "bakery"))


def test_a_pipe_in_fleet_is_refused_without_waiting(project: Write) -> None:
    folder = project("")
    os.mkfifo(folder / "fleet" / "pipe.py")
    with pytest.raises(FindingsError) as refused:
        load(str(folder))
    (finding,) = refused.value.findings
    assert "it is not a regular file" in finding.message
