"""Parity of environments: five kinds of cell, wide overrides, the values of roles, and gaps."""

import json
from pathlib import Path

import pytest

from checkwright.cli.main import run
from checkwright.parity.compare_with_roles import parity_of
from checkwright.parity.parity_model import Cell, Parity
from checkwright.parity.parity_text import cell_words, heads, own_values, rows
from checkwright.registry.findings import FindingsError
from checkwright.registry.loader import load
from checkwright.registry.planning import lint
from tests.checkwright.registry.conftest import Write, project

__all__ = ["project"]

ROLES = """
    ovens = Role("ovens", owner=bakers, runbook="https://r.example.com/", watches=(
        Watch(Oven(shelves=("top",)), Oven.heat.at(warn=200), name="heat", every="2m"),
        Watch(Disk(paths=("/",)), Disk.space.at(warn=75, crit=85), Disk.space.at("/srv*", warn=60)),
        Plugin("/usr/lib/nagios/plugins/check_ssh", "{address}", name="ssh", every="1h"),
        Watch(Heartbeat(job="bread"), Heartbeat.age.at(warn="2h"), name="bread", per="role"),
    ))
    shops = Role("shops", owner=bakers, runbook="https://r.example.com/", watches=(Watch(Cpu()),))
    production = Environment("production", site=Site(), hosts=(
        Host("oven-1", "10.0.0.1", roles=(ovens,)),
        Host("oven-2", "10.0.0.2", roles=(ovens,)),
        Host("shop-1", "10.0.0.3", roles=(shops,)),
    ), overrides=(%s))
"""
OTHER = """
    staging = Environment("staging", site=Site(), hosts=(
        Host("oven-s1", "10.1.0.1", roles=(ovens,)),
        Host("oven-s2", "10.1.0.2", roles=(ovens,)),
    ), %s)
"""


def parity(project: Write, *, production: str = "", staging: str = "", only: tuple[str, ...] = ()) -> Parity:
    return parity_of(load(str(project(ROLES % production + OTHER % staging))), only)


def cell(found: Parity, watch: str, environment: str) -> Cell:
    (row,) = [row for row in found.rows if row.id == watch]
    return row.cells[[column.environment for column in found.columns].index(environment)]


def test_watch_without_overrides_is_as_the_role_says(project: Write) -> None:
    found = parity(project)
    assert [column.environment for column in found.columns] == ["production", "staging"]
    assert [row.id for row in found.rows] == ["ovens:heat", "ovens:disk", "ovens:ssh", "ovens:bread", "shops:cpu"]
    assert {cell(found, f"ovens:{name}", "staging").kind for name in ("heat", "disk", "ssh", "bread")} == {"same"}
    assert (cell(found, "ovens:heat", "staging").hosts, cell(found, "ovens:bread", "staging").hosts) == (2, 1)
    assert [(row.check, row.owner, row.origin.file) for row in found.rows[2:3]] == [
        ("/usr/lib/nagios/plugins/check_ssh", "bakers", "bakery/fleet/all.py")
    ]
    assert list(own_values(found)) == []


def test_override_of_everything_is_one_sentence_and_no_cell_differs(project: Write) -> None:
    found = parity(
        project,
        staging='overrides=(Override(every=at_least("5m"), notify="nobody", why="asleep", until="2099-01-31"),)',
    )
    (wide,) = found.columns[1].wide
    assert wide.sentence() == "every at least 5m, notify nobody: asleep (until 2099-01-31)"
    assert wide.watches == 4
    assert {row.cells[1].kind for row in found.rows if row.role == "ovens"} == {"same"}
    assert any(str(wide.cause.origin) in line and wide.sentence() in line for line in heads(found))


def test_own_values_name_the_role_s_value_the_effect_the_reason_and_the_place(project: Write) -> None:
    found = parity(
        project,
        staging="""overrides=(
            Override(every="5m", notify="nobody", why="asleep"),
            Override(Oven.heat.at(warn=220, crit="~:"), watch="heat", attempts=5, why="summer", until="2099-08-31"),
            Override(watch="ssh", every="10m", why="new machines"),
        )""",
    )
    heat = cell(found, "ovens:heat", "staging")
    assert heat.kind == "differs"
    assert [str(one) for one in heat.differences] == [
        "heat warning 200 -> 220 (looser)",
        "heat critical 280 -> never (looser)",
        "attempts 3 -> 5 (later)",
    ]
    assert {(one.cause.why, one.cause.until, one.hosts) for one in heat.differences} == {("summer", "2099-08-31", ())}
    # The last override decides, so `every` of ssh is its own, in spite of the wide override.
    assert [str(one) for one in cell(found, "ovens:ssh", "staging").differences] == ["every 1h -> 10m (more often)"]
    (line,) = [line for line in own_values(found) if "ssh" in line]
    assert line.startswith("ovens:ssh in staging: every 1h -> 10m (more often): new machines (bakery/fleet/all.py:")


def test_exception_of_production_is_in_its_own_column_only(project: Write) -> None:
    found = parity(project, production='Override(Disk.space.at(warn=90, crit=95), why="old pictures"),')
    assert [str(one) for one in cell(found, "ovens:disk", "production").differences] == [
        "space warning 75 % -> 90 % (looser)",
        "space critical 85 % -> 95 % (looser)",
        "space of /srv* warning 60 % -> 90 % (looser)",
    ]
    assert cell(found, "ovens:disk", "staging").kind == "same"


def test_limit_of_some_items_is_compared_with_the_limit_that_they_had(project: Write) -> None:
    found = parity(project, production='Override(Disk.space.at("/srv/bread", warn=65, crit=80), why="flour"),')
    assert [str(one) for one in cell(found, "ovens:disk", "production").differences] == [
        "space of /srv/bread warning 60 % -> 65 % (looser)",
        "space of /srv/bread critical 85 % -> 80 % (stricter)",
    ]


def test_values_of_some_hosts_name_them(project: Write) -> None:
    found = parity(
        project,
        production="""
            Override(Oven.heat.at(warn=210), host="oven-1", why="old"),
            Override(watch="disk", host="oven-2", off=True, why="no disk"),
            Override(options=Oven(shelves=("top", "bottom")), why="two shelves"),
        """,
    )
    heat = cell(found, "ovens:heat", "production")
    assert {(str(one), one.hosts) for one in heat.differences} == {
        ("shelves top -> top, bottom", ()),
        ("heat warning 200 -> 210 (looser)", ("oven-1",)),
    }
    disk = cell(found, "ovens:disk", "production")
    assert (disk.kind, disk.hosts, [(one.cause.why, one.hosts) for one in disk.off]) == (
        "differs",
        1,
        [("no disk", ("oven-2",))],
    )
    assert cell_words(disk) == "switched off on 1 host"
    lines = list(own_values(found))
    assert any(line.startswith("ovens:heat in production on oven-1: heat warning 200 -> 210") for line in lines)
    assert any(line.startswith("ovens:disk in production on oven-2: switched off: no disk") for line in lines)


def test_switched_off_and_not_watched_are_told_apart(project: Write) -> None:
    found = parity(
        project,
        staging='overrides=(Override(watch="disk", off=True, why="borrowed"),), roles=(shops,)',
    )
    off = cell(found, "ovens:disk", "staging")
    assert (off.kind, off.hosts, [(one.cause.why, one.hosts) for one in off.off]) == ("off", 0, [("borrowed", ())])
    assert cell(found, "shops:cpu", "staging").kind == "unhosted"


def test_environment_without_a_role_lacks_its_watches(project: Write) -> None:
    assert cell(parity(project), "shops:cpu", "staging") == Cell("lacking")


def test_words_of_verdicts_are_compared(project: Write) -> None:
    fleet = """
        from checks.haproxy.haproxy import Haproxy
        lb = Role("lb", owner=bakers, runbook="https://r.example.com/", watches=(
            Watch(Haproxy(), Haproxy.up.meaning(warn=("DRAIN",))),))
        qa = Environment("qa", site=Site(), hosts=(Host("lb-1", "10.0.0.1", roles=(lb,)),), overrides=(
            Override(Haproxy.up.meaning(ok=("MAINT", "DRAIN")), role=lb, why="tests"),))
    """
    found = parity_of(load(str(project(fleet))))
    assert [str(one) for one in cell(found, "lb:haproxy", "qa").differences] == [
        "up DRAIN warning -> ok (looser)",
        "up MAINT as the check says -> ok",
    ]


def test_gap_is_a_role_that_the_reference_watches(project: Write) -> None:
    assert [(gap.environment, gap.role, gap.watches) for gap in parity(project).gaps("production")] == [
        ("staging", "shops", 1)
    ]


def test_gaps_need_a_known_reference(project: Write) -> None:
    with pytest.raises(ValueError):
        parity(project, only=("staging",)).gaps("production")


def test_reason_closes_a_gap(project: Write) -> None:
    found = parity(project, staging='lacks=((shops, "nobody buys in staging"),)')
    assert found.gaps("production") == ()
    assert cell(found, "shops:cpu", "staging") == Cell("lacking", why="nobody buys in staging")
    assert "  lacks shops: nobody buys in staging" in list(heads(found))


def test_role_without_hosts_is_a_gap(project: Write) -> None:
    assert [gap.role for gap in parity(project, staging="roles=(shops,)").gaps("production")] == ["shops"]


def test_environment_with_an_error_has_no_parity(project: Write) -> None:
    with pytest.raises(FindingsError):
        parity(project, staging='overrides=(Override(watch="heta", every="5m", why="typo"),)')


@pytest.mark.parametrize(
    ("lacks", "message"),
    [
        ("(shops,)", "lacks contains Role('shops'), which is not a pairs of a role and a reason"),
        ("((shops,),)", "lacks contains (Role('shops'),): write"),
        ('(("shops", "x"),)', "lacks contains ('shops', 'x'): write"),
        ('((shops, " "),)', "lacks gives no reason for shops"),
        ("((shops, 3),)", "lacks: the reason for shops is 3, not text"),
        ('((shops, "a"), (shops, "b"))', "lacks names the role shops twice"),
    ],
)
def test_bad_lacks_is_refused(project: Write, lacks: str, message: str) -> None:
    with pytest.raises(FindingsError) as refused:
        parity(project, staging=f"lacks={lacks}")
    assert message in str(refused.value)
    assert "bakery/fleet/all.py:" in str(refused.value)


def test_lacking_a_present_role_is_an_error(project: Write) -> None:
    found = lint(str(project(ROLES % "" + OTHER % 'lacks=((ovens, "no oven"),)')))
    assert [one.message for one in found.findings if one.id == "R036"] == [
        "staging has the role 'ovens', and lacks= names it"
    ]


def test_rows_that_are_the_same_everywhere_are_counted(project: Write) -> None:
    found = parity(project)
    assert rows(found) == ([("shops:cpu", "as the role says", "no such role")], 4)
    assert len(rows(found, everything=True)[0]) == 5


def parity_command(project: Path, *words: str) -> int:
    return run(["--project", str(project), "parity", *words])


def test_command_prints_a_table_and_checks_gaps(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project(ROLES % "" + OTHER % 'overrides=(Override(notify="nobody", why="asleep"),)')
    assert parity_command(folder) == 0
    output = capsys.readouterr().out
    assert "  notify nobody: asleep (4 watches, bakery/fleet/all.py:" in output
    assert "shops:cpu  as the role says  no such role" in output
    assert "4 more watches are in every environment as their roles say" in output
    assert parity_command(folder, "--check") == 1
    assert "staging lacks the role shops, and production has it" in capsys.readouterr().out
    assert parity_command(folder, "production", "--check") == 0
    assert parity_command(folder, "--check", "--reference", "staging") == 0


def test_command_prints_json(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project(ROLES % 'Override(Disk.space.at(warn=90, crit=95), why="x"),' + OTHER % "")
    assert parity_command(folder, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    (disk,) = [row for row in found["rows"] if row["id"] == "ovens:disk"]
    assert disk["cells"][0]["differences"][0]["here"] == "90 %"
    assert found["columns"][0]["environment"] == "production"
    assert [gap["role"] for gap in found["gaps"]] == ["shops"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--reference", "productoin"), "has no environment 'productoin', did you mean production"),
        (("staging", "staging"), "An environment is named twice"),
        (("nowhere",), "has no environment 'nowhere'"),
    ],
)
def test_bad_words_are_one_sentence(
    project: Write, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    assert parity_command(project(ROLES % "" + OTHER % ""), *words) == 2
    errors = capsys.readouterr().err
    assert message in errors and errors.count("\n") == 1


def test_check_without_a_production_names_the_option(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project((ROLES % "").replace('"production"', '"live"'))
    assert parity_command(folder) == 0
    assert parity_command(folder, "--check") == 2
    assert "name --reference ENV" in capsys.readouterr().err
