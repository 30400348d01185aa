"""HTTP requests to the API of a Sensu Go backend."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from typing import Any

from checkwright.core.errors import BadUsage
from checkwright.core.server_url import split_server_url
from checkwright.core.text import clean
from checkwright.status.observed import Unreadable

#: Seconds for one answer.
_TIMEOUT = 5.0
#: Items of one page, and bytes of one answer. Sensu keeps the history and the whole output of each event.
_PAGE, _LARGEST = 500, 100_000_000
_LARGEST_REFUSAL = 10_000
#: Words of Sensu's refusal of a silence that ends too late.
_TOO_LONG = "silenced crossed maximum duration"


class _NotFound(Unreadable):
    """Error of a path that the backend does not have."""


class SensuConnection:
    """API of a Sensu backend.

    url: such as http://127.0.0.1:8080. key: an API key, sent as `Authorization: Key` and to no server that this one
    redirects to; "" for none. Raises BadUsage for another kind of URL, or a key that no header can hold.
    """

    def __init__(self, url: str, key: str = "") -> None:
        parts = split_server_url(url)
        if parts is None or "@" in parts.netloc:
            raise BadUsage("--sensu needs the URL of a backend's API, such as http://127.0.0.1:8080, without a login")
        if not key.isascii() or not key.isprintable() or " " in key:
            raise BadUsage(
                "the API key of Sensu holds characters that no key has: it is one word, as sensuctl prints it"
            )
        self._url = url.rstrip("/")
        self._key = key
        self.name = f"Sensu at {parts.netloc}"

    def all(self, path: str, until: float) -> list[Any]:
        """Return all items of a list, at the latest at a moment of time.monotonic. Raises Unreadable."""
        found: list[Any] = []
        following = ""
        while True:
            query = {"limit": str(_PAGE)} | ({"continue": following} if following else {})
            body, following = self._send("GET", f"{path}?{urllib.parse.urlencode(query)}", None)
            found += self._list(body)
            if not following:
                return found
            if time.monotonic() > until:  # each page has its own timeout
                raise Unreadable(f"{self.name} did not give all of {path} in time")

    def put(self, path: str, data: object) -> None:
        """Make or replace a resource. Raises Unreadable."""
        self._send("PUT", path, json.dumps(data).encode())

    def delete(self, path: str) -> None:
        """Delete a resource; one that is gone is no error. Raises Unreadable."""
        with suppress(_NotFound):
            self._send("DELETE", path, None)

    def _send(self, method: str, path: str, data: bytes | None) -> tuple[bytes, str]:
        """Return the body of an answer, and the mark of the following page."""
        url = f"{self._url}/api/core/v2/{path}"
        request = urllib.request.Request(url, data=data, method=method)  # noqa: S310 - http or https
        if data is not None:  # without it the backend reads the body as a form, and finds nothing
            request.add_header("Content-Type", "application/json")
        if self._key:
            request.add_unredirected_header("Authorization", f"Key {self._key}")
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as reply:  # noqa: S310
                body = reply.read(_LARGEST + 1)
                following = str(reply.headers.get("Sensu-Continue") or "")
        except urllib.error.HTTPError as error:
            kind = _NotFound if error.code == 404 else Unreadable
            message = f"{self.name} {self._refusal(error.code, method, path, _message(error))}"
            error.close()
            raise kind(message) from None
        except OSError as error:  # URLError and a timeout are some
            raise Unreadable(f"{self.name} does not answer: {_reason(error)}") from None
        except ValueError:
            raise Unreadable(f"{self.name} does not answer as HTTP does: is it the port of the API?") from None
        if len(body) > _LARGEST:
            raise Unreadable(f"{self.name} answers with more than {_LARGEST // 1_000_000} MB for {_PAGE} events")
        return body, following

    def _list(self, body: bytes) -> list[Any]:
        with suppress(ValueError):
            found = json.loads(body)
            if isinstance(found, list):
                return found
        raise Unreadable(f"{self.name} does not answer as Sensu's API does: is it one?")

    def _refusal(self, code: int, method: str, path: str, message: str) -> str:
        if code in (401, 403):
            other = "another" if self._key else "an"
            purpose = "list events and silences" if method == "GET" else "change silences"
            return f"answers {code}: name {other} API key that may {purpose}, by --sensu-key FILE"
        if code == 404:
            return f"answers 404 for {path.partition('?')[0]}: there is no such namespace, or this is no Sensu backend"
        if _TOO_LONG in message:
            return (
                "allows no silence that ends so late: choose an earlier end, or raise "
                "max-silenced-expiry-time-allowed in its backend.yml, by default 24 hours"
            )
        return f"answers {code}{f': {message}' if message else ''}"


def _message(error: urllib.error.HTTPError) -> str:
    """Return the sentence of Sensu in a refusal, "" if there is none."""
    with suppress(OSError, ValueError, http.client.HTTPException):
        found = json.loads(error.read(_LARGEST_REFUSAL))
        if isinstance(found, dict):
            return clean(str(found.get("message") or ""), 200)
    return ""


def _reason(error: OSError) -> str:
    """Return why there is no answer. A URLError has the error of the connection, or a text, as its reason."""
    found = getattr(error, "reason", None) or error
    return (found.strerror if isinstance(found, OSError) else "") or str(found)
