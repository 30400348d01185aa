"""Conditions of notification: JavaScript (ES5) for an event filter of Sensu, which sees one event and has no state.

A problem notifies after `attempts` bad results in a row, when its severity changes, every `repeat` seconds, and when
hours begin in which it may notify. Its end notifies once. The filter must follow Sensu's own is_incident, which
allows problems and their end only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from checkwright.registry.plan import Hours
from sensu import zones

#: Annotation of a check with its attempts. Sensu's fatigue check filter reads it too.
ATTEMPTS = "fatigue_check/occurrences"

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = 24 * 60

_NOTIFIES = """\
(function () {
  var check = event.check, history = check.history || [], annotations = check.annotations || {};
  var attempts = Number(annotations['%(attempts)s'] || 1)%(later)s;
%(hours)s\
  if (check.occurrences_watermark < attempts) { return false; }
  if (check.status === 0 || check.occurrences === 1) { return true; }
%(opened)s\
%(again)s\
})()"""

_OPEN = """\
%(hours)s%(windows)s\
  function open(at) { return %(open)s; }
  if (!open(event.timestamp)) { return false; }
"""
_HOURS = """\
  var offsets = %(offsets)s;
  function minute(at) {
    var local = 0;
    offsets.forEach(function (change) { if (at >= change[0]) { local = change[1]; } });
    return (Math.floor(at / 60) + local + 4320) %% 10080;
  }
  function within(at, spans) {
    return spans.some(function (span) { return minute(at) >= span[0] && minute(at) < span[1]; });
  }
"""
_WINDOWS = """\
  var windows = %(windows)s;
  function maintained(at) {
    return windows.some(function (window) {
      var checks = window[2], hosts = window[3];
      return at >= window[0] && at < window[1] && (checks.length === 0 || checks.indexOf(check.name) >= 0) &&
        (hosts.length === 0 || hosts.indexOf(event.entity.name) >= 0);
    });
  }
"""
_OPENED = """\
  if (history.length > 1 && !open(history[history.length - 2].executed)) { return true; }
"""
_ONCE = "  return check.occurrences === attempts;\n"
_REPEATED = """\
  var rounds = Math.max(1, Math.round(%(repeat)d / Math.max(1, check.interval)));
  return check.occurrences >= attempts && (check.occurrences - attempts) %% rounds === 0;
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Maintenance window in seconds since 1970 for these checks on these hosts, by name. () means all."""

    begin: int
    end: int
    checks: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


def notifies(
    *,
    repeat: int = 0,
    after: int = 0,
    during: Hours | None = None,
    quiet: Iterable[Hours] = (),
    windows: Iterable[Window] = (),
    zone: str = "UTC",
) -> str:
    """Return the expression of one route. It is true for events that notify.

    `repeat` is in seconds, 0 for never. A problem must last `after` seconds longer than its attempts take. Events
    notify only in the hours `during`, and not in the `quiet` hours; both are times of the week in `zone`. The checks
    of `windows` do not notify during them.
    """
    allowed = [f"within(at, {json.dumps(minutes(during))})"] if during else []
    allowed += (f"!within(at, {json.dumps(minutes(hours))})" for hours in quiet)
    hours = _HOURS % {"offsets": json.dumps(zones.changes(zone))} if allowed else ""
    kept = [(one.begin, one.end, one.checks, one.hosts) for one in windows]
    if kept:
        allowed.append("!maintained(at)")
    closed = _WINDOWS % {"windows": json.dumps(kept)} if kept else ""
    return _NOTIFIES % {
        "attempts": ATTEMPTS,
        "later": f" + Math.ceil({after} / Math.max(1, check.interval))" if after else "",
        "hours": _OPEN % {"hours": hours, "windows": closed, "open": " && ".join(allowed)} if allowed else "",
        "opened": _OPENED if allowed else "",
        "again": _REPEATED % {"repeat": repeat} if repeat else _ONCE,
    }


def minutes(hours: Hours) -> list[tuple[int, int]]:
    """Return spans (first minute, minute after the last) of the week, counted from Monday 00:00."""
    spans = []
    for day, times in hours.times:
        start = _DAYS.index(day) * _DAY
        for span in times.split(","):
            begin, end = span.split("-")
            spans.append((start + _minute(begin), start + _minute(end)))
    return sorted(spans)


def _minute(time: str) -> int:
    hour, minute = time.split(":")
    return int(hour) * 60 + int(minute)
