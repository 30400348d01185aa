"""Names that the author of a source imports from `checkwright.sources`."""

import subprocess
import sys

import pytest

import checkwright.sources


@pytest.mark.parametrize("name", checkwright.sources.__all__)
def test_name_can_be_imported(name: str) -> None:
    assert getattr(checkwright.sources, name).__module__.startswith("checkwright.")


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"^checkwright\.sources has no Sauce$"):
        checkwright.sources.Sauce  # noqa: B018


def test_source_loads_no_sockets() -> None:
    code = "import sys; from checkwright.sources import Source, doing, Down; print('socket' in sys.modules)"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
