"""Values of a plan as text."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.catalogue.phrases import (
    Recipients,
    amount,
    host_check_words,
    hours_words,
    person_words,
    place_words,
    range_words,
    schedule_words,
    thresholds,
    verdict_words,
    words_of,
)
from checkwright.core.ranges import number, parse
from checkwright.registry.plan import (
    Contact,
    Entry,
    Escalation,
    HostCheck,
    Hours,
    Limit,
    Meaning,
    Plan,
    Site,
    Team,
    Verdict,
)
from tests.nagios_cfg.plans import DISK, at

RANGES = {
    ("80", "%"): "above 80 %",
    ("0:80", "%"): "above 80 %",
    ("~:80", ""): "above 80",
    ("0.5", "s"): "above 500 ms",
    ("1:", ""): "below 1",
    ("0:", ""): "below 0",
    ("10:20", "c"): "outside 10 to 20",
    ("-5:5", ""): "outside -5 to 5",
    ("@10:20", ""): "from 10 to 20",
    ("@~:5", ""): "up to 5",
    ("@5:", ""): "from 5",
    ("@~:", ""): "always",
    ("~:", "%"): "never",
    ("93600", "s"): "above 26 h",
    ("1209600:", "s"): "below 14 d",
    ("1610612736", "B"): "above 1.5 GiB",
    ("1000", "B/s"): "above 1000 B/s",
    ("14", "days"): "above 14 days",
}


@pytest.mark.parametrize(("text", "unit"), RANGES)
def test_range_says_which_values_alert(text: str, unit: str) -> None:
    assert range_words(text, unit) == RANGES[text, unit]


def test_no_range_has_no_words() -> None:
    assert range_words(None, "%") == ""


AMOUNTS = {
    (0, "s"): "0 s",
    (0.8, "s"): "800 ms",
    (0.0001, "s"): "0.1 ms",
    (1, "s"): "1 s",
    (60, "s"): "1 min",
    (90, "s"): "90 s",
    (3600, "s"): "1 h",
    (5400, "s"): "90 min",
    (86400, "s"): "1 d",
    (129600, "s"): "36 h",
    (1.5, "s"): "1.5 s",
    (512, "B"): "512 B",
    (1024, "B"): "1 KiB",
    (1536, "B"): "1.5 KiB",
    (1000, "B"): "1000 B",
    (2 * 1024**3, "B/s"): "2 GiB/s",
    (-7200, "s"): "-2 h",
    (0.25, "%"): "0.25 %",
    (5, "c"): "5",
    (5, ""): "5",
}
FACTORS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86400}


@pytest.mark.parametrize(("value", "unit"), AMOUNTS)
def test_amount(value: float, unit: str) -> None:
    assert amount(value, unit) == AMOUNTS[value, unit]


@given(st.integers(-(10**9), 10**9) | st.decimals(-100, 100, places=3).map(float))
def test_amount_of_seconds_is_exact(value: float) -> None:
    text, unit = amount(value, "s").split()
    assert float(text) * FACTORS[unit] == pytest.approx(value, abs=1e-9)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_words_agree_with_the_range(start: int, width: int) -> None:
    text = f"{start}:{start + width}"
    words = range_words(text)
    found = parse(text)
    assert number(found.end) in words
    assert words.startswith("above" if start == 0 else "outside")


def test_hours_join_days_with_equal_times() -> None:
    times = (
        ("monday", "09:00-17:00"),
        ("tuesday", "09:00-17:00"),
        ("thursday", "09:00-17:00"),
        ("saturday", "10:00-12:00,14:00-16:00"),
    )
    week = "Mon-Tue 09:00-17:00, Thu 09:00-17:00, Sat 10:00-12:00,14:00-16:00"
    assert hours_words(Hours(name="x", times=times, origin=at(1))) == week
    dated = Hours(name="x", times=times, origin=at(1), without=("december 25", "2027-03-26"))
    assert hours_words(dated) == f"{week} without december 25, 2027-03-26"


OPS = Team(name="ops", email="ops@example.com", page="ops-pager", office_hours="office", origin=at(1))
SHOP = Team(
    name="shop",
    email="shop@example.com",
    office_hours="office",
    escalations=(Escalation(1800, "ops"),),
    origin=at(2),
)
OFFICE = Hours(name="office", times=(("monday", "09:00-17:00"),), origin=at(3))
NIGHT = Hours(name="night", times=(("sunday", "01:00-04:00"),), origin=at(4))
TEAMS = Plan(project="p", environment="e", site=Site(), teams=(OPS, SHOP), hours=(NIGHT, OFFICE))

NOTIFIED = {
    ("ops", "page", ()): ("pages ops-pager at all hours", True),
    ("ops", "page", ("night",)): ("pages ops-pager at all hours but not Sun 01:00-04:00", True),
    ("ops", "office-hours", ()): ("pages ops-pager Mon 09:00-17:00", False),
    ("ops", "office-hours", ("night",)): ("pages ops-pager Mon 09:00-17:00 but not Sun 01:00-04:00", False),
    ("ops", "ticket", ()): ("mails ops@example.com", False),
    ("ops", "ticket", ("night",)): ("mails ops@example.com but not Sun 01:00-04:00", False),
    ("ops", "nobody", ()): ("nobody", False),
    ("shop", "page", ()): ("mails shop@example.com at all hours, after 30m pages ops-pager", False),
    ("shop", "ticket", ()): ("mails shop@example.com", False),
}


@pytest.mark.parametrize(("owner", "notify", "quiet"), NOTIFIED)
def test_notified_people(owner: str, notify: str, quiet: tuple[str, ...]) -> None:
    entry: Entry = replace(DISK, owner=owner, notify=notify, quiet=quiet)  # type: ignore[arg-type]
    notified = Recipients(TEAMS).of(entry)
    assert (str(notified), notified.at_night) == NOTIFIED[owner, notify, quiet]


def limit(warn: str | None, crit: str | None, items: str = "", unit: str = "%", why: str = "") -> Limit:
    return Limit("space", items, warn, crit, "watch", at(1), why, unit=unit, label="Used space")


def test_ends_of_a_threshold_may_come_from_two_declarations() -> None:
    first, second = limit("80", None), limit(None, "90", why="it is old")
    (found,) = thresholds(replace(DISK, limits=(first, second)))
    assert str(found) == "Used space: warning above 80 %, critical above 90 %"
    assert found.limits == (first, second)


def test_items_have_thresholds_of_their_own() -> None:
    texts = [str(one) for one in thresholds(replace(DISK, limits=(limit("80", "90"), limit("~:", "~:", "/srv"))))]
    assert texts == ["Used space: warning above 80 %, critical above 90 %", "Used space of /srv never alerts"]


def test_one_end_that_never_alerts_is_shown() -> None:
    (found,) = thresholds(replace(DISK, limits=(limit("80", "~:"),)))
    assert str(found) == "Used space: warning above 80 %, critical never"


def test_words() -> None:
    meaning = Meaning(
        verdict="server", items="web*", ok=("MAINT",), warn=("DOWN",), level="watch", origin=at(1), label="Server"
    )
    assert words_of(meaning) == "Server of web*: ok MAINT; warning DOWN"
    assert words_of(replace(meaning, label="", items="")) == "server: ok MAINT; warning DOWN"
    verdict = Verdict(name="s", label="Status", ok=("up",), warn=("slow", "old"), other="unknown")
    assert verdict_words(verdict) == "Status: ok up; warning slow, old; anything else unknown"


def test_schedule_and_place() -> None:
    entry = replace(DISK, interval=90, retry=30, attempts=3, deadline=10, transport="nrpe", where="host")
    assert schedule_words(entry) == "every 1m30s; notifies after 3 bad results, 30s apart; stops after 10s"
    assert schedule_words(replace(entry, attempts=1)).startswith("every 1m30s; notifies after the first bad result;")
    assert place_words(replace(entry, run_as="root")) == "on the machine as root over NRPE"
    assert place_words(replace(entry, transport="passive")) == "on the machine, which sends its results"
    assert place_words(replace(entry, transport="local")) == "on the machine"
    assert place_words(replace(entry, where="central", transport="central")) == "on the monitoring server"
    assert place_words(replace(entry, where="central", pool="aws", transport="central")) == "in the pool aws"


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (None, "it answers a ping, every 5m; down after 3 failures, 30s apart"),
        (
            HostCheck(name="state-1", runs="tcp", port=22, attempts=1, interval=600, origin=at(1)),
            "port 22 accepts a connection, every 10m; down after the first failure",
        ),
        (
            HostCheck(name="state-1", runs="nrpe", owner="network", notify="page", origin=at(1)),
            "its NRPE daemon answers, every 5m; down after 3 failures, 30s apart; notifies network as page",
        ),
        (HostCheck(name="state-1", runs="none", origin=at(1)), "nothing checks it, it is assumed to be up"),
        (
            HostCheck(name="state-1", runs="plugin", command=(("/opt/check_ssh",), ("-4",)), origin=at(1)),
            "/opt/check_ssh succeeds, every 5m; down after 3 failures, 30s apart",
        ),
    ],
)
def test_host_checks_are_words(check: HostCheck | None, words: str) -> None:
    assert host_check_words(check) == words


def test_people_have_hours_and_events() -> None:
    hours = {"evenings": Hours(name="evenings", times=(("monday", "18:00-23:00"),), origin=at(1))}
    ada = Contact(name="ada", email="ada@example.com", hours="evenings", on=("critical", "recovery"), origin=at(1))
    assert person_words(ada, hours) == "ada, ada@example.com, Mon 18:00-23:00, of critical, recovery"
    bob = Contact(name="bob", email="bob@example.com", page="bob-pager", hosts=(), origin=at(1))
    assert person_words(bob, hours) == "bob, bob@example.com or bob-pager, at all hours, of hosts: nothing"
