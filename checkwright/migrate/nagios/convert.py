"""Conversion of a live configuration to a draft, with a remark about every omission."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checkwright.core.conversion import NotConvertible
from checkwright.migrate.draft import Draft, DraftEnvironment, DraftHost, DraftServiceGroup, DraftTeam, Value
from checkwright.migrate.nagios import custom_variables, nrpe_commands, omitted
from checkwright.migrate.nagios.command_macros import Macros
from checkwright.migrate.nagios.common import Placed, with_labels
from checkwright.migrate.nagios.host_in_names import names_without_host, with_placeholders
from checkwright.migrate.nagios.imported_host_checks import HostState, HostStates, draft_host_checks
from checkwright.migrate.nagios.nrpe_commands import Agents
from checkwright.migrate.nagios.people import People
from checkwright.migrate.nagios.remarks import everything_else
from checkwright.migrate.nagios.roles import Group, Roles, roles_of
from checkwright.migrate.nagios.service_watch import Made, OnlyAgent, Replacements, WatchMaker, with_hours
from checkwright.migrate.nagios.team_settings import team_settings
from checkwright.migrate.naming import Slugs
from checkwright.migrate.report import Report, Thing
from checkwright.registry.host_levels import LEVELS
from checkwright.registry.plan import Origin
from nagios_cfg.names import AGENT
from nagios_cfg.reader import Live, LiveHost, LiveService
from nagios_cfg.reader.grouped_services import grouped_services
from nagios_cfg.reader.periods import ALWAYS, Periods
from nagios_cfg.reader.templates import split_list

#: Account under which Debian's NRPE runs commands.
_ACCOUNT = "nagios"
_LEVELS = tuple(map(str, LEVELS))
_PLUGINS = "/usr/lib/nagios/plugins"


@dataclass(frozen=True, slots=True)
class Options:
    """Options of an import. nrpe: pairs of a host pattern and an nrpe.cfg. shown: $USERn$ that are not secrets."""

    project: str
    environment: str = "production"
    nrpe: Sequence[tuple[str, Path]] = ()
    keep_plugins: bool = False
    shown: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Converted:
    """Result of an import. aliases: mail aliases that the teams' addresses need, with their recipients."""

    draft: Draft
    report: Report
    aliases: dict[str, tuple[str, ...]]


def convert(live: Live, options: Options, source: str) -> Converted:
    """Convert a configuration. Raises CannotRead for an nrpe.cfg that cannot be read."""
    return _Conversion(live, options, source).run()


class _Conversion:
    def __init__(self, live: Live, options: Options, source: str) -> None:
        self._live = live
        self._options = options
        self._report = Report(source)
        self._things: dict[Origin, Thing] = {}
        self._periods = Periods(live.timeperiods)
        self._people = People(live, self._periods)
        self._service_names = Slugs((AGENT,))
        self._service_names.reserve(service.name for service in live.services)
        self._host_names = Slugs()
        self._host_names.reserve(live.hosts)
        self._macros = Macros(live.commands, live.source.users, options.shown, live.source.stripped)
        self._shorter = names_without_host(live)
        self._group_names = Slugs()
        nrpe = Agents(options.nrpe)
        self._account = nrpe.account
        self._watching = WatchMaker(
            live, self._macros, self._people, nrpe, self._name, self._report.secrets, self._service_groups()
        )
        self._ports: set[int] = set()
        self._grouped: set[str] = set()
        self._watched: set[str] = set()
        self._recorded: set[tuple[Thing, str]] = set()

    def run(self) -> Converted:
        for one in self._live.objects:
            self._thing(one.origin, one.kind, one.label if one.template else _name_of(one.kind, one.get), one.template)
        labels: dict[str, dict[str, str]] = {}
        placed = self._placed(labels)
        known = {self._host_names.of(name): (name, host.address) for name, host in self._live.hosts.items()}
        with_placeholders(placed, known)
        for host, more in with_labels(placed).items():
            labels.setdefault(host, {}).update(more)
        if not self._options.keep_plugins:
            self._recognise(placed)
        for host_ in self._live.hosts.values():
            if (team := self._people.team_of_host(host_)) is not None:
                team.hours[self._people.minutes_of_host(host_)] += 1
        offices = {team_draft.name: self._people.office(team_draft) for team_draft in self._people.team_drafts}
        for each in placed:
            each.watch = with_hours(each.watch, offices[each.team], self._people.hours)
        roles = roles_of(placed, self._groups())
        watched, stated = team_settings(roles.roles)
        roles = replace(roles, roles=watched)
        states = self._states(placed, offices, labels)
        teams, hours = self._people.drafts()
        hosts = tuple(self._host(name, roles, labels) for name in sorted(self._live.hosts))
        members: dict[str, list[str]] = {}
        for host, names in roles.of_host.items():
            for role in names:
                members.setdefault(role, []).append(host)
        host_checks = draft_host_checks(states, members)
        environment = DraftEnvironment(
            self._options.environment, hosts, self._site(), roles.overrides, host_checks=host_checks
        )
        used = {role.owner for role in roles.roles} | {check.owner for check in host_checks if check.owner}
        draft = Draft(
            self._options.project,
            f"carried over from {Path(self._report.source).name}",
            tuple(replace(team, notification=stated.get(team.name, ())) for team in teams if team.name in used),
            roles.roles,
            (environment,),
            tuple(one for one in hours if _is_used(one.name, roles, _hours_of(teams))),
            self._draft_service_groups(roles),
        )
        everything_else(
            self._live,
            self._report,
            self._things,
            self._people,
            self._periods,
            set(roles.group.values()),
            self._grouped,
        )
        self._renamed()
        return Converted(draft, self._report, self._people.aliases(used))

    def _states(
        self, placed: Sequence[Placed], offices: Mapping[str, int], labels: dict[str, dict[str, str]]
    ) -> dict[str, HostState]:
        """Return the state of each host by its name in the project."""
        levels: dict[str, dict[str, str]] = {}
        for one in placed:
            level = str(dict(one.watch.settings).get("notify", "page"))
            of_host = levels.setdefault(one.host, {})
            of_host[one.team] = max(level, of_host.get(one.team, "nobody"), key=_LEVELS.index)

        def changed(host: LiveHost, message: str) -> None:
            self._report.changed(self._things[host.origin], message)

        maker = HostStates(self._macros, self._people, self._report.secrets, self._live.source.seconds, changed)
        states = {}
        for name, host in sorted(self._live.hosts.items()):
            called = self._host_names.of(name)
            states[called] = maker.state(host, levels.get(called, {}), offices)
        for name, more in maker.labels.items():
            labels.setdefault(self._host_names.of(name), {}).update(more)
        return states

    def _name(self, service: LiveService) -> str:
        """Return the name of a service in the project."""
        shorter = self._shorter.get((service.host, service.name))
        return self._service_names.of(shorter or service.name)

    def _thing(self, origin: Origin, kind: str, name: str, template: bool) -> None:
        thing = Thing(f"{kind} template" if template else kind, name, str(origin))
        self._things[origin] = self._report.read(thing)

    def _service_groups(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return the names of the servicegroups of each service by (host, description)."""
        groups = grouped_services(self._live)
        self._group_names.reserve(groups)
        found: dict[tuple[str, str], list[str]] = {}
        for name, members in groups.items():
            for key in members:
                found.setdefault(key, []).append(self._group_names.of(name))
        return {key: tuple(sorted(names)) for key, names in found.items()}

    def _draft_service_groups(self, roles: Roles) -> tuple[DraftServiceGroup, ...]:
        """Return the groups with services of the project, and remember their names in Nagios."""
        settings = [pair for role in roles.roles for watch in role.watches for pair in watch.settings]
        settings += (pair for override in roles.overrides for pair in override.settings)
        used = {one for key, value in settings if key == "groups" and isinstance(value, tuple) for one in value}
        drafts = []
        for one in self._live.objects:
            name = one.get("servicegroup_name")
            if one.kind == "servicegroup" and not one.template and self._group_names.of(name) in used:
                self._grouped.add(name)
                texts = ((field, one.get(field)) for field in ("alias", "notes", "notes_url", "action_url"))
                kept = tuple((field, text) for field, text in texts if text and (field, text) != ("alias", name))
                drafts.append(DraftServiceGroup(self._group_names.of(name), kept))
        return tuple(sorted(drafts, key=lambda group: group.name))

    def _placed(self, labels: dict[str, dict[str, str]]) -> list[Placed]:
        placed: list[Placed] = []
        carried: dict[Origin, int] = {}
        why_not: dict[Origin, list[tuple[str, str]]] = {}
        for service in self._live.services:
            host = self._live.hosts[service.host]
            try:
                made = self._watching.watch(service, host)
            except OnlyAgent:
                message = "each host with a watch through NRPE has a service for the NRPE daemon"
                self._once(self._things[service.origin], message, self._report.changed)
                carried[service.origin] = carried.get(service.origin, 0) + 1
                continue
            except NotConvertible as reason:
                why_not.setdefault(service.origin, []).append((host.name, str(reason)))
                continue
            carried[service.origin] = carried.get(service.origin, 0) + 1
            self._note(service, made)
            name = self._host_names.of(host.name)
            labels.setdefault(name, {}).update(made.labels)
            named = split_list(service.settings.get("hostgroup_name", ""))
            groups = tuple(group for group in host.groups if group in named)
            placed.append(Placed(made.watch, self._people.team_draft(service).name, name, groups, str(service.origin)))
            self._watched.add(made.watch.name)
            if made.port:
                self._ports.add(made.port)
        for origin, reasons in why_not.items():
            self._omissions(self._things[origin], reasons, carried.get(origin, 0))
        return placed

    def _recognise(self, placed: list[Placed]) -> None:
        ours = Replacements()
        things = {thing.where: thing for thing in self._things.values()}
        for one in placed:
            one.watch, which, notes = ours.replaced(one.watch)
            for message in notes:
                self._once(things[one.where], message, self._report.hint)
            if which:
                self._once(
                    things[one.where], which, lambda thing, which: self._report.recognised.append((thing, which))
                )

    def _recognised(self, thing: Thing, check: str) -> None:
        self._report.recognised.append((thing, check))

    def _note(self, service: LiveService, made: Made) -> None:
        thing = self._things[service.origin]
        unused = custom_variables.unused_of(service, self._live.commands)
        for message in (*made.remarks, *omitted.of_service(service, self._always), *unused):
            self._once(thing, message, self._report.changed)
        for message in made.hints:
            self._once(thing, message, self._report.hint)

    def _once(self, thing: Thing, message: str, say: Callable[[Thing, str], None]) -> None:
        """Record a remark once for a definition, regardless of the number of its hosts."""
        if (thing, message) not in self._recorded:
            self._recorded.add((thing, message))
            say(thing, message)

    def _omissions(self, thing: Thing, reasons: list[tuple[str, str]], carried: int) -> None:
        for message in dict.fromkeys(message for _, message in reasons):
            hosts = [host for host, reason in reasons if reason == message]
            if not carried and len(hosts) == len(reasons):
                self._report.left(thing, message)
            else:
                on = ", ".join(hosts[:3]) + (f" and {len(hosts) - 3} more" if len(hosts) > 3 else "")
                say: Callable[[Thing, str], None] = self._report.changed if carried else self._report.left
                say(thing, f"left out on {on}: {message}")

    def _always(self, period: str) -> bool:
        return self._periods.mask(period) == ALWAYS

    def _groups(self) -> dict[str, Group]:
        aliases = {one.get("hostgroup_name"): one for one in self._live.objects if one.kind == "hostgroup"}
        groups = {}
        for name, members in self._live.hostgroups.items():
            if members:
                url = aliases[name].get("notes_url")
                runbook = url if url.startswith(("http://", "https://")) and "$" not in url else ""
                named = frozenset(map(self._host_names.of, members))
                groups[name] = Group(name, named, aliases[name].get("alias"), runbook)
        return groups

    def _host(self, name: str, roles: Roles, labels: dict[str, dict[str, str]]) -> DraftHost:
        host = self._live.hosts[name]
        for message in omitted.of_host(host, self._always):
            self._report.changed(self._things[host.origin], message)
        called = self._host_names.of(name)
        found, left = custom_variables.labels_of(host)
        labels[called] = found | labels.get(called, {})
        for message in left:
            self._report.changed(self._things[host.origin], message)
        return DraftHost(
            called,
            host.address,
            roles.of_host.get(called, ()),
            tuple(sorted(labels.get(called, {}).items())),
            tuple(self._host_names.of(parent) for parent in host.parents),
        )

    def _site(self) -> tuple[tuple[str, Value], ...]:
        site: list[tuple[str, Value]] = [("transport", "nrpe")]
        if len(self._ports) == 1 and self._ports != {nrpe_commands.PORT}:
            site.append(("nrpe_port", next(iter(self._ports))))
        plugins = self._live.source.users.get(1, "").rstrip("/")
        if plugins.startswith("/") and plugins != _PLUGINS:
            site.append(("plugins", plugins))
        if self._account and self._account != _ACCOUNT:
            site.append(("account", self._account))
        return tuple(site)

    def _renamed(self) -> None:
        report = self._report
        live = {service.name for service in self._live.services}
        pairs = [pair for pair in self._service_names.changed() if pair[0] in live]
        pairs += sorted({(name, self._service_names.of(new)) for (_, name), new in self._shorter.items()})
        report.renamed += (("service", old, new) for old, new in pairs if new in self._watched and old != new)
        report.renamed += (
            ("servicegroup", old, new) for old, new in self._group_names.changed() if old in self._grouped
        )
        report.renamed += (("host", old, new) for old, new in self._host_names.changed())


def _hours_of(teams: Iterable[DraftTeam]) -> list[str]:
    return [hours for team in teams for hours in (team.office_hours, *(contact.hours for contact in team.contacts))]


def _is_used(name: str, roles: Roles, offices: Sequence[str]) -> bool:
    watches = (watch for role in roles.roles for watch in role.watches)
    settings = [pair for watch in watches for pair in watch.settings]
    settings += (pair for override in roles.overrides for pair in override.settings)
    return name in offices or any(
        key == "quiet" and isinstance(value, tuple) and name in value for key, value in settings
    )


def _name_of(kind: str, get: Callable[[str], str]) -> str:
    directives = {"service": "service_description", "command": "command_name"}
    return get(directives.get(kind, f"{kind}_name")) or get("service_description") or get("host_name") or kind
