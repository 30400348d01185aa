"""The base class: a frozen record of options. The declaration is checked when the class is created."""

import sys
from pathlib import Path

import pytest

from checkwright import Check, Metrics, Secret, gauge, option, uses, verdict
from checkwright.core.check import RESERVED
from checkwright.core.domain import Resource
from checkwright.core.errors import DeclarationError
from checkwright.core.run import run
from checkwright.core.source import Source
from checkwright.core.world import World
from tests.checkwright.core.postponed import Postponed


class Clock(Source):
    """A source that opens without a fake."""

    closed = False

    def hour(self) -> int:
        return 9

    def close(self) -> None:
        self.closed = True


class FakeClock(Clock):
    """A clock that a test sets."""

    def __init__(self, hour: int) -> None:
        self._hour = hour

    def hour(self) -> int:
        return self._hour


class Base(Check):
    """A check to inherit from."""

    clock = uses(Clock)

    host: str = option("Host", flags="-H")
    token: Secret | None = option("Token", default=None)

    late = gauge("Hours late", warn=1)
    mood = verdict("Mood", ok=["fine"])

    def probe(self) -> Metrics:
        yield self.late(self.clock.hour() - 9)
        yield self.mood("fine")


class Child(Base):
    """One more option and gauge, and a redeclared gauge of the base class."""

    deep: bool = option("Deep", default=False)

    late = gauge("Hours late", warn=5)
    early = gauge("Hours early")


def test_instance_is_a_frozen_record_of_the_given_options() -> None:
    check = Base(host="web")
    assert (check.host, check.token, set(check.explicit)) == ("web", None, {"host"})
    assert repr(check) == "Base(host='web')"
    with pytest.raises(AttributeError, match=r"^Base is frozen: a run keeps its state in local variables$"):
        check.host = "other"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="is frozen"):
        check.anything = 1


def test_check_is_a_nagiosplugin_resource_named_like_its_file() -> None:
    class SqsBacklog(Base):
        pass

    assert issubclass(Check, Resource)
    assert SqsBacklog.title() == SqsBacklog(host="x").name == "sqs_backlog"


def test_options_are_keywords_and_must_be_declared() -> None:
    with pytest.raises(DeclarationError, match=r"^Base has no option 'hots', did you mean host$"):
        Base(hots="web")  # type: ignore[call-arg]
    with pytest.raises(DeclarationError, match=r"^Base needs the option host= \(Host\)$"):
        Base()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Base("web")  # type: ignore[call-arg]


def test_inheritance() -> None:
    assert list(Child.options) == ["host", "token", "deep"]
    assert list(Child.gauges) == ["late", "early"]
    assert list(Base.gauges) == ["late"]
    assert Child.gauges["late"].default.warn == "5"
    assert list(Child.verdicts) == ["mood"]
    assert Child(host="web", deep=True).arguments() == ["--host", "web", "--deep"]
    assert sorted(["early", "mood", "late"], key=Child.rank) == ["late", "mood", "early"]
    assert run(Child, ["-H", "web"], World(FakeClock(12))).state == "OK"
    assert run(Base, ["-H", "web"], World(FakeClock(12))).state == "WARNING"


@pytest.mark.parametrize("name", sorted(RESERVED | {"_private"}))
def test_names_of_the_base_class_are_refused(name: str) -> None:
    for declared in (option("X", default=""), gauge("X"), verdict("X", ok=["x"]), uses(Clock)):
        body = {"__module__": __name__, "__annotations__": {name: str} if "Option" in repr(declared) else {}}
        with pytest.raises(DeclarationError, match=f"^Probe.{name}: this name is taken by the base class$"):
            type("Probe", (Check,), {**body, name: declared})


def test_every_public_name_of_the_base_is_reserved() -> None:
    used = {name for name in dir(Base(host="web")) if not name.startswith("_")} - {*Base.options}
    assert used - {"clock", "late", "mood"} <= RESERVED


def test_field_without_option_or_type_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"^Probe\.path needs a type: path: str = option\(\.\.\.\)$"):
        type("Probe", (Check,), {"__module__": __name__, "path": option("Path")})
    with pytest.raises(DeclarationError, match=r"^Probe\.path has a type but no option\(\.\.\.\)$"):
        type("Probe", (Check,), {"__module__": __name__, "__annotations__": {"path": str}})


@pytest.mark.parametrize("flag", ["-w", "--critical", "--used-warning", "--used-critical", "-H"])
def test_a_flag_has_one_meaning(flag: str) -> None:
    body = {
        "__module__": __name__,
        "__annotations__": {"host": str, "x": str},
        "host": option("Host", flags="-H"),
        "x": option("X", flags=flag),
        "used": gauge("Used"),
    }
    with pytest.raises(DeclarationError, match=rf"^Probe\.x: the flag {flag} is taken by "):
        type("Probe", (Check,), body)


def test_only_a_source_can_be_used() -> None:
    with pytest.raises(DeclarationError, match="not a source"):
        uses(int)  # type: ignore[type-var]


def test_postponed_annotations_are_read() -> None:
    kinds = {name: (option.kind, option.many, option.optional) for name, option in Postponed.options.items()}
    assert kinds == {
        "paths": ("str", True, False),
        "file": ("Path", False, False),
        "mode": ("choice", False, True),
        "token": ("Secret", False, True),
    }
    assert Postponed.options["mode"].choices == ("fast", "slow")
    assert Postponed(file=Path("/srv")).file == Path("/srv")


def test_postponed_annotation_with_an_unknown_name_is_reported_in_one_sentence() -> None:
    body = {"__module__": __name__, "__annotations__": {"x": "Nowhere"}, "x": option("X")}
    with pytest.raises(DeclarationError, match=r"^Probe\.x: cannot read the type 'Nowhere': name 'Nowhere' is not"):
        type("Probe", (Check,), body)


def test_identity_differs_by_options_and_contains_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "s3cret")
    checks = [Base(host="web"), Base(host="db"), Base(host="web", token=Secret(env="TOKEN")), Child(host="web")]
    identities = [check.identity() for check in checks]
    assert len(set(identities)) == 4
    assert not any("s3cret" in identity for identity in identities)
    assert Base(host="web", token=None).identity() == identities[0]


def test_world_opens_a_source_once_returns_fakes_and_closes() -> None:
    world = World()
    clock = world.get(Clock)
    assert world.get(Clock) is clock
    world.close()
    assert clock.closed
    assert world.get(Clock) is not clock
    fake = FakeClock(3)
    assert World(fake).get(Clock) is fake


def test_sealed_world_names_the_missing_fake() -> None:
    outcome = run(Base, ["-H", "web"], World(sealed=True))
    assert outcome.state == "UNKNOWN"
    assert "this world has no Clock: give run() a fake one" in outcome.summary


def test_a_class_made_without_a_module_is_a_class_too() -> None:
    made = type("Probe", (Check,), {"__module__": "not.imported", "used": gauge("Used")})
    assert "not.imported" not in sys.modules
    assert issubclass(made, Check)
