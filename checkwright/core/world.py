"""The sources of one run, opened on first use."""

import _thread

from checkwright.core.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    S = TypeVar("S", bound=Source)


class World:
    """Hands out sources by class. `World(FakeSystem())` answers a check's `uses(System)` with the fake.

    A sealed world opens nothing by itself: a test then sees at once which fake is missing.
    shared: the process's instances of shared sources, which this world uses and does not close.
    """

    def __init__(self, *sources: Source, sealed: bool = False, shared: "Shared | None" = None) -> None:
        self._given = sources
        self._shared = shared
        self._open: dict[type[Source], Source] = {}
        self._sealed = sealed

    def get(self, kind: "type[S]") -> "S":
        source = self._open.get(kind)
        if source is None and self._shared is not None and kind.shared:
            return self._shared.get(kind)
        if source is None:
            source = next((given for given in self._given if isinstance(given, kind)), None)
            if source is None:
                if self._sealed:
                    raise LookupError(f"this world has no {kind.__name__}: give run() a fake one")
                source = kind.open()
            self._open[kind] = source
        return source  # type: ignore[return-value]

    def close(self) -> None:
        for source in self._open.values():
            source.close()
        self._open.clear()


class Shared:
    """The shared sources of a process, each opened on first use."""

    def __init__(self) -> None:
        self._open: dict[type[Source], Source] = {}
        self._lock = _thread.allocate_lock()

    def get(self, kind: "type[S]") -> "S":
        with self._lock:
            source = self._open.get(kind)
            if source is None:
                source = self._open[kind] = kind.open_shared()
        return source  # type: ignore[return-value]

    def close(self) -> None:
        for source in self._open.values():
            source.close()
        self._open.clear()
