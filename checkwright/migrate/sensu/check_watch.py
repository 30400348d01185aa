"""Conversion of a check of Sensu to a watch: an equivalent check of the library, otherwise the same program."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from checkwright.core.conversion import NotConvertible
from checkwright.migrate.draft import DraftWatch, Label, LibraryCheck, Program, Value
from checkwright.migrate.recognise import Equivalent, Kept, recognise
from checkwright.migrate.secret_files import SecretFile, SecretFiles, refuse_in_environment
from checkwright.registry.model import durations
from checkwright.registry.plan import Placeholder, Word
from checkwright.registry.resolving import placeholders
from sensu.reading.check_definitions import Check
from sensu.render import GRACE

#: Program that finds another on PATH, as the agent's shell does.
_ENV = "/usr/bin/env"
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST_DEADLINE = 86_400
_LONGEST_INTERVAL = 366 * 86_400
_MOST_ATTEMPTS = 1_000


def name_of(text: str) -> str:
    """Return the text as a name in a registry: characters other than letters, digits, _ . and - become -."""
    return _NOT_IN_A_NAME.sub("-", text).strip(".-") or "unnamed"


def watch(
    check: Check,
    name: str,
    *,
    per_role: bool,
    central: bool,
    notify: str,
    numbers: frozenset[str],
    secrets: SecretFiles,
    keep: bool = False,
) -> tuple[DraftWatch, str, SecretFile | None]:
    """Return the watch, the reason to keep the program ("" for an equivalent check), and the file with its secrets.

    `numbers` are labels whose value is a whole number on each machine of the watch. `keep` keeps all programs.
    Raises NotConvertible.
    """
    if check.interval > _LONGEST_INTERVAL:
        raise NotConvertible(f"its interval of {check.interval} s is longer than a year")
    if check.attempts > _MOST_ATTEMPTS:
        raise NotConvertible(f"it notifies after {check.attempts} bad results, and the maximum is {_MOST_ATTEMPTS}")
    argv = [_text(word) for word in check.command]
    _refuse_executable(check.command[0])
    refuse_in_environment(check.env)
    program, moved = secrets.moved(Program(argv[0], tuple(argv[1:])))
    runs, deadline, why = _runs([program.path, *program.arguments], numbers, keep)
    if check.timeout > GRACE and deadline is None:
        deadline = min(check.timeout - GRACE, _LONGEST_DEADLINE)
    settings: list[tuple[str, Value]] = [("every", durations.format_seconds(check.interval))]
    if deadline is not None and deadline != 10:
        settings.append(("deadline", durations.format_seconds(deadline)))
    if check.attempts != 3:
        settings.append(("attempts", check.attempts or 1))
    settings.append(("notify", notify))
    if central and not per_role:
        settings.append(("where", "central"))
    if check.runbook:
        settings.append(("runbook", check.runbook))
    if check.env:
        settings.append(("env", tuple((key, value) for key, value in check.env)))
    made = DraftWatch(name, runs, tuple(settings), "role" if per_role else "host")
    return made, why, moved


def _runs(argv: list[str], numbers: frozenset[str], keep: bool) -> tuple[LibraryCheck | Program, int | None, str]:
    found = Kept("all programs are to stay", known=False) if keep else recognise(argv)
    if isinstance(found, Equivalent) and (missing := _not_numbers(found.check, numbers)):
        found = Kept(f"the label {missing} is not a whole number on each machine", known=True)
    if isinstance(found, Equivalent):
        return found.check, found.deadline, ""
    if "/" not in argv[0]:
        argv = [_ENV, *argv]
    return Program(argv[0], tuple(argv[1:])), None, found.why


def _not_numbers(check: LibraryCheck, numbers: frozenset[str]) -> str:
    """Return a label that an option needs as a number and that is not one, or ""."""
    return next(
        (
            one.name
            for _, one in check.options
            if isinstance(one, Label) and one.kind != "str" and one.name not in numbers
        ),
        "",
    )


def _refuse_executable(word: Word) -> None:
    if any(isinstance(part, Placeholder) for part in word):
        raise NotConvertible("its program differs from machine to machine")
    name = "".join(map(str, word))
    if not name or ("/" in name and not name.startswith("/")):
        raise NotConvertible(f"its program {name!r} is relative to the agent's folder: use its full path")


def _text(word: Sequence[str | Placeholder]) -> str:
    """Return a word as the registry writes it."""
    return "".join(f"{{{part.name}}}" if isinstance(part, Placeholder) else placeholders.literal(part) for part in word)


def labels_of(check: Check) -> Mapping[str, str | None]:
    """Return the labels that a check's command uses, with their defaults."""
    names = [
        part.name.removeprefix(placeholders.LABEL)
        for word in check.command
        for part in word
        if isinstance(part, Placeholder) and part.name.startswith(placeholders.LABEL)
    ]
    return {name: check.defaults.get(name) for name in names}
