"""Conversion of one service on one host to a watch: command, intervals, notification."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from checkwright.core.conversion import NotConvertible
from checkwright.migrate import secret_files
from checkwright.migrate.draft import DraftWatch, Pairs, Program, Value
from checkwright.migrate.nagios import nrpe_commands
from checkwright.migrate.nagios.command_macros import Macros, ResolvedCommand
from checkwright.migrate.nagios.nrpe_commands import Agents
from checkwright.migrate.nagios.people import People
from checkwright.migrate.recognise import Equivalent, Kept, recognise
from checkwright.migrate.secret_files import SecretFiles
from checkwright.registry.model import durations
from checkwright.registry.model.settings import DEFAULTS, ONCE
from nagios_cfg.reader import Live, LiveHost, LiveService
from nagios_cfg.reader.periods import ALWAYS

_URL = re.compile(r"https?://[A-Za-z0-9\[][A-Za-z0-9\-._~:/?#\[\]@!&()*+,=%;]*")
_STALE = ("3", "no result has come in for too long")
_MOST_ATTEMPTS = 1_000


@dataclass
class Made:
    """Watch, with the needs of its host.

    remarks: differences. hints: remarks about unchanged parts. Neither names a host.
    """

    watch: DraftWatch
    labels: Mapping[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    port: int = 0


class OnlyAgent(Exception):
    """The service only checks that NRPE answers."""


class WatchMaker:
    """Converter of services. name: returns the registry's name for a service's. groups: servicegroups of each."""

    def __init__(
        self,
        live: Live,
        macros: Macros,
        people: People,
        nrpe: Agents,
        name: Callable[[LiveService], str],
        secrets: SecretFiles,
        groups: Mapping[tuple[str, str], tuple[str, ...]],
    ) -> None:
        self._live = live
        self._macros = macros
        self._people = people
        self._nrpe = nrpe
        self._name = name
        self._secrets = secrets
        self._groups = groups

    def watch(self, service: LiveService, host: LiveHost) -> Made:
        """Convert a service. Raises NotConvertible when no watch can express it, OnlyAgent when none is needed."""
        active = service.settings.get("active_checks_enabled") != "0"
        if not active and service.settings.get("passive_checks_enabled") == "0":
            raise NotConvertible("neither active nor passive checks are on, so it never had a result")
        made = self._active(service, host) if active else self._passive(service)
        settings = dict(made.watch.settings)
        self._timing(service, settings, made, active)
        self._notification(service, settings, made)
        if named := self._groups.get((service.host, service.name)):
            settings["groups"] = named
        if url := service.settings.get("notes_url"):
            if _URL.fullmatch(url):
                settings["runbook"] = url
            else:
                made.remarks.append(f"notes_url {url!r} has macros or is not a URL, so there is no runbook")
        kept: Pairs = tuple((each, value) for each, value in settings.items() if value is not None)
        made.watch = DraftWatch(self._name(service), made.watch.runs, kept, about=made.watch.about)
        return made

    def _active(self, service: LiveService, host: LiveHost) -> Made:
        command = self._macros.resolve(service, host)
        if command.program.path.rpartition("/")[2] == "check_nrpe":
            made = self._through_nrpe(command, service, host)
            if made is not None:
                return made
            query = nrpe_commands.parse(command.program)
            reason = query if isinstance(query, str) else "no --nrpe FILE has the command that the machine runs for it"
            made = self._runs(command, {"where": "central"})
            made.hints.append(f"it stays a call of check_nrpe: {reason}")
            return made
        return self._runs(command, {"where": "central"})

    def _through_nrpe(self, command: ResolvedCommand, service: LiveService, host: LiveHost) -> Made | None:
        query = nrpe_commands.parse(command.program)
        if isinstance(query, str) or command.shell:
            return None
        if not query.name:
            raise OnlyAgent
        line = self._nrpe.line(host.name, query.name)
        if line is None:
            return None
        try:
            remote = self._macros.line(line, host)
        except NotConvertible as reason:
            made = self._runs(command, {"where": "central"})
            made.hints.append(f"it stays a call of check_nrpe, because of the command on the machine: {reason}")
            return made
        program, account = (remote.program, "") if remote.shell else nrpe_commands.without_sudo(remote.program)
        made = self._runs(replace(remote, program=program) if account else remote, {"run_as": account or None})
        made.port = query.port
        return made

    def _runs(self, command: ResolvedCommand, settings: dict[str, Value]) -> Made:
        hints = [f"it runs by {command.program.path} -c: {command.shell}"] if command.shell else []
        hints += (f"${name}$ is not set, so its text stays in the command" for name in command.missing)
        program, file = self._secrets.moved(command.program, command.labels)
        remarks = [secret_files.note(file)] if file else []
        watch = DraftWatch("", program, tuple(settings.items()))
        return Made(watch, secret_files.without_secrets(command.labels), remarks=remarks, hints=hints)

    def _passive(self, service: LiveService) -> Made:
        plugins = self._live.source.users.get(1, "")
        folder = plugins if plugins.startswith("/") else "/usr/lib/nagios/plugins"
        program = Program(f"{folder.rstrip('/')}/check_dummy", _STALE)
        return Made(DraftWatch("", program, (("transport", "passive"),)))

    def _timing(self, service: LiveService, settings: dict[str, Value], made: Made, active: bool) -> None:
        unit = self._live.source.seconds
        every = _seconds(service.settings.get("check_interval", "5"), unit)
        retry = _seconds(service.settings.get("retry_interval", "1"), unit)
        attempts = _whole(service.settings.get("max_check_attempts", "1"))
        if not active:
            threshold = _whole(service.settings.get("freshness_threshold", "0"))
            if service.settings.get("check_freshness") == "1" and threshold > DEFAULTS["deadline"] + 2:
                every = (threshold - DEFAULTS["deadline"]) // 2
                if 2 * every + DEFAULTS["deadline"] != threshold:
                    made.remarks.append("it is stale a second earlier than before")
            else:
                every = every or 300
                made.remarks.append(f"it never went stale, and now does after twice {durations.format_seconds(every)}")
        if every < 1:
            raise NotConvertible("its check_interval is 0, so it ran only on demand")
        if not 1 <= attempts <= _MOST_ATTEMPTS:
            raise NotConvertible(f"max_check_attempts is {attempts}")
        for name, value in (("every", every), ("retry", max(retry, 1)), ("attempts", attempts)):
            if value != DEFAULTS[name]:
                settings[name] = value if name == "attempts" else durations.format_seconds(value)

    def _notification(self, service: LiveService, settings: dict[str, Value], made: Made) -> None:
        minutes = self._people.minutes(service)
        self._people.team_draft(service).hours[minutes] += 1
        if not minutes:
            settings["notify"] = "nobody"
        elif minutes != ALWAYS:
            # The team's office hours are known only after all services.
            settings["_minutes"] = str(minutes)
        settings |= self._repeated(service, settings)

    def _repeated(self, service: LiveService, settings: Mapping[str, Value]) -> dict[str, Value]:
        """Return the settings about repeated, delayed and omitted notifications."""
        stated, unit = service.settings, self._live.source.seconds
        repeat = _seconds(stated.get("notification_interval", "30"), unit)
        every = settings.get("every", DEFAULTS["every"])
        passive = settings.get("transport") == "passive"
        if repeat and not passive:
            repeat = max(repeat, durations.seconds(every) if isinstance(every, str) else int(str(every)))
        later = _seconds(stated.get("first_notification_delay", "0"), unit)
        return {
            "renotify": durations.format_seconds(repeat) if repeat else ONCE,
            "notify_after": durations.format_seconds(later),
            "notify_on": self._people.events(service),
        }


class Replacements:
    """Replaces plugins by checks of the library; recognises each command once."""

    def __init__(self) -> None:
        self._found: dict[Program, Equivalent | Kept] = {}

    def replaced(self, watch: DraftWatch) -> tuple[DraftWatch, str, tuple[str, ...]]:
        """Return the watch with an equivalent check, the pair of plugin and check, and the notes."""
        program = watch.runs
        if not isinstance(program, Program) or dict(watch.settings).get("transport") == "passive":
            return watch, "", ()
        if program not in self._found:
            self._found[program] = recognise((program.path, *program.arguments))
        found = self._found[program]
        if isinstance(found, Kept):
            return watch, "", (f"the plugin stays: {found.why}",) if found.known else ()
        settings = watch.settings
        if found.deadline not in (None, DEFAULTS["deadline"]):
            settings = (*settings, ("deadline", durations.format_seconds(found.deadline or 0)))
        which = f"{program.path.rpartition('/')[2]} by {found.check.module.rpartition('.')[2]}"
        return replace(watch, runs=found.check, settings=settings), which, found.notes


def with_hours(watch: DraftWatch, office: int, hours: Callable[[int], str]) -> DraftWatch:
    """Return the watch with its hours as settings of the registry; `office` are those of its team."""
    settings: list[tuple[str, Value]] = []
    for name, value in watch.settings:
        if name != "_minutes":
            settings.append((name, value))
        elif int(str(value)) == office:
            settings.append(("notify", "office-hours"))
        else:
            settings.append(("quiet", (hours(ALWAYS & ~int(str(value))),)))
    return DraftWatch(watch.name, watch.runs, tuple(sorted(settings, key=_order)), watch.per, watch.about)


_ORDER = (
    "every",
    "retry",
    "attempts",
    "deadline",
    "where",
    "transport",
    "notify",
    "quiet",
    "renotify",
    "notify_after",
    "notify_on",
    "groups",
    "env",
    "run_as",
    "runbook",
)


def _order(pair: tuple[str, Value]) -> int:
    return _ORDER.index(pair[0])


def _seconds(text: str, unit: float) -> int:
    try:
        return round(float(text) * unit)
    except (ValueError, OverflowError):
        return 0


def _whole(text: str) -> int:
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return 0
