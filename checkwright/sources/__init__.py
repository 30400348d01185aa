"""Sources: the only code that talks to the outside. The names that the author of a source imports.

    from checkwright.sources import CannotTell, Down, Source, Stream, doing

Sources that several families share are modules of this package, such as `checkwright.sources.http`.
docs/guides/write-a-source.md has a worked example. The names are loaded on first use, so that a check which
needs only `Source` does not load sockets.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.core.current import doing as doing
    from checkwright.core.current import remaining as remaining
    from checkwright.core.errors import BadUsage as BadUsage
    from checkwright.core.errors import CannotTell as CannotTell
    from checkwright.core.errors import Down as Down
    from checkwright.core.source import Source as Source
    from checkwright.net.deadline import Deadline as Deadline
    from checkwright.sources.stream import Stream as Stream

_HOMES = {
    "BadUsage": "checkwright.core.errors",
    "CannotTell": "checkwright.core.errors",
    "Deadline": "checkwright.net.deadline",
    "Down": "checkwright.core.errors",
    "Source": "checkwright.core.source",
    "Stream": "checkwright.sources.stream",
    "doing": "checkwright.core.current",
    "remaining": "checkwright.core.current",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"checkwright.sources has no {name}")
    __import__(_HOMES[name])  # import_module would load importlib for every check
    found: object = getattr(sys.modules[_HOMES[name]], name)
    globals()[name] = found
    return found


__all__ = ["BadUsage", "CannotTell", "Deadline", "Down", "Source", "Stream", "doing", "remaining"]
