"""Sink: a place that results go to. Each module in the folder `sinks` is one kind.

A module has `make(place, context)`, which returns a QueueSink or a ViewSink, or raises BadUsage. The kind's name is the
file's, with `-` for `_`.
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
    from checkwright.batch.latest import LatestResults

_FOLDER = Path(__file__).with_name("sinks")


@dataclass(frozen=True, slots=True)
class Context:
    """Circumstances of a sink. once: the batch ends after one run. log: writes a line to the log."""

    once: bool
    log: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Outcome of sending payloads: the first `delivered` and the refused ones are settled, in the order given.

    refused: a sentence for each payload that will never be accepted. problem: why the rest cannot be delivered now.
    """

    delivered: int
    refused: tuple[str, ...] = ()
    problem: str = ""

    @property
    def settled(self) -> int:
        """Number of payloads that are done with."""
        return self.delivered + len(self.refused)


class QueueSink(ABC):
    """Sink that gets each result once, in order. Results that it cannot take now stay on disk and are tried again."""

    #: Most payloads that `send` gets at once.
    most = 500

    @abstractmethod
    def payload(self, result: Result) -> bytes:
        """Return a result as it is delivered, with everything escaped that needs it. Pure."""

    @abstractmethod
    def send(self, payloads: Sequence[bytes]) -> Receipt:
        """Deliver in order, as far as possible, in bounded time. Never raises for a problem that may pass."""

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Close open files and connections."""


class ViewSink(ABC):
    """Sink that shows the latest results to its readers. Nothing is lost if there is no reader."""

    @abstractmethod
    def show(self, latest: LatestResults, fresh: Sequence[Result]) -> str:
        """Show the latest results. fresh: those since the last call. Returns why they could not be shown, or ""."""

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Close open files and connections."""


@dataclass(frozen=True, slots=True)
class OpenSink:
    """Sink as the command line named it. name: that text, which names its queue in the store too."""

    name: str
    kind: str
    target: QueueSink | ViewSink


def kinds() -> tuple[str, ...]:
    """Return the kinds of sinks, by name."""
    return tuple(sorted(path.stem.replace("_", "-") for path in _FOLDER.glob("*.py") if path.stem != "__init__"))


def open_sink(text: str, context: Context) -> OpenSink:
    """Return the sink that `KIND` or `KIND:PLACE` names. Raises BadUsage."""
    kind, _, place = text.partition(":")
    if kind not in kinds():
        raise BadUsage(f"there is no sink {kind!r}{did_you_mean(kind, kinds())}; there is {', '.join(kinds())}")
    module = import_module(f"checkwright.batch.sinks.{kind.replace('-', '_')}")
    return OpenSink(text, kind, module.make(place, context))
