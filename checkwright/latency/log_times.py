"""Moments in access logs, as seconds since the epoch.

A log is read in blocks with thousands of lines of the same minute, so a clock parses each text once. It gets the text
without its seconds where the end of a request is logged, and with them where its start is.
"""

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    #: Year, month, day, hour, minute, second.
    _Fields = tuple[int, int, int, int, int, int]

_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"), 1
    )
}
#: Most texts that a clock remembers.
_MOST = 20_000
#: Seconds that a line may be older than the line before it, where a local time without its zone comes twice.
_UNORDERED = 900


class Clock:
    """Parser of one kind of moment, with a memory of minutes. `clock(text, zone)` raises ValueError for no moment.

    kind: "clf" (29/Nov/2026:14:05[:33[.123]]), "iso" (2026-11-29T14:05[:33[.123456]]) or "epoch" (1795961133[.123]).
    zone: `+0100`, `+01:00`, `Z`, or empty for the local time of this machine. `TZ` sets another one.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._parse: Callable[[bytes], _Fields] = _iso if kind == "iso" else _clf
        #: Length of a text up to its minute.
        self._minute = {"clf": 17, "iso": 16, "epoch": 0}[kind]
        self._known: dict[tuple[bytes, bytes], float] = {}
        self._last = 0.0
        self._twice = False

    def __call__(self, text: bytes, zone: bytes = b"") -> float:
        end = self._minute
        if not end:
            return float(text)
        key = text[:end], zone
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._twice = False
            fields = self._parse(key[0])
            utc = _utc(fields)
            if time.gmtime(utc)[:5] != fields[:5]:
                raise ValueError(f"{text!r} is no moment")
            found = self._local(fields) if not zone else float(utc - _offset(zone))
            if not self._twice:
                self._known[key] = found
        self._last = found
        return found + float(text[end + 1 :]) if len(text) > end else found

    def _local(self, fields: "_Fields") -> float:
        """Return a local time. Of the hour that comes twice in autumn, the line before decides which one it is."""
        found = set()
        for daylight in (1, 0):
            moment = time.mktime((*fields, 0, 0, daylight))
            if time.localtime(moment)[:5] == fields[:5]:
                found.add(moment)
        if not found:  # the hour that spring leaves out
            return time.mktime((*fields, 0, 0, -1))
        self._twice = len(found) > 1
        after = [moment for moment in sorted(found) if moment >= self._last - _UNORDERED]
        if self._last == 0.0:
            after = [moment for moment in sorted(found) if moment <= time.time() + _UNORDERED][-1:]
        return after[0] if after else max(found)


def _clf(text: bytes) -> "_Fields":
    day, month, rest = text.split(b"/", 2)
    year, hour, minute = rest.split(b":")
    if month not in _MONTHS:
        raise ValueError(f"{text!r} is no date of an access log")
    return (int(year), _MONTHS[month], int(day), int(hour), int(minute), 0)


def _iso(text: bytes) -> "_Fields":
    year, month, day = text[:10].split(b"-")
    hour, minute = text[11:].split(b":")
    return (int(year), int(month), int(day), int(hour), int(minute), 0)


def _utc(fields: "_Fields") -> int:
    """Return the seconds since the epoch of a moment in UTC. calendar.timegm costs 5 ms to import."""
    year, month, day, hour, minute, second = fields
    year -= month < 3
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day - 719_469
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def _offset(zone: bytes) -> int:
    """Return the seconds that a zone is ahead of UTC."""
    if zone == b"Z":
        return 0
    digits = zone[1:].replace(b":", b"")
    seconds = int(digits[:2]) * 3_600 + int(digits[2:] or b"0") * 60
    return -seconds if zone[:1] == b"-" else seconds
