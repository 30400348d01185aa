"""Route of a job: a thread of a thread worker, or a process of its own. Decided without loading any check."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from checkwright.core.catalog import name_of_link
from checkwright.core.errors import BadUsage
from checkwright.core.invocation import parse_invocation
from checkwright.core.shell_words import RequiresShell, argv
from checkwright.core.traits import Traits, traits_of
from checkwright.worker.fork_server import CHECK, PROGRAM, SHELL
from checkwright.worker.job import Job

#: Command lines whose routes are kept. Macros in arguments make as many of them as there are services.
_KEPT = 50_000
#: Characters of a command line whose route is kept: longer ones are rare and would fill the memory.
_LONGEST_KEPT = 4_096


class Route:
    """Place where a job runs.

    kind: THREAD, or one of the fork server's kinds: CHECK, PROGRAM, SHELL.
    words: for a thread the options of the check, otherwise the whole command.
    shared: runs of this check gain from running in one process.
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
#: Route of a job that cannot run.
NOWHERE = Route("nowhere", ())


class Router:
    """Chooses routes. programs: paths of the program `check`."""

    def __init__(self, programs: Iterable[str]) -> None:
        self._own = {os.path.realpath(path) for path in programs}
        self._routes: dict[str | tuple[str, ...], Route] = {}
        self._is_own: dict[str, bool] = {}
        self._traits: dict[tuple[str, str], Traits] = {}
        #: Folders of projects that have checks which run in threads, and the time of each one's first job.
        self.projects: dict[str, float] = {}

    def forget(self) -> None:
        """Drop all cached routes, since files have been installed, removed or changed."""
        self._routes.clear()
        self._is_own.clear()
        self._traits.clear()

    def is_own_program(self, program: str) -> bool:
        """Return whether a path is the program `check` or a link to it."""
        if len(program) > _LONGEST_KEPT:  # no path is that long
            return False
        found = self._is_own.get(program)
        if found is None:
            if len(self._is_own) >= _KEPT:
                self._is_own.clear()
            found = self._is_own[program] = "/" in program and os.path.realpath(program) in self._own
        return found

    def route(self, job: Job) -> Route:
        """Return the route of a job. Raises ValueError, with the reason, for a command that no program can get."""
        route = self._routes.get(job.command)
        if route is None:
            route = self._find(job.command)
            words = (job.command,) if isinstance(job.command, str) else job.command
            if sum(map(len, words)) + len(words) <= _LONGEST_KEPT:
                if len(self._routes) >= _KEPT:
                    self._routes.clear()
                self._routes[job.command] = route
        return self.isolated(job) if job.env and route.kind == THREAD else route

    def isolated(self, job: Job) -> Route:
        """Return the route of a job to a process of its own."""
        return self._isolated(job.command)

    def _isolated(self, command: str | tuple[str, ...]) -> Route:
        try:
            # Neither Nagios nor mod_gearman starts a shell for a #, which would make the rest a comment.
            words = argv(command, plain="#") if isinstance(command, str) else list(command)
        except RequiresShell:
            return Route(SHELL, (str(command),))
        return Route(CHECK if self.is_own_program(words[0]) else PROGRAM, tuple(words))

    def _find(self, command: str | tuple[str, ...]) -> Route:
        if not command or not command[0]:
            raise ValueError("it is empty")
        if any("\0" in word for word in ([command] if isinstance(command, str) else command)):
            raise ValueError("it holds a NUL character")
        route = self._isolated(command)
        if route.kind != CHECK:
            return route
        try:
            invocation = parse_invocation(name_of_link(route.words[0]), route.words[1:])
        except BadUsage:
            return route  # the process reports the mistake
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
        """Return the traits of a check, read once for all its command lines: reading takes longer than a run."""
        found = self._traits.get((name, project))
        if found is None:
            if len(self._traits) >= _KEPT:
                self._traits.clear()
            found = self._traits[name, project] = traits_of(name, project)
        return found
