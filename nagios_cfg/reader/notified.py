"""Where notifications go: the addresses by which the commands of a contact reach it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from nagios_cfg.reader.live import Contact

_What = Literal["service", "host"]


@dataclass(frozen=True, slots=True)
class Reached:
    """How a contact is told: by e-mail to `mail`, on the pager `pager`; "" for not."""

    mail: str
    pager: str


def reached(contact: Contact, commands: Mapping[str, str], what: _What = "service") -> Reached:
    """By which of its addresses a contact is told. A command that uses neither may use the e-mail in its own way."""
    text = " ".join(commands.get(name, "") for name in notifying(contact, what))
    pager = contact.settings.get("pager", "") if "$CONTACTPAGER$" in text else ""
    mail = contact.settings.get("email", "") if "$CONTACTEMAIL$" in text or not pager else ""
    return Reached(mail, pager)


def hears(contact: Contact) -> bool:
    """Whether it is told of services at all. One that says of what by no options is told of nothing."""
    options = contact.settings.get("service_notification_options", "n")
    return options != "n" and contact.settings.get("service_notifications_enabled") != "0"


def by_other_means(contact: Contact, commands: Mapping[str, str]) -> tuple[str, ...]:
    """The notification commands of a contact that use neither its e-mail nor its pager."""
    return tuple(
        name
        for name in notifying(contact, "service")
        if "$CONTACTEMAIL$" not in commands.get(name, "") and "$CONTACTPAGER$" not in commands.get(name, "")
    )


def notifying(contact: Contact, what: _What) -> tuple[str, ...]:
    """The commands by which a contact is told."""
    asked = contact.settings.get(f"{what}_notification_commands", "")
    return tuple(name.partition("!")[0].strip() for name in asked.split(",") if name.strip())


def addresses(texts: Iterable[str]) -> tuple[str, ...]:
    """Each address once; in one directive there may be several."""
    return tuple(dict.fromkeys(part for text in texts for part in re.split(r"[,\s]+", text) if part))
