"""Connection to PuppetDB: settings in the file of Puppet's own client tools, and queries over HTTPS.

    {"puppetdb": {"server_urls": "https://puppetdb.example.com:8081", "cacert": "/path/ca.pem",
                  "cert": "/path/me.pem", "key": "/path/me.key", "token-file": "/path/token"}}

Plain HTTP is for PuppetDB's own machine alone: facts are nobody else's business, and nothing proves who answers.
"""

from __future__ import annotations

import ipaddress
import json
import os
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from checkwright.core.regular_file import read_regular
from checkwright.core.text import clean
from checkwright.inventory.records import CannotPull, IncompleteAnswer

_FILES = ("~/.puppetlabs/client-tools/puppetdb.conf", "/etc/puppetlabs/client-tools/puppetdb.conf")
_VARIABLE = "CHECKS_PUPPETDB_CONFIG"
_LARGEST = 500_000_000
_SECONDS = 120
_CONNECT = 10
_KEYS = ("server_urls", "cacert", "cert", "key", "token-file")


@dataclass(frozen=True, slots=True)
class PuppetDbSettings:
    """Address of PuppetDB, and files of TLS. token_file: for Puppet Enterprise."""

    url: str
    cacert: str = ""
    cert: str = ""
    key: str = ""
    token_file: str = ""


def puppetdb_settings(file: str = "") -> PuppetDbSettings:
    """Return the settings of the person who pulls.

    file: by default what CHECKS_PUPPETDB_CONFIG names, else the files of Puppet's client tools. Raises CannotPull.
    """
    named = file or os.environ.get(_VARIABLE, "")
    known = [os.path.expanduser(path) for path in _FILES]
    path = named or next((path for path in known if os.path.exists(path)), "")
    if not path:
        files = " or ".join(_FILES)
        message = f"no settings of PuppetDB: write {files}, or name a file with --puppetdb-config or {_VARIABLE}"
        raise CannotPull(message)
    try:
        found = json.loads(read_regular(path))["puppetdb"]
        settings = {key: found[key] for key in _KEYS if found.get(key)}
        urls = settings.get("server_urls", "")
        # The first of several: another one may be a replica that is behind.
        url = urls if isinstance(urls, str) else urls[0]
        values = {key: text for key, text in settings.items() if key != "server_urls"}
        if not isinstance(url, str) or not all(isinstance(text, str) for text in values.values()):
            raise TypeError
    except OSError as error:
        raise CannotPull(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise CannotPull(f'{path} is not of the form {{"puppetdb": {{"server_urls": "https://..."}}}}') from None
    return PuppetDbSettings(
        _checked(url.split(",")[0].strip().rstrip("/"), path),
        values.get("cacert", ""),
        values.get("cert", ""),
        values.get("key", ""),
        values.get("token-file", ""),
    )


def _checked(url: str, path: str) -> str:
    try:
        parts = urlsplit(url)
        host, user = parts.hostname or "", parts.username
        parts.port  # noqa: B018 - raises ValueError for what is no port
    except ValueError:
        raise CannotPull(f"{path}: server_urls is not a URL") from None
    if user is not None:
        raise CannotPull(f"{path}: server_urls holds a user name: use a certificate or token-file")
    if parts.scheme not in ("http", "https") or not host or parts.path or parts.query:
        raise CannotPull(f"{path}: server_urls is not of the form https://HOST:PORT")
    if parts.scheme == "http" and not _is_loopback(host):
        raise CannotPull(f"{path}: server_urls is http, which is for this machine alone: use https")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class PuppetDbClient:
    """Queries to one PuppetDB. A query is a GET, so that a proxy may refuse everything else."""

    def __init__(self, settings: PuppetDbSettings) -> None:
        import requests

        self._settings = settings
        self._session = requests.Session()
        self._session.trust_env = False  # no .netrc and no proxy of somebody's shell
        if settings.cacert:
            self._session.verify = self._readable(settings.cacert)
        if settings.cert:
            key = settings.key or settings.cert
            self._session.cert = (self._readable(settings.cert), self._readable(key))
        if settings.token_file:
            token = self._read(settings.token_file).strip()
            if not token or not token.isascii() or not token.isprintable():
                raise CannotPull(f"{settings.token_file} holds no token")
            self._session.headers["X-Authentication"] = token

    def query(self, pql: str, *, counted: bool = True) -> list[dict[str, Any]]:
        """Return all rows of a query. counted: PuppetDB sends their number too, and both must agree.

        Raises CannotPull without an answer, IncompleteAnswer for one that is not whole.
        """
        import requests
        import urllib3

        parameters = {"query": pql} | ({"include_total": "true"} if counted else {})
        address = f"PuppetDB {self._settings.url}"
        try:
            with self._session.get(
                f"{self._settings.url}/pdb/query/v4",
                params=parameters,
                timeout=(_CONNECT, _SECONDS),
                stream=True,
                allow_redirects=False,
            ) as reply:
                body = self._body(reply)
        except requests.exceptions.SSLError as error:
            raise CannotPull(f"{address}: TLS failed: {_cause(error)}") from None
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
            raise IncompleteAnswer(f"{address} ended its answer too early") from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise CannotPull(f"{address}: {_cause(error)}") from None
        if reply.status_code != 200:
            text = clean(" ".join(body[:2000].decode("utf-8", "replace").split()), 200)
            message = f"{address} answers {reply.status_code}{f': {text}' if text else ''}"
            raise IncompleteAnswer(message) if reply.status_code >= 500 else CannotPull(message)
        try:
            rows = json.loads(body)
        except (ValueError, RecursionError):
            raise IncompleteAnswer(f"{address} sends JSON that is not whole") from None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise CannotPull(f"{address} sends no list of rows: is it a PuppetDB?")
        total = reply.headers.get("X-Records", "")
        if counted and total != str(len(rows)):
            raise IncompleteAnswer(f"{address} sends {len(rows)} rows and counts {clean(total, 20) or 'none'}")
        return rows

    def _body(self, reply: Any) -> bytes:
        """Return the body of an answer. The time limit is for all of it, since a server may send a byte a second."""
        deadline = time.monotonic() + _SECONDS
        parts: list[bytes] = []
        size = 0
        for part in reply.iter_content(1 << 20):
            parts.append(part)
            size += len(part)
            if size > _LARGEST:
                raise CannotPull(f"PuppetDB sends more than {_LARGEST // 1_000_000} MB: narrow the source's `where`")
            if time.monotonic() > deadline:
                raise IncompleteAnswer(f"PuppetDB did not end its answer within {_SECONDS} s")
        expected = reply.headers.get("Content-Length", "")
        if (
            expected.isdecimal()
            and not reply.headers.get("Content-Encoding")
            and expected.lstrip("0") != str(size or "")
        ):
            raise IncompleteAnswer(f"PuppetDB sends {size} of {clean(expected, 20)} bytes")
        return b"".join(parts)

    def _readable(self, path: str) -> str:
        self._read(path)
        return path

    def _read(self, path: str) -> str:
        try:
            return read_regular(path).decode("utf-8")
        except OSError as error:
            raise CannotPull(f"{path}, which the settings of PuppetDB name, cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise CannotPull(f"{path}, which the settings of PuppetDB name, is not text") from None


def _cause(error: BaseException) -> str:
    """Return the innermost message of an error of requests, which wraps others, without the address that it repeats."""
    seen = error
    while (inner := _inner(seen)) is not None:
        seen = inner
    if isinstance(seen, OSError) and seen.strerror:
        return clean(seen.strerror, 200)
    return clean(str(seen), 200) or type(seen).__name__


def _inner(error: BaseException) -> BaseException | None:
    reason = getattr(error, "reason", None)
    if isinstance(reason, BaseException):
        return reason
    return next((one for one in error.args if isinstance(one, BaseException)), error.__cause__)
