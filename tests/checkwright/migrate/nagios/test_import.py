"""`checkctl nagios import` as its user meets it: small configurations, and what it says when it cannot."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checkwright.cli.main import run
from checkwright.registry import planning
from checkwright.registry.plan import Plan
from nagios_cfg.reader import read
from nagios_cfg.reader.effective import effective
from tests.support.nagios import precache

CONTACTS = """
define timeperiod {
    timeperiod_name  always
    alias            Always
    sunday           00:00-24:00
    monday           00:00-24:00
    tuesday          00:00-24:00
    wednesday        00:00-24:00
    thursday         00:00-24:00
    friday           00:00-24:00
    saturday         00:00-24:00
}
define command {
    command_name  mail
    command_line  /usr/bin/mail -s "$HOSTNAME$" $CONTACTEMAIL$
}
define contact {
    contact_name                   ada
    email                          ada@example.com
    host_notification_commands     mail
    service_notification_commands  mail
    host_notification_period       always
    service_notification_period    always
    host_notification_options      d,u,r
    service_notification_options   w,u,c,r
}
define host {
    name                 machine
    max_check_attempts   3
    contacts             ada
    notification_period  always
    check_period         always
    register             0
}
define service {
    name                 watched
    max_check_attempts   3
    check_interval       5
    notification_period  always
    check_period         always
    register             0
}
define command {
    command_name  load
    command_line  $USER1$/check_load -w $ARG1$ -c $ARG2$
}
define hostgroup {
    hostgroup_name  web
    alias           Web
    members         web-1,web-2,web-3,web-4
}
"""


@pytest.fixture(autouse=True)
def nothing_is_loaded() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme"]:
        del sys.modules[name]


def host(name: str, *lines: str) -> str:
    return define("host", "use machine", f"host_name {name}", "address 127.0.0.1", *lines)


def service(name: str, on: str, command: str, *lines: str) -> str:
    return define("service", "use watched", f"service_description {name}", on, f"check_command {command}", *lines)


def define(kind: str, *lines: str) -> str:
    return f"define {kind} {{\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


def imported(folder: Path, text: str, *words: str) -> tuple[Plan, dict[str, Any]]:
    (folder / "x.cfg").write_text(text, encoding="utf-8")
    project = folder / "acme"
    assert run(["nagios", "import", str(folder / "x.cfg"), "--out", str(project), *words]) == 0
    assert run(["--project", str(project), "lint"]) == 0
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme"]:
        del sys.modules[name]
    report = json.loads((project / "import.json").read_text(encoding="utf-8"))
    return planning.plan(str(project), "production").plan, report


WEB = CONTACTS + "".join(host(f"web-{number}") for number in (1, 2, 3, 4))
LOAD = service("load", "host_name web-1,web-2,web-3", "load!5,4,3!10,8,6")


def test_a_host_with_other_thresholds_has_an_override(tmp_path: Path) -> None:
    other = service("load", "host_name web-4", "load!5,4,3!20,18,16")
    plan, report = imported(tmp_path, WEB + LOAD + other)
    assert [role.name for role in plan.roles] == ["web"]
    limits = {
        entry.hosts: {limit.gauge: limit.crit for limit in entry.limits if limit.level == "override"}
        for entry in plan.entries
    }
    assert limits == {
        ("web-1", "web-2", "web-3"): {},
        ("web-4",): {"load1": "20", "load5": "18", "load15": "16"},
    }
    (why,) = (entry.why for entry in plan.entries if entry.hosts == ("web-4",))
    assert "x.cfg:" in why[0]
    assert {one["check"] for one in report["recognised"]} == {"check_load by load"}


def test_a_host_with_another_interval_has_an_override_too(tmp_path: Path) -> None:
    plan, _ = imported(
        tmp_path, WEB + LOAD + service("load", "host_name web-4", "load!5,4,3!10,8,6", "check_interval 1")
    )
    assert {entry.hosts: entry.interval for entry in plan.entries} == {("web-1", "web-2", "web-3"): 300, ("web-4",): 60}
    assert [role.name for role in plan.roles] == ["web"]


def test_hosts_that_nobody_knows_and_names_that_cannot_be(tmp_path: Path) -> None:
    text = WEB.replace("web-4", "web 4") + service("Load: 1/5/15", "host_name web 4", "load!1,1,1!2,2,2")
    plan, report = imported(tmp_path, text)
    assert {host.name for host in plan.hosts} == {"web-1", "web-2", "web-3", "web-4"}
    assert [(entry.name, entry.hosts) for entry in plan.entries] == [("Load-1-5-15", ("web-4",))]
    assert {(one["kind"], one["before"]) for one in report["renamed"]} == {
        ("host", "web 4"),
        ("service", "Load: 1/5/15"),
    }


def test_plugins_are_kept_when_that_is_asked_for(tmp_path: Path) -> None:
    plan, report = imported(tmp_path, WEB + LOAD, "--keep-plugins")
    assert [entry.plugin for entry in plan.entries] == ["/usr/lib/nagios/plugins/check_load"]
    assert report["recognised"] == []


def test_what_the_machines_run_is_taken_from_their_own_files(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/x.cfg").write_text("command[load]=/opt/load -w $ARG1$\ncommand[users]=/opt/users '$$5'\n")
    (tmp_path / "all.cfg").write_text(f"command[apt]=/opt/apt\ninclude_dir={tmp_path}/more\n")
    (tmp_path / "four.cfg").write_text("command_prefix=/usr/bin/sudo\ncommand[apt]=/opt/apt -o\n")
    nrpe = define("command", "command_name nrpe", "command_line $USER1$/check_nrpe -H $HOSTADDRESS$ -c $ARG1$")
    services = "".join(service(name, "hostgroup_name web", f"nrpe!{name}") for name in ("apt", "users", "load", "gone"))
    words = ("--nrpe", f"web-4={tmp_path}/four.cfg", "--nrpe", f"{tmp_path}/all.cfg")
    plan, report = imported(tmp_path, WEB + nrpe + services, *words)
    watches = {
        (entry.name, entry.hosts): (["".join(map(str, word)) for word in entry.command], entry.transport)
        for entry in plan.entries
    }
    three, four = ("web-1", "web-2", "web-3"), ("web-4",)
    assert watches["apt", three] == (["/opt/apt"], "nrpe")
    assert watches["apt", four] == (["/opt/apt", "-o"], "nrpe")
    assert {entry.run_as for entry in plan.entries if entry.hosts == four and entry.name == "apt"} == {"root"}
    assert watches["users", (*three, *four)] == (["/opt/users", "$5"], "nrpe")
    assert {watches[name, (*three, *four)][1] for name in ("load", "gone")} == {"central"}
    hints = {one["name"]: one["message"] for one in report["hints"]}
    assert hints["load"].endswith("because of the command on the machine: its arguments are sent by the server")
    assert hints["gone"].endswith("no --nrpe FILE has the command that the machine runs for it")


SUDO = {
    "sudo /opt/raid -x": ("root", ["/opt/raid", "-x"]),
    "/usr/bin/sudo -n -u postgres -- /opt/pg '*'": ("postgres", ["/opt/pg", "*"]),
    "sudo -E /opt/raid": ("", ["/usr/bin/sudo", "-E", "/opt/raid"]),
    "sudo /opt/say 'a b'": ("", ["/usr/bin/sudo", "/opt/say", "a b"]),
    "sudo -u '#0' /opt/raid": ("", ["/usr/bin/sudo", "-u", "#0", "/opt/raid"]),
    "sudo raid": ("", ["/usr/bin/sudo", "raid"]),
    "sudo -u root": ("", ["/usr/bin/sudo", "-u", "root"]),
    "/opt/sudoku -n /opt/x": ("", ["/opt/sudoku", "-n", "/opt/x"]),
}


@pytest.mark.parametrize(("line", "expected"), SUDO.items(), ids=SUDO)
def test_what_sudo_runs_on_a_machine_runs_as_another_account(
    line: str, expected: tuple[str, list[str]], tmp_path: Path
) -> None:
    (tmp_path / "nrpe.cfg").write_text(f"nrpe_user=nrpe\ncommand[raid]={line}\n")
    nrpe = define("command", "command_name nrpe", "command_line $USER1$/check_nrpe -H $HOSTADDRESS$ -c raid")
    text = WEB + nrpe + service("raid", "hostgroup_name web", "nrpe")
    plan, _ = imported(tmp_path, text, "--nrpe", f"{tmp_path}/nrpe.cfg")
    (entry,) = plan.entries
    assert (entry.run_as, ["".join(map(str, word)) for word in entry.command]) == expected
    assert plan.site.account == "nrpe"


def test_hours_that_are_called_like_those_of_the_model(tmp_path: Path) -> None:
    period = define("timeperiod", "timeperiod_name office-hours", "alias Office", "monday 07:00-08:00")
    at_work = service("load", "hostgroup_name web", "load!5,4,3!10,8,6", "notification_period office-hours")
    plan, _ = imported(tmp_path, WEB + period + at_work)
    (entry,) = plan.entries
    assert entry.notify == "office-hours"
    assert [hours.times for hours in plan.hours] == [(("monday", "07:00-08:00"),)]


def test_debians_own_configuration(tmp_path: Path) -> None:
    """The files that Debian ships, as Nagios sees them before and after."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in Path("/etc/nagios-plugins/config").glob("*.cfg")}
    for name in ("commands", "contacts", "timeperiods", "templates", "localhost"):
        texts[f"objects-{name}.cfg"] = Path(f"/etc/nagios4/objects/{name}.cfg").read_text(encoding="utf-8")
    project, built = tmp_path / "acme", tmp_path / "built"
    (tmp_path / "live").mkdir()
    for name, text in texts.items():
        (tmp_path / "live" / name).write_text(text, encoding="utf-8")
    (tmp_path / "resource.cfg").write_text("$USER1$=/usr/lib/nagios/plugins\n")
    main = tmp_path / "nagios.cfg"
    main.write_text("cfg_dir=live\nresource_file=resource.cfg\n")
    assert run(["nagios", "import", str(main), "--keep-plugins", "--out", str(project)]) == 0
    assert run(["--project", str(project), "nagios", "build", "production", "--out", str(built)]) == 0
    objects = {path.name: path.read_text(encoding="utf-8") for path in (built / "nagios").rglob("*.cfg")}
    (tmp_path / "before").write_text(precache(texts), encoding="utf-8")
    (tmp_path / "after").write_text(precache(objects), encoding="utf-8")
    before, after = (effective(read([main], tmp_path / name)) for name in ("before", "after"))
    report = json.loads((project / "import.json").read_text(encoding="utf-8"))
    renamed = {one["before"]: one["after"] for one in report["renamed"]}
    assert {(host, renamed.get(name, name)): one for (host, name), one in before.items()} == after
    assert len(after) == 8


def test_what_cannot_be_is_one_sentence_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, empty, bad = tmp_path / "good.cfg", tmp_path / "empty.cfg", tmp_path / "bad.cfg"
    good.write_text(WEB + LOAD)
    empty.write_text("define command {\ncommand_name a\ncommand_line /a\n}\n")
    bad.write_text("define host {\nhost_name a\n")
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine").write_text("x")
    cases: dict[tuple[str, ...], str] = {
        ("--out", "acme"): "Name a main file, a folder or an object file, or give --objects.",
        (str(good), "--out", "my-project"): "cannot be a project",
        (str(good), "--out", "full"): "exists and is not empty; nothing was changed.",
        (str(good), "--out", "acme", "--environment", "a b"): "is not a name",
        (str(bad), "--out", "acme"): "bad.cfg:1: the host that starts here has no } at its end.",
        (str(empty), "--out", "acme"): "defines no host, so there is nothing to convert.",
        ("gone.cfg", "--out", "acme"): "gone.cfg cannot be read: No such file or directory.",
        (str(good), "--nrpe", "gone.cfg", "--out", "acme"): "gone.cfg cannot be read: No such file or directory.",
        (str(good), "--objects", "gone", "--out", "acme"): "gone cannot be read: No such file or directory.",
    }
    here = tmp_path / "here"
    here.mkdir()
    for words, why in cases.items():
        placed = [
            str(tmp_path / word) if word in ("acme", "full", "my-project", "gone.cfg", "gone") else word
            for word in words
        ]
        capsys.readouterr()
        assert run(["nagios", "import", *placed]) == 2, words
        printed = capsys.readouterr().err
        assert why in printed
        assert printed.count("\n") == 1
    assert not (tmp_path / "acme").exists()
