"""`checkwright.testing.run`: command lines, worlds of fakes, and errors for missing fakes."""

import pytest

from checkwright.core.check import Check, Metrics, uses
from checkwright.core.errors import Down
from checkwright.core.gauges import gauge
from checkwright.core.options import option
from checkwright.core.source import Source
from checkwright.core.world import World
from checkwright.testing import run
from checkwright.testing.runner import MissingFake


class Tank(Source):
    """Reads the level of a tank."""

    def level(self, name: str) -> float:
        raise Down(f"{name}: no such tank")


class FakeTank(Tank):
    def __init__(self, **levels: float) -> None:
        self.levels = levels
        self.closed = 0

    def level(self, name: str) -> float:
        return self.levels[name] if name in self.levels else super().level(name)

    def close(self) -> None:
        self.closed += 1


class Level(Check):
    """Level of tanks."""

    tank = uses(Tank)

    names: tuple[str, ...] = option("Tank", flags="-n --name", default=("main",))

    full = gauge("Level", "%", warn=80, crit=90)

    def probe(self) -> Metrics:
        for name, level in self.each(self.names, self.tank.level):
            yield self.full(level, of=name)


CASES = {
    "as declared": ("", "OK"),
    "thresholds": ("-w 30 -c 50", "WARNING"),
    "quoted words": ("-n 'the other'", "CRITICAL"),
    "a bad flag": ("--nonsense", "UNKNOWN"),
    "no such tank": ("-n gone", "CRITICAL"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_command_line_is_parsed(command_line: str, state: str) -> None:
    fake = FakeTank(main=42, **{"the other": 99})
    assert run(Level, command_line, fake).state == state


def test_list_of_words_is_not_split() -> None:
    outcome = run(Level, ["-n", "the other"], FakeTank(**{"the other": 1}))
    assert outcome.state == "OK"
    assert outcome.command_line == "check level -n 'the other'"


def test_world_is_accepted() -> None:
    assert run(Level, "", World(FakeTank(main=95))).state == "CRITICAL"


def test_unsealed_world_opens_real_sources() -> None:
    assert "main: no such tank" in run(Level, "", World()).summary


def test_source_wins_over_a_world() -> None:
    assert run(Level, "", World(FakeTank(main=95)), FakeTank(main=5)).state == "OK"


def test_missing_fake_fails_the_test() -> None:
    with pytest.raises(MissingFake, match=r"Level uses Tank, and this test has no fake of it: .*FakeTank"):
        run(Level, "")


def test_sources_are_closed_after_the_run() -> None:
    fake = FakeTank(main=1)
    run(Level, "", fake)
    assert fake.closed == 1
