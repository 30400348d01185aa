"""`checkctl inventory pull` and `diff`, as a person and a bot run them."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checkwright.cli.main import run
from tests.support.real import require

FLEET = """\
from checks.system.load import Load
from checkwright.registry.model import (
    Always, ByValue, Environment, Field, Host, Ignored, JsonCommand, Role, Site, Team, Watch,
)

ops = Team("ops", email="ops@example.com", page="ops-pager")
linux = Role("linux", owner=ops, runbook="https://r.example.com/", watches=(Watch(Load()),))
web = Role("web", owner=ops, runbook="https://r.example.com/", watches=(Watch(Load(), name="web_load"),))
cmdb = JsonCommand(
    ("/bin/cat", "{hosts}"),
    file="inventory/live.csv",
    id=Field("serial"),
    name=Field("host"),
    address=Field("ip"),
    roles=(Always(linux), ByValue(Field("service"), {{"web": web, "none": Ignored(why="empty")}})),
)
live = Environment("live", site=Site(), hosts=(Host("own", "10.1.0.1", roles=(linux,)),), inventory=(cmdb,))
"""


class Project:
    """A project whose source prints what `hosts` is."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.hosts = folder.parent / "hosts.json"
        self.inventory = folder / "inventory/live.csv"
        self._capsys = capsys
        (folder / "fleet").mkdir(parents=True)
        (folder / "fleet/all.py").write_text(FLEET.format(hosts=self.hosts))

    def has(self, *numbers: int, service: str = "web", **more: str) -> None:
        listed = [
            {"serial": f"s{number}", "host": f"web-{number}", "ip": f"10.0.0.{number}", "service": service, **more}
            for number in numbers
        ]
        self.hosts.write_text(json.dumps(listed))

    def run(self, *words: str) -> tuple[int, str, str]:
        """Return status, output and errors of `checkctl inventory WORDS`."""
        for name in [name for name in sys.modules if name.partition(".")[0] == self.folder.name]:
            del sys.modules[name]
        self._capsys.readouterr()
        status = run(["--project", str(self.folder), "inventory", *words])
        found = self._capsys.readouterr()
        return status, found.out, found.err


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    made = Project(tmp_path / "depot", capsys)
    made.has(1, 2, 3, 4)
    assert made.run("pull", "live")[0] == 0
    return made


def files(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in project.inventory.parent.iterdir()}


def test_first_pull_writes_the_inventory_and_the_snapshot(project: Project) -> None:
    assert project.inventory.read_text().splitlines()[1:] == [
        "name,address,roles,parents,pool,id,missing_since",
        *(f"web-{number},10.0.0.{number},linux web,,,s{number}," for number in (1, 2, 3, 4)),
    ]
    snapshot = json.loads((project.inventory.parent / "live.facts.json").read_text())
    assert [machine["roles"] for machine in snapshot["machines"]] == [["linux", "web"]] * 4
    assert project.run("diff", "live", "--check")[:2] == (0, "nothing differs\n")


def test_pulled_hosts_are_in_the_plan(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--project", str(project.folder), "plan", "live"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [host["name"] for host in plan["hosts"]] == ["own", "web-1", "web-2", "web-3", "web-4"]


def test_new_and_absent_hosts_are_shown_by_role(project: Project) -> None:
    project.has(1, 2, 3, 5)
    status, out, err = project.run("pull", "live")
    assert (status, out) == (
        0,
        "linux +1 (+ web-5)\nweb +1 (+ web-5)\nmissing, and kept for now: web-4\n",
    )
    assert "inventory/live.csv: 5 hosts, facts as of 20" in err


def test_refusal_writes_nothing_and_ends_with_3(project: Project) -> None:
    before = files(project)
    project.has(1, 2)
    status, _, err = project.run("pull", "live")
    assert (status, files(project)) == (3, before)
    assert err.splitlines()[-3:] == [
        "inventory/live.csv: refused (roles): the role linux would have 2 of 4 hosts; "
        "if that is right, add --accept-role linux",
        "inventory/live.csv: refused (roles): the role web would have 2 of 4 hosts; "
        "if that is right, add --accept-role web",
        "nothing was written",
    ]
    assert project.run("pull", "live", "--accept-role", "web")[0] == 3
    assert files(project) == before
    assert project.run("pull", "live", "--accept-role", "web", "--accept-role", "linux", "--accept-lost", "2")[0] == 0
    assert files(project) != before


REFUSED: dict[str, tuple[Callable[[Project], Any], str]] = {
    "half a document": (lambda project: project.hosts.write_text("[{"), "refused (whole answer): /bin/cat does not"),
    "no host": (lambda project: project.has(), "4 of 4 hosts are gone"),
    "unknown service": (lambda project: project.has(1, 2, 3, 4, 5, service="mail"), "no mapping gives it a role"),
    "one address": (lambda project: project.has(1, 2, 3, 4, ip="10.0.0.1"), "have the address 10.0.0.1"),
    "host of the fleet": (
        lambda project: project.hosts.write_text(project.hosts.read_text().replace("web-4", "own")),
        "refused (R004): line 3 of the new file: host 'own' is already declared at depot/fleet/all.py",
    ),
}


@pytest.mark.parametrize("how", REFUSED)
def test_wrong_answer_is_refused(project: Project, how: str) -> None:
    before = files(project)
    change, sentence = REFUSED[how]
    change(project)
    status, _, err = project.run("pull", "live")
    assert (status, files(project)) == (3, before)
    assert sentence in err
    assert "Traceback" not in err


def test_refusals_are_json_for_a_bot(project: Project) -> None:
    project.has(1, 2, 3, 4, 5, service="none")
    status, out, _ = project.run("pull", "live", "--json")
    found = json.loads(out)
    assert (status, found["written"]) == (3, False)
    assert {refusal["accept"] for refusal in found["refusals"]} == {
        "--accept-lost 4",
        "--accept-role linux",
        "--accept-role web",
    }
    assert found["sources"][0]["gone"]["web-1"] == "ignored: empty"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("pull", "qa"), "has no environment 'qa'"),
        (("pull", "live", "--file", "x.csv"), "live has no source with the file x.csv: it has inventory/live.csv."),
        (("pull", "live", "--accept-lost", "any"), "'any' is not a valid integer"),
        (("diff", "live", "--against", "HEAD", "--file", "x"), "--against compares all files"),
    ],
)
def test_wrong_usage_is_one_sentence(project: Project, words: tuple[str, ...], sentence: str) -> None:
    status, out, err = project.run(*words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert sentence in err


def test_source_that_does_not_answer_ends_with_2(project: Project) -> None:
    before = files(project)
    project.hosts.unlink()
    status, _, err = project.run("pull", "live")
    assert (status, files(project)) == (2, before)
    assert err == (
        "checkctl: inventory/live.csv: /bin/cat failed with status 1: /bin/cat: "
        f"{project.hosts}: No such file or directory. Nothing was written.\n"
    )


def test_environment_without_a_source_is_one_sentence(project: Project) -> None:
    fleet = project.folder / "fleet/all.py"
    fleet.write_text(fleet.read_text().replace("inventory=(cmdb,)", 'inventory="inventory/live.csv"'))
    status, _, err = project.run("pull", "live")
    assert (status, err) == (
        2,
        "checkctl: live has no source of inventories: declare one such as PuppetDb(...) in its inventory.\n",
    )


def test_damaged_inventory_is_not_replaced(project: Project) -> None:
    project.inventory.write_text("name,address\nweb-1\n")
    status, _, err = project.run("pull", "live")
    assert (status, project.inventory.read_text()) == (2, "name,address\nweb-1\n")
    assert "inventory/live.csv cannot be read: a line has too few or too many values" in err


def test_acknowledgement_names_its_source_where_there_are_two(project: Project) -> None:
    fleet = project.folder / "fleet/all.py"
    text = fleet.read_text()
    second = text[text.index("cmdb = ") : text.index("live = ")].replace("cmdb", "more").replace("live.csv", "more.csv")
    second = second.replace('"{hosts}"', '"/dev/null"')
    fleet.write_text(text.replace("live = ", f"{second}live = ").replace("(cmdb,)", "(cmdb, more)"))
    status, _, err = project.run("pull", "live", "--accept-lost", "1")
    assert (status, err) == (2, "checkctl: An acknowledgement is for one source: name its file with --file.\n")


def test_diff_shows_who_is_notified_of_more_and_writes_nothing(project: Project) -> None:
    before = files(project)
    project.has(1, 2, 3, 4, 5)
    status, out, _ = project.run("diff", "live", "--check")
    assert (status, files(project)) == (1, before)
    assert out.splitlines() == [
        "linux +1 (+ web-5)",
        "web +1 (+ web-5)",
        "ops is notified of 4 more hosts and services, and no longer of 0 (ops.page.live, always.live)",
    ]
    assert project.run("diff", "live")[0] == 0


def test_diff_reports_that_a_pull_would_be_refused(project: Project) -> None:
    project.has(1)
    status, _, err = project.run("diff", "live", "--check")
    assert status == 1
    assert "inventory/live.csv: a pull would be refused (roles): the role web would have 1 of 4 hosts" in err


def git(folder: Path, *words: str) -> None:
    argv = [require("git", package="git"), "-c", "user.name=x", "-c", "user.email=x@example.com", *words]
    subprocess.run(argv, cwd=folder, check=True, capture_output=True)


@pytest.mark.slow
def test_diff_against_a_revision_asks_no_source(project: Project) -> None:
    git(project.folder, "init", "--quiet")
    git(project.folder, "add", "--all")
    git(project.folder, "commit", "--quiet", "--message", "state")
    project.has(1, 2, 3, 4, 5)
    assert project.run("pull", "live")[0] == 0
    project.hosts.unlink()
    status, out, _ = project.run("diff", "live", "--against", "HEAD", "--check", "--json")
    found = json.loads(out)
    assert status == 1
    assert [(one["role"], one["gained"]) for one in found["roles"]] == [("linux", ["web-5"]), ("web", ["web-5"])]
    assert [(one["owner"], one["more"]) for one in found["notifications"]] == [("ops", 4)]
