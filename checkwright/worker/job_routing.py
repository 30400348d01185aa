"""Where a job runs: in a runner's thread, or in a process of its own. Decided without loading any check."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from checkwright.core.catalog import name_of_link
from checkwright.core.errors import BadUsage
from checkwright.core.invocation import parse_invocation
from checkwright.core.shell_words import NeedsShell, argv
from checkwright.core.traits import Traits, traits_of
from checkwright.worker.fork_server import CHECK, PROGRAM, SHELL
from checkwright.worker.job import Job

#: Command lines whose routes are kept. Macros in arguments make them as many as services.
_KEPT = 50_000
#: Characters of one whose route is kept: longer ones are rare, and would fill the memory.
_LONGEST_KEPT = 4_096


class Route:
    """kind: THREAD, or what the nursery runs: CHECK, PROGRAM, SHELL.

    words: for a thread the check's own words, else the whole command. shared: its runs gain from one another's company.
    """

    __slots__ = ("kind", "name", "project", "shared", "words")

    def __init__(
        self, kind: str, words: tuple[str, ...], name: str = "", project: str = "", shared: bool = False
    ) -> None:
        self.kind = kind
        self.words = words
        self.name = name
        self.project = project
        self.shared = shared


THREAD = "thread"
#: The route of a job that cannot be run.
NOWHERE = Route("nowhere", ())


class Routes:
    """Knows our own programs. check: the path of the program `check`."""

    def __init__(self, check: Iterable[str]) -> None:
        self._own = {os.path.realpath(path) for path in check}
        self._routes: dict[str | tuple[str, ...], Route] = {}
        self._ours: dict[str, bool] = {}
        self._traits: dict[tuple[str, str], Traits] = {}
        #: Folders of projects that have checks which run in threads, and when each was first met.
        self.projects: dict[str, float] = {}

    def forget(self) -> None:
        """Look again at files: something was installed, removed or changed."""
        self._routes.clear()
        self._ours.clear()
        self._traits.clear()

    def is_ours(self, program: str) -> bool:
        """Whether this path is our `check` or a link to it."""
        if len(program) > _LONGEST_KEPT:  # no path is
            return False
        found = self._ours.get(program)
        if found is None:
            if len(self._ours) >= _KEPT:
                self._ours.clear()
            found = self._ours[program] = "/" in program and os.path.realpath(program) in self._own
        return found

    def of(self, job: Job) -> Route:
        """Raises ValueError, with why, for what no program can be given."""
        route = self._routes.get(job.command)
        if route is None:
            route = self._found(job.command)
            words = (job.command,) if isinstance(job.command, str) else job.command
            if sum(map(len, words)) + len(words) <= _LONGEST_KEPT:
                if len(self._routes) >= _KEPT:
                    self._routes.clear()
                self._routes[job.command] = route
        return self.alone(job) if job.env and route.kind == THREAD else route

    def alone(self, job: Job) -> Route:
        """The route of a job in a process of its own."""
        return self._alone(job.command)

    def _alone(self, command: str | tuple[str, ...]) -> Route:
        try:
            words = argv(command) if isinstance(command, str) else list(command)
        except NeedsShell:
            return Route(SHELL, (str(command),))
        return Route(CHECK if self.is_ours(words[0]) else PROGRAM, tuple(words))

    def _found(self, command: str | tuple[str, ...]) -> Route:
        if not command or not command[0]:
            raise ValueError("it is empty")
        if any("\0" in word for word in ([command] if isinstance(command, str) else command)):
            raise ValueError("it holds a NUL character")
        route = self._alone(command)
        if route.kind != CHECK:
            return route
        try:
            invocation = parse_invocation(name_of_link(route.words[0]), route.words[1:])
        except BadUsage:
            return route  # the process says what is wrong
        name, project = invocation.name, invocation.project
        if not name or invocation.page:
            return route
        try:
            traits = self._traits_of(name, project)
        except OSError:
            return route  # the library's folder is being replaced just now
        if not traits.thread_safe:
            return route
        if project:
            self.projects.setdefault(os.path.realpath(project), time.time())
        return Route(THREAD, tuple(invocation.words), name, project, traits.shared)

    def _traits_of(self, name: str, project: str) -> Traits:
        """What a check declares, for all of its command lines: to read its file takes longer than to run it."""
        found = self._traits.get((name, project))
        if found is None:
            if len(self._traits) >= _KEPT:
                self._traits.clear()
            found = self._traits[name, project] = traits_of(name, project)
        return found
