"""What a delivery is, and how one is found: each module in the folder `deliveries` is a kind.

A module has `make(place, context)`, which returns a Queue or a View, or raises BadUsage. Its name is the kind's, with
a `-` where a file has a `_`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from checkwright.batch.results import Result
from checkwright.core.errors import BadUsage
from checkwright.registry.model.base import did_you_mean

if TYPE_CHECKING:
    from checkwright.batch.latest import Board

_FOLDER = Path(__file__).with_name("sinks")


@dataclass(frozen=True, slots=True)
class Context:
    """What a delivery may know. once: nothing says when the next results come. say: writes a line to the log."""

    once: bool
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of some letters: the first `delivered` and those refused are settled, in the order given.

    refused: a sentence for each letter that will never be taken. trouble: why the rest could not be delivered now.
    """

    delivered: int
    refused: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def settled(self) -> int:
        return self.delivered + len(self.refused)


class Queue(ABC):
    """Takes each result once, in order; what it cannot take now is kept on disk and tried again."""

    #: Most letters that `send` is given at once.
    most = 500

    @abstractmethod
    def letter(self, result: Result) -> bytes:
        """The result as it is delivered, with whatever needs escaping escaped. Pure."""

    @abstractmethod
    def send(self, letters: Sequence[bytes]) -> Receipt:
        """Deliver in order, as far as it goes, in bounded time. Never raises for what may pass."""

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Let go of what is held open."""


class View(ABC):
    """Shows the latest results to whoever looks; nothing is lost when nobody does."""

    @abstractmethod
    def show(self, board: Board, fresh: Sequence[Result]) -> str:
        """Show what the board has now; `fresh` came since the last call. Returns "", or why it could not be shown."""

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Let go of what is held open."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A delivery as the command line named it: `name` is its text, and the name of its queue."""

    name: str
    kind: str
    target: Queue | View


def kinds() -> tuple[str, ...]:
    return tuple(sorted(path.stem.replace("_", "-") for path in _FOLDER.glob("*.py") if path.stem != "__init__"))


def opened(text: str, context: Context) -> Opened:
    """The delivery that `KIND` or `KIND:PLACE` names. Raises BadUsage."""
    kind, _, place = text.partition(":")
    if kind not in kinds():
        raise BadUsage(f"there is no delivery {kind!r}{did_you_mean(kind, kinds())}; there is {', '.join(kinds())}")
    module = import_module(f"checkwright.batch.sinks.{kind.replace('-', '_')}")
    return Opened(text, kind, module.make(place, context))
