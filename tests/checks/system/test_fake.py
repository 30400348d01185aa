"""FakeSystem: values, errors and missing values."""

import pytest

from checks.system.fake import FakeSystem, File, Usage
from checkwright.core.errors import CannotTell, Down

MISSING = {
    "disk": ("/gone",),
    "load": (),
    "cpu": (),
    "memory": (),
    "swap": (),
    "age": (File("/gone", 0),),
}


@pytest.mark.parametrize(("method", "arguments"), MISSING.items(), ids=MISSING)
def test_missing_values_are_unknown(method: str, arguments: tuple[object, ...]) -> None:
    with pytest.raises(CannotTell):
        getattr(FakeSystem(), method)(*arguments)


def test_missing_files_and_filesystems_are_an_empty_list() -> None:
    assert FakeSystem().files("/gone") == []
    assert FakeSystem().filesystems() == []


def test_errors_are_raised() -> None:
    with pytest.raises(Down, match="gone"):
        FakeSystem(disks={"/": Down("gone")}).disk("/")


def test_one_value_or_several_are_accepted() -> None:
    system = FakeSystem(
        disks={"/": Usage(1)},
        files={"/x": File("/x", 1), "/y*": [File("/y1", 1), File("/y2", 2)]},
    )
    assert [len(system.files(pattern)) for pattern in ("/x", "/y*")] == [1, 2]
    assert [mount.path for mount in system.filesystems()] == ["/"]
