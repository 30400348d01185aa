"""One HTTP request of a channel, bounded in time whatever the server does, and errors without secrets."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from checkwright.core.server_url import split_server_url
from checkwright.core.text import clean
from checkwright.notify.channel import DELIVERED, BadSettings, Outcome

#: Seconds for a request and its answer.
PATIENCE = 15.0
_LONGEST_ANSWER = 4_096
#: Seconds that a service may ask to wait.
_LONGEST_WAIT = 900.0
#: Answers that say that the request itself is wrong. Wrong keys and addresses can be corrected meanwhile.
_FINAL = frozenset((400, 413, 414, 415, 422))
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, the beginning of the body without secrets, and the seconds that the server asks to wait."""

    status: int
    body: str
    after: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A POST. secrets: texts that no error may show, such as a key or the URL. ca: file of an authority, "" for all."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    secrets: tuple[str, ...] = ()
    ca: str = ""


def json_request(url: str, value: Any, *, secrets: tuple[str, ...] = (), ca: str = "", **headers: str) -> Request:
    """Return a POST of JSON. A `_` in the name of a header is a `-`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    body = json.dumps(value).encode("ascii")
    named |= {"Content-Type": "application/json", "User-Agent": "checkwright-notify"}
    return Request(url=url, body=body, headers=named, secrets=secrets, ca=ca)


def post(request: Request, who: str, patience: float = PATIENCE) -> Answer | Outcome:
    """Return the answer, or the outcome if there is none. who: the service in sentences.

    A redirect is not followed: it would carry the key to another server.
    """
    try:
        connection, path = _connection(request, patience)
    except (BadSettings, ssl.SSLError, OSError) as error:
        return Outcome(f"{who}: {_hidden(str(error), request.secrets)}")
    hung_up = threading.Event()

    def hang_up() -> None:
        # A socket's own timeout restarts with each byte: this one ends the whole exchange.
        hung_up.set()
        sock = connection.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has just ended by itself

    watch = threading.Timer(patience, hang_up)
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", path, request.body, dict(request.headers))
        answer = connection.getresponse()
        body = answer.read(_LONGEST_ANSWER).decode("utf-8", "replace")
        if hung_up.is_set():
            raise TimeoutError
        after = _seconds(answer.headers.get("Retry-After", ""))
        return Answer(status=answer.status, body=_hidden(body, request.secrets), after=after)
    except (OSError, http.client.HTTPException, ValueError) as error:
        if hung_up.is_set() or isinstance(error, TimeoutError):
            return Outcome(f"{who} did not answer within {patience:g} s")
        return Outcome(f"{who} cannot be reached: {_hidden(_reason(error), request.secrets)}")
    finally:
        watch.cancel()
        connection.close()


def judge(answer: Answer | Outcome, who: str, expected: tuple[int, ...], body: str = "") -> Outcome:
    """Return the outcome of an answer. expected: statuses of a delivery. body: text that it must contain."""
    if isinstance(answer, Outcome):
        return answer
    if answer.status in expected:
        if body in answer.body:
            return DELIVERED
        return Outcome(f"{who} answered {answer.status} with another text than the service's: {clean(answer.body, 80)}")
    reason = f": {clean(answer.body, 160)}" if answer.body.strip() else ""
    return Outcome(f"{who} answered {answer.status}{reason}", answer.status in _FINAL, answer.after)


def require_url(url: str, *, secret: bool) -> str:
    """Return the URL. Raises BadSettings for one that is none, and for http if a secret would pass unencrypted."""
    parts = split_server_url(url)
    if parts is None:
        raise BadSettings("its address is not a URL such as https://example.com/path")
    if secret and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise BadSettings(f"a secret would go to {parts.hostname} unencrypted: use https")
    return url


def _connection(request: Request, patience: float) -> tuple[http.client.HTTPConnection, str]:
    url = require_url(request.url, secret=bool(request.secrets))
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    port = parts.port
    host = str(parts.hostname)
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=patience), path
    try:
        context = ssl.create_default_context(cafile=request.ca or None)
    except FileNotFoundError:
        raise BadSettings(f"the file of authorities {request.ca} is missing") from None
    return http.client.HTTPSConnection(host, port, timeout=patience, context=context), path


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {(error.reason or str(error)).lower().replace('_', ' ')}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _hidden(text: str, secrets: tuple[str, ...]) -> str:
    """Return a text with `***` in place of secrets, and of the parts of a URL that is one."""
    for secret in secrets:
        parts = split_server_url(secret)
        hidden = (secret, *((parts.path, parts.query) if parts else ()))
        for one in hidden:
            if len(one) > 3:
                text = text.replace(one, "***").replace(json.dumps(one)[1:-1], "***")
    return text


def _seconds(value: str) -> float:
    """Return a Retry-After in seconds: a number, or a date of HTTP."""
    try:
        wait = float(value) if value.strip().isdecimal() else parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, TypeError, IndexError):
        return 0.0
    return min(max(wait, 0.0), _LONGEST_WAIT)
