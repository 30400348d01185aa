"""Fakes of this machine's sources behave as the real ones do."""

import inspect

import pytest

from checks.system.fake import FakeSystem, File, Usage
from checks.systemd.fake import FakeSystemd, Unit
from checkwright.core.errors import CannotTell, Down
from checkwright.core.source import Source
from checkwright.sources.command import Finished
from checkwright.testing import FakeCommand, FakeStateFile


@pytest.mark.parametrize("fake", [FakeSystem, FakeSystemd, FakeStateFile, FakeCommand])
def test_fake_has_the_signatures_of_the_real_source(fake: type[Source]) -> None:
    real = fake.__base__
    assert real is not None and issubclass(real, Source)
    replaced = [name for name in vars(fake) if not name.startswith("__") and hasattr(real, name)]
    assert replaced
    for name in replaced:
        theirs, ours = (inspect.signature(getattr(kind, name)) for kind in (real, fake))
        assert list(theirs.parameters) == list(ours.parameters)
        assert [one.kind for one in theirs.parameters.values()] == [one.kind for one in ours.parameters.values()]


@pytest.mark.parametrize("fake", [FakeSystem, FakeSystemd])
def test_fake_implements_every_method_of_the_real_source(fake: type[Source]) -> None:
    real = fake.__base__
    methods = {name for name in vars(real) if not name.startswith("_")}
    assert methods <= set(vars(fake))


UNSAID = {
    "disk": ("/gone",),
    "load": (),
    "cpu": (),
    "memory": (),
    "swap": (),
    "age": (File("/gone", 0),),
}


@pytest.mark.parametrize(("method", "arguments"), UNSAID.items(), ids=UNSAID)
def test_missing_values_are_unknown(method: str, arguments: tuple[object, ...]) -> None:
    with pytest.raises(CannotTell):
        getattr(FakeSystem(), method)(*arguments)
    assert FakeSystem().files("/gone") == []
    assert FakeSystem().filesystems() == []
    with pytest.raises(CannotTell, match="there is no unit gone here"):
        FakeSystemd().units("gone")


def test_errors_are_raised() -> None:
    system = FakeSystem(disks={"/": Down("gone")})
    systemd = FakeSystemd({"a": CannotTell("hidden")})
    with pytest.raises(Down, match="gone"):
        system.disk("/")
    with pytest.raises(CannotTell, match="hidden"):
        systemd.units("a")
    assert systemd.failed_units() == []


def test_one_value_or_several_are_accepted() -> None:
    system = FakeSystem(
        disks={"/": Usage(1)},
        files={"/x": File("/x", 1), "/y*": [File("/y1", 1), File("/y2", 2)]},
    )
    systemd = FakeSystemd({"a": Unit("a", "failed"), "b": [Unit("b")]})
    assert [unit.name for unit in systemd.failed_units()] == ["a"]
    assert [len(system.files(pattern)) for pattern in ("/x", "/y*")] == [1, 2]
    assert [mount.path for mount in system.filesystems()] == ["/"]


def test_fake_command_answers_by_argv_and_records_calls() -> None:
    command = FakeCommand({("df", "-P"): Finished(0, "out"), ("false",): CannotTell("no")})
    assert command.run(["df", "-P"], env={"A": "1"}).output == "out"
    with pytest.raises(CannotTell, match="no"):
        command.run(["false"])
    with pytest.raises(CannotTell, match="there is no program true here"):
        command.run(["true"])
    assert command.calls == [("df", "-P"), ("false",), ("true",)]


def test_fake_state_file_lives_as_long_as_the_fake() -> None:
    memory = FakeStateFile(seconds=10)
    assert memory.since_last_run({"a": 5}) is None
    grown = memory.since_last_run({"a": 25})
    assert grown is not None and grown.rate("a") == 2
