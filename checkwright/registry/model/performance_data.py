"""Places for Nagios's performance data: `influxdb:URL`, `graphite:HOST:PORT`, `prometheus`, `pnp:DIR`."""

from __future__ import annotations

import re

from checkwright.core.secret import Secret
from checkwright.registry.model.base import RegistryError, require_absolute, require_text, short_repr
from checkwright.registry.plan import Origin

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
_PORT = r"[1-9][0-9]{0,4}"
#: No comma, which separates settings of a sink, and no login: a build holds no secret.
_PLACES = {
    "influxdb": re.compile(rf"https?://{_HOST}(?::{_PORT})?/[A-Za-z0-9_.-]+"),
    "graphite": re.compile(rf"{_HOST}:{_PORT}"),
    "prometheus": re.compile(rf"(?:(?:{_HOST}:)?{_PORT})?"),
    # Nagios writes next to this folder, so it is not one of the root's.
    "pnp": re.compile(r"/[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+/?"),
}
_FORMS = '"influxdb:https://HOST:8086/DATABASE", "graphite:HOST:2003", "prometheus", or "pnp:/DIR"'


def require_place(text: str, origin: Origin) -> str:
    """Return the place. Raises RegistryError for any other text."""
    kind, colon, place = require_text("Site: perfdata", text, origin).partition(":")
    if kind not in _PLACES or not _PLACES[kind].fullmatch(place) or (kind != "prometheus" and not colon):
        # A login in the URL is not repeated.
        shown = short_repr(text) if "@" not in text else "a text with a login or an @"
        raise RegistryError(f"Site: perfdata is {shown}, and must be {_FORMS}, without a login", origin)
    return text


def require_login(secret: Secret | None, place: str, folder: str, origin: Origin) -> str:
    """Return the path of a secret's file, "" for none. folder: of relative paths. Raises RegistryError."""
    if secret is None:
        return ""
    if not isinstance(secret, Secret) or not secret.file:
        message = 'Site: perfdata_login must be Secret(file="..."), since a service of the machine reads it'
        raise RegistryError(message, origin)
    if not place.startswith("influxdb:"):
        raise RegistryError("Site: perfdata_login is for influxdb: the other places have no login", origin)
    path = secret.file if secret.file.startswith("/") else f"{folder}/{secret.file}"
    if "," in path:
        raise RegistryError("Site: the file of perfdata_login has a comma in its path", origin)
    return require_absolute("Site: perfdata_login", path, origin)
