"""CheckCommands: each has its argv as a list, which Icinga 2 runs without a shell.

Icinga replaces `$...$` in each word and splits nothing, so a placeholder becomes a macro, and a literal `$` is doubled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from checkwright.registry.plan import Entry, Placeholder, Plan, Word, as_account
from icinga_cfg.dsl import Object, Raw, string
from nagios_cfg import host_states, nrpe_daemons
from nagios_cfg.check_commands import nrpe_call
from nagios_cfg.intervals import NAGIOS_SLACK
from nagios_cfg.names import AGENT, Names, nrpe_command
from nagios_cfg.quote import fill_shared, label_variable, literal_words

#: Commands that belong to no watch.
STALE, ALWAYS_UP = "stale", "role-up"
_MACROS = {"host": "$host.name$", "address": "$host.address$"}
#: Seconds that a check of a host may take.
_HOST_TIMEOUT = 30


def argv(words: Sequence[Word]) -> tuple[str, ...]:
    """Return a command's words with macros of Icinga."""
    return tuple("".join(map(_part, word)) for word in words)


def escape(text: str) -> str:
    """Return a text that Icinga's macros leave as it is."""
    return text.replace("$", "$$")


def label_attribute(name: str) -> str:
    """Return the custom variable of a host that holds a label."""
    return label_variable(name).removeprefix("_")


def _stale(plan: Plan) -> dict[str, object]:
    """Return the command that reports an overdue passive result.

    Icinga runs it soon after its start as well, when no result can have come in yet.
    """
    return {
        "command": (f"{plan.site.plugins}/check_dummy", "$stale_state$", "$stale_text$"),
        "timeout": 10,
        "vars.stale_state": _if_checked("3", "0"),
        "vars.stale_text": _if_checked("no result has come in for too long", "no result has come in yet"),
    }


def _if_checked(text: str, otherwise: str) -> Raw:
    """Return a function for a text that depends on whether the service has had any result."""
    service = 'get_service(macro("$host.name$"), macro("$service.name$"))'
    return Raw(f"{{{{ if ({service}.last_check_result) {{ {string(text)} }} else {{ {string(otherwise)} }} }}}}")


class CheckCommands:
    """Commands of a plan. Variants of a watch with the same argv share one command."""

    def __init__(self, plan: Plan, names: Names) -> None:
        self._names = names
        self._objects: list[Object] = []
        self._objects.append(Object("CheckCommand", names.internal(STALE), _stale(plan)))
        always_up = literal_words((f"{plan.site.plugins}/check_dummy", "0", "a role, not a machine: always up"))
        self._add(names.internal(ALWAYS_UP), argv(always_up), 10)
        self._add(names.internal(host_states.UP), argv(host_states.ping(plan)), _HOST_TIMEOUT)
        if nrpe_daemons.entries_of(plan):
            self._add(names.internal(AGENT), argv(nrpe_daemons.version_request(plan)), _HOST_TIMEOUT)
        self._of_states(plan)
        #: Names of the commands of the plan's entries, in their order.
        self.of_entries: list[str] = []
        made: dict[tuple[object, ...], str] = {}
        for entry in plan.entries:
            if entry.transport == "passive":
                self.of_entries.append(names.internal(STALE))
                continue
            key = (entry.role, entry.name, *_call(entry, plan), entry.deadline)
            if entry.hosts and key not in made:
                made[key] = self._of_entry(entry, plan)
            self.of_entries.append(made.get(key, ""))

    def objects(self) -> Iterator[Object]:
        """Yield the commands."""
        yield from self._objects

    def _of_entry(self, entry: Entry, plan: Plan) -> str:
        words, env = _call(entry, plan)
        name = f"{nrpe_command(entry)}.{self._names.environment}"
        attributes: dict[str, object] = {"command": argv(words), "timeout": entry.deadline + NAGIOS_SLACK}
        if env:
            attributes["env"] = {variable: escape(text) for variable, text in env}
        self._objects.append(Object("CheckCommand", name, attributes, entry.origin))
        return name

    def _of_states(self, plan: Plan) -> None:
        made: set[str] = set()
        for check in plan.host_checks:
            name, words = host_states.command(check, plan, self._names)
            if words and name not in made:
                made.add(name)
                attributes: Mapping[str, object] = {"command": argv(words), "timeout": _HOST_TIMEOUT}
                self._objects.append(Object("CheckCommand", name, attributes, check.origin))

    def _add(self, name: str, command: tuple[str, ...], timeout: int) -> None:
        self._objects.append(Object("CheckCommand", name, {"command": command, "timeout": timeout}))


def _call(entry: Entry, plan: Plan) -> tuple[tuple[Word, ...], tuple[tuple[str, str], ...]]:
    """Return argv and environment variables with which the Icinga server runs an entry."""
    if entry.transport == "nrpe":
        return nrpe_call(entry, plan), ()
    command, env = as_account(entry)
    return fill_shared(command, plan.environment, entry.role), env


def _part(part: str | Placeholder) -> str:
    if isinstance(part, str):
        return escape(part)
    return _MACROS.get(part.name) or f"$host.vars.{label_attribute(part.name.removeprefix('label.'))}$"
