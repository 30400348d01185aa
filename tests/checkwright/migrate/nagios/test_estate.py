"""An existing configuration, imported and built again, does for Nagios itself what it did: service by service."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from checkwright.cli.main import run
from nagios_cfg.deployment.build_folder import read_build
from nagios_cfg.reader import read
from nagios_cfg.reader.effective import Effective, effective
from nagios_cfg.reader.grouped_services import grouped_services
from nagios_cfg.reader.live import Live
from nagios_cfg.reader.notified import Notified
from tests.checkwright.migrate.nagios import estate
from tests.support.nagios import precache

pytestmark = pytest.mark.slow


class Imported(NamedTuple):
    """before: what Nagios makes of the estate. after: what it makes of the project that was imported from it."""

    project: Path
    built: Path
    report: dict[str, Any]
    before: Live
    own: Live
    after: Live


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    folder = tmp_path_factory.mktemp("estate")
    objects = estate.objects()
    live = folder / "live"
    for path, text in objects.items():
        (live / "objects" / path).parent.mkdir(parents=True, exist_ok=True)
        (live / "objects" / path).write_text(text, encoding="utf-8")
    resources = "".join(f"$USER{number}$={value}\n" for number, value in estate.USERS.items())
    (live / "resource.cfg").write_text(resources, encoding="utf-8")
    (live / "nagios.cfg").write_text("cfg_dir=objects\nresource_file=resource.cfg\n", encoding="utf-8")
    (live / "nrpe.cfg").write_text(estate.NRPE, encoding="utf-8")
    project = folder / "moved"
    words = ["nagios", "import", live / "nagios.cfg", "--nrpe", live / "nrpe.cfg", "--keep-plugins", "--out", project]
    assert run([str(word) for word in words]) == 0
    built = folder / "built"
    assert run(["--project", str(project), "nagios", "build", "production", "--out", str(built)]) == 0
    expanded = folder / "before.precache"
    expanded.write_text(precache(objects), encoding="utf-8", errors="surrogateescape")
    rebuilt = folder / "after.precache"
    rebuilt.write_text(precache(read_build(built)), encoding="utf-8", errors="surrogateescape")
    before, after = read([live / "nagios.cfg"], expanded), read([live / "nagios.cfg"], rebuilt)
    report = json.loads((project / "import.json").read_text(encoding="utf-8"))
    yield Imported(project, built, report, before, read([live / "nagios.cfg"]), after)
    for name in [name for name in sys.modules if name.partition(".")[0] == "moved"]:
        del sys.modules[name]


def aliases(project: Path) -> dict[str, tuple[str, ...]]:
    lines = (project / "mail-aliases").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(": ") for line in lines if not line.startswith("#"))
    return {name: tuple(recipients.split(", ")) for name, recipients in pairs}


def nrpe_commands_of(lines: str) -> dict[str, tuple[str, ...]]:
    commands = (
        line.removeprefix("command[").split("]=", 1) for line in lines.splitlines() if line.startswith("command[")
    )
    return {name: tuple(shlex.split(line.replace("$$", "$"))) for name, line in commands}


def on_the_machine(found: Effective, commands: Mapping[str, tuple[str, ...]]) -> Effective:
    """Return the command that NRPE runs in the end."""
    if not found.argv or not found.argv[0].endswith("/check_nrpe") or "-c" not in found.argv:
        return found
    return replace(found, argv=commands[found.argv[found.argv.index("-c") + 1]])


def in_the_week(one: Notified) -> Notified:
    return replace(one, dates=())


def words_of_command(argv: tuple[str, ...]) -> str:
    """Return the output of a command; those of the estate that need a shell do no harm."""
    return subprocess.run(argv, capture_output=True, text=True, timeout=30).stdout


def left(report: dict[str, Any]) -> set[str]:
    return {one["name"] for one in report["things"] if one["kind"] == "service" and one["fate"] == "left"}


def test_it_reads_what_nagios_reads(imported: Imported) -> None:
    assert imported.own.hostgroups == imported.before.hostgroups
    assert imported.own.contactgroups == imported.before.contactgroups
    assert effective(imported.own) == effective(imported.before)
    assert {name: host.parents for name, host in imported.own.hosts.items()} == {
        name: host.parents for name, host in imported.before.hosts.items()
    }


def test_nagios_does_the_same_afterwards_service_by_service(imported: Imported) -> None:
    before, after = effective(imported.before), effective(imported.after, aliases(imported.project))
    renamed = {one["before"]: one["after"] for one in imported.report["renamed"] if one["kind"] == "service"}
    gone = left(imported.report)
    here = nrpe_commands_of(estate.NRPE)
    there = nrpe_commands_of(
        "".join(path.read_text(encoding="utf-8") for path in imported.built.glob("nrpe/roles/*.cfg"))
    )
    compared = 0
    for (host, name), was in before.items():
        if name in gone or name == "nrpe":
            continue
        now = after[host, renamed.get(name, name)]
        if not was.active:
            was, now = replace(was, every=0), replace(now, every=0)
        if name.startswith("pipe"):
            assert now.argv[:2] == ("/bin/sh", "-c")
            assert words_of_command(now.argv) == words_of_command(("/bin/sh", "-c", *was.argv)) != ""
            was, now = replace(was, argv=()), replace(now, argv=())
        # Hours have no dates; the difference lists them.
        was, now = (replace(one, notified=tuple(map(in_the_week, one.notified))) for one in (was, now))
        assert on_the_machine(now, there) == on_the_machine(was, here), (host, name)
        compared += 1
    assert compared > 1000
    assert {name for _, name in before} - {renamed.get(name, name) for name in gone} >= {
        "PING",
        "HTTP",
        "box",
        "postgres",
    }
    # The one service that is new, or takes the place of the estate's own of this name.
    assert {name for _, name in after} - {renamed.get(name, name) for _, name in before} <= {"nrpe"}


def test_hosts_have_their_addresses_and_parents(imported: Imported) -> None:
    assert {host.name: (host.address, host.parents) for host in imported.after.hosts.values()} == {
        host.name: (host.address, host.parents) for host in imported.before.hosts.values()
    }


def test_the_difference_to_what_is_live_is_shown_by_what_it_does(
    imported: Imported, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--project", str(imported.project), "nagios", "diff", "production", "--check", "--json", "--live"]
    main = imported.project.parent / "live/nagios.cfg"
    capsys.readouterr()
    assert run([*words, str(main)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["hosts"] == {"gained": [], "lost": []}
    assert found["services"]["lost"] == ["gw-1: relative", "gw-1: runtime", "gw-1: secret", "gw-2: neither"]
    assert {one.partition(": ")[2] for one in found["services"]["gained"]} == {"nrpe"}
    changed = {one["name"]: one for one in found["changes"] if one["kind"] == "service"}
    assert changed["Zombie-Processes"]["settings"]["service_description"] == ["Zombie Processes", "Zombie-Processes"]
    # Their command, address aside, is what it was; so are the times and the recipients.
    assert not {"PING", "box", "postgres"} & changed.keys()
    assert changed["backup"]["settings"].keys() == {"renotify"}
    assert changed["HTTP"]["settings"].keys() == {"depends on", "escalations"}
    shared = {one["name"]: one["settings"] for one in found["changes"] if one["kind"] in ("hosts", "services")}
    assert shared == {}
    of_hosts = {what for one in found["changes"] if one["kind"] == "host" for what in one["settings"]}
    assert of_hosts == {"depends on", "escalations"}


def test_servicegroups_have_their_members(imported: Imported) -> None:
    before, after = (grouped_services(live) for live in (imported.before, imported.after))
    renamed = {"Zombie Processes": "Zombie-Processes"}
    assert after["network"] == {(host, renamed.get(name, name)) for host, name in before["network"]}
    assert len(after["network"]) > 1
    shown = {one.get("servicegroup_name"): one for one in imported.after.objects if one.kind == "servicegroup"}
    assert [shown["network"].get(field) for field in ("alias", "notes_url", "action_url")] == [
        "Network",
        "https://wiki.example.com/network",
        "https://graphs.example.com/network",
    ]


def test_every_object_is_accounted_for(imported: Imported) -> None:
    counts = imported.report["counts"]
    defined = "\n".join(estate.objects().values()).count("define ")
    assert sum(sum(fates.values()) for fates in counts.values()) == defined == len(imported.report["things"])
    assert left(imported.report) == {"relative", "runtime", "secret", "neither", "nowhere"}
    where = {(one["kind"], one["name"]): one["where"] for one in imported.report["things"]}
    file, _, line = where["service", "secret"].rpartition(":")
    assert "secret" in "".join(Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1 : int(line) + 4])


def test_a_secret_of_the_resource_file_is_nowhere(imported: Imported) -> None:
    folders = (imported.project, imported.built)
    texts = [path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert texts
    assert not any(estate.USERS[3].encode() in text for text in texts)


def test_roles_are_few_and_called_after_what_they_are(imported: Imported) -> None:
    roles = {name for host in imported.after.hosts.values() for name in host.settings["_ROLE"].split(",")}
    assert roles >= {"servers", "linux-ping", "web-http", "app-port", "db", "gw-1"}
    assert len(roles) < 20


def test_the_project_passes_lint_and_ruff(imported: Imported, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["--project", str(imported.project), "lint"]) == 0
    printed = capsys.readouterr().err
    assert "error" not in printed
    for words in (["format", "--diff"], ["check", "--select", "B,C4,E,F,I,RUF,SIM,UP,W"]):
        options = ["--isolated", "--line-length", "120", "--no-cache", imported.project.name]
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *words, *options],
            cwd=imported.project.parent,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ran.returncode == 0, ran.stdout
