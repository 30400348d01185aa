"""The outcome of another run as metrics: same states, same numbers, labels with the part's name."""

from checks.meta.combine import Combine
from checks.meta.fake import FakeChecks
from checkwright.core.domain import Metric
from checkwright.core.outcome import Line, Outcome, Reading
from checkwright.core.replay import replay_outcome
from checkwright.core.run import run
from checkwright.core.world import World

DISK = Outcome(
    "disk",
    (Line("CRITICAL", "Used space /srv 97 % (above 90 %)"), Line("OK", "Used space / 30 %")),
    (
        Reading("space:/srv", "space", "/srv", "Used space", 97.5, "%", "80", "90", 0, 100, "CRITICAL"),
        Reading("space:/", "space", "/", "Used space", 30, "%", "80", "90", 0, 100, "OK"),
        Reading("inodes:/gone", "inodes", "/gone", "Used inodes", None, "%", "80", "90", 0, None, "UNKNOWN"),
    ),
)
LOAD = Outcome("load", (Line("WARNING", "Load 5 (above 4)"),))


def states(metrics: list[Metric]) -> list[str]:
    return [metric.evaluate().state.text for metric in metrics]


def test_a_run_is_one_line_and_its_numbers() -> None:
    metrics = list(replay_outcome("disk", DISK))
    assert [metric.description for metric in metrics[:1]] == ["disk: Used space /srv 97 % (above 90 %) (1 ok)"]
    assert states(metrics) == ["critical", "critical", "ok", "unknown"]
    assert [metric.name for metric in metrics[1:]] == ["disk.space:/srv", "disk.space:/", "disk.inodes:/gone"]


def replayed() -> Outcome:
    checks = FakeChecks({"disk": DISK, "load": LOAD})
    return run(Combine, ["load", "--", "disk"], World(checks, sealed=True))


def test_numbers_are_the_same_except_for_their_labels() -> None:
    assert replayed().perfdata == (
        "disk.space:/srv=97.5%;80;90;0;100",
        "disk.space:/=30%;80;90;0;100",
        "disk.inodes:/gone=U;80;90;0;",
    )


def test_other_formats_find_gauge_item_unit_and_state() -> None:
    reading = replayed().readings[0]
    assert (reading.gauge, reading.item, reading.title, reading.unit) == ("disk.space", "/srv", "Used space", "%")
    assert (reading.value, reading.warn, reading.crit, reading.state) == (97.5, "80", "90", "CRITICAL")


def test_the_worst_part_comes_first_and_each_has_a_line() -> None:
    outcome = replayed()
    assert outcome.state == "CRITICAL"
    assert outcome.summary == "disk: Used space /srv 97 % (above 90 %) (1 ok) (1 warning)"
    assert [(line.state, line.text) for line in outcome.lines] == [
        ("WARNING", "load: Load 5 (above 4)"),
        ("CRITICAL", "disk: Used space /srv 97 % (above 90 %) (1 ok)"),
    ]
