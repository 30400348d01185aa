"""Hooks: commands that a Sensu agent runs after a check, to add their output to the event."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from checkwright.registry.model.base import (
    Declaration,
    RegistryError,
    here,
    require_all,
    require_name,
    require_text,
    short_repr,
)
from checkwright.registry.model.routes import argv
from checkwright.registry.model.settings import duration

_STATES = ("ok", "warning", "critical", "unknown", "non-zero")
_EXIT_STATUS = re.compile(r"\d{1,3}", re.ASCII)


class Hook(Declaration):
    """Command whose output explains a result.

        Hook("biggest", ("/usr/bin/ps", "aux", "--sort=-rss"), watch="memory")

    A Sensu agent runs it on the machine, after checks of the role that run there. Nagios ignores it.

    command: executable (an absolute path) and arguments, literal text. on: results after which it runs: warning,
    critical, unknown, non-zero, ok, or an exit status as text. watch: names or shell patterns of the watches after
    which it runs, by default all. timeout: its longest duration; the result waits for it. stdin: True passes the
    event as JSON on standard input. Raises RegistryError for an invalid value.
    """

    __slots__ = ("command", "name", "on", "stdin", "timeout", "watches")
    name: str
    command: tuple[str, ...]
    on: tuple[str, ...]
    watches: tuple[str, ...]
    timeout: int
    stdin: bool

    def __init__(
        self,
        name: str,
        command: tuple[str, ...],
        *,
        on: str | tuple[str, ...] = ("critical",),
        watch: str | tuple[str, ...] = (),
        timeout: str = "10s",
        stdin: bool = False,
    ) -> None:
        origin = here(2)
        what = f"Hook {require_name('Hook', name, origin)}"
        states = require_all(f"{what}: on", (on,) if isinstance(on, str) else on, str, origin)
        for state in states:
            if state not in _STATES and not (_EXIT_STATUS.fullmatch(state) and int(state) <= 255):
                known = f"{', '.join(_STATES)}, or an exit status from 0 to 255 as text"
                raise RegistryError(f"{what}: on has {short_repr(state)}, and must be one of {known}", origin)
        if not states:
            raise RegistryError(f"{what}: on is empty, so it would never run", origin)
        if not isinstance(stdin, bool):
            raise RegistryError(f"{what}: stdin is {short_repr(stdin)}, and must be True or False", origin)
        watches = (
            (require_text(what, watch, origin),) if isinstance(watch, str) else require_all(what, watch, str, origin)
        )
        self._set(
            name=name,
            command=argv(what, command, origin),
            on=tuple(dict.fromkeys(states)),
            watches=watches,
            timeout=duration(f"{what}: timeout", timeout, origin),
            stdin=stdin,
            origin=origin,
        )

    def runs_after(self, watch: str) -> bool:
        """Return whether it runs after the watch of this name."""
        return not self.watches or any(fnmatchcase(watch, pattern) for pattern in self.watches)
