"""Sources of one run, opened on first use."""

import _thread

from checkwright.core.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    S = TypeVar("S", bound=Source)


class World:
    """Sources by class. `World(FakeSystem())` returns the fake for a check's `uses(System)`.

    sealed: raise LookupError instead of opening a source, so that a test sees which fake is missing.
    shared: the process's instances of shared sources. This world uses them and does not close them.
    """

    def __init__(self, *sources: Source, sealed: bool = False, shared: "SharedSources | None" = None) -> None:
        self._provided = sources
        self._shared = shared
        self._open: dict[type[Source], Source] = {}
        self._sealed = sealed

    def get(self, kind: "type[S]") -> "S":
        source = self._open.get(kind)
        if source is None and self._shared is not None and kind.shared:
            return self._shared.get(kind)
        if source is None:
            source = next((source for source in self._provided if isinstance(source, kind)), None)
            if source is None:
                if self._sealed:
                    raise LookupError(f"this world has no {kind.__name__}: give run() a fake one")
                source = kind.open()
            self._open[kind] = source
        return source  # type: ignore[return-value]

    def optional(self, kind: "type[S]") -> "S | None":
        """Return the source as `get` does; None in a sealed world that was not given one."""
        if self._sealed and not any(isinstance(source, kind) for source in self._provided):
            return None
        return self.get(kind)

    def close(self) -> None:
        for source in self._open.values():
            source.close()
        self._open.clear()


class SharedSources:
    """Shared sources of a process, each opened on first use."""

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
