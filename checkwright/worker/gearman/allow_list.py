"""What a job may have us run: our own checks, and plugins in folders that were listed. Never a shell.

A job is an order from the network, and whoever can write one has our user's rights within these bounds.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache

from checkwright.core.catalog import name_of_link
from checkwright.core.errors import BadUsage
from checkwright.core.invocation import parse_invocation
from checkwright.core.shell_words import NeedsShell, argv
from checkwright.core.text import clean
from checkwright.registry.model.pools import RUNS_ANY_COMMAND
from checkwright.worker.frontend import Runs

#: What sets variables before a command line; the generated ones name it so.
_ENV = "/usr/bin/env"

#: Command lines that are kept in words: each service sends the same one again and again.
_KEPT = 50_000
#: Characters of one that is kept, since many long ones would fill the memory.
_LONGEST_KEPT = 4_096


class Refused(Exception):
    """One sentence: why a command is not run."""


class Orders:
    """folders: of plugins that may be run, full paths. projects: those that our checks may be taken from.

    variables: what a job may set by env(1) in front of its command, each as NAME=VALUE; no other value of it.
    """

    def __init__(self, folders: Iterable[str], projects: Iterable[str] = (), variables: Iterable[str] = ()) -> None:
        self._folders = tuple(f"{os.path.normpath(folder)}{os.sep}" for folder in folders)
        self._projects = frozenset(os.path.realpath(project) for project in projects)
        self._variables = frozenset(variables)

    def words(self, command: str, core: Runs) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """The program and its arguments, and the variables that it is given. Raises Refused."""
        if not command:
            raise Refused("the job has no command")
        words = _words(command) if len(command) <= _LONGEST_KEPT else _words.__wrapped__(command)
        if words is None:
            raise Refused(
                "only a shell would understand this command, and none is ever started for a job: "
                "quote what is meant as it stands"
            )
        words, variables = self._without_env(words)
        program = words[0]
        if core.is_ours(program):
            self._check(program, list(words[1:]))
            return words, variables
        shown = clean(program, 200)
        if not program.startswith(self._folders) or os.path.normpath(program) != program:
            raise Refused(f"{shown} is not in a folder that this worker runs plugins from (--plugins)")
        if os.path.basename(program) in RUNS_ANY_COMMAND:
            raise Refused(f"{shown} runs whatever its arguments say, which a job may not")
        if not os.access(program, os.X_OK):
            raise Refused(f"there is no program {shown} on this worker, or its user may not run it")
        return words, variables

    def _without_env(self, words: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, str]]:
        """The command without env(1), and the variables that this would set."""
        variables: dict[str, str] = {}
        if words[0] != _ENV:
            return words, variables
        for position, word in enumerate(words[1:], start=1):
            name, equals, value = word.partition("=")
            if not equals or name.startswith(("-", "/")):
                return words[position:], variables
            if word not in self._variables:
                raise Refused(f"a job may not set the variable {clean(name, 100)} to this (--allow-env)")
            variables[name] = value
        raise Refused("the job has no command behind env")

    def _check(self, program: str, words: list[str]) -> None:
        try:
            invocation = parse_invocation(name_of_link(program), words)
        except BadUsage:
            return  # the check says what is wrong
        for project in invocation.projects:
            if os.path.realpath(project) not in self._projects:
                raise Refused(
                    f"the project {clean(project, 200)} is not one that this worker runs checks of (--allow-project)"
                )
        if invocation.name == "heartbeat" and any(word.startswith("--run") for word in invocation.words):
            raise Refused("heartbeat --run runs a command, which a job may not")


@lru_cache(_KEPT)
def _words(command: str) -> tuple[str, ...] | None:
    try:
        return tuple(argv(command))
    except NeedsShell:
        return None
