"""JSON lines whose names are given, for logs without a directive that could be compiled.

    json time=ts request=req status=status server=upstream_seconds total=duration:ms

A name may be a path, `http.response.status_code`. Times are in seconds, or in the unit behind a colon: s, ms, us, ns.
A moment is text as in ISO 8601 or in access logs, or a number of seconds since the epoch; `:ms` divides it.
"""

import re

from checkwright.core.errors import BadUsage
from checkwright.latency.log_format import kind_of
from checkwright.latency.log_times import Clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from checkwright.latency.log_format import Decoded

ROLES = ("time", "request", "method", "target", "status", "server", "total")
_UNITS = {"s": 1_000.0, "ms": 1.0, "us": 0.001, "ns": 0.000001}
_ISO = re.compile(rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?)(Z|[-+]\d\d:?\d\d)?")
_CLF = re.compile(rb"\[?(\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d(?:\.\d+)?)(?: ([-+]\d{4}))?\]?")


class JsonLinesFormat:
    """Format of JSON lines by names. It has the interface of LogFormat, and is about a third slower."""

    separate = True

    def __init__(self, names: "dict[str, tuple[str, str]]", *, ends: bool) -> None:
        self.name = "json"
        self.ends = ends
        self.has_server = "server" in names
        self.clock: Callable[[bytes, bytes], float] = _AnyClock()
        self._paths = {role: path.split(".") for role, (path, _) in names.items()}
        self._units = {role: _UNITS[unit] for role, (_, unit) in names.items()}

    def columns_of(self, block: bytes) -> "tuple[tuple[bytes, ...], ...]":
        """Return the columns of all lines that fit, see LogFormat."""
        rows = [row for line in block.split(b"\n") if line and (row := self._row(line)) is not None]
        return tuple(zip(*rows, strict=True)) if rows else ((),) * 6

    def first_unreadable(self, block: bytes) -> bytes:
        """Return the first line of a block that does not fit, b"" if all do."""
        return next((line for line in block.split(b"\n") if line and self._row(line) is None), b"")

    def decode(self, _moment: float, status: bytes, server: bytes, total: bytes) -> "Decoded":
        """Return class, server's time and total time. Raises ValueError for a text that is no time."""
        return kind_of(status), self._duration("server", server), self._duration("total", total)

    def _duration(self, role: str, text: bytes) -> int | None:
        if text in (b"", b"-"):
            return None
        unit = self._units[role]
        parts = [one for one in re.split(rb", | : ", text) if one not in (b"", b"-")]
        return round(sum(float(one) for one in parts) * unit) if parts else None

    def _row(self, line: bytes) -> "tuple[bytes, ...] | None":
        import json

        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            return None
        found = {}
        for role, path in self._paths.items():
            value = document
            for name in path:
                value = value.get(name) if isinstance(value, dict) else None
            if value is None and role not in ("server", "total"):
                return None
            found[role] = _as_text(value)
        moment = self._moment(found["time"])
        if moment is None:
            return None
        request = found["request"] if "request" in found else found["method"] + b" " + found["target"]
        return (*moment, request, found["status"], found.get("server", b""), found.get("total", b""))

    def _moment(self, text: bytes) -> tuple[bytes, bytes] | None:
        if (found := _ISO.fullmatch(text) or _CLF.fullmatch(text)) is not None:
            return found[1].replace(b",", b"."), found[2] or b""
        try:
            seconds = float(text) * self._units["time"] / 1_000
        except ValueError:
            return None
        return b"%d" % seconds, b"epoch"


class _AnyClock:
    """Clock for all kinds of moments."""

    def __init__(self) -> None:
        self._clocks = {kind: Clock(kind) for kind in ("iso", "clf", "epoch")}

    def __call__(self, text: bytes, zone: bytes) -> float:
        if zone == b"epoch":
            return float(text)
        return self._clocks["clf" if text[2:3] == b"/" else "iso"](text, zone)


def json_lines_format(text: str) -> JsonLinesFormat:
    """Return the format of `json ROLE=NAME ...`. Raises BadUsage with a sentence that says what is wrong."""
    names: dict[str, tuple[str, str]] = {}
    ends = True
    for word in text.split()[1:]:
        role, equals, path = word.partition("=")
        path, _, unit = path.partition(":")
        if role == "start":  # the moment is that of the start
            role, ends = "time", False
        if role not in ROLES or not equals or not path or (unit or "s") not in _UNITS:
            roles = ", ".join((*ROLES, "start"))
            raise BadUsage(f"json: {word!r} is not ROLE=NAME or ROLE=NAME:UNIT; roles are {roles}; units s, ms, us, ns")
        names[role] = (path, unit or "s")
    lacking = [
        text
        for present, text in (
            ("time" in names, "time="),
            ("request" in names or {"method", "target"} <= {*names}, "request=, or method= and target="),
            ("status" in names, "status="),
            ("server" in names or "total" in names, "server= or total="),
        )
        if not present
    ]
    if lacking:
        raise BadUsage(f"json: the names lack {' and '.join(lacking)}")
    return JsonLinesFormat(names, ends=ends)


def _as_text(value: "Any") -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace")
    if value is None or isinstance(value, dict | list):
        return b""
    return repr(value).encode()
