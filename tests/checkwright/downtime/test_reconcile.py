"""Differences between declared downtimes and those of Nagios, without a Nagios."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checkwright.core.errors import BadUsage
from checkwright.downtime import notes_file
from checkwright.downtime.downtime_program import run
from checkwright.downtime.downtime_schedule import Recurring, Schedule
from checkwright.downtime.external_commands import Target
from checkwright.downtime.nagios_state import Condition, NagiosState, Scheduled
from checkwright.downtime.reconcile import Changes, Key, Notes, changes, confirmed, unsent
from checkwright.registry import recurrence

WEB, DISK, DB = Target("web"), Target("web", "disk"), Target("db", "disk")
AT_TWO = int(datetime(2027, 1, 10, 2, 0, tzinfo=UTC).timestamp())
SCHEDULE = Schedule(
    "production",
    UTC,
    (Recurring(recurrence.parse("daily 02:00"), 3_600, "backup", frozenset(["web"]), frozenset([DB])),),
)


def state(*downtimes: Scheduled, taken: int = AT_TWO, started: int = 1) -> NagiosState:
    conditions = {target: Condition("OK", False) for target in (WEB, DISK, DB, Target("db"))}
    return NagiosState(taken=taken, started=started, conditions=conditions, downtimes=downtimes, acknowledgements={})


def present(made: Changes) -> list[Scheduled]:
    """Return the downtimes of Nagios after the commands."""
    return [
        Scheduled(
            id=number,
            target=key.target,
            author=one.author,
            why=one.why,
            start=key.start,
            end=key.end,
            duration=0,
            active=True,
        )
        for number, (key, one) in enumerate(made.schedule.items(), 1)
    ]


def test_it_schedules_an_hour_before_and_until_the_end() -> None:
    for now, number in ((-3_601, 0), (-3_599, 3), (0, 3), (3_599, 3), (3_600, 0)):
        assert len(changes(SCHEDULE, state(), Notes(), AT_TWO + now).schedule) == number
    made = changes(SCHEDULE, state(), Notes(), AT_TWO)
    assert [key.target for key in made.schedule] == [DB, WEB, DISK]
    assert made.delete == ()


def test_second_run_changes_nothing_with_and_without_notes() -> None:
    made = changes(SCHEDULE, state(), Notes(), AT_TWO)
    after = state(*present(made), taken=AT_TWO + 30)
    for notes in (made.notes, confirmed(made).notes, Notes()):
        again = changes(SCHEDULE, after, notes, AT_TWO + 60)
        assert (again.schedule, again.delete) == ({}, ())


def test_it_waits_for_a_status_that_can_show_what_was_sent() -> None:
    made = changes(SCHEDULE, state(), Notes(), AT_TWO)
    assert changes(SCHEDULE, state(taken=AT_TWO + 10), made.notes, AT_TWO + 60).schedule == {}
    assert len(changes(SCHEDULE, state(taken=AT_TWO + 100), made.notes, AT_TWO + 120).schedule) == 3
    assert len(changes(SCHEDULE, state(taken=AT_TWO + 10), unsent(made).notes, AT_TWO + 60).schedule) == 3


def test_cancelled_stays_cancelled_and_lost_comes_back() -> None:
    made = changes(SCHEDULE, state(), Notes(), AT_TWO)
    first, *rest = present(made)
    notes = confirmed(made).notes
    cancelled = changes(SCHEDULE, state(*rest), notes, AT_TWO + 60)
    assert cancelled.schedule == {}
    assert changes(SCHEDULE, state(*rest), cancelled.notes, AT_TWO + 120).schedule == {}
    restarted = changes(SCHEDULE, state(*rest, started=2), cancelled.notes, AT_TWO + 120)
    assert restarted.schedule == {}, "it was cancelled before the restart"
    lost = changes(SCHEDULE, state(*rest, started=2), notes, AT_TWO + 60)
    assert [key.target for key in lost.schedule] == [first.target]
    next_day = AT_TWO + 86_400
    assert len(changes(SCHEDULE, state(), cancelled.notes, next_day).schedule) == 3


def test_stale_and_double_ones_are_deleted_and_those_of_people_stay() -> None:
    made = changes(SCHEDULE, state(), Notes(), AT_TWO)
    ours = present(made)
    double = replace(ours[0], id=90)
    stale = replace(ours[0], id=91, end=ours[0].end + 60)
    human = replace(ours[0], id=92, author="alice")
    other = replace(ours[0], id=93, author="checkwright/staging", end=ours[0].end + 60)
    found = changes(SCHEDULE, state(*ours, double, stale, human, other), made.notes, AT_TWO + 60)
    assert sorted(one.id for one in found.delete) == [90, 91]
    assert found.schedule == {}


def test_notes_survive_a_file_and_a_damaged_file_is_an_empty_one(tmp_path: Path) -> None:
    key = Key("web", "disk", 1, 2)
    notes = Notes(started=5, seen=frozenset([key]), cancelled=frozenset([key]), sent={key: 7})
    notes_file.write(tmp_path, "production", notes)
    assert notes_file.read(tmp_path, "production") == notes
    assert [path.name for path in tmp_path.iterdir()] == ["production.json"]
    for text in ("", "{", "[]", '{"started": 1}', '{"started": 1, "seen": [1], "cancelled": [], "sent": []}'):
        (tmp_path / "production.json").write_text(text)
        assert notes_file.read(tmp_path, "production") == Notes()


def test_unit_names_the_main_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("--systemd-unit", "service", "--main", "/etc/naemon/other.cfg")) == 0
    service = capsys.readouterr().out
    assert "checkwright-downtime --main /etc/naemon/other.cfg\nUser=naemon\n" in service
    assert run(("--systemd-unit", "timer")) == 0
    assert "[Timer]\nOnCalendar=*-*-* *:*:00\n" in capsys.readouterr().out
    with pytest.raises(BadUsage, match="See --help"):
        run(("--systemd-unit", "socket"))
