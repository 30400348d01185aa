"""Conversion of hooks of Sensu to hooks of roles: commands that an agent runs after a bad result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checkwright.core import shell_words
from checkwright.core.conversion import NotConvertible
from checkwright.migrate.draft import DraftHook
from checkwright.migrate.report import Report, Thing
from checkwright.migrate.sensu.check_watch import name_of
from checkwright.registry.model import durations
from sensu.reading import token_fields
from sensu.reading.check_definitions import Check
from sensu.reading.stored_objects import Generation, Object

_SHELL = ("/bin/sh", "-c")
#: Default timeout of a hook in Core, in seconds.
_TIMEOUT_OF_CORE = 60
_LONGEST_TIMEOUT = 86_400
#: Watches after which a hook runs, by result.
_Uses = dict[str, dict[str, set[str]]]


class Hooks:
    """Hooks of one namespace, and the watches of each role after which they run."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[Object, Thing]] = {}
        self._made: dict[str, DraftHook] = {}
        self._why_not: dict[str, str] = {}
        self._roles: dict[str, _Uses] = {}

    def read(self, source: Object, thing: Thing) -> None:
        """Read a HookConfig, so that checks can name it."""
        self._read[source.name] = (source, thing)
        self._keep(source.name, source.fields, "go")

    def use(self, check: Check, role: str, watch: str) -> Iterator[str]:
        """Give a watch the hooks of its check, and yield a remark for each that it cannot have."""
        for hook in check.hooks:
            if hook.fields is not None:
                self._keep(hook.name, hook.fields, check.source.generation)
            if hook.name in self._made:
                uses = self._roles.setdefault(role, {}).setdefault(hook.name, {})
                uses.setdefault(watch, set()).add(hook.on)
            else:
                yield f"the hook {hook.name} is left out: {self._why_not.get(hook.name, 'it was not read')}"

    def of(self, role: str) -> tuple[DraftHook, ...]:
        """Return the hooks of a role. A hook with different results after different watches becomes several."""
        found = []
        names: set[str] = set()
        for hook, uses in sorted(self._roles.get(role, {}).items()):
            watches: dict[tuple[str, ...], list[str]] = {}
            for watch, results in sorted(uses.items()):
                watches.setdefault(tuple(sorted(results)), []).append(watch)
            made = self._made[hook]
            for on, after in sorted(watches.items()):
                name, number = made.name, 2
                while name in names:
                    name, number = f"{made.name}-{number}", number + 1
                names.add(name)
                found.append(DraftHook(name, made.command, on, tuple(after), timeout=made.timeout, stdin=made.stdin))
        return tuple(found)

    def report_fate(self, name: str, report: Report) -> None:
        """Record the fate of a hook."""
        source, thing = self._read[name]
        roles = sorted(role for role, uses in self._roles.items() if name in uses)
        if name in self._why_not:
            report.left(thing, self._why_not[name])
        elif not roles:
            report.left(thing, "no converted check that runs on the machine itself names it")
        else:
            report.changed(thing, f"it is a hook of the role {', '.join(roles)}, and named after the role in Sensu")
            if source.fields.get("runtime_assets"):
                report.changed(thing, "assets are not carried over: install the program on the machines")

    def _keep(self, name: str, fields: Mapping[str, Any], generation: Generation) -> None:
        try:
            self._made[name] = _hook(name, fields, generation)
        except NotConvertible as why:
            self._why_not[name] = str(why)


def _hook(name: str, fields: Mapping[str, Any], generation: Generation) -> DraftHook:
    timeout = fields.get("timeout") or (_TIMEOUT_OF_CORE if generation == "core1" else 0)
    if type(timeout) is not int or timeout < 1:
        raise NotConvertible("its timeout is not a whole number of seconds above 0")
    stdin = fields.get("stdin") or False
    if not isinstance(stdin, bool):
        raise NotConvertible("its stdin is neither true nor false")
    command = _words(fields.get("command"), generation)
    shown = durations.format_seconds(min(timeout, _LONGEST_TIMEOUT))
    return DraftHook(name_of(name), command, (), (), timeout=shown, stdin=stdin)


def _words(command: Any, generation: Generation) -> tuple[str, ...]:
    """Return the words of a command without values of the machine. One that needs a shell keeps it."""
    if not isinstance(command, str) or not command.strip():
        raise NotConvertible("it has no command")
    try:
        parts = token_fields.parts(command, generation)
    except NotConvertible as why:
        raise NotConvertible(str(why)) from None
    literal = [part for part in parts if isinstance(part, str)]
    text = "".join(literal)
    if len(literal) < len(parts):
        raise NotConvertible("its command has a value of the machine, and a hook's words are literal here")
    if not all(char.isprintable() or char in "\n\t" for char in text) or "<no value>" in text:
        raise NotConvertible("its command has characters that cannot be printed")
    if generation == "core1" and not text.isascii():
        raise NotConvertible("its command has characters outside ASCII, which Core drops")
    try:
        line = shell_words.parse(text)
    except shell_words.RequiresShell:
        return (*_SHELL, text)
    words = tuple("".join(map(str, word)) for word in line.words)
    return words if words[0].startswith("/") and not line.assigned else (*_SHELL, text)
