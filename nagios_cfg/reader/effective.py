"""Effect of a configuration, regardless of the names of its objects: argv, times and recipients of each service."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nagios_cfg.reader.aspects import aspects
from nagios_cfg.reader.live import Live, LiveHost, LiveService
from nagios_cfg.reader.macros import expand
from nagios_cfg.reader.notified import Notified, notified, number
from nagios_cfg.reader.periods import Periods
from nagios_cfg.reader.relations import Relations

_QUOTED = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*\"""")
_META = re.compile(r"[|;&<>`()*?\[]")


@dataclass(frozen=True, slots=True)
class Effective:
    """Effect of one service on one host, or of a host.

    `argv` is what the plugin receives; it is the whole line as one word if the line needs a shell, and () without a
    check. `every` and `retry` are seconds. `notified` is () if nobody is.
    """

    argv: tuple[str, ...]
    every: int
    retry: int
    attempts: int
    active: bool
    notified: tuple[Notified, ...]

    @property
    def recipients(self) -> tuple[str, ...]:
        """Return everybody who is notified."""
        return tuple(one.who for one in self.notified)

    def as_text(self) -> dict[str, str]:
        """Return the values as text, for display."""
        return {
            "command": shlex.join(self.argv) or "none",
            "every": f"{self.every} s",
            "retry": f"{self.retry} s",
            "attempts": str(self.attempts),
            "active": "yes" if self.active else "no",
            "recipients": ", ".join(self.recipients) or "nobody",
            "when": self._of_each(lambda one: one.when) or "never",
            "notified of": self._of_each(lambda one: one.options) or "nothing",
        }

    def _of_each(self, text: Callable[[Notified], str]) -> str:
        """Return what all recipients share, or a list of what each has."""
        if len({text(one) for one in self.notified}) == 1:
            return text(self.notified[0])
        return ", ".join(f"{one.who}: {text(one)}" for one in self.notified)


def effective(live: Live, aliases: Mapping[str, tuple[str, ...]] | None = None) -> dict[tuple[str, str], Effective]:
    """Return the effect of each service by (host, description). `aliases` maps mail aliases to their recipients."""
    reader = Reader(live, aliases or {})
    return {(one.host, one.name): reader.service(one) for one in live.services}


class Reader:
    """Effects of the hosts and services of a configuration. `aliases` maps mail aliases to their recipients.

    `renamed` returns the name to show for a host or a service.
    """

    def __init__(
        self,
        live: Live,
        aliases: Mapping[str, tuple[str, ...]],
        renamed: Callable[[str], str] = str,
    ) -> None:
        self._live = live
        self._aliases = aliases
        self._renamed = renamed
        self._periods = Periods(live.timeperiods)
        self._importance: dict[str, float] = {}
        for service in live.services:
            more = self._importance.get(service.host, 0.0) + _importance(service.settings)
            self._importance[service.host] = more

    def service(self, one: LiveService) -> Effective:
        """Return the effect of a service."""
        live = self._live
        host = live.hosts[one.host]
        importance = _importance(one.settings)
        people = notified(live, self._periods, "service", one.settings, one.contacts, self._aliases, importance)
        return self._effect(one.settings, people, lambda text: self._words(text, host, one))

    def host(self, one: LiveHost) -> Effective:
        """Return the effect of a host."""
        importance = _importance(one.settings) + self._importance.get(one.name, 0)
        people = notified(self._live, self._periods, "host", one.settings, one.contacts, self._aliases, importance)
        return self._effect(one.settings, people, lambda text: self._words(text, one, None))

    def others_of_service(self, one: LiveService) -> dict[str, str]:
        """Return the further aspects of a service, without dependencies and escalations."""
        host = self._live.hosts[one.host]
        expand = lambda text: shlex.join(self._words(text, host, one))  # noqa: E731
        found = aspects("service", one.settings, self._live.source.seconds, self._periods, expand)
        parents = (self._renamed(name) for name in one.settings.get("parents", "").split(",") if name.strip())
        return {**found, "parents": ", ".join(parents) or "none"}

    def others_of_host(self, one: LiveHost) -> dict[str, str]:
        """Return the further aspects of a host, without dependencies and escalations."""
        expand = lambda text: shlex.join(self._words(text, one, None))  # noqa: E731
        found = aspects("host", one.settings, self._live.source.seconds, self._periods, expand)
        return {
            **found,
            "address": one.address,
            "parents": ", ".join(sorted(map(self._renamed, one.parents))) or "none",
        }

    def relations(self) -> Relations:
        """Return the dependencies and escalations."""
        return Relations(self._live, self._periods, self._aliases, self._renamed)

    def _effect(
        self, settings: Mapping[str, str], people: tuple[Notified, ...], words: Callable[[str], tuple[str, ...]]
    ) -> Effective:
        seconds = self._live.source.seconds
        active = settings.get("active_checks_enabled", "1") != "0"
        command = settings.get("check_command", "")
        return Effective(
            words(command) if active and command else (),
            round(number(settings.get("check_interval", "5")) * seconds),
            round(number(settings.get("retry_interval", "1")) * seconds),
            round(number(settings.get("max_check_attempts", "1"))),
            active,
            people,
        )

    def _words(self, command: str, host: LiveHost, one: LiveService | None) -> tuple[str, ...]:
        name, *raw = re.split(r"(?<!\\)!", command)
        arguments = [self._expand(text.replace("\\!", "!"), one, host, []) for text in raw]
        line = self._expand(self._live.commands.get(name.strip(), ""), one, host, arguments)
        try:
            words = shlex.split(line)
        except ValueError:
            return (line,)
        return (line,) if _META.search(_QUOTED.sub("", line)) else tuple(words)

    def _expand(self, text: str, one: LiveService | None, host: LiveHost, arguments: list[str]) -> str:
        def value(name: str) -> str | None:
            if name.startswith("ARG") and name[3:].isdecimal():
                number = int(name[3:]) - 1
                return arguments[number] if 0 <= number < len(arguments) else ""
            if name.startswith("USER") and name[4:].isdecimal():
                return self._live.source.users.get(int(name[4:]), "")
            return _macro(name, one, host, self._live.source.stripped)

        return expand(text, value)


def _importance(settings: Mapping[str, str]) -> float:
    return number(settings.get("importance", settings.get("hourly_value", "0")))


def _macro(name: str, one: LiveService | None, host: LiveHost, stripped: str) -> str | None:
    plain = {
        "HOSTNAME": host.name,
        "HOSTADDRESS": host.address,
        "HOSTALIAS": host.settings.get("alias", host.name),
        "HOSTDISPLAYNAME": host.settings.get("display_name", host.name),
    }
    if one is not None:
        plain["SERVICEDESC"] = one.name
    if name in plain:
        return plain[name]
    for prefix, settings in (("_HOST", host.settings), ("_SERVICE", one.settings if one else {})):
        if name.startswith(prefix):
            value = settings.get(f"_{name.removeprefix(prefix)}")
            return None if value is None else value.translate(str.maketrans("", "", stripped))
    return None
