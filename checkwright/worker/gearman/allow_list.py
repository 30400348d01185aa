"""Allow-list of the commands that a job may have us run: our own checks, and plugins that were named. Never a shell.

A job comes from the network. Its sender has our user's rights within these bounds.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache

from checkwright.core.catalog import name_of_link
from checkwright.core.errors import BadUsage
from checkwright.core.invocation import parse_invocation
from checkwright.core.shell_words import RequiresShell, argv
from checkwright.core.text import clean
from checkwright.worker.frontend import JobExecutor

#: Program that sets variables in front of a command line. Generated configurations name it so.
_ENV = "/usr/bin/env"

#: Parsed command lines that are kept: each service sends the same one again and again.
_KEPT = 50_000
#: Characters of a command line that is kept, since many long ones would fill the memory.
_LONGEST_KEPT = 4_096


class NotAllowed(Exception):
    """A command is not run, and why: one sentence. kind: the rule that it breaks, for the log."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind


class AllowList:
    """Rules for the commands of jobs.

    folders: full paths of folders with plugins. plugins: names of the plugins in them that jobs may run.
    projects: folders of projects whose checks jobs may run. variables: NAME=VALUE that a job may set with env(1) in
    front of its command; no other value is allowed.
    """

    def __init__(
        self,
        folders: Iterable[str] = (),
        plugins: Iterable[str] = (),
        projects: Iterable[str] = (),
        variables: Iterable[str] = (),
    ) -> None:
        names = frozenset(plugins)
        self._plugins = frozenset(os.path.join(os.path.normpath(folder), name) for folder in folders for name in names)
        self._projects = frozenset(os.path.realpath(project) for project in projects)
        self._variables = frozenset(variables)

    def words(self, command: str, executor: JobExecutor) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """Return the program with its arguments, and the variables that it gets. Raises NotAllowed."""
        if not command:
            raise NotAllowed("empty", "the job has no command")
        words = _split(command) if len(command) <= _LONGEST_KEPT else _split.__wrapped__(command)
        if words is None:
            raise NotAllowed(
                "shell", "only a shell would understand this command, and none is ever started for a job: quote it"
            )
        words, variables = self._without_env(words)
        program = words[0]
        if executor.is_own_program(program):
            self._check_project(program, list(words[1:]))
            return words, variables
        shown = clean(program, 200)
        if program not in self._plugins:
            raise NotAllowed(
                "program", f"{shown} is not a plugin that this worker runs for jobs (--plugins, --allow-plugin)"
            )
        if not os.access(program, os.X_OK):
            raise NotAllowed("missing", f"there is no program {shown} on this worker, or its user may not run it")
        return words, variables

    def _without_env(self, words: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, str]]:
        """Return the command without env(1), and the variables that this would set."""
        variables: dict[str, str] = {}
        if words[0] != _ENV:
            return words, variables
        for position, word in enumerate(words[1:], start=1):
            name, equals, value = word.partition("=")
            if not equals or name.startswith(("-", "/")):
                return words[position:], variables
            if word not in self._variables:
                raise NotAllowed(
                    "variable", f"a job may not set the variable {clean(name, 100)} to this value (--allow-env)"
                )
            variables[name] = value
        raise NotAllowed("empty", "the job has no command after env")

    def _check_project(self, program: str, words: list[str]) -> None:
        """Raise NotAllowed for a project that is not allowed. The words are parsed as the check itself parses them."""
        try:
            invocation = parse_invocation(name_of_link(program), words)
        except BadUsage:
            return  # the check reports the mistake
        for project in invocation.projects:
            if os.path.realpath(project) not in self._projects:
                raise NotAllowed(
                    "project",
                    f"the project {clean(project, 200)} is not one whose checks this worker runs (--allow-project)",
                )


@lru_cache(_KEPT)
def _split(command: str) -> tuple[str, ...] | None:
    try:
        return tuple(argv(command))
    except RequiresShell:
        return None
