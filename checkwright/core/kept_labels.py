"""Labels that a failed run keeps: those of the last good run, where the target names the items."""

from checkwright.core.errors import CheckError
from checkwright.core.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Protocol

    class Memory(Protocol):
        """The part of a StateFile that is used here."""

        def recall(self, part: str = "") -> Any: ...
        def exchange(self, data: Mapping[str, Any], part: str = "") -> Any: ...


_PART = "labels"
#: Labels that are remembered at most. An output has room for fewer.
_MOST = 2_000


class KeptLabels:
    """Labels of the last good run of a check with these options.

    items: names of items by gauge, "" for a gauge without items. error: the reason why they could not be read or
    written, "" for none. A graph without its label is no reason to alarm, so no error changes the state of a run.
    """

    __slots__ = ("_memory", "error", "items")

    def __init__(self, memory: Source | None) -> None:
        self._memory: Memory | None = memory  # type: ignore[assignment]
        self.items: dict[str, list[str]] = {}
        self.error = ""

    def recall(self) -> None:
        """Read the labels, before the run can fail."""
        if self._memory is None:
            return
        try:
            before = self._memory.recall(_PART)
        except CheckError as error:
            self.error = str(error)
            return
        held = getattr(before, "data", None)
        if isinstance(held, dict):
            self.items = {
                name: [item for item in items if isinstance(item, str)]
                for name, items in held.items()
                if isinstance(items, list)
            }

    def remember(self, measured: "Iterable[tuple[str, str]]") -> None:
        """Write the labels of a good run, pairs of gauge and item, where they differ from the last ones."""
        if self._memory is None or self.error:
            return
        items: dict[str, list[str]] = {}
        for count, (gauge, item) in enumerate(measured):
            if count < _MOST:
                items.setdefault(gauge, []).append(item)
        if items == self.items:
            return
        try:
            self._memory.exchange(items, _PART)
        except CheckError as error:
            self.error = str(error)

    def of(self, gauge: str, expected: "Iterable[str]") -> list[str] | None:
        """Return the items of a gauge in the last good run; None without a good run.

        expected: the items of this run. They are added to a gauge that has had some of them.
        """
        if not self.items:
            return None
        known = self.items.get(gauge, [])
        expected = list(expected)
        return list(dict.fromkeys([*known, *expected])) if set(known) & set(expected) else known
