"""Notifications to a contact: its commands, the addresses that they use, its hours and its options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from nagios_cfg.reader.live import Contact, Live
from nagios_cfg.reader.periods import Periods, period_lines

Kind = Literal["service", "host"]

#: Letters of notification options, in the order of Nagios's documentation.
_LETTERS: Mapping[Kind, str] = {"service": "wucrfs", "host": "durfs"}
#: Letters of problems: a contact with none of them is notified of nothing, since a recovery follows a problem.
_PROBLEMS: Mapping[Kind, frozenset[str]] = {"service": frozenset("wuc"), "host": frozenset("du")}
_MAILERS = frozenset(("mail", "mailx", "bsd-mailx", "heirloom-mailx", "s-nail", "nail", "mutt", "sendmail", "msmtp"))
_MAX_NUMBER = 1e9

Way = Literal["mail", "pager", "command"]


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that a notification sends.

    `to` is an address for the ways mail and pager. For the way command it is "CONTACT by COMMAND", since the other
    directives of such a contact may be keys of a service.
    """

    way: Way
    to: str
    command: str


@dataclass(frozen=True, slots=True)
class Notified:
    """One recipient of an object's notifications.

    `hours` are lines of a week. `dates` are directives of its timeperiods that a week cannot express. `options` are
    letters such as "w,u,c,r".
    """

    who: str
    hours: tuple[str, ...]
    options: str
    dates: tuple[str, ...] = ()

    @property
    def when(self) -> str:
        """Return the hours and dates as text."""
        return "; ".join((*self.hours, *self.dates))


def sent(contact: Contact, commands: Mapping[str, str], kind: Kind = "service") -> tuple[Sent, ...]:
    """Return the messages of one notification to a contact, each once."""
    found: list[Sent] = []
    for name in notification_commands(contact, kind):
        line = commands.get(name, "")
        mails = _runs_a_mailer(line)
        some = len(found)
        if "$CONTACTEMAIL$" in line:
            found += (Sent("mail", one, name) for one in split_addresses([contact.settings.get("email", "")]))
        if "$CONTACTPAGER$" in line and mails:
            found += (Sent("pager", one, name) for one in split_addresses([contact.settings.get("pager", "")]))
        if len(found) == some and not mails:
            found.append(Sent("command", f"{contact.name} by {name}", name))
    return tuple(dict.fromkeys(found))


def notified(
    live: Live,
    periods: Periods,
    kind: Kind,
    settings: Mapping[str, str],
    contacts: Iterable[str],
    aliases: Mapping[str, tuple[str, ...]],
    importance: float = 0,
) -> tuple[Notified, ...]:
    """Return the recipients of a service or host with these settings and contacts, sorted.

    `aliases` maps mail aliases to their recipients. `importance` is that of a service, or of a host with its services.
    """
    if settings.get("notifications_enabled") == "0":
        return ()
    period = settings.get("notification_period", "")
    own, ours = periods.mask(period), options(kind, settings.get("notification_options", "a"))
    found: dict[str, tuple[int, frozenset[str], tuple[str, ...]]] = {}
    for name in sorted(contacts):
        contact = live.contacts[name]
        its = contact.settings.get(f"{kind}_notification_period", "")
        minutes, letters = own & periods.mask(its), ours & contact_options(contact, kind)
        least = number(contact.settings.get("minimum_importance", contact.settings.get("minimum_value", "0")))
        if not minutes or not letters & _PROBLEMS[kind] or least > importance:
            continue
        dates = tuple(sorted({*periods.beyond(period), *periods.beyond(its)}))
        for one in sent(contact, live.commands, kind):
            for who in aliases.get(one.to, (one.to,)):
                more = found.get(who, (0, frozenset(), ()))
                found[who] = (more[0] | minutes, more[1] | letters, tuple(sorted({*more[2], *dates})))
    return tuple(
        Notified(who, period_lines(minutes), options_text(kind, letters), dates)
        for who, (minutes, letters, dates) in sorted(found.items())
    )


def options(kind: Kind, text: str) -> frozenset[str]:
    """Return the letters of notification options: all for `a`, none for `n`."""
    given = {part.strip()[:1] for part in text.split(",")}
    if "n" in given:
        return frozenset()
    return frozenset(_LETTERS[kind]) if "a" in given else frozenset(given) & frozenset(_LETTERS[kind])


def options_text(kind: Kind, letters: frozenset[str]) -> str:
    """Return letters as Nagios writes them: "w,u,c,r"."""
    return ",".join(letter for letter in _LETTERS[kind] if letter in letters)


def contact_options(contact: Contact, kind: Kind) -> frozenset[str]:
    """Return the letters that a contact is notified of, none if it is muted. Without options it is muted."""
    if contact.settings.get(f"{kind}_notifications_enabled") == "0":
        return frozenset()
    return options(kind, contact.settings.get(f"{kind}_notification_options", "n"))


def is_notified(contact: Contact, kind: Kind = "service") -> bool:
    """Return True if a contact is notified of problems at all."""
    return bool(contact_options(contact, kind) & _PROBLEMS[kind])


def notification_commands(contact: Contact, kind: Kind) -> tuple[str, ...]:
    """Return the names of a contact's notification commands."""
    commands = contact.settings.get(f"{kind}_notification_commands", "")
    return tuple(name.partition("!")[0].strip() for name in commands.split(",") if name.strip())


def split_addresses(texts: Iterable[str]) -> tuple[str, ...]:
    """Return each address once. One directive may contain several."""
    return tuple(dict.fromkeys(part for text in texts for part in re.split(r"[,\s]+", text) if part))


def number(text: str) -> float:
    """Return a number as Nagios reads it: 0 for a text that is not a number."""
    try:
        value = float(text)
    except ValueError:
        return 0
    return value if abs(value) < _MAX_NUMBER else 0


def _runs_a_mailer(line: str) -> bool:
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    return any(word.rpartition("/")[2] in _MAILERS for word in words)
