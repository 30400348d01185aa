"""Values of a plan as text: thresholds with their unit, hours, intervals, and the people who are notified."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from checkwright.core.ranges import NEVER, number, parse
from checkwright.registry.model.durations import format_seconds
from checkwright.registry.plan import (
    HOST_EVENTS,
    NOTIFY_ON,
    Check,
    Contact,
    Entry,
    HostCheck,
    Hours,
    Limit,
    Meaning,
    Plan,
    Team,
    Verdict,
    meaning_text,
)

_INFINITY = float("inf")
_TIMES = ((86_400, "d"), (3_600, "h"), (60, "min"))
_SIZES = ((2**50, "PiB"), (2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
#: Levels that decide a value, as people know them.
LEVELS = {"check": "default", "team": "team", "site": "site", "watch": "watch", "override": "override"}


@cache
def range_words(text: str | None, unit: str = "") -> str:
    """Return the values that alert: `above 80 %`, `below 1`, `outside 10 to 20`, `from 10 to 20`; `never`; "" for None.

    A range that begins at 0 alerts below 0 too, which the words leave out.
    """
    if text is None:
        return ""
    if text == NEVER:
        return "never"
    found = parse(text)
    start, end = found.start, found.end
    open_start, open_end = start == -_INFINITY, end == _INFINITY
    if found.invert:
        if open_start and open_end:
            return "always"
        return (
            f"up to {amount(end, unit)}"
            if open_start
            else f"from {amount(start, unit)}"
            if open_end
            else f"from {amount(start, unit)} to {amount(end, unit)}"
        )
    if open_end:
        return f"below {amount(start, unit)}"
    if open_start or start == 0:
        return f"above {amount(end, unit)}"
    return f"outside {amount(start, unit)} to {amount(end, unit)}"


def amount(value: float, unit: str) -> str:
    """Return an exact value with its unit, in a larger unit where that is exact: `26 h`, `1.5 GiB`, `80 %`."""
    if unit == "s":
        if value and abs(value) < 1:
            return f"{number(round(value * 1000, 6))} ms"
        for seconds, name in _TIMES:
            if abs(value) >= seconds and value % seconds == 0:
                return f"{number(value / seconds)} {name}"
    if unit in ("B", "B/s"):
        for size, name in _SIZES:
            if abs(value) >= size and value * 100 % size == 0:
                return f"{number(value / size)} {name}{unit[1:]}"
    return f"{number(value)} {unit}" if unit not in ("", "c") else number(value)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Thresholds of one gauge for some items. The two ends may come from two declarations, None if there is none."""

    label: str  # such as "Used space of /srv"
    warn: Limit | None
    crit: Limit | None

    @property
    def warning(self) -> str:
        """Return the values that are WARNING, "" for none."""
        return range_words(self.warn.warn, self.warn.unit) if self.warn else ""

    @property
    def critical(self) -> str:
        """Return the values that are CRITICAL, "" for none."""
        return range_words(self.crit.crit, self.crit.unit) if self.crit else ""

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Return the declarations that decided the ends, each once."""
        return tuple(dict.fromkeys(one for one in (self.warn, self.crit) if one is not None))

    def __str__(self) -> str:
        ends = [f"{end} {text}" for end, text in (("warning", self.warning), ("critical", self.critical)) if text]
        if {self.warning, self.critical} <= {"never", ""}:
            return f"{self.label} never alerts"
        return f"{self.label}: {', '.join(ends)}"


def thresholds(entry: Entry) -> tuple[Threshold, ...]:
    """Return the thresholds of an entry, in the order of its limits. Later ones win for the items that they match."""
    found: dict[tuple[str, str], Threshold] = {}
    for limit in entry.limits:
        key = (limit.gauge, limit.items)
        old = found.get(key) or Threshold(_named(limit.label or limit.gauge, limit.items), None, None)
        warn = limit if limit.warn is not None else old.warn
        crit = limit if limit.crit is not None else old.crit
        found[key] = Threshold(old.label, warn, crit)
    return tuple(found.values())


def own_alerts(entry: Entry) -> list[str]:
    """Return the thresholds and severities of words that are no defaults of the entry's check."""
    own = [str(one) for one in thresholds(entry) if any(limit.level != "check" for limit in one.limits)]
    return own + [words_of(meaning) for meaning in entry.meanings]


def words_of(meaning: Meaning) -> str:
    """Return severities of words: `State of web*: ok MAINT; warning DOWN`."""
    return f"{_named(meaning.label or meaning.verdict, meaning.items)}: {meaning_text(meaning)}"


def verdict_words(verdict: Verdict) -> str:
    """Return the default severities of a verdict: `Status: ok up; warning degraded; anything else critical`."""
    ends = (("ok", verdict.ok), ("warning", verdict.warn), ("critical", verdict.crit))
    parts = [f"{end} {', '.join(words)}" for end, words in ends if words]
    return f"{verdict.label}: {'; '.join((*parts, f'anything else {verdict.other}'))}"


def hours_words(hours: Hours) -> str:
    """Return times of the week in their shortest form: `Mon-Fri 09:00-17:00, Sat 10:00-12:00`.

    Days without them follow: `Mon-Fri 09:00-17:00 without december 25, 2027-03-26`.
    """
    groups: list[tuple[list[str], str]] = []
    for day, times in hours.times:
        if groups and groups[-1][1] == times and _DAYS.index(groups[-1][0][-1]) + 1 == _DAYS.index(day):
            groups[-1][0].append(day)
        else:
            groups.append(([day], times))
    week = ", ".join(f"{_day_range(days)} {times}" for days, times in groups)
    return f"{week} without {', '.join(hours.without)}" if hours.without else week


@dataclass(frozen=True, slots=True)
class Notified:
    """People whom an entry notifies, as text. `who` is "nobody" without anybody; `at_night` if a pager may ring."""

    who: str
    when: str = ""
    steps: tuple[str, ...] = ()
    at_night: bool = False

    def __str__(self) -> str:
        return ", ".join((f"{self.who} {self.when}".strip(), *self.steps))


class Recipients:
    """People of one plan, as text."""

    def __init__(self, plan: Plan) -> None:
        self._teams: Mapping[str, Team] = {team.name: team for team in plan.teams}
        self._hours = {hours.name: hours for hours in plan.hours}
        self._cache: dict[tuple[str, str, tuple[str, ...]], Notified] = {}

    def of(self, entry: Entry) -> Notified:
        """Return the people whom an entry notifies: `pages ops-pager at all hours`, `mails ops@example.com`."""
        key = (entry.owner, entry.notify, entry.quiet)
        if key not in self._cache:
            self._cache[key] = self._made(*key)
        return self._cache[key]

    def _made(self, owner: str, notify: str, quiet: tuple[str, ...]) -> Notified:
        team = self._teams[owner]
        if notify == "nobody":
            return Notified("nobody")
        but = f" but not {'; '.join(hours_words(self._hours[name]) for name in quiet)}" if quiet else ""
        people = ", ".join(contact.name for contact in team.contacts)
        further = (f"and {people} in their own hours",) if people and (team.email or team.page) else ()
        if notify == "ticket":
            return Notified(f"mails {team.email or people}", but.strip(), further)
        who = f"pages {team.page}" if team.page else f"mails {team.email}" if team.email else f"pages {people}"
        if notify == "office-hours":
            return Notified(who, f"{hours_words(self._hours[team.office_hours])}{but}", further)
        steps = tuple(f"after {format_seconds(one.after)} {self._reach(one.to)}" for one in team.escalations)
        rings = bool(team.page) or any(contact.page or contact.channels for contact in team.contacts)
        return Notified(who, f"at all hours{but}", (*further, *steps), rings)

    def _reach(self, name: str) -> str:
        team = self._teams[name]
        return f"pages {team.page}" if team.page else f"mails {team.email}"


def person_words(contact: Contact, hours: Mapping[str, Hours]) -> str:
    """Return a person of a team: `ada, ada@example.com, Mon-Fri 18:00-23:00, of critical, recovery`."""
    when = hours_words(hours[contact.hours]) if contact.hours in hours else "at all hours"
    of = [] if contact.on == NOTIFY_ON else [f"of {', '.join(contact.on)}" if contact.on else "of no watch"]
    of += [] if contact.hosts == HOST_EVENTS else [f"of hosts: {', '.join(contact.hosts) or 'nothing'}"]
    address = contact.email if not contact.page else f"{contact.email} or {contact.page}"
    kinds = [f"by {', '.join(dict.fromkeys(one.kind for one in contact.channels))}"] if contact.channels else []
    return ", ".join((contact.name, address, *kinds, when, *of))


def host_check_words(check: HostCheck | None) -> str:
    """Return when a host is up: `it answers a ping, every 5m; down after 3 failures, 30s apart`."""
    if check is None:
        return "it answers a ping, every 5m; down after 3 failures, 30s apart"
    up = {
        "ping": "it answers a ping",
        "tcp": f"port {check.port} accepts a connection",
        "http": f"port {check.port} answers HTTP",
        "nrpe": "its NRPE daemon answers",
        "none": "nothing checks it, it is assumed to be up",
        "plugin": f"{''.join(map(str, check.command[0])) if check.command else 'the plugin'} succeeds",
    }[check.runs]
    if check.runs == "none":
        return up
    every, retry = format_seconds(check.interval), format_seconds(check.retry)
    after = "the first failure" if check.attempts == 1 else f"{check.attempts} failures, {retry} apart"
    parts = [f"notifies {check.owner}" if check.owner else "", f"as {check.notify}" if check.notify else ""]
    level = " ".join(part for part in parts if part)
    return "; ".join(part for part in (f"{up}, every {every}", f"down after {after}", level) if part)


def schedule_words(entry: Entry) -> str:
    """Return the schedule: `every 30s; notifies after 3 bad results, 30s apart; stops after 10s`."""
    results = "the first bad result"
    if entry.attempts > 1:
        results = f"{entry.attempts} bad results, {format_seconds(entry.retry)} apart"
    every, deadline = format_seconds(entry.interval), format_seconds(entry.deadline)
    return f"every {every}; notifies after {results}; stops after {deadline}"


def place_words(entry: Entry) -> str:
    """Return the place where an entry runs, with the way of its results."""
    account = f" as {entry.run_as}" if entry.run_as else ""
    if entry.pool:
        return f"in the pool {entry.pool}{account}"
    if entry.where == "central":
        return f"on the monitoring server{account}"
    ways = {"nrpe": " over NRPE", "passive": ", which sends its results", "local": "", "central": ""}
    return f"on the machine{account}{ways[entry.transport]}"


def subject(entry: Entry) -> str:
    """Return the check of an entry, or the path of its plugin."""
    return entry.check or entry.plugin


def summary_of(entry: Entry) -> str:
    """Return one line about an entry: its summary, or the path of a plugin without one."""
    return entry.summary or entry.plugin


def checks_by_name(plans: Iterable[Plan]) -> dict[str, Check]:
    """Return the checks of several plans, sorted by name. The last plan decides where they differ."""
    found = {check.name: check for plan in plans for check in plan.checks}
    return {name: found[name] for name in sorted(found)}


def plural(count: int, word: str, words: str = "") -> str:
    """Return `1 host`, `3 hosts`, `2 watches`."""
    if count == 1:
        return f"1 {word}"
    return f"{count:,} {words or f'{word}s'}"


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _day_range(days: list[str]) -> str:
    first, last = days[0][:3].title(), days[-1][:3].title()
    return first if len(days) == 1 else f"{first}-{last}"


def _named(label: str, items: str) -> str:
    return f"{label} of {items}" if items else label
