"""Fake Postfix."""

from __future__ import annotations

from checks.mail.source import MailQueue, Postfix
from checkwright.core.errors import CheckError
from checkwright.testing.canned import value_of


class FakePostfix(Postfix):
    """Postfix with a queue: `FakePostfix(MailQueue({"deferred": 3}, oldest=60))`. A CheckError is raised."""

    def __init__(self, queue: MailQueue | CheckError | None = None) -> None:
        self.messages = queue

    def queue(self, config: str = "") -> MailQueue:
        return value_of(self.messages, "cannot run postqueue: there is no program postqueue here")


__all__ = ["FakePostfix", "MailQueue"]
