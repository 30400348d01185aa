"""Tests of inventories in YAML and CSV."""

from datetime import date

import pytest

from checkwright.registry import planning
from checkwright.registry.inventory import Machine, machines
from checkwright.registry.loader import load
from checkwright.registry.model.base import RegistryError
from checkwright.registry.plan import Origin
from tests.checkwright.registry.conftest import FIRST, Write

ENVIRONMENT = """\
mill = Role("mill", owner=bakers)
qa = Environment("qa", site=Site(), inventory="{file}", hosts=(Host("own", "10.0.0.9", roles=(mill,)),))
"""

YAML = """\
# hosts of the bakery
hosts:
  - name: mill-1
    address: 10.0.0.1
    roles: [mill, linux]
    labels: {port: 8443, on: yes}
  - {name: mill-2, address: mill-2.example.com, parents: [mill-1]}
"""
CSV = """\
name,address,roles,parents,label.port,label.on
mill-1,10.0.0.1,mill linux,,8443,yes

mill-2,mill-2.example.com,,mill-1,,
"""


def read(project: Write, file: str, text: str | None) -> tuple[Machine, ...]:
    files = {} if text is None else {file: text}
    registry = load(str(project(ENVIRONMENT.replace("{file}", file), files)))
    return machines(registry, registry.environment("qa"))


@pytest.mark.parametrize(("file", "text", "lines"), [("hosts.yaml", YAML, (3, 7)), ("list/hosts.csv", CSV, (2, 4))])
def test_hosts_are_read_with_their_lines(project: Write, file: str, text: str, lines: tuple[int, int]) -> None:
    own, first, second = read(project, file, text)
    assert own.origin == Origin("bakery/fleet/all.py", FIRST + 1)
    labels = {"port": "8443", "on": "yes"}
    assert first == Machine("mill-1", "10.0.0.1", ("mill", "linux"), labels, (), Origin(f"bakery/{file}", lines[0]))
    assert second == Machine("mill-2", "mill-2.example.com", (), {}, ("mill-1",), Origin(f"bakery/{file}", lines[1]))


def test_csv_of_a_spreadsheet_is_read(project: Write) -> None:
    _, first, _ = read(project, "hosts.csv", "\ufeff" + CSV.replace("\n", "\r\n"))
    assert (first.name, first.origin.line) == ("mill-1", 2)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "hosts: []\n", "hosts:\n"])
def test_inventory_may_be_empty(project: Write, text: str) -> None:
    assert [machine.name for machine in read(project, "hosts.yaml", text)] == ["own"]


DAMAGED = {
    "no YAML": ("hosts.yaml", "hosts:\n  - [\n", 3, "this is not YAML: "),
    "a list": ("hosts.yaml", "- a\n", 1, "the list of hosts must be below a key hosts:"),
    "another key": ("hosts.yaml", "hosts: []\nmachines: []\n", 2, "an inventory has no 'machines', only hosts"),
    "hosts by name": ("hosts.yaml", "hosts:\n  a: 1\n", 2, "an inventory is a list of hosts, each with its name"),
    "a host that is a word": ("hosts.yaml", "hosts:\n  - mill-1\n", 2, "a host must be written as NAME: VALUE"),
    "a misspelt field": ("hosts.yaml", "hosts:\n  - name: a\n    adress: b\n", 3, "did you mean address"),
    "a field twice": ("hosts.yaml", "hosts:\n  - name: a\n    name: b\n", 3, "'name' is twice in a host"),
    "no name": ("hosts.yaml", "hosts:\n  - address: b\n", 2, "the host '' is not a name"),
    "a bad name": ("hosts.yaml", "hosts:\n  - name: a b\n", 2, "the host 'a b' is not a name"),
    "roles in one word": ("hosts.yaml", "hosts:\n  - name: a\n    roles: mill\n", 3, "roles must be a list such as"),
    "a list as a label": ("hosts.yaml", "hosts:\n  - name: a\n    labels: {x: [1]}\n", 3, "the label x must be text"),
    "a column of its own": ("hosts.csv", "name,colour\n", 1, "'colour' is not a column of an inventory"),
    "a column twice": ("hosts.csv", "name,name\n", 1, "there are two columns 'name'"),
    "two documents": ("hosts.yaml", "hosts: []\n---\n", 2, "this is not YAML: expected a single document"),
    "a short line": ("hosts.csv", "name,address\n\na\n", 3, "this line has 1 values for 2 columns"),
    "a line's end in a name": ("hosts.csv", 'name,address\n"a\nb",10.0.0.1\n', 3, "'a\\nb' is not a name"),
    "an open quote": ("hosts.csv", 'name,address\n"a,b\n', 2, "this is not CSV"),
    "a control character": ("hosts.yaml", "hosts:\n  - name: \x07\n", 1, "this is not YAML"),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_damaged_inventory_is_reported_with_its_line(project: Write, what: str) -> None:
    file, text, line, sentence = DAMAGED[what]
    with pytest.raises(RegistryError) as refused:
        read(project, file, text)
    assert sentence in refused.value.message
    assert refused.value.origin == Origin(f"bakery/{file}", line)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("gone.yaml", "the inventory bakery/gone.yaml cannot be read: No such file or directory"),
        ("../hosts.yaml", "the inventory '../hosts.yaml' is outside the project"),
        ("/etc/hosts.yaml", "the inventory '/etc/hosts.yaml' is outside the project"),
        ("hosts.json", "the inventory 'hosts.json' is not a .yaml or .csv file"),
    ],
)
def test_unreadable_inventory_is_reported_at_its_environment(project: Write, file: str, sentence: str) -> None:
    with pytest.raises(RegistryError) as refused:
        read(project, file, None)
    assert (refused.value.message, refused.value.origin) == (sentence, Origin("bakery/fleet/all.py", FIRST + 1))


HEADER = "# checkctl inventory pull: puppetdb, 1 of 1, facts as of 2026-11-29T06:47:00Z\n"
PULLED = HEADER + "name,address,roles,parents,pool,id,missing_since,label.zone\nlive-1,10.0.0.3,mill,,,c1,,a\n"


def test_inventory_of_a_pull_is_read_without_its_bookkeeping(project: Write) -> None:
    _, live = read(project, "hosts.csv", PULLED)
    assert (live.name, live.labels, live.origin) == ("live-1", {"zone": "a"}, Origin("bakery/hosts.csv", 3))


def test_several_inventories_add_up(project: Write) -> None:
    files = {"one.csv": "name,address\na,10.0.0.1\n", "two.yaml": "hosts:\n  - {name: b, address: 10.0.0.2}\n"}
    registry = load(str(project(ENVIRONMENT.replace('"{file}"', '("one.csv", "two.yaml")'), files)))
    found = machines(registry, registry.environment("qa"))
    assert [(machine.name, machine.origin.file) for machine in found[1:]] == [
        ("a", "bakery/one.csv"),
        ("b", "bakery/two.yaml"),
    ]


def test_text_replaces_a_file(project: Write) -> None:
    registry = load(str(project(ENVIRONMENT.replace("{file}", "hosts.csv"))))
    found = machines(registry, registry.environment("qa"), {"hosts.csv": PULLED})
    assert [machine.name for machine in found] == ["own", "live-1"]


@pytest.mark.parametrize("line", [HEADER[:50], HEADER.replace("T06:47:00Z", ""), HEADER.replace("1 of 1", "all")])
def test_damaged_header_is_reported(project: Write, line: str) -> None:
    with pytest.raises(RegistryError, match=r"the header of the inventory .*: pull it again") as refused:
        read(project, "hosts.csv", line.strip() + "\nname\n")
    assert refused.value.origin == Origin("bakery/hosts.csv", 1)


def test_line_of_a_damaged_row_counts_the_header(project: Write) -> None:
    with pytest.raises(RegistryError) as refused:
        read(project, "hosts.csv", PULLED + "live-2,10.0.0.4\n")
    assert refused.value.origin == Origin("bakery/hosts.csv", 4)


PUPPET = """\
from checkwright.registry.model import Always, PuppetDb

mill = Role("mill", owner=bakers)
live = PuppetDb(file="{file}", roles=(Always(mill),), max_age="2d")
qa = Environment("qa", site=Site(), inventory=live)
"""


@pytest.mark.parametrize(
    ("today", "found"),
    [
        (date(2026, 12, 1), []),
        (date(2026, 12, 2), ["the inventory is 2 days old: its facts are of 2026-11-29, max_age is 2 days"]),
    ],
)
def test_inventory_that_is_older_than_its_source_allows_is_a_warning(
    project: Write, today: date, found: list[str]
) -> None:
    folder = project(PUPPET.replace("{file}", "hosts.csv"), {"hosts.csv": PULLED})
    findings = [one for one in planning.lint(str(folder), today=today).findings if one.id == "R065"]
    assert [one.message for one in findings] == found
    assert all(one.severity == "warning" and one.origin == Origin("bakery/hosts.csv", 1) for one in findings)


def test_missing_inventory_of_a_source_names_the_command(project: Write) -> None:
    finding = next(
        one for one in planning.lint(str(project(PUPPET.replace("{file}", "live.csv")))).findings if one.id == "R001"
    )
    assert finding.message == "the inventory bakery/live.csv does not exist: write it with checkctl inventory pull qa"
