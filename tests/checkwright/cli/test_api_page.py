"""The page docs/reference/api.md: signatures and docstrings of public names."""

from functools import cache
from importlib import import_module

import pytest

from checkwright.cli.api_page import SECTIONS, Section, page
from checkwright.cli.reference_pages import FOLDER, pages

generated = cache(pages)
#: Names that this module plays the part of a library's module for.
HERE = __name__


class Kettle:
    """Kettle of one kitchen.

    Boils water.

        Kettle("north")

    Raises nothing.
    """

    def __init__(self, name: str, *, litres: "float | None" = None, lid: object = object()) -> None:
        self.name = name

    @property
    def full(self) -> bool:
        """True for a full kettle."""
        return True

    def boil(self, *cups: int, sugar: "dict[str, Kettle] | None" = None) -> "list[Kettle]":
        """Boil water for some cups."""
        return []

    @classmethod
    def all(cls) -> None:
        """Find all kettles."""

    def undocumented(self) -> None:
        pass

    def _private(self) -> None:
        """Not for the page."""


class Empty(Exception):
    """No water."""


def pour(
    from_this_kettle: Kettle, into_another_one: Kettle | None = None, *, slowly: bool = False, note: str = ""
) -> Kettle | None:
    """Pour water."""
    return None


EXPECTED = f"""\
## Kitchen

Hot water.

### Kettle

`from {HERE} import Kettle`

```text
Kettle(name: str, *, litres: float | None = None, lid: object = ...)
```

Kettle of one kitchen.

Boils water.

```python
Kettle("north")
```

Raises nothing.

#### Kettle.full

```text
full: bool
```

True for a full kettle.

#### Kettle.boil

```text
boil(*cups: int, sugar: dict[str, Kettle] | None = None) -> list[Kettle]
```

Boil water for some cups.

#### Kettle.all

```text
Kettle.all() -> None
```

Find all kettles.

### Empty

`from {HERE} import Empty`

No water.

### pour

`from {HERE} import pour`

```text
pour(
    from_this_kettle: Kettle,
    into_another_one: Kettle | None = None,
    *,
    slowly: bool = False,
    note: str = "",
) -> Kettle | None
```

Pour water.
"""


@pytest.mark.parametrize("names", [("Kettle", "Empty", "pour"), ()], ids=["named", "all that is defined"])
def test_page_has_signatures_and_docstrings(names: tuple[str, ...]) -> None:
    text = page([Section("Kitchen", "Hot water.", {HERE: names})])
    text = text.partition("\n### test_")[0]
    assert text[text.index("## Kitchen") :].rstrip() == EXPECTED.rstrip()


def test_generated_pages_are_all_tested() -> None:
    assert set(generated()) == {"api.md", "command-line.md", "rules.md"}


@pytest.mark.parametrize("name", ["api.md", "command-line.md", "rules.md"])
def test_generated_page_is_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == generated()[name], "make docs writes it"


@pytest.mark.parametrize("module", ["checkwright", "checkwright.sources", "checkwright.testing"])
def test_every_public_name_is_on_the_page(module: str) -> None:
    shown = {name for section in SECTIONS for names in section.names.values() for name in names}
    # Names for annotations, which option() explains, and a constant that gauge() explains.
    explained = {"Literal", "Metrics", "UNLIMITED", "Size", "OptionalSize", "Duration", "OptionalDuration"}
    assert set(import_module(module).__all__) - explained <= shown
