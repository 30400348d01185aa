"""Sources that fail in every way: a subclass of any source class, with every method replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from checkwright.core.check import Check, uses
from checkwright.core.errors import CannotTell, Down
from checkwright.core.source import Source
from checkwright.core.world import World

S = TypeVar("S", bound=Source)

#: Hostile text: a second status line, performance data, escape sequences, marks that reorder text.
HOSTILE = (
    "a|b=1;2;3",
    "line\nOK: all is well | x=1",
    "\x1b[31mred\x07\x00",
    "`id` $(id) ${IFS} 'quoted' \"doubly\"",
    "\u202egnp.exe\u2028",
    "\ud800 half a character",
    "x" * 10_000,
    "%s {0} {host} $HOSTNAME$ {{ .name }}",
)


def sources_of(kind: type[Check]) -> tuple[type[Source], ...]:
    """Return the source classes that a check uses."""
    found = [value.kind for base in kind.__mro__ for value in vars(base).values() if isinstance(value, uses)]
    return tuple(dict.fromkeys(found))


class Misbehaving(World):
    """World whose sources all do the same wrong thing in every method."""

    def __init__(self, answer: Callable[[], object]) -> None:
        super().__init__(sealed=True)
        self._answer = answer

    def get(self, kind: type[S]) -> S:
        return _instead_of(kind, self._answer)

    def optional(self, kind: type[S]) -> S:
        return self.get(kind)


def _instead_of(kind: type[S], answer: Callable[[], object]) -> S:
    def method(_self: object, *_words: object, **_named: object) -> object:
        return answer()

    def nothing(_self: object) -> None:
        """Open nothing."""

    replaced: dict[str, object] = {"__init__": nothing, "close": nothing}
    for name in dir(kind):
        if not name.startswith("_") and name not in ("open", "close"):
            is_property = isinstance(getattr(kind, name), property)
            replaced[name] = property(method) if is_property else method
    made: S = type(f"Misbehaving{kind.__name__}", (kind,), replaced)()
    return made


def behaviours() -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield each fault of a source except hanging: its description, and a function with that fault."""
    for number, text in enumerate(HOSTILE):
        yield f"raises Down with hostile text {number}", _raises(Down(text))
        yield f"raises CannotTell with hostile text {number}", _raises(CannotTell(text))
        yield f"answers hostile text {number}", _answers(text)
    errors = (
        Down(""),
        RuntimeError("a defect|of\nthe source"),
        KeyError("key"),
        OSError(5, "Input/output error"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        RecursionError(),
        MemoryError(),
        SystemExit(7),
        GeneratorExit(),
    )
    for error in errors:
        yield f"raises {type(error).__name__}", _raises(error)
    nonsense = (None, "", 0, -1, 1e308, 10**30, float("nan"), float("inf"), True, b"\xff", NotImplemented)
    for value in (*nonsense, [], {}, (), [None], {"a": None}, ["x"] * 3):
        yield f"answers {type(value).__name__} {value!r:.20}", _answers(value)


def _raises(error: BaseException) -> Callable[[], object]:
    def answer() -> object:
        raise error

    return answer


def _answers(value: object) -> Callable[[], object]:
    return lambda: value
