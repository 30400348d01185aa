"""Effect of a configuration, regardless of the names of its objects: argv, times and recipients of each service."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from nagios_cfg.reader.live import Live, LiveHost, LiveService
from nagios_cfg.reader.macros import expand
from nagios_cfg.reader.notified import contact_addresses, is_notified, split_addresses
from nagios_cfg.reader.periods import Periods, period_lines

_QUOTED = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*\"""")
_MAX_NUMBER = 1e9
_META = re.compile(r"[|;&<>`()*?\[]")


@dataclass(frozen=True, slots=True)
class Effective:
    """Effect of one service on one host.

    `argv` is what the plugin receives; it is the whole line as one word if the line needs a shell. `every` and `retry`
    are seconds. `recipients` are the addresses that are notified in `hours`, () if nobody is.
    """

    argv: tuple[str, ...]
    every: int
    retry: int
    attempts: int
    active: bool
    recipients: tuple[str, ...]
    hours: tuple[str, ...]

    def as_text(self) -> dict[str, str]:
        """Return the values as text, for display."""
        return {
            "command": shlex.join(self.argv),
            "every": f"{self.every} s",
            "retry": f"{self.retry} s",
            "attempts": str(self.attempts),
            "active": "yes" if self.active else "no",
            "recipients": ", ".join(self.recipients) or "nobody",
            "when": "; ".join(self.hours) or "never",
        }


def effective(live: Live, aliases: Mapping[str, tuple[str, ...]] | None = None) -> dict[tuple[str, str], Effective]:
    """Return the effect of each service by (host, description). `aliases` maps mail aliases to their recipients."""
    reader = _Reader(live, aliases or {})
    return {(one.host, one.name): reader.service(one) for one in live.services}


class _Reader:
    def __init__(self, live: Live, aliases: Mapping[str, tuple[str, ...]]) -> None:
        self._live = live
        self._aliases = aliases
        self._periods = Periods(live.timeperiods)

    def service(self, one: LiveService) -> Effective:
        live = self._live
        settings = one.settings
        active = settings.get("active_checks_enabled", "1") != "0"
        minutes, recipients = self._recipients(one)
        return Effective(
            self._argv(one, live.hosts[one.host]) if active else (),
            round(_number(settings.get("check_interval", "5")) * live.source.seconds),
            round(_number(settings.get("retry_interval", "1")) * live.source.seconds),
            round(_number(settings.get("max_check_attempts", "1"))),
            active,
            recipients,
            period_lines(minutes),
        )

    def _recipients(self, one: LiveService) -> tuple[int, tuple[str, ...]]:
        if one.settings.get("notifications_enabled") == "0" or one.settings.get("notification_options") == "n":
            return 0, ()
        minutes = 0
        found: list[str] = []
        own = self._periods.mask(one.settings.get("notification_period", ""))
        for name in sorted(one.contacts):
            contact = self._live.contacts[name]
            if not is_notified(contact):
                continue
            minutes |= own & self._periods.mask(contact.settings.get("service_notification_period", ""))
            used = contact_addresses(contact, self._live.commands)
            found += split_addresses([used.pager or used.mail])
        recipients = {recipient for address in found for recipient in self._aliases.get(address, (address,))}
        return (minutes, tuple(sorted(recipients))) if minutes and recipients else (0, ())

    def _argv(self, one: LiveService, host: LiveHost) -> tuple[str, ...]:
        name, *raw = re.split(r"(?<!\\)!", one.settings.get("check_command", ""))
        arguments = [self._expand(text.replace("\\!", "!"), one, host, []) for text in raw]
        line = self._expand(self._live.commands.get(name.strip(), ""), one, host, arguments)
        try:
            words = shlex.split(line)
        except ValueError:
            return (line,)
        return (line,) if _META.search(_QUOTED.sub("", line)) else tuple(words)

    def _expand(self, text: str, one: LiveService, host: LiveHost, arguments: list[str]) -> str:
        def value(name: str) -> str | None:
            if name.startswith("ARG") and name[3:].isdecimal():
                number = int(name[3:]) - 1
                return arguments[number] if 0 <= number < len(arguments) else ""
            if name.startswith("USER") and name[4:].isdecimal():
                return self._live.source.users.get(int(name[4:]), "")
            return _macro(name, one, host, self._live.source.stripped)

        return expand(text, value)


def _number(text: str) -> float:
    """Return a number as Nagios reads it: 0 for a text that is not a number."""
    try:
        value = float(text)
    except ValueError:
        return 0
    return value if abs(value) < _MAX_NUMBER else 0


def _macro(name: str, one: LiveService, host: LiveHost, stripped: str) -> str | None:
    plain = {
        "HOSTNAME": host.name,
        "HOSTADDRESS": host.address,
        "HOSTALIAS": host.settings.get("alias", host.name),
        "HOSTDISPLAYNAME": host.settings.get("display_name", host.name),
        "SERVICEDESC": one.name,
    }
    if name in plain:
        return plain[name]
    for prefix, settings in (("_HOST", host.settings), ("_SERVICE", one.settings)):
        if name.startswith(prefix):
            value = settings.get(f"_{name.removeprefix(prefix)}")
            return None if value is None else value.translate(str.maketrans("", "", stripped))
    return None
