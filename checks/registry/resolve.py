"""One environment resolved: the check's defaults, the role's watches, the environment's overrides; the last wins.

Grows with hosts plus watches: an entry names its hosts by the role's own tuple unless an override splits them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from checks.core.check import Check
from checks.registry import command, plan, thresholds
from checks.registry import settings as _settings
from checks.registry.classlines import line_of
from checks.registry.inventory import Machine
from checks.registry.model import Environment, Override, Role
from checks.registry.overrides import Coverage, variants
from checks.registry.plan import Level, Origin, Setting
from checks.registry.registry import Registry
from checks.registry.watches import AnyWatch, Plugin, Watch


@dataclass(frozen=True)
class Resolved:
    """The plan, and what the rules need besides: what became of each override, and the checks with their options."""

    plan: plan.Plan
    machines: tuple[Machine, ...]
    roles: tuple[Role, ...]
    coverage: Coverage
    #: For each entry of the plan, in its order: the watch, and the check as it will run (None for a plugin).
    sources: tuple[tuple[AnyWatch, Check | None], ...]


def resolve(registry: Registry, environment: Environment, machines: tuple[Machine, ...]) -> Resolved:
    """Resolve one environment. Finds no fault: what is wrong with a registry, the rules say."""
    hosts_of: dict[str, list[str]] = {role.name: [] for role in environment.roles}
    for machine in machines:
        for name in machine.roles:
            hosts_of.setdefault(name, []).append(machine.name)
    known = {role.name: role for role in reversed(registry.roles)}
    roles = tuple(known[name] for name in sorted(hosts_of) if name in known)
    members = {role.name: tuple(sorted(set(hosts_of[role.name]))) for role in roles}
    virtual = {
        role.name: f"{role.name}.{environment.name}" for role in roles if any(w.per == "role" for w in role.watches)
    }
    coverage = Coverage(environment, [*(machine.name for machine in machines), *virtual.values()])
    site = _site(registry, environment)
    resolver = _Resolver(registry, environment, site, coverage)
    found: list[tuple[plan.Entry, AnyWatch, Check | None]] = []
    for role in roles:
        for watch in role.watches:
            hosts = (virtual[role.name],) if watch.per == "role" else members[role.name]
            if hosts:
                found += resolver.entries(role, watch, hosts)
    found.sort(key=lambda one: (one[0].id, one[0].variant))
    resolved_roles = tuple(
        plan.Role(
            name=role.name,
            summary=role.summary,
            owner=role.owner.name,
            runbook=role.runbook,
            hosts=members[role.name],
            virtual_host=virtual.get(role.name, ""),
            origin=registry.shown(role.origin),
        )
        for role in roles
    )
    whole = plan.Plan(
        project=registry.project,
        environment=environment.name,
        site=site,
        teams=_teams(registry, roles),
        roles=resolved_roles,
        hosts=_hosts(machines, resolved_roles),
        hours=_hours(registry, roles, resolver.quiet),
        entries=tuple(entry for entry, _, _ in found),
    )
    return Resolved(whole, machines, roles, coverage, tuple((watch, check) for _, watch, check in found))


@dataclass
class _State:
    """Settings while the levels pass: what holds, and who said so."""

    values: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Setting] = field(default_factory=dict)

    def put(self, name: str, value: Any, level: Level, origin: Origin, why: str = "") -> None:
        self.values[name] = value
        self.said[name] = Setting(name, _settings.spoken(name, value), level, origin, why)


class _Resolver:
    def __init__(self, registry: Registry, environment: Environment, site: plan.Site, coverage: Coverage) -> None:
        self._registry = registry
        self._environment = environment
        self._site = site
        self._coverage = coverage
        #: Hours that silence something, by name.
        self.quiet: dict[str, Any] = {}

    def entries(
        self, role: Role, watch: AnyWatch, hosts: tuple[str, ...]
    ) -> Iterable[tuple[plan.Entry, AnyWatch, Check | None]]:
        groups = self._coverage.groups(role, watch, hosts)
        for variant, (overrides, covered) in zip(variants(groups), groups, strict=True):
            entry, check = self._entry(role, watch, overrides, covered, variant)
            yield entry, watch, check

    def _entry(
        self, role: Role, watch: AnyWatch, overrides: tuple[Override, ...], hosts: tuple[str, ...], variant: str
    ) -> tuple[plan.Entry, Check | None]:
        state = self._settings(role, watch, overrides)
        values = state.values
        common: dict[str, Any] = {
            "id": f"{role.name}:{watch.name}",
            "name": watch.name,
            "variant": variant,
            "role": role.name,
            "env": values["env"],
            "interval": values["every"],
            "retry": values["retry"],
            "attempts": values["attempts"],
            "deadline": values["deadline"],
            "notify": values["notify"],
            "quiet": tuple(hours.name for hours in values["quiet"]),
            "where": values["where"],
            "per": watch.per,
            "transport": values["transport"],
            "owner": role.owner.name,
            "runbook": values["runbook"],
            "why": tuple(dict.fromkeys(override.why for override in overrides)),
            "origin": self._registry.shown(watch.origin),
            "hosts": hosts,
        }
        self.quiet |= {hours.name: hours for hours in values["quiet"]}
        if isinstance(watch, Plugin):
            settings = tuple(state.said.values())
            return plan.Entry(**common, plugin=watch.path, command=command.of_plugin(watch), settings=settings), None
        assert isinstance(watch, Watch)  # noqa: S101 - there are two kinds of watches
        check, options = self._options(watch, overrides)
        kind = type(check)
        stated = [*thresholds.defaults(kind, self._registry), *thresholds.given(watch.limits, "watch", self._registry)]
        for override in overrides:
            limits = [limit for limit in override.limits if issubclass(kind, limit.check)]
            stated += thresholds.given(limits, "override", self._registry, override.why)
        held = thresholds.holding(stated)
        own = shelf_of(kind, self._registry.project) == self._registry.project
        argv = command.of_check(check, thresholds.words(kind, held), values["deadline"], self._site, own)
        entry = plan.Entry(
            **common,
            check=kind.title(),
            shelf=shelf_of(kind, self._registry.project),
            summary=(kind.__doc__ or "").strip().partition("\n")[0],
            command=argv,
            secrets=command.secrets(check),
            limits=thresholds.limits(kind, held),
            settings=(*options, *state.said.values()),
        )
        return entry, check

    def _settings(self, role: Role, watch: AnyWatch, overrides: tuple[Override, ...]) -> _State:
        state = _State()
        shown = self._registry.shown
        for name, value in _settings.DEFAULTS.items():
            state.put(name, value, "check", shown(_settings.DEFAULTS_ORIGIN))
        state.put("runbook", role.runbook, "watch", shown(role.origin))
        for name, value in watch.settings.items():
            state.put(name, value, "watch", shown(watch.origin))
        for override in overrides:
            for name, value in override.settings.items():
                state.put(name, value, "override", shown(override.origin), override.why)
        if watch.per == "role":
            state.put("where", "central", "watch", shown(watch.origin))
        if state.values["where"] == "central":
            # The monitoring server runs it itself; only a result that is sent in needs no runner at all.
            if state.values.get("transport") != "passive":
                state.put("transport", "central", state.said["where"].level, state.said["where"].origin)
        elif "transport" not in state.values:
            state.put("transport", self._site.transport, "watch", shown(self._environment.site.origin))
        return state

    def _options(self, watch: Watch[Any], overrides: tuple[Override, ...]) -> tuple[Check, list[Setting]]:
        """The check as it will run, and for each of its options the value and who gave it."""
        check: Check = watch.check
        shown = self._registry.shown
        said: dict[str, tuple[Level, Origin, str]] = {
            name: ("watch", shown(watch.origin), "")
            if name in check.given
            else ("check", shown(line_of(type(check), name)), "")
            for name in check.options
        }
        for override in overrides:
            if override.options is not None and isinstance(check, type(override.options)):
                check = command.with_given(check, override.options)
                where = shown(override.origin)
                said |= dict.fromkeys(override.options.given, ("override", where, override.why))
        check = command.with_secrets_in(check, self._site.secrets)
        return check, [
            Setting(f"option {name}", command.shown(getattr(check, name)), level, origin, why)
            for name, (level, origin, why) in said.items()
        ]


def shelf_of(kind: type[Check], project: str) -> str:
    """`system` for a check of ours, the project's name for its own, the package's name for an installed one."""
    package, *rest = kind.__module__.split(".")
    return rest[0] if package == "checks" and rest and project != package else package


def _site(registry: Registry, environment: Environment) -> plan.Site:
    site = environment.site
    return plan.Site(
        check=site.check,
        transport=site.transport,
        nrpe_port=site.nrpe_port,
        secrets=site.secrets,
        project=site.project or f"{command.PROJECTS}/{registry.project}",
        plugins=site.plugins,
    )


def _teams(registry: Registry, roles: Iterable[Role]) -> tuple[plan.Team, ...]:
    owners = {role.owner.name: role.owner for role in roles}
    return tuple(
        plan.Team(
            name=name,
            email=owners[name].email,
            page=owners[name].page,
            office_hours=owners[name].office_hours.name,
            origin=registry.shown(owners[name].origin),
        )
        for name in sorted(owners)
    )


def _hours(registry: Registry, roles: Iterable[Role], quiet: dict[str, Any]) -> tuple[plan.Hours, ...]:
    used = {role.owner.office_hours.name: role.owner.office_hours for role in roles} | quiet
    return tuple(
        plan.Hours(name=name, times=used[name].times, origin=registry.shown(used[name].origin)) for name in sorted(used)
    )


def _hosts(machines: Iterable[Machine], roles: Iterable[plan.Role]) -> tuple[plan.Host, ...]:
    hosts = [
        plan.Host(
            name=machine.name,
            address=machine.address,
            roles=tuple(sorted(set(machine.roles))),
            labels=machine.labels,
            parents=tuple(sorted(set(machine.parents))),
            origin=machine.origin,
        )
        for machine in machines
    ]
    hosts += (
        plan.Host(name=role.virtual_host, address="", roles=(role.name,), virtual=True, origin=role.origin)
        for role in roles
        if role.virtual_host
    )
    return tuple(sorted(hosts, key=lambda host: host.name))
