"""Conditions of notification: JavaScript (ES5) for an event filter of Sensu, which sees one event and has no state.

A problem notifies after `attempts` bad results in a row, when its severity changes, every `repeat` seconds after the
last of these, and when hours begin that permit it to notify. Its end notifies once. The filter must follow Sensu's own
is_incident, which allows problems and their end only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from checkwright.registry import holidays
from checkwright.registry.plan import Hours
from sensu import zones

#: Annotation of a check with its attempts. Sensu's fatigue check filter reads it too.
ATTEMPTS = "fatigue_check/occurrences"
#: Results that the history of an event has at most.
HISTORY = 21

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = 24 * 60

# The history shows 20 results before the present one. A longer problem is counted by the time since its last OK.
# `period` is the time between results: Sensu makes those of a keepalive and of an expired ttl itself.
_NOTIFIES = """\
(function () {
  var check = event.check, history = check.history || [], annotations = check.annotations || {};
  var period = Math.max(1, check.name === 'keepalive' ? check.timeout : !check.issued && check.ttl || check.interval);
  var attempts = Number(annotations['%(attempts)s'] || 1)%(later)s;
  function bad(result) { return result.status %(bad)s; }
%(hours)s\
  var ended = check.status === 0, present = history.length - 1;
  var before = 0, at = ended ? present - 1 : present - check.occurrences;
  while (at >= 0 && history[at].status !== 0) { before += bad(history[at]) ? 1 : 0; at -= 1; }
  var longer = at < 0 && history.length >= %(most)d;
  if (longer && check.occurrences_watermark > check.occurrences) {
    before = Math.max(before, check.occurrences_watermark);
  }
  if (ended) { return Math.max(before, longer ? check.occurrences_watermark : 0) >= attempts; }
  if (!bad(check)) { return false; }
  function count(back) {
    var known = check.occurrences - back + before;
    if (!longer || !check.last_ok) { return known; }
    return Math.max(known, Math.round((history[present - back].executed - check.last_ok) / period));
  }
  function notifications(back) {
    var results = count(back), first = %(first)s;
    return results < first ? 0 : %(number)s;
  }
  if (count(0) < attempts) { return false; }
%(opened)s\
  return notifications(0) > (present > 0 && count(0) > 1 ? notifications(1) : 0);
})()"""
_ANY_PROBLEM, _CRITICAL = "!== 0", ">= 2"
#: Number of the result that notifies first, at a change of severity too, or without one.
_EACH_SEVERITY, _ONCE = "Math.max(attempts, results - check.occurrences + back + 1)", "attempts"
_REPEATED = "1 + Math.floor((results - first) / Math.max(1, Math.round(%(repeat)d / period)))"

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
# Days are numbers such as 20261225, and 1225 for every year.
_DATES = """\
  function off(at, spans) {
    var local = 0;
    offsets.forEach(function (change) { if (at >= change[0]) { local = change[1]; } });
    var date = new Date((Math.floor(at / 60) + local) * 60000);
    var day = 100 * (date.getUTCMonth() + 1) + date.getUTCDate(), full = 10000 * date.getUTCFullYear() + day;
    return spans.some(function (span) {
      var one = span[0] > 9999 ? full : day;
      return one >= span[0] && one <= span[1];
    });
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
  if (present > 0 && !open(history[present - 1].executed)) { return true; }
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
    of_hosts: bool = False,
) -> str:
    """Return the expression of one route. It is true for events that notify.

    `repeat` is in seconds, 0 for never. A problem must last `after` seconds longer than its attempts take. Events
    notify only in the hours `during`, and not in the `quiet` hours; both are times of the week in `zone`. The checks
    of `windows` do not notify during them. With `of_hosts` the expression is for keepalives and host checks: a
    warning notifies nobody, and a machine that is down notifies once, whatever its severity becomes.
    """
    quiet = tuple(quiet)
    allowed = [_within(during)] if during else []
    allowed += (f"!({_within(one)})" if one.without else f"!{_within(one)}" for one in quiet)
    hours = _HOURS % {"offsets": json.dumps(zones.changes(zone))} if allowed else ""
    if any(one.without for one in (*quiet, *([during] if during else []))):
        hours += _DATES
    kept = [(one.begin, one.end, one.checks, one.hosts) for one in windows]
    if kept:
        allowed.append("!maintained(at)")
    closed = _WINDOWS % {"windows": json.dumps(kept)} if kept else ""
    return _NOTIFIES % {
        "attempts": ATTEMPTS,
        "later": f" + Math.ceil({after} / period)" if after else "",
        "bad": _CRITICAL if of_hosts else _ANY_PROBLEM,
        "most": HISTORY,
        "first": _ONCE if of_hosts else _EACH_SEVERITY,
        "number": _REPEATED % {"repeat": repeat} if repeat else "1",
        "hours": _OPEN % {"hours": hours, "windows": closed, "open": " && ".join(allowed)} if allowed else "",
        "opened": _OPENED if allowed else "",
    }


def _within(hours: Hours) -> str:
    """Return the condition that a moment is in the hours."""
    inside = f"within(at, {json.dumps(minutes(hours))})"
    if not hours.without:
        return inside
    days = [[10_000 * y + 100 * m + d for y, m, d in span] for span in holidays.spans(hours.without)]
    return f"{inside} && !off(at, {json.dumps(days)})"


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
