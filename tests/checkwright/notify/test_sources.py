"""Incidents from the words of Nagios and the events of Sensu, values from performance data, and the program."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from checkwright.notify.from_sensu import NoEvent, incident_of, read_event, teams_of
from checkwright.notify.measured_text import broken_values
from checkwright.notify.notify_file import NotifyFile
from checkwright.notify.phone_text import text
from checkwright.notify.spool import Queue
from tests.checkwright.notify.incidents import PROBLEM
from tests.support.paging_services import KEY, paging_services
from tests.support.waiting import wait_for

FILE = {
    "version": 1,
    "environment": "production",
    "catalogue": "https://cat.example.com",
    "graphs": "https://graphs.example.com/{role}?host={host}&watch={watch}",
    "teams": {"payments": {"page": ["payments.pagerduty-1"], "ticket": []}},
    "roles": {"payments-api": "https://runbooks.example.com/payments/"},
    "checks": {"disk": {"space": ["Used space", "%"]}},
    "watches": {"payments-api:disk": {"check": "disk", "runbook": "https://runbooks.example.com/disk/"}},
}

VALUES = {
    "ours": ("space:/srv=95%;80;90;0;100 space:/=12%;80;90;0;100", ("Used space of /srv 95 % (critical above 90 %)",)),
    "warning": ("space:/srv=85%;80;90;0;100", ("Used space of /srv 85 % (warning above 80 %)",)),
    "critical first": ("a=5;1;9 b=5;1;3", ("b 5 (critical above 3)", "a 5 (warning above 1)")),
    "below": ("free=3MB;10:;5:", ("free 3 MB (critical below 5 MB)",)),
    "inside": ("t=15;@10:20;", ("t 15 (warning inside 10:20)",)),
    "quoted": ("'C:\\ used %'=99%;80;90", ("C:\\ used % 99 % (critical above 90 %)",)),
    "good": ("a=1;2;3", ()),
    "no thresholds": ("a=1 b=2;;;0;10", ()),
    "unknown value": ("a=U;1;2", ()),
    "broken": ("a=1;x;y =3 ;;; a b=", ()),
    "broken range, good one after it": ("a=9;5:1;z b=9;1;2", ("b 9 (critical above 2)",)),
}


@pytest.mark.parametrize(("perfdata", "values"), VALUES.values(), ids=VALUES)
def test_values_outside_of_their_thresholds(perfdata: str, values: tuple[str, ...]) -> None:
    assert broken_values(perfdata, {"space": ("Used space", "%")})[: len(values) or 1] == values


def event(**check: Any) -> dict[str, Any]:
    metadata = {
        "name": "payments-api.disk.pay-1",
        "namespace": "production",
        "labels": {"owner": "payments", "role": "payments-api"},
        "annotations": {"runbook": "https://runbooks.example.com/old/"},
    }
    known = {"metadata": metadata, "status": 2, "output": "DISK CRITICAL: /srv is full | space:/srv=95%;80;90;0;100\n"}
    entity = {"metadata": {"name": "pay-1"}}
    return {"timestamp": 1_800_000_000, "check": known | check, "entity": entity, "metadata": {}}


def test_event_of_sensu() -> None:
    found = incident_of(event(), NotifyFile(FILE))
    assert (found.action, found.state, found.watch, found.host) == ("trigger", "CRITICAL", "disk", "pay-1")
    assert found.key == "checkwright/production/pay-1/disk"
    assert found.values == ("Used space of /srv 95 % (critical above 90 %)",)
    assert found.runbooks == ("https://runbooks.example.com/disk/",)
    assert dict(found.links)["Graph"] == "https://graphs.example.com/payments-api?host=pay-1&watch=disk"
    assert "State:       CRITICAL\n" in text(found)
    assert teams_of(event()) == ("payments",)
    recovery = incident_of(event(status=0), NotifyFile(FILE))
    assert (recovery.action, recovery.key, recovery.values) == ("resolve", found.key, ())


def test_keepalive_of_sensu_is_about_the_host() -> None:
    whole = event(metadata={"name": "keepalive", "labels": None}, status=2, output="No keepalive sent")
    whole["metadata"] = {"labels": {"owner": "payments,platform", "role": "payments-api"}}
    found = incident_of(whole, NotifyFile(FILE))
    assert (found.watch, found.state, found.key) == ("", "DOWN", "checkwright/production/pay-1/")
    assert found.runbooks == ("https://runbooks.example.com/payments/",)
    assert teams_of(whole) == ("payments", "platform")


def test_ping_of_a_machine_without_an_agent_is_about_the_host() -> None:
    labels = {"owner": "payments", "role": "payments-api"}
    found = incident_of(event(metadata={"name": "host-up.payments-api", "labels": labels}), NotifyFile(FILE))
    assert (found.watch, found.state, found.key) == ("", "DOWN", "checkwright/production/pay-1/")
    assert found.runbooks == ("https://runbooks.example.com/payments/",)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"check": 1, "entity": 2}', b"\xff", b"null"])
def test_other_input_is_no_event(body: bytes) -> None:
    with pytest.raises(NoEvent):
        read_event(body)


PROGRAM = str(Path(sys.executable).with_name("checkwright-notify"))


def run(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    env = {"PATH": "/usr/bin:/bin"}
    return subprocess.run([PROGRAM, *words], input=stdin, capture_output=True, timeout=60, env=env)


def test_program_as_a_handler_of_sensu(tmp_path: Path) -> None:
    with paging_services() as services:
        (tmp_path / "key").write_text(KEY)
        channel = {"kind": "pagerduty", "key": str(tmp_path / "key"), "url": f"{services.url}/v2/enqueue"}
        (tmp_path / "notify.json").write_text(json.dumps(FILE | {"channels": {"payments.pagerduty-1": channel}}))
        words = ("sensu", f"--config={tmp_path}/notify.json", f"--spool={tmp_path}/spool")
        for status in (2, 0):
            done = run(*words, stdin=json.dumps(event(status=status)).encode())
            assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        wait_for(lambda: len(services.events) == 2, "both events")
        nobody = run(*words, "--level=ticket", stdin=json.dumps(event()).encode())
        nothing = run(*words, stdin=b"no event")
        tried = run("test", "--team=payments", f"--config={tmp_path}/notify.json")
    assert [one["event_action"] for _, one in services.events] == ["trigger", "resolve"] * 2
    assert (nobody.returncode, b"no channel for ticket of the team payments" in nobody.stderr) == (1, True)
    assert (nothing.returncode, b"no event of Sensu Go" in nothing.stderr) == (1, True)
    assert tried.stdout == b"payments.pagerduty-1: PROBLEM: delivered\npayments.pagerduty-1: RECOVERY: delivered\n"


def test_status_delivers_what_waits_after_a_restart(tmp_path: Path) -> None:
    Queue(tmp_path / "spool", "shop+ada.pagerduty-1", lambda _: None).put(PROBLEM)
    with paging_services() as services:
        (tmp_path / "key").write_text(KEY)
        channel = {"kind": "pagerduty", "key": str(tmp_path / "key"), "url": f"{services.url}/v2/enqueue"}
        (tmp_path / "notify.json").write_text(json.dumps(FILE | {"channels": {"shop+ada.pagerduty-1": channel}}))
        only = run("status", f"--spool={tmp_path}/spool")
        assert b"1 notifications wait for shop+ada.pagerduty-1" in only.stdout
        assert not services.events
        woken = run("status", f"--spool={tmp_path}/spool", f"--config={tmp_path}/notify.json")
        assert (woken.returncode, b"1 notifications wait for shop+ada.pagerduty-1" in woken.stdout) == (0, True)
        wait_for(lambda: len(services.events) == 1, "the event")
        nothing = run("status", f"--spool={tmp_path}/nowhere", f"--config={tmp_path}/notify.json")
    assert nothing.returncode == 3
    assert not (tmp_path / "nowhere").exists()


def test_program_without_a_spool_sends_once_and_complains(tmp_path: Path) -> None:
    with paging_services() as services:
        (tmp_path / "key").write_text(KEY)
        (tmp_path / "spool").write_text("a file")
        channel = {"kind": "pagerduty", "key": str(tmp_path / "key"), "url": f"{services.url}/v2/enqueue"}
        (tmp_path / "notify.json").write_text(json.dumps(FILE | {"channels": {"payments.pagerduty-1": channel}}))
        words = ("--team=payments", "--host=pay-1", "--watch=disk", "--state=CRITICAL", "--roles=payments-api")
        done = run("nagios", *words, f"--config={tmp_path}/notify.json", f"--spool={tmp_path}/spool")
    assert [one["payload"]["source"] for _, one in services.events] == ["pay-1"]
    assert done.returncode == 1
    assert b"the spool" in done.stderr
    assert b"is unusable" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), b"The following arguments are required: source"),
        (("nagios",), b"Name notify.json: --config FILE"),
        (("nagios", "--config=x"), b"needs --team, --host and --state"),
        (("test", "--config=/nowhere.json", "--team=shop"), b"cannot read /nowhere.json: No such file or directory"),
        (("nagios", "--config=x", "--tea=x"), b"Unrecognized arguments: --tea=x"),
    ],
)
def test_mistakes_of_the_command_line_are_one_sentence(words: tuple[str, ...], message: bytes) -> None:
    done = run(*words)
    assert done.returncode in (1, 2)
    assert message in done.stderr
    assert done.stderr.count(b"\n") == 1
