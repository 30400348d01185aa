"""Notifications to a contact: its commands, and the addresses that they use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from nagios_cfg.reader.live import Contact

_Kind = Literal["service", "host"]


@dataclass(frozen=True, slots=True)
class ContactAddresses:
    """Addresses that a contact's commands notify: e-mail and pager, each "" if unused."""

    mail: str
    pager: str


def contact_addresses(contact: Contact, commands: Mapping[str, str], kind: _Kind = "service") -> ContactAddresses:
    """Return the addresses that a contact's commands use. Commands that use neither are assumed to use the e-mail."""
    text = " ".join(commands.get(name, "") for name in notification_commands(contact, kind))
    pager = contact.settings.get("pager", "") if "$CONTACTPAGER$" in text else ""
    mail = contact.settings.get("email", "") if "$CONTACTEMAIL$" in text or not pager else ""
    return ContactAddresses(mail, pager)


def is_notified(contact: Contact) -> bool:
    """Return True if a contact is notified of services at all. Without options it is not."""
    options = contact.settings.get("service_notification_options", "n")
    return options != "n" and contact.settings.get("service_notifications_enabled") != "0"


def other_commands(contact: Contact, commands: Mapping[str, str]) -> tuple[str, ...]:
    """Return the notification commands of a contact that use neither its e-mail nor its pager."""
    return tuple(
        name
        for name in notification_commands(contact, "service")
        if "$CONTACTEMAIL$" not in commands.get(name, "") and "$CONTACTPAGER$" not in commands.get(name, "")
    )


def notification_commands(contact: Contact, kind: _Kind) -> tuple[str, ...]:
    """Return the names of a contact's notification commands."""
    commands = contact.settings.get(f"{kind}_notification_commands", "")
    return tuple(name.partition("!")[0].strip() for name in commands.split(",") if name.strip())


def split_addresses(texts: Iterable[str]) -> tuple[str, ...]:
    """Return each address once. One directive may contain several."""
    return tuple(dict.fromkeys(part for text in texts for part in re.split(r"[,\s]+", text) if part))
