"""Labels that a failed run keeps where the target names the items."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from checkwright import CannotTell, Check, Down, Metrics, gauge, option, uses, verdict
from checkwright.core.errors import DeclarationError
from checkwright.core.outcome import Outcome
from checkwright.core.run import Run, run
from checkwright.core.world import World
from checkwright.sources import Source
from checkwright.sources.statefile import StateFile
from checkwright.testing.fakes import FakeStateFile

Queues = Mapping[str, int | Exception]


class Broker(Source):
    """A broker that names its queues."""

    def __init__(self, queues: Queues | Exception) -> None:
        self.found = queues

    def queues(self) -> Queues:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    def depth(self, queue: str) -> int:
        depth = self.queues()[queue]
        if isinstance(depth, Exception):
            raise depth
        return depth


class Backlog(Check):
    """Messages of each queue of a broker."""

    broker = uses(Broker)
    memory = uses(StateFile, keeps_labels=True)

    vhost: str = option("Virtual host", default="/")

    state = verdict("Broker", ok=["up"])
    connections = gauge("Connections")
    depth = gauge("Messages", warn=100)
    rare = gauge("Redelivered", optional=True)

    def probe(self) -> Metrics:
        queues = self.broker.queues()
        yield self.state("up")
        yield self.connections(3)
        for queue, depth in self.each(queues, self.broker.depth):
            yield self.depth(depth, of=queue)
        for queue in queues:
            if queue == "orders":
                yield self.rare(0, of=queue)


def labels(outcome: Outcome) -> set[str]:
    """Return the labels with `U` behind those without a value."""
    return {f"{reading.label}{'' if reading.value is not None else '=U'}" for reading in outcome.readings}


GOOD = Broker({"orders": 1, "mails": 2})
ALL = {"connections", "depth:orders", "depth:mails", "rare:orders"}
NONE_MEASURED = {f"{label}=U" for label in ALL}


def after_a_good_run(broker: Broker, memory: StateFile, *words: str) -> Outcome:
    assert labels(run(Backlog, words, World(GOOD, memory))) == ALL
    return run(Backlog, words, World(broker, memory))


@pytest.mark.parametrize("error", [Down("the broker is gone"), CannotTell("no permission")])
def test_a_failed_run_keeps_the_labels_of_the_last_good_one(error: Exception) -> None:
    outcome = after_a_good_run(Broker(error), FakeStateFile())
    assert labels(outcome) == NONE_MEASURED
    assert outcome.summary == str(error)
    (depth,) = [reading for reading in outcome.readings if reading.label == "depth:mails"]
    assert (depth.warn, depth.state) == ("100", "UNKNOWN")


def test_a_defect_of_the_check_keeps_them_too() -> None:
    assert labels(after_a_good_run(Broker(ZeroDivisionError("x")), FakeStateFile())) == NONE_MEASURED


def test_a_run_that_is_overdue_keeps_them() -> None:
    memory = FakeStateFile()
    run(Backlog, [], World(GOOD, memory))
    overdue: list[Outcome] = []

    class Slow(Broker):
        def queues(self) -> Queues:
            overdue.append(late.overdue())
            raise Down("too late")

    late = Run(Backlog, [], World(Slow({}), memory))
    late.go()
    assert labels(overdue[0]) == NONE_MEASURED


def test_the_first_run_fails_without_labels_of_items() -> None:
    outcome = run(Backlog, [], World(Broker(Down("gone")), FakeStateFile()))
    assert labels(outcome) == {"connections=U", "depth=U"}


def test_an_item_that_fails_keeps_its_label_and_a_new_one_gets_it() -> None:
    broker = Broker({"orders": 1, "mails": Down("mails is locked"), "new": Down("new is locked")})
    outcome = after_a_good_run(broker, FakeStateFile())
    assert labels(outcome) == {"connections", "depth:orders", "depth:mails=U", "depth:new=U", "rare:orders"}


def test_a_good_run_forgets_items_that_are_gone() -> None:
    memory = FakeStateFile()
    after_a_good_run(Broker({"mails": 2}), memory)
    outcome = run(Backlog, [], World(Broker(Down("gone")), memory))
    assert labels(outcome) == {"connections=U", "depth:mails=U"}


def test_a_failed_run_forgets_nothing() -> None:
    memory = FakeStateFile()
    for broker in (Broker(Down("gone")), Broker({"mails": Down("locked")}), Broker(Down("gone"))):
        outcome = after_a_good_run(broker, memory)
    assert labels(outcome) == NONE_MEASURED


def test_labels_are_written_only_when_they_change() -> None:
    class Counting(FakeStateFile):
        written = 0

        def update(self, *arguments: object, **words: object) -> None:
            self.written += 1
            super().update(*arguments, **words)  # type: ignore[arg-type]

    memory = Counting()
    for broker in (GOOD, Broker({"orders": 70, "mails": 0}), Broker({"orders": 1})):
        run(Backlog, [], World(broker, memory))
    assert memory.written == 2


def test_memory_that_cannot_be_kept_changes_no_state() -> None:
    class Broken(FakeStateFile):
        def recall(self, part: str = "") -> None:
            raise CannotTell("cannot keep memory between runs in /x")

    outcome = run(Backlog, [], World(GOOD, Broken()))
    assert (outcome.state, labels(outcome)) == ("OK", ALL)
    assert "labels of the last run: cannot keep memory between runs in /x" in outcome.debug


@pytest.mark.parametrize("held", [{"depth": 3}, {"depth": [1, None, "orders"]}, {"nothing": ["x"]}])
def test_damaged_memory_is_no_defect(held: dict[str, object]) -> None:
    memory = FakeStateFile()
    memory.remembered["labels"] = held
    outcome = run(Backlog, [], World(Broker(Down("gone")), memory))
    assert outcome.summary == "gone"
    assert labels(outcome) <= {"connections=U", "depth=U", "depth:orders=U"}


def test_real_memory_belongs_to_the_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKS_STATE_DIR", str(tmp_path))
    gone = Broker(Down("gone"))
    assert labels(after_a_good_run(gone, StateFile())) == NONE_MEASURED
    assert labels(run(Backlog, ["--vhost", "x"], World(gone, StateFile()))) == {"connections=U", "depth=U"}
    # A limit is no other check.
    assert labels(run(Backlog, ["--depth-warning", "5"], World(gone, StateFile()))) == NONE_MEASURED


def test_a_try_reads_the_labels_and_writes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKS_STATE_DIR", str(tmp_path))
    run(Backlog, [], World(GOOD, StateFile(keep=False)))
    assert not list(tmp_path.rglob("*.json"))
    run(Backlog, [], World(GOOD, StateFile()))
    outcome = run(Backlog, [], World(Broker(Down("gone")), StateFile(keep=False)))
    assert labels(outcome) == NONE_MEASURED


def test_only_a_memory_keeps_labels() -> None:
    with pytest.raises(DeclarationError, match="uses\\(Broker, keeps_labels=True\\): only a StateFile keeps labels"):
        uses(Broker, keeps_labels=True)
