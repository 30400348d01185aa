"""Channels of a team: services and programs that bring its notifications to people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from checkwright.core.secret import Secret
from checkwright.registry.model.base import (
    Declaration,
    RegistryError,
    here,
    require_absolute,
    require_all,
    require_one_of,
    require_text,
    short_repr,
)
from checkwright.registry.plan import ChannelLevel, Origin

Level = Literal["page", "ticket", "all"]

_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_ADDRESS = re.compile(r"[A-Za-z0-9_.+@%=/-]+")
_SERVER = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[1-9][0-9]{0,4})?")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Channel(Declaration):
    """Base class of channels. level: which notifications it gets, "page", "ticket" or "all"."""

    __slots__ = ("level", "secrets", "settings")
    #: Name of the kind in notify.json.
    kind: ClassVar[str]
    level: Level
    #: Settings without secrets, one mapping for each recipient.
    settings: tuple[Mapping[str, str], ...]
    #: Files of secrets by setting, relative to the folder of the site.
    secrets: Mapping[str, str]

    def levels(self) -> tuple[ChannelLevel, ...]:
        """Return the levels of notification that this channel gets."""
        return ("page", "ticket") if self.level == "all" else (self.level,)

    def _declare(
        self,
        origin: Origin,
        level: object,
        *,
        settings: Mapping[str, str],
        secrets: Mapping[str, object],
        each: tuple[Mapping[str, str], ...] = ({},),
    ) -> None:
        what = type(self).__name__
        given = {name: value for name, value in secrets.items() if value is not None}
        self._set(
            level=require_one_of(f"{what}: level", level, Level, origin),
            settings=tuple({name: text for name, text in {**settings, **one}.items() if text} for one in each),
            secrets={name: _secret(f"{what}: {name}", value, origin) for name, value in given.items()},
            origin=origin,
        )


class PagerDuty(Channel):
    """Service of PagerDuty, by the Events API v2.

        PagerDuty(key=Secret(file="pagerduty-shop"))

    key: file with the integration key of the service. url: of the API, for accounts in Europe
    "https://events.eu.pagerduty.com/v2/enqueue". ca: file of authorities to trust instead of the system's.
    Raises RegistryError for an invalid value.
    """

    __slots__ = ()
    kind = "pagerduty"

    def __init__(self, *, key: Secret, level: Level = "page", url: str = "", ca: str = "") -> None:
        origin = here(2)
        self._declare(origin, level, settings=_connection(self, url, ca, origin, secret=True), secrets={"key": key})


class Opsgenie(Channel):
    """Team of Opsgenie, by the Alert API.

        Opsgenie(key=Secret(file="opsgenie-shop"), url="https://api.eu.opsgenie.com")

    key: file with the API key of the integration. url: of the API, by default https://api.opsgenie.com. ca: file of
    authorities to trust instead of the system's. Raises RegistryError for an invalid value.
    """

    __slots__ = ()
    kind = "opsgenie"

    def __init__(self, *, key: Secret, level: Level = "page", url: str = "", ca: str = "") -> None:
        origin = here(2)
        self._declare(origin, level, settings=_connection(self, url, ca, origin, secret=True), secrets={"key": key})


class Slack(Channel):
    """Channel of Slack, by an incoming webhook.

        Slack(webhook=Secret(file="slack-shop"), level="ticket")

    webhook: file with the URL, which is the secret. ca: file of authorities to trust instead of the system's.
    Raises RegistryError for an invalid value.
    """

    __slots__ = ()
    kind = "slack"

    def __init__(self, *, webhook: Secret, level: Level = "all", ca: str = "") -> None:
        origin = here(2)
        settings = _connection(self, "", ca, origin, secret=True)
        self._declare(origin, level, settings=settings, secrets={"webhook": webhook})


class Webhook(Channel):
    """Any other service: a POST of one JSON object for each notification.

        Webhook(url="https://hooks.example.com/nagios", token=Secret(file="hooks"))

    url: text, or a Secret with the file of a URL that is secret itself. token: file with a bearer token. ca: file of
    authorities to trust instead of the system's. Raises RegistryError for an invalid value.
    """

    __slots__ = ()
    kind = "webhook"

    def __init__(self, *, url: str | Secret, token: Secret | None = None, level: Level = "all", ca: str = "") -> None:
        origin = here(2)
        hidden = url if isinstance(url, Secret) else None
        shown = "" if isinstance(url, Secret) else _required(f"{type(self).__name__}: url", url, origin)
        settings = _connection(self, shown, ca, origin, secret=token is not None)
        self._declare(origin, level, settings=settings, secrets={"url_file": hidden, "token": token})


class Sms(Channel):
    """Text messages through an HTTP gateway: a POST of {"to": NUMBER, "text": TEXT} for each number.

        Sms(url="https://sms.example.com/send", to=("+491701234567",), token=Secret(file="sms"))

    token: file with a bearer token. ca: file of authorities to trust instead of the system's.
    Raises RegistryError for an invalid value.
    """

    __slots__ = ()
    kind = "sms"

    def __init__(
        self, *, url: str, to: tuple[str, ...], token: Secret | None = None, level: Level = "page", ca: str = ""
    ) -> None:
        origin = here(2)
        numbers = require_all("Sms: to", to, str, origin, called="text")
        for number in numbers:
            if not _NUMBER.fullmatch(number):
                raise RegistryError(
                    f"Sms: to has {short_repr(number)}, which is no number such as +491701234567", origin
                )
        if not numbers:
            raise RegistryError("Sms: to is empty", origin)
        settings = _connection(self, _required("Sms: url", url, origin), ca, origin, secret=token is not None)
        each = tuple({"to": number} for number in dict.fromkeys(numbers))
        self._declare(origin, level, settings=settings, secrets={"token": token}, each=each)


class Mail(Channel):
    """Mail through the machine's sendmail, or an SMTP server.

        Mail(to="shop@example.com", smtp="mail.example.com:587", sender="nagios@example.com")

    to: an address; by default the team's e-mail. smtp: HOST or HOST:PORT, "" for /usr/sbin/sendmail. sender: address
    of the sender. ca: file of authorities to trust instead of the system's. Raises RegistryError for an invalid value.
    """

    __slots__ = ()
    kind = "mail"

    def __init__(self, *, to: str = "", smtp: str = "", sender: str = "", level: Level = "all", ca: str = "") -> None:
        origin = here(2)
        for name, value in (("to", to), ("sender", sender)):
            if require_text(f"Mail: {name}", value, origin) and (not _ADDRESS.fullmatch(value) or value[0] == "-"):
                raise RegistryError(f"Mail: {name} is {short_repr(value)}, which is no address", origin)
        if require_text("Mail: smtp", smtp, origin) and not _SERVER.fullmatch(smtp):
            raise RegistryError(f"Mail: smtp is {short_repr(smtp)}, and must be HOST or HOST:PORT", origin)
        settings = {"to": to, "smtp": smtp, "sender": sender, **_connection(self, "", ca, origin, secret=False)}
        self._declare(origin, level, settings=settings, secrets={})


def require_channels(what: str, value: object, origin: Origin) -> tuple[Channel, ...]:
    """Return the channels. Raises RegistryError."""
    if isinstance(value, Channel):
        raise RegistryError(f"{what} is one channel, not a tuple: mind the comma in (x,)", origin)
    return require_all(what, value, Channel, origin, called="channel")


def _required(what: str, value: object, origin: Origin) -> str:
    text = require_text(what, value, origin)
    if not text:
        raise RegistryError(f"{what} is empty", origin)
    return text


def _connection(channel: Channel, url: str, ca: str, origin: Origin, *, secret: bool) -> dict[str, str]:
    what = type(channel).__name__
    if require_text(f"{what}: url", url, origin):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii() or not url.isprintable():
            raise RegistryError(f"{what}: url is {short_repr(url)}, not a URL such as https://example.com/path", origin)
        if parts.username or parts.password:
            raise RegistryError(f'{what}: url has a login: use token=Secret(file="...")', origin)
        if secret and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise RegistryError(f"{what}: a secret would go to {parts.hostname} unencrypted: use https", origin)
    if require_text(f"{what}: ca", ca, origin):
        require_absolute(f"{what}: ca", ca, origin)
    return {"url": url, "ca": ca}


def _secret(what: str, value: object, origin: Origin) -> str:
    if not isinstance(value, Secret) or not value.file:
        shown = "a text" if isinstance(value, str) else short_repr(value)
        message = f'{what} is {shown}, and must be Secret(file="NAME"): the program reads the file when it sends'
        raise RegistryError(message, origin)
    return value.file
