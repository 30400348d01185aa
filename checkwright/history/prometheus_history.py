"""Values that Prometheus has kept, by its HTTP API (`query_range`)."""

from __future__ import annotations

import json
import math
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from checkwright.core.errors import BadUsage, CannotDo, CannotTell
from checkwright.core.secret import Secret
from checkwright.core.server_url import split_server_url
from checkwright.history.series import Point, Series

#: Most points of a series in one answer: Prometheus refuses more than 11,000.
_MOST = 10_000
_TIMEOUT = 60
#: Most bytes of an answer.
_LARGEST = 200_000_000
#: Endings of metric names, and the units that they mean.
_ENDINGS = {"_percent": "%", "_seconds": "s", "_bytes": "B", "_total": "c"}


@dataclass(frozen=True, slots=True)
class Answered:
    """One series of an answer: its labels, with its name as `__name__`, and its points."""

    labels: dict[str, str]
    points: tuple[Point, ...]


class Prometheus:
    """A Prometheus server.

    url: such as http://prometheus.example.com:9090, with the path in front of /api, if any. token: sent as
    `Authorization: Bearer`, and to no server that this one redirects to.
    Raises BadUsage for another kind of URL, CannotDo for a token that cannot be read or sent.
    """

    def __init__(self, url: str, token: Secret | None = None) -> None:
        parts = split_server_url(url)
        if parts is None or "@" in parts.netloc:
            raise BadUsage(
                f"{_without_login(url)!r} is no URL of a Prometheus: write http://HOST:9090, without a login"
            )
        self._url = url.rstrip("/")
        self.name = parts.netloc
        self._token = _value(token) if token is not None else ""

    def query_range(self, query: str, start: float, end: float, step: float) -> list[Answered]:
        """Return what a PromQL expression had between two moments, with a value each `step` seconds.

        A long range is read in several requests. Raises CannotDo.
        """
        found: dict[tuple[tuple[str, str], ...], list[Point]] = {}
        at = start
        while at <= end:
            until = min(end, at + step * (_MOST - 1))
            for labels, points in self._ask(query, at, until, step):
                found.setdefault(tuple(sorted(labels.items())), []).extend(points)
            at = until + step
        return [Answered(dict(labels), tuple(found[labels])) for labels in sorted(found)]

    def _ask(self, query: str, start: float, end: float, step: float) -> list[tuple[dict[str, str], list[Point]]]:
        fields = {"query": query, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:g}"}
        data = urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(f"{self._url}/api/v1/query_range", data)  # noqa: S310 - http or https
        if self._token:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as reply:  # noqa: S310
                body = reply.read(_LARGEST + 1)
        except urllib.error.HTTPError as error:
            raise CannotDo(f"Prometheus {self.name} refuses {query!r}: {self._reason(error)}.") from None
        except OSError as error:  # URLError and a timeout are some
            reason = getattr(error, "reason", None) or error
            raise CannotDo(f"Prometheus {self.name} does not answer: {reason}.") from None
        if len(body) > _LARGEST:
            raise CannotDo(f"Prometheus {self.name} answers with more than {_LARGEST // 1_000_000} MB: ask for less.")
        try:
            return [_series(one) for one in json.loads(body)["data"]["result"]]
        except (ValueError, KeyError, TypeError):
            raise CannotDo(f"{self.name} does not answer as a Prometheus does: is it one?") from None

    def _reason(self, error: urllib.error.HTTPError) -> str:
        if error.code in (401, 403):
            other = "another" if self._token else "a"
            return f"HTTP {error.code}; name a file with {other} bearer token by --prometheus-token"
        try:
            reason = str(json.loads(error.read(100_000))["error"])
        except (ValueError, KeyError, TypeError, OSError):
            return f"HTTP {error.code}"
        return reason.replace(self._token, "***") if self._token else reason


def _series(found: Any) -> tuple[dict[str, str], list[Point]]:
    labels = {str(name): str(value) for name, value in found["metric"].items()}
    values = [(float(moment), float(value)) for moment, value in found["values"]]
    return labels, [(moment, value) for moment, value in values if math.isfinite(value)]


def checks(server: Prometheus, environment: str, start: float, end: float, step: float, only: str = "") -> list[Series]:
    """Return the percentages of checks that the batch has published (`--to prometheus:...`).

    only: a regular expression for names of metrics, by default all that end in _percent. Values have no thresholds.
    """
    query = f'{{__name__=~"{only or "check_.+_percent"}"}}'
    found = []
    for one in server.query_range(query, start, end, step):
        name = one.labels.get("__name__", "")
        ending = next((ending for ending in _ENDINGS if name.endswith(ending)), "")
        item = one.labels.get("item", "")
        gauge = name.removeprefix("check_").removesuffix(ending)
        found.append(
            Series(
                environment=environment,
                role="",
                host=one.labels.get("host", ""),
                watch=one.labels.get("watch", ""),
                check="",
                label=f"{gauge}:{item}" if item else gauge,
                unit=_ENDINGS.get(ending, ""),
                points=one.points,
                resolution=step,
                source=f"Prometheus {server.name}",
            )
        )
    return found


def expression(server: Prometheus, name: str, query: str, start: float, end: float, step: float) -> list[Series]:
    """Return a percentage that a PromQL expression computes, one series for each of its label sets."""
    found = []
    for one in server.query_range(query, start, end, step):
        host = one.labels.get("host") or one.labels.get("instance") or ""
        others = {key: text for key, text in one.labels.items() if key not in ("__name__", "host", "instance", "job")}
        item = ",".join(f"{key}={text}" for key, text in sorted(others.items()))
        found.append(
            Series(
                environment="",
                role="",
                host=host,
                watch="",
                check="",
                label=f"{name}:{item}" if item else name,
                unit="%",
                points=one.points,
                resolution=step,
                source=f"Prometheus {server.name}",
            )
        )
    return found


def _value(token: Secret) -> str:
    """Return the value of a token. Raises CannotDo, without it."""
    try:
        found = token.value()
    except CannotTell as error:
        raise CannotDo(f"No token for Prometheus: {error}.") from None
    if not re.fullmatch(r"[!-~]+", found):
        raise CannotDo(f"The token in {token.env or token.file} is none: it has a space, or a character beyond ASCII.")
    return found


def _without_login(url: str) -> str:
    return "".join(("...@", url.rpartition("@")[2])) if "@" in url else url
