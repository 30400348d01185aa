"""Outcome of a delivery, and the settings that every channel has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from checkwright.notify.incident import Incident


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of one attempt.

    problem: a sentence without secrets, "" for a delivery. final: another attempt would fail as well. after: seconds
    that the service asks to wait, 0 for no wish.
    """

    problem: str = ""
    final: bool = False
    after: float = 0.0


DELIVERED = Outcome()


class Channel(Protocol):
    """One way to people. Its settings are those of notify.json."""

    def send(self, incident: Incident) -> Outcome:
        """Try once. Never raises for what a service or a file does."""
        ...


class BadSettings(ValueError):
    """Error in the settings of a channel: one sentence."""


def text_of(settings: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """Return a text setting. Raises BadSettings if it is missing or no text."""
    value = settings.get(name, default)
    if not isinstance(value, str):
        raise BadSettings(f"the setting {name} is missing or no text")
    return value
