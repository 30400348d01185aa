"""Tests of the notifications about checks, with a real backend that runs the generated filters."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from checkwright.registry.plan import Covered, Escalation, Hook, Hours, Maintenance, Team
from tests.end_to_end.sensu_go.deployed import PAYMENTS, STOREFRONT, deploy, namespace, plan, routes, watch
from tests.sensu.plans import at
from tests.support.sensu_go import Backend, Notification, agents, eventually

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def from_file(file: Path) -> tuple[str, ...]:
    """Return a command that exits with the number in a file, whose name has no special characters."""
    return "/bin/sh", "-c", f"read code < {file}; echo code $code; exit $code"


def about(calls: list[Notification], handler: str = "pager") -> list[tuple[int, int]]:
    """Return (status, occurrences) of each call of a handler."""
    return [
        (one.event["check"]["status"], one.event["check"]["occurrences"])
        for one in calls
        if one.arguments == (handler,)
    ]


def test_change_of_severity_notifies_once_and_repeats_count_from_it(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    file = tmp_path / "code"
    file.write_text("0\n")
    made = plan(
        backend, where, watch("disk", *from_file(file), attempts=3), routes=routes(backend, page=("pager",), repeat=6)
    )
    with agents(backend, tmp_path, deploy(backend, made)["web-1"]):
        eventually(lambda: _status(backend, where) == 0, "first result")
        file.write_text("1\n")
        eventually(lambda: backend.notifications(where), "notification of the warning")
        file.write_text("2\n")
        eventually(lambda: len(backend.notifications(where)) >= 3, "notification of the change, and its repetition")
        file.write_text("0\n")
        eventually(lambda: _status(backend, where) == 0, "end of the problem")
        calls = eventually(
            lambda: found if about(found := backend.notifications(where))[-1][0] == 0 else None, "notification of it"
        )
        time.sleep(3)
        assert len(backend.notifications(where)) == len(calls)
        warning, critical, repeated, *later, ended = about(calls)
        assert (warning, critical, ended) == ((1, 3), (2, 1), (0, 1))
        # Six seconds later: not at the third critical result, where the problem would notify on its own.
        gap = calls[2].event["timestamp"] - calls[1].event["timestamp"]
        assert repeated[0] == 2
        assert gap >= 5
        assert later == []


def test_maintenance_of_a_check_keeps_it_silent_until_its_end(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    end = int(time.time()) + 12
    entry = watch("disk", "/bin/sh", "-c", "exit 2")
    window = Maintenance(
        begin=_moment(time.time() - 60),
        end=_moment(end),
        why="new disks",
        entries=(Covered(entry.id, "", ()),),
        origin=at(7),
    )
    made = replace(plan(backend, where, entry, watch("load", "/bin/sh", "-c", "exit 2")), maintenance=(window,))
    with agents(backend, tmp_path, deploy(backend, made)["web-1"]):
        eventually(lambda: len(backend.notifications(where)) == 2, "notifications")
        first, second = backend.notifications(where)
        assert (first.about[1], second.about[1]) == ("web.load", "web.disk")
        assert first.event["timestamp"] < end <= second.event["timestamp"]


def test_page_is_escalated_to_the_next_team(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    paged = replace(PAYMENTS, escalations=(Escalation(after=5, to="storefront"),))
    made = plan(backend, where, watch("disk", "/bin/sh", "-c", "exit 2"), teams=(paged, STOREFRONT))
    with agents(backend, tmp_path, deploy(backend, made)["web-1"]):
        eventually(lambda: len(backend.notifications(where)) == 2, "escalation")
        first, second = backend.notifications(where)
        assert "CHECKWRIGHT_TEAM" not in first.recipient
        assert first.event["check"]["metadata"]["annotations"]["pager"] == "payments-pager"
        assert second.recipient == {
            "CHECKWRIGHT_TEAM": "storefront",
            "CHECKWRIGHT_EMAIL": "storefront@example.com",
            "CHECKWRIGHT_PAGER": "storefront-pager",
        }
        assert second.event["timestamp"] - first.event["timestamp"] >= 4
        time.sleep(3)
        assert len(backend.notifications(where)) == 2


def test_closed_office_notifies_nobody_and_open_office_does(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    now = datetime.now(UTC)
    today = _DAYS[now.weekday()]
    tomorrow = _DAYS[(now + timedelta(days=1)).weekday()]
    after_tomorrow = _DAYS[(now + timedelta(days=2)).weekday()]
    always = Hours(name="open", times=((today, "00:00-24:00"), (tomorrow, "00:00-24:00")), origin=at(2))
    never = Hours(name="closed", times=((after_tomorrow, "00:00-24:00"),), origin=at(2))
    teams = (
        replace(PAYMENTS, office_hours="open"),
        Team(name="storefront", email="s@example.com", office_hours="closed", origin=at(9)),
    )
    made = plan(
        backend,
        where,
        watch("open", "/bin/sh", "-c", "exit 2", notify="office-hours"),
        watch("closed", "/bin/sh", "-c", "exit 2", notify="office-hours", owner="storefront"),
        watch("quiet", "/bin/sh", "-c", "exit 2", quiet=("open",)),
        teams=teams,
        hours=(always, never),
    )
    with agents(backend, tmp_path, deploy(backend, made)["web-1"]):
        for name in ("open", "closed", "quiet"):
            eventually(partial(_is_bad, backend, where, f"web.{name}"), f"result of {name}")
        eventually(lambda: backend.notifications(where), "notification")
        time.sleep(3)
        assert [one.about for one in backend.notifications(where)] == [("web-1", "web.open", 2)]


def test_hook_runs_after_a_bad_result_and_its_output_reaches_the_handler(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    file = tmp_path / "code"
    file.write_text("0\n")
    hook = Hook(name="largest", command=("/bin/echo", "{{ .name }}", "it's"), on=("critical",), timeout=5, origin=at(4))
    made = plan(backend, where, watch("disk", *from_file(file), hooks=("largest",)))
    made = replace(made, roles=(replace(made.roles[0], hooks=(hook,)),))
    with agents(backend, tmp_path, deploy(backend, made)["web-1"]):
        eventually(lambda: _status(backend, where) == 0, "first result")
        event = backend.event(where, "web-1", "web.disk")
        assert event is not None
        assert not event["check"].get("hooks")
        file.write_text("2\n")
        eventually(lambda: backend.notifications(where), "notification")
        (ran,) = backend.notifications(where)[0].event["check"]["hooks"]
        assert (ran["metadata"]["name"], ran["status"]) == ("web.largest", 0)
        assert ran["output"] == "{{ .name }} it's\n"


def _status(backend: Backend, where: str, check: str = "web.disk") -> int | None:
    event = backend.event(where, "web-1", check)
    return int(event["check"]["status"]) if event else None


def _is_bad(backend: Backend, where: str, check: str) -> bool:
    return _status(backend, where, check) == 2


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S")
