"""`influxdb:URL/DATABASE[,secret=FILE]`: points for the HTTP API of InfluxDB 1, or that of 2 with a mapped database.

A point is known by its measurement, tags and time, so a point that arrives twice is stored once. 400 concerns one of
the points: the request is halved until that one is found, counted and dropped. Everything else concerns the server or
the login: the points are kept and tried again.
"""

from __future__ import annotations

import base64
import http.client
import ssl
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

from checkwright.batch.http_post import HttpPost
from checkwright.batch.measured_values import measured, source_of
from checkwright.batch.results import Result
from checkwright.batch.sink import Context, QueueSink, Receipt
from checkwright.core.errors import BadUsage, CheckError
from checkwright.core.secret import Secret
from checkwright.core.text import clean
from checkwright.web.markup import visible

#: Seconds for one request.
PATIENCE = 10.0
_REFUSED = (400, 413, 422)
_PORT = 8086
_EXAMPLE = "influxdb:http://HOST:8086/DATABASE,secret=/FILE"
#: Backslashes escape, so they cannot end a value.
_ESCAPES = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ ", "\\": "/"})


def make(place: str, context: Context) -> QueueSink:
    """Return the sink for a place. Raises BadUsage."""
    url, *settings = place.split(",")
    secret = ""
    for setting in settings:
        name, _, value = setting.partition("=")
        if name != "secret" or not value.startswith("/"):
            raise BadUsage(f"influxdb takes a URL and secret=/FILE, such as {_EXAMPLE}")
        secret = value
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORT
    except ValueError:
        host, port = None, 0
    database = parts.path.strip("/") if host else ""
    if host is None or parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.query or not database:
        raise BadUsage(f"influxdb needs the URL of a database without a login, such as {_EXAMPLE}")
    return InfluxDb(host, port, database, secret, tls=parts.scheme == "https")


class InfluxDb(QueueSink):
    """Posts points. secret: file with `USER:PASSWORD` or a token, read for each delivery, "" for no login."""

    most = 1_000

    def __init__(self, host: str, port: int, database: str, secret: str, *, tls: bool) -> None:
        self._name = f"{host}:{port}"
        self._database = database
        self._secret = Secret(file=secret) if secret else None
        self._server = HttpPost(host, port, patience=PATIENCE, tls=tls)

    def payload(self, result: Result) -> bytes:
        task = result.task
        source = source_of(task.entry) or "service"
        tags = {"environment": task.plan.environment, "host": task.host, "role": task.entry.role, "watch": task.watch}
        moment = int(result.started)
        lines = [
            f"check_state{_tags({**tags, 'check': source})} state={result.code}i,seconds={result.seconds!r} {moment}"
        ]
        lines += (
            f"{_escaped(source)}{_tags({**tags, 'gauge': one.gauge, 'item': one.item, 'unit': one.unit})} "
            f"value={float(one.number)!r} {moment}"
            for one in measured(result)
        )
        return "\n".join(lines).encode("utf-8", "backslashreplace")

    def send(self, payloads: Sequence[bytes]) -> Receipt:
        try:
            headers = self._headers()
        except CheckError as error:
            return Receipt(0, problem=f"InfluxDB {self._name}: {error}")
        return self._send(payloads, headers)

    def close(self) -> None:
        self._server.close()

    def _send(self, payloads: Sequence[bytes], headers: Mapping[str, str]) -> Receipt:
        path = f"/write?db={quote(self._database, safe='')}&precision=s"
        try:
            status, answer = self._server.post(path, b"\n".join(payloads), headers)
        except (OSError, http.client.HTTPException) as error:
            return Receipt(0, problem=self._unreachable(error))
        if status // 100 == 2:
            return Receipt(len(payloads))
        if status not in _REFUSED:
            return Receipt(0, problem=self._unwilling(status, answer))
        if len(payloads) == 1:
            where = clean(payloads[0].partition(b" ")[0].decode("utf-8", "replace"), 100)
            return Receipt(0, (f"{where}: InfluxDB {self._name} answered {status} {answer}".rstrip(),))
        half = len(payloads) // 2
        first = self._send(payloads[:half], headers)
        if first.problem:
            return first
        second = self._send(payloads[half:], headers)
        return Receipt(first.delivered + second.delivered, first.refused + second.refused, second.problem)

    def _headers(self) -> dict[str, str]:
        """Return the headers of a request. Raises CheckError."""
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        if self._secret is not None:
            value = self._secret.value()
            if ":" in value:
                headers["Authorization"] = f"Basic {base64.b64encode(value.encode()).decode()}"
            elif value.isascii() and value.isprintable():
                headers["Authorization"] = f"Token {value}"
            else:
                raise BadUsage(f"the secret in {self._secret.file} is neither USER:PASSWORD nor a token")
        return headers

    def _unreachable(self, error: Exception) -> str:
        if isinstance(error, ConnectionRefusedError):
            return f"no InfluxDB listens at {self._name}: connection refused"
        if isinstance(error, TimeoutError):
            return f"InfluxDB {self._name} did not answer within {PATIENCE:.0f} s"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"the certificate of InfluxDB {self._name} does not verify: {clean(error.verify_message, 200)}"
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
        return f"cannot reach InfluxDB {self._name}: {clean(text, 200)}"

    def _unwilling(self, status: int, answer: str) -> str:
        if status in (401, 403):
            other = "does not let this login write" if self._secret else "needs a login: add secret=/FILE"
            return f"InfluxDB {self._name} {other} ({status} {answer})"
        if status == 404:
            return f"InfluxDB {self._name} has no database {self._database!r} ({status} {answer})"
        return f"InfluxDB {self._name} cannot take points now: {status} {answer}".rstrip()


def _tags(tags: Mapping[str, str]) -> str:
    return "".join(f",{name}={_escaped(tags[name])}" for name in sorted(tags) if tags[name])


def _escaped(text: str) -> str:
    """Return a measurement or a tag value, on one line."""
    return visible(text).translate(_ESCAPES)
