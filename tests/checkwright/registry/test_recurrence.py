"""Recurring moments: their texts, their days, and nights when clocks change."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from checkwright.registry import recurrence

BERLIN = ZoneInfo("Europe/Berlin")


def starts(text: str, after: str, before: str, zone: ZoneInfo = BERLIN) -> list[str]:
    """Return beginnings in UTC."""
    first, last = (datetime.fromisoformat(one).replace(tzinfo=zone).timestamp() for one in (after, before))
    found = recurrence.parse(text).starts(first, last, zone)
    return [f"{datetime.fromtimestamp(one, UTC):%m-%d %H:%M}" for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("daily 02:00", ["02-01 01:00", "02-02 01:00", "02-03 01:00"]),
        ("Monday 22:30", ["02-01 21:30", "02-08 21:30", "02-15 21:30", "02-22 21:30"]),
        ("friday-monday 00:00", ["02-04 23:00", "02-05 23:00", "02-06 23:00", "02-07 23:00"]),
        ("tuesday,thursday 12:00", ["02-02 11:00", "02-04 11:00", "02-09 11:00", "02-11 11:00"]),
        ("first sunday 02:00", ["02-07 01:00", "03-07 01:00", "04-04 00:00"]),
        ("third wednesday 02:00", ["02-17 01:00", "03-17 01:00", "04-21 00:00"]),
        ("last sunday 02:00", ["02-28 01:00", "03-28 01:00", "04-25 00:00"]),
        ("day 28 04:00", ["02-28 03:00", "03-28 02:00", "04-28 02:00"]),
        ("last day 23:00", ["02-28 22:00", "03-31 21:00", "04-30 21:00"]),
        ("2027-03-06 22:00", ["03-06 21:00"]),
    ],
)
def test_days(text: str, expected: list[str]) -> None:
    found = starts(text, "2027-02-01 00:00", "2027-05-01 00:00")
    if text.startswith("friday"):
        found = [one for one in found if one >= "02-04"]
    assert found[: len(expected)] == expected


@pytest.mark.parametrize(
    ("text", "day", "expected"),
    [
        ("daily 01:59", "2027-03-28", ["03-28 00:59"]),
        ("daily 02:00", "2027-03-28", ["03-28 01:00"]),  # 02:00 to 03:00 do not exist
        ("daily 02:30", "2027-03-28", ["03-28 01:00"]),
        ("daily 03:00", "2027-03-28", ["03-28 01:00"]),
        ("daily 01:30", "2027-10-31", ["10-30 23:30"]),
        ("daily 02:30", "2027-10-31", ["10-31 00:30"]),  # the first of two
        ("daily 03:00", "2027-10-31", ["10-31 02:00"]),
    ],
)
def test_nights_when_clocks_change(text: str, day: str, expected: list[str]) -> None:
    assert starts(text, f"{day} 00:00", f"{day} 23:00") == expected


def test_each_beginning_is_in_one_of_two_neighbouring_spans() -> None:
    found = recurrence.parse("daily 02:00")
    moment = 1_800_000_000
    spans = [list(found.starts(moment + step, moment + step + 60, BERLIN)) for step in range(0, 172_800, 60)]
    assert sum(map(len, spans)) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sunday", "has no days with a time"),
        ("sunday 2:00", "has no days with a time"),
        ("sunday 24:00", "has no days with a time"),
        ("sonntag 02:00", "'sonntag' is not a day"),
        ("fifth sunday 02:00", "'fifth sunday' is not a day"),
        ("first 02:00", "'' is not a day"),
        ("day 31 02:00", "not every month has that day"),
        ("day x 02:00", "not every month has that day"),
        ("2027-02-30 02:00", "'2027-02-30' is not a day such as"),
        ("", "has no days with a time"),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        recurrence.parse(text)
