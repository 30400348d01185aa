"""Hooks of an existing Sensu as hooks of roles: what an agent looks at when a check went wrong."""

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
#: What Core gives a hook that says nothing, in seconds.
_TIMEOUT_OF_CORE = 60
_LONGEST_TIMEOUT = 86_400
#: Result, and watches after which the hook runs for it.
_Uses = dict[str, dict[str, set[str]]]


class Hooks:
    """The hooks of one namespace: those that were read, and which watches of which role they run after."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[Object, Thing]] = {}
        self._made: dict[str, DraftHook] = {}
        self._why_not: dict[str, str] = {}
        self._roles: dict[str, _Uses] = {}

    def read(self, source: Object, thing: Thing) -> None:
        """Take a HookConfig, so that checks can name it."""
        self._read[source.name] = (source, thing)
        self._keep(source.name, source.fields, "go")

    def use(self, check: Check, role: str, watch: str) -> Iterator[str]:
        """Let a watch have its check's hooks, and say of each that it cannot have why."""
        for hook in check.hooks:
            if hook.fields is not None:
                self._keep(hook.name, hook.fields, check.source.generation)
            if hook.name in self._made:
                uses = self._roles.setdefault(role, {}).setdefault(hook.name, {})
                uses.setdefault(watch, set()).add(hook.on)
            else:
                yield f"the hook {hook.name} is left out: {self._why_not.get(hook.name, 'it was not read')}"

    def of(self, role: str) -> tuple[DraftHook, ...]:
        """The hooks of a role; one that has other results after other watches is several."""
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

    def tell(self, name: str, report: Report) -> None:
        """Say what became of a hook that was read."""
        source, thing = self._read[name]
        roles = sorted(role for role, uses in self._roles.items() if name in uses)
        if name in self._why_not:
            report.left(thing, self._why_not[name])
        elif not roles:
            report.left(thing, "no check that was carried over, and that runs on the machine itself, names it")
        else:
            report.changed(thing, f"it is a hook of the role {', '.join(roles)}, and called after it in Sensu")
            if source.fields.get("runtime_assets"):
                report.changed(thing, "assets are not carried over: the program must be on the machines")

    def _keep(self, name: str, fields: Mapping[str, Any], generation: Generation) -> None:
        try:
            self._made[name] = _hook(name, fields, generation)
        except NotConvertible as why:
            self._why_not[name] = str(why)


def _hook(name: str, fields: Mapping[str, Any], generation: Generation) -> DraftHook:
    timeout = fields.get("timeout") or (_TIMEOUT_OF_CORE if generation == "core1" else 0)
    if type(timeout) is not int or timeout < 1:
        raise NotConvertible("its timeout is no whole number of seconds above 0")
    stdin = fields.get("stdin") or False
    if not isinstance(stdin, bool):
        raise NotConvertible("its stdin is neither true nor false")
    command = _words(fields.get("command"), generation)
    shown = durations.shown(min(timeout, _LONGEST_TIMEOUT))
    return DraftHook(name_of(name), command, (), (), timeout=shown, stdin=stdin)


def _words(command: Any, generation: Generation) -> tuple[str, ...]:
    """The words of a command without values of the machine; a shell where it needs one, as in Sensu."""
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
        raise NotConvertible("its command has characters that no command should have")
    if generation == "core1" and not text.isascii():
        raise NotConvertible("its command has characters outside ASCII, which Core drops")
    try:
        line = shell_words.parse(text)
    except shell_words.NeedsShell:
        return (*_SHELL, text)
    words = tuple("".join(map(str, word)) for word in line.words)
    return words if words[0].startswith("/") and not line.assigned else (*_SHELL, text)
