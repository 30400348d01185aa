"""Tests of inventory sources: which values and mappings each accepts, and how mistakes are reported."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from checkwright.registry.loader import load
from checkwright.registry.model import (
    Always,
    Attribute,
    ByClass,
    ByName,
    ByValue,
    Ec2,
    Environment,
    Fact,
    Field,
    Ignored,
    JsonCommand,
    PuppetDb,
    RegistryError,
    Role,
    Site,
    Tag,
    Team,
    Trusted,
)
from tests.checkwright.registry.conftest import Write

OWNER = Team("bakers", email="bakers@example.com")
MILL = Role("mill", owner=OWNER)
SHOP = Role("shop", owner=OWNER)


def puppet(**changed: object) -> PuppetDb:
    return PuppetDb(**{"file": "hosts.csv", "roles": (Always(MILL),), **changed})  # type: ignore[arg-type]


def test_roles_and_values_of_a_source_are_collected() -> None:
    source = puppet(
        roles=(
            Always(MILL),
            ByValue(Trusted("pp_role"), {"shop": SHOP, "none": Ignored(why="empty")}),
            ByClass("Redis", MILL),
            ByName("lb-*", Ignored(why="not ours")),
        ),
        labels={"zone": Fact('ec2."a.b"'), "kind": "fixed"},
        pool=ByValue(Fact("dc"), {"aws": "aws"}),
        parents=Fact("gateway"),
        key=Fact("ec2.id"),
    )
    assert source.declared_roles() == (MILL, SHOP)
    assert [value.path[0] for value in source.used_values()] == [
        "certname",
        "facts.networking.ip",
        "facts.ec2",
        "trusted.extensions.pp_role",
        "facts.dc",
        "facts.gateway",
        "facts.ec2.id",
    ]


def test_paths_are_split_at_dots_outside_quotes() -> None:
    assert Fact('a."b.c".d').path == ('facts.a."b.c".d',)
    assert Fact('"b.c"').path == ("facts", "b.c")
    assert Trusted('1."x y"').path == ("trusted.extensions.1", "x y")
    assert Field('a."b.c".d-e').path == ("a", "b.c", "d-e")
    assert Attribute("Placement.AvailabilityZone").path == ("Placement", "AvailabilityZone")
    assert Tag("aws:autoscaling:groupName").path == ("tags", "aws:autoscaling:groupName")


MISTAKES: dict[str, tuple[Callable[[], object], str]] = {
    "file outside": (lambda: puppet(file="/tmp/a.csv"), "PuppetDb: file is '/tmp/a.csv', and must be a .csv file of"),
    "file of YAML": (lambda: puppet(file="a.yaml"), "PuppetDb: file is 'a.yaml', and must be a .csv file"),
    "tag of Puppet": (lambda: puppet(name=Tag("Name")), "PuppetDb has no Tag('Name'): it has Fact, Trusted, Certname"),
    "fact of EC2": (
        lambda: Ec2(file="a.csv", regions=("eu-west-1",), roles=(Always(MILL),), pool=Fact("dc")),
        "Ec2 has no Fact('dc'): it has Tag, Attribute, NameAndId",
    ),
    "class of EC2": (
        lambda: Ec2(file="a.csv", regions=("eu-west-1",), roles=(ByClass("Redis", MILL),)),
        "Ec2: ByClass is for PuppetDb alone",
    ),
    "no region": (lambda: Ec2(file="a.csv", regions=(), roles=()), "Ec2: regions is empty"),
    "no region of AWS": (
        lambda: Ec2(file="a.csv", regions=("ireland",), roles=()),
        "Ec2: regions has 'ireland', which is no region such as eu-west-1",
    ),
    "states": (
        lambda: Ec2(file="a.csv", regions=("eu-west-1",), roles=(), filters={"instance-state-name": ("running",)}),
        "Ec2: filters: states are not chosen",
    ),
    "role without object": (lambda: puppet(roles=("mill",)), "PuppetDb: roles contains 'mill', which is not a mapping"),
    "role as a mapping": (lambda: puppet(roles=(MILL,)), "PuppetDb: roles contains Role('mill'): use Always, ByValue"),
    "role by text": (
        lambda: puppet(roles=(ByValue(Fact("x"), {"a": "mill"}),)),
        "PuppetDb: roles: a value maps to a Role or to Ignored(why=...), not to text",
    ),
    "pool by role": (lambda: puppet(pool=ByValue(Fact("x"), {"a": MILL})), "PuppetDb: pool: a value maps to text"),
    "injected path": (lambda: Fact('a"]{} nodes'), "is not a path: write names with dots between them"),
    "lower class": (lambda: ByClass("postgresql::server", MILL), "PuppetDB writes each part of"),
    "no reason": (lambda: Ignored(why=" "), "Ignored needs a reason"),
    "duration": (lambda: puppet(gone_after="soon"), "PuppetDb: gone_after: 'soon' is not a duration"),
    "account": (
        lambda: Ec2(file="a.csv", regions=("eu-west-1",), roles=(), accounts=("shop",)),  # type: ignore[arg-type]
        "Ec2: accounts contains 'shop', which is not an Account",
    ),
    "command line": (
        lambda: JsonCommand(
            "cmdb --json",  # type: ignore[arg-type]
            file="a.csv",
            id=Field("id"),
            name=Field("n"),
            address=Field("a"),
            roles=(),
        ),
        "JsonCommand: argv is 'cmdb --json', not a tuple of text",
    ),
    "file twice": (
        lambda: Environment("qa", site=Site(), inventory=(puppet(), "hosts.csv")),
        "Environment qa: inventory names 'hosts.csv' twice",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_one_sentence_with_its_line(mistake: str) -> None:
    declare, sentence = MISTAKES[mistake]
    with pytest.raises(RegistryError) as refused:
        declare()
    assert sentence in refused.value.message
    assert refused.value.origin is not None and refused.value.origin.file == __file__


def test_role_that_only_a_mapping_names_is_known(project: Write) -> None:
    text = """\
from checkwright.registry.model import ByClass, PuppetDb

qa = Environment(
    "qa",
    site=Site(),
    inventory=PuppetDb(file="hosts.csv", roles=(ByClass("Redis", Role("redis", owner=bakers)),)),
)
"""
    registry = load(str(project(text, {"hosts.csv": "name,address\n"})))
    assert [role.name for role in registry.roles] == ["redis"]


@pytest.mark.slow
def test_mypy_refuses_a_mapping_to_the_wrong_kind(tmp_path: Path) -> None:
    (tmp_path / "fleet.py").write_text(
        "from checkwright.registry.model import *\n"
        'mill = Role("mill", owner=Team("a", email="a@example.com"))\n'
        'right = PuppetDb(file="a.csv", pool=ByValue(Fact("x"), {"a": "b"}),'
        ' roles=(ByValue(Fact("x"), {"a": mill, "b": Ignored(why="x")}),))\n'
        'wrong = PuppetDb(file="a.csv", roles=(ByValue(Fact("x"), {"a": "mill"}),))\n'
        'worse = PuppetDb(file="a.csv", pool=ByValue(Fact("x"), {"a": mill}), roles=())\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "fleet.py"],
        cwd=tmp_path,
        env={"MYPYPATH": str(Path(__file__).parents[4]), "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.split(":")[1] for line in done.stdout.splitlines() if "error" in line and line.startswith("fleet.py")]
    assert set(lines) == {"4", "5"}, done.stdout + done.stderr
