"""The entries of a watch: one for all of its hosts, or one for each group of hosts with the same overrides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from checkwright.core.check import Check
from checkwright.registry import plan
from checkwright.registry.model import Environment, Override, Role
from checkwright.registry.model import settings as _settings
from checkwright.registry.model.hours import Hours
from checkwright.registry.model.service_group import ServiceGroup
from checkwright.registry.model.watches import AnyWatch, Plugin, Watch
from checkwright.registry.plan import Level, Origin, Setting, Word
from checkwright.registry.registry import Registry
from checkwright.registry.resolving import (
    accounts,
    check_records,
    command_line,
    handler_routes,
    meanings,
    pool_choice,
    thresholds,
)
from checkwright.registry.resolving.check_records import family_of
from checkwright.registry.resolving.class_lines import line_of
from checkwright.registry.resolving.meanings import Statement
from checkwright.registry.resolving.overrides import Group, OverrideMatches, variant_names
from checkwright.registry.resolving.pool_choice import NOT_POOLS
from checkwright.registry.resolving.thresholds import Pair, Threshold


@dataclass
class _Settings:
    """Values of settings, and the level that decided each, while the levels are applied in turn."""

    values: dict[str, Any] = field(default_factory=dict)
    decided: dict[str, Setting] = field(default_factory=dict)

    def put(self, name: str, value: Any, level: Level, origin: Origin, why: str = "", until: str = "") -> None:
        self.values[name] = value
        self.decided[name] = Setting(name, _settings.format_setting(name, value), level, origin, why, until)

    def copy(self) -> _Settings:
        return _Settings(dict(self.values), dict(self.decided))


@dataclass(frozen=True, slots=True)
class _Stated:
    """Statements of some overrides about one kind of check. All watches of the kind share them.

    `shape` numbers equal thresholds, `settings` and `options` are the overrides that change these.
    """

    why: tuple[str, ...]
    settings: tuple[Override, ...]
    options: tuple[Override, ...]
    thresholds: tuple[Threshold, ...]
    shape: int
    words: tuple[Statement, ...]


#: Commands and their limits by the shape of the overrides' thresholds, and by the flags of words.
_Commands = dict[tuple[int, tuple[Word, ...]], tuple[tuple[Word, ...], tuple[Pair, ...]]]


@dataclass(frozen=True, slots=True)
class _Configured:
    """Values of a watch with some overrides: the fields of its entries, all settings, and the check as it will run."""

    fields: dict[str, Any]
    check: Check
    deadline: str
    secrets: tuple[plan.Secret, ...]
    settings: tuple[Setting, ...]
    commands: dict[tuple[int, tuple[Word, ...]], tuple[tuple[Word, ...], tuple[Pair, ...]]] = field(
        default_factory=dict
    )


@dataclass
class _Watched:
    """A role's watch while its entries are made. Each host may need one of its own.

    The dictionaries hold results by the overrides that change them, so that equal groups share them.
    """

    role: Role
    watch: AnyWatch
    settings: _Settings
    thresholds: list[Threshold] = field(default_factory=list)
    words: list[Statement] = field(default_factory=list)
    fields: dict[tuple[Override, ...], tuple[dict[str, Any], tuple[Setting, ...]]] = field(default_factory=dict)
    checks: dict[tuple[object, ...], tuple[Check, tuple[Setting, ...]]] = field(default_factory=dict)
    configured: dict[tuple[tuple[Override, ...], tuple[Override, ...]], _Configured] = field(default_factory=dict)
    commands: dict[tuple[Check, str], _Commands] = field(default_factory=dict)


class Resolver:
    """Builder of the entries of one environment."""

    def __init__(
        self,
        registry: Registry,
        environment: Environment,
        site: plan.Site,
        matches: OverrideMatches,
        pools: Mapping[str, str] | None = None,
    ) -> None:
        """pools: the pool of each host that names one."""
        self._registry = registry
        self._environment = environment
        self._site = site
        self._matches = matches
        self._pools = pools or {}
        #: Hours when somebody is not notified, by name.
        self.quiet: dict[str, Hours] = {}
        #: Servicegroups that watches name, by name.
        self.groups: dict[str, ServiceGroup] = {}
        #: Watches that overrides switch off.
        self.off: list[plan.Off] = []
        self._limits: thresholds.Made = {}
        #: Names of variants by their groups, which all watches of a role may share.
        self._variants: dict[tuple[Group, ...], list[str]] = {}
        self._shapes: dict[tuple[object, ...], int] = {}
        self._stated: dict[tuple[type[Check], tuple[Override, ...]], _Stated] = {}

    def entries(
        self, role: Role, watch: AnyWatch, hosts: tuple[str, ...]
    ) -> Iterable[tuple[plan.Entry, AnyWatch, Check | None]]:
        """Yield the entries of a watch of this role, each with the watch and with the check as it will run."""
        groups = []
        for overrides, covered in self._matches.groups(role, watch, hosts):
            last: Override | None = None
            for override in overrides:
                if override.off is not None:
                    last = override
            if last is not None and last.off:
                self.off.append(self._off(role, watch, last, covered))
            else:
                groups.append((overrides, covered))
        watched = _Watched(role, watch, self._before_overrides(role, watch))
        if isinstance(watch, Watch):
            limits = thresholds.of_limits(watch.limits, "watch", self._registry)
            watched.thresholds = [*thresholds.of_gauges(type(watch.check), self._registry), *limits]
            watched.words = list(meanings.of_meanings(watch.meanings, "watch", self._registry))
        groups_key = tuple(groups)
        names = self._variants.get(groups_key)
        if names is None:
            names = self._variants[groups_key] = variant_names(groups)
        for variant, (overrides, covered) in zip(names, groups, strict=True):
            if not self._pools:
                entry, check = self._entry(watched, overrides, covered, variant)
                yield entry, watch, check
                continue
            pools = self._pools if self._follows_host(watched, overrides) else {}
            for name, part, pool in pool_choice.split_by_pool(variant, covered, pools, names):
                entry, check = self._entry(watched, overrides, part, name)
                yield (replace(entry, pool=pool) if pool else entry), watch, check

    def _off(self, role: Role, watch: AnyWatch, override: Override, hosts: tuple[str, ...]) -> plan.Off:
        return plan.Off(
            id=f"{role.name}:{watch.name}",
            name=watch.name,
            owner=role.owner.name,
            why=override.why,
            origin=self._registry.relative(override.origin),
            hosts=hosts,
            check=watch.check.title() if isinstance(watch, Watch) else "",
            until=last_day(override),
        )

    def _entry(
        self, watched: _Watched, overrides: tuple[Override, ...], hosts: tuple[str, ...], variant: str
    ) -> tuple[plan.Entry, Check | None]:
        watch = watched.watch
        if isinstance(watch, Plugin):
            fields, settings = self._fields(watched, _changing_settings(overrides))
            why = _reasons(overrides)
            argv = command_line.of_plugin(watch)
            entry = plan.Entry(
                **fields, variant=variant, why=why, hosts=hosts, plugin=watch.path, command=argv, settings=settings
            )
            return entry, None
        assert isinstance(watch, Watch)  # noqa: S101 - there are two kinds of watches
        own = self._of_overrides(type(watch.check), overrides)
        configured = self._configured(watched, own)
        check = configured.check
        stated = [*watched.thresholds, *own.thresholds]
        words = tuple(meanings.effective((*watched.words, *own.words))) if watched.words or own.words else ()
        flags = meanings.words(type(check), words) if words else ()
        found = configured.commands.get((own.shape, flags))
        if found is None:
            found = configured.commands[own.shape, flags] = self._command(check, stated, flags, configured.deadline)
        command, limits = found
        entry = plan.Entry(
            **configured.fields,
            variant=variant,
            why=own.why,
            hosts=hosts,
            command=command,
            secrets=configured.secrets,
            limits=thresholds.limits(stated, limits, self._limits),
            meanings=meanings.meanings(words) if words else (),
            settings=configured.settings,
        )
        return entry, check

    def _configured(self, watched: _Watched, own: _Stated) -> _Configured:
        key = (own.settings, own.options)
        found = watched.configured.get(key)
        if found is None:
            fields, settings = self._fields(watched, own.settings)
            check, options = self._options(watched, own.options, fields["account"])
            late = next((setting.value for setting in settings if setting.name == "late"), "")
            deadline = f"{fields['deadline']}:{late}" if late else str(fields["deadline"])
            commands = watched.commands.setdefault((check, deadline), {})
            found = _Configured(fields, check, deadline, command_line.secrets(check), (*options, *settings), commands)
            watched.configured[key] = found
        return found

    def _command(
        self, check: Check, stated: list[Threshold], flags: tuple[Word, ...], deadline: str
    ) -> tuple[tuple[Word, ...], tuple[Pair, ...]]:
        """Return the command of a check, and the limits in it. flags: those of words."""
        kind = type(check)
        positions = thresholds.effective(stated)
        words = (*thresholds.words(kind, [stated[position] for position in positions]), *flags)
        of_project = family_of(kind, self._registry.project) == self._registry.project
        command = command_line.of_check(check, words, deadline, self._site, of_project)
        return command, thresholds.pairs(kind, stated, positions)

    def _of_overrides(self, kind: type[Check], overrides: tuple[Override, ...]) -> _Stated:
        """Return the statements of overrides about this kind of check."""
        found = self._stated.get((kind, overrides))
        if found is None:
            own: list[Threshold] = []
            words: list[Statement] = []
            for override in overrides:
                limits = [one for one in override.limits if issubclass(kind, one.check)]
                judged = [one for one in override.meanings if issubclass(kind, one.check)]
                why, until = override.why, last_day(override)
                own += thresholds.of_limits(limits, "override", self._registry, why, until)
                words += meanings.of_meanings(judged, "override", self._registry, why, until)
            options = tuple(
                [one for one in overrides if one.options is not None and issubclass(kind, type(one.options))]
            )
            found = self._stated[kind, overrides] = _Stated(
                _reasons(overrides),
                _changing_settings(overrides),
                options,
                tuple(own),
                self._shapes.setdefault(thresholds.shape(own), len(self._shapes)),
                tuple(words),
            )
        return found

    def _fields(self, watched: _Watched, changing: tuple[Override, ...]) -> tuple[dict[str, Any], tuple[Setting, ...]]:
        """Return the fields of an entry that follow from its settings, and the settings.

        changing: the overrides that change settings.
        """
        found = watched.fields.get(changing)
        if found is None:
            settings = self._after_overrides(watched, changing)
            self.quiet |= {hours.name: hours for hours in settings.values["quiet"]}
            self.groups |= {group.name: group for group in settings.values.get("groups", ())}
            found = self._fields_of(watched, settings.values), tuple(settings.decided.values())
            watched.fields[changing] = found
        return found

    def _follows_host(self, watched: _Watched, overrides: tuple[Override, ...]) -> bool:
        """Return whether the pool of a host runs the watch in place of the monitoring server.

        It does not where an override decides that the server or a pool runs it.
        """
        if not self._pools or pool_choice.watches_gearmand(watched.watch):
            return False
        fields, settings = self._fields(watched, _changing_settings(overrides))
        where = next(setting for setting in settings if setting.name == "where")
        return fields["transport"] == "central" and not fields["pool"] and where.level != "override"

    def _fields_of(self, watched: _Watched, values: dict[str, Any]) -> dict[str, Any]:
        role, watch = watched.role, watched.watch
        fields: dict[str, Any] = {
            "id": f"{role.name}:{watch.name}",
            "name": watch.name,
            "role": role.name,
            "env": values["env"],
            "interval": values["every"],
            "retry": values["retry"],
            "attempts": values["attempts"],
            "deadline": values["deadline"],
            "notify": values["notify"],
            "quiet": tuple(hours.name for hours in values["quiet"]),
            **{name: values[name] for name in ("renotify", "notify_after", "notify_on") if name in values},
            "where": "host" if values["where"] == "host" else "central",
            "pool": "" if values["where"] in NOT_POOLS or values["transport"] == "passive" else values["where"],
            "per": watch.per,
            "transport": values["transport"],
            "owner": role.owner.name,
            "runbook": values["runbook"],
            "origin": self._registry.relative(watch.origin),
            "run_as": values.get("run_as", ""),
            "account": accounts.account_of(watch, values, self._environment),
            "held_by": values.get("needs", ()),
            "groups": tuple(group.name for group in values.get("groups", ())),
            # A hook runs where the check ran, so it is of use only where that is the watched machine.
            "hooks": handler_routes.hooks_after(role, watch.name) if values["where"] == "host" else (),
        }
        if isinstance(watch, Watch):
            kind = type(watch.check)
            family = family_of(kind, self._registry.project)
            fields |= {"check": kind.title(), "family": family, "summary": check_records.summary(kind)}
        elif isinstance(watch, Plugin):
            fields |= {"summary": watch.summary}
        return fields

    def _before_overrides(self, role: Role, watch: AnyWatch) -> _Settings:
        settings = _Settings()
        relative = self._registry.relative
        for name, value in _settings.DEFAULTS.items():
            settings.put(name, value, "check", relative(_settings.DEFAULTS_ORIGIN))
        for name, value in role.owner.notification.items():
            settings.put(name, value, "team", relative(role.owner.origin))
        settings.put("runbook", role.runbook, "watch", relative(role.origin))
        for name, value in watch.settings.items():
            settings.put(name, value, "watch", relative(watch.origin))
        return settings

    def _after_overrides(self, watched: _Watched, overrides: tuple[Override, ...]) -> _Settings:
        settings, watch = watched.settings.copy(), watched.watch
        relative = self._registry.relative
        for override in overrides:
            for name, value in override.settings.items():
                if name == "late" and isinstance(watch, Plugin):
                    continue  # the plugin decides
                if name == "account" and not (isinstance(watch, Watch) and watch.check.in_account):
                    continue
                if isinstance(value, _settings.AtLeast):
                    if settings.values[name] >= value:
                        continue
                    value = int(value)
                settings.put(name, value, "override", relative(override.origin), override.why, last_day(override))
        if watch.per == "role" and settings.values["where"] in NOT_POOLS:
            settings.put("where", "central", "watch", relative(watch.origin))
        if settings.values["where"] != "host":
            # The monitoring server or a pool runs it, unless the machine sends the result by itself.
            if settings.values.get("transport") != "passive":
                where = settings.decided["where"]
                settings.put("transport", "central", where.level, where.origin)
        elif "transport" not in settings.values:
            settings.put("transport", self._site.transport, "site", relative(self._environment.site.origin))
        return settings

    def _options(
        self, watched: _Watched, changing: tuple[Override, ...], account: str
    ) -> tuple[Check, tuple[Setting, ...]]:
        """Return the check as it will run, and each of its options with the level that decided it.

        changing: the overrides that change options. account: the name of the account of AWS, "" for none.
        """
        assert isinstance(watched.watch, Watch)  # noqa: S101 - there are two kinds of watches
        found = watched.checks.get((account, *changing))
        if found is None:
            found = watched.checks[account, *changing] = self._with_options(watched.watch, changing, account)
        return found

    def _with_options(
        self, watch: Watch[Any], overrides: tuple[Override, ...], account_name: str
    ) -> tuple[Check, tuple[Setting, ...]]:
        check: Check = watch.check
        relative = self._registry.relative
        decided: dict[str, tuple[Level, Origin, str, str]] = {
            name: ("watch", relative(watch.origin), "", "")
            if name in check.explicit
            else ("check", relative(line_of(type(check), name)), "", "")
            for name in check.options
        }
        for account in self._environment.aws:
            if account.name == account_name:
                check, added = accounts.in_account(check, account)
                decided |= dict.fromkeys(added, ("site", relative(account.origin), "", ""))
        for override in overrides:
            assert override.options is not None  # noqa: S101 - the caller selects these
            check = command_line.with_options(check, override.options)
            deciding: tuple[Level, Origin, str, str] = (
                "override",
                relative(override.origin),
                override.why,
                last_day(override),
            )
            decided |= dict.fromkeys(override.options.explicit, deciding)
        check = command_line.with_absolute_secrets(check, self._site.secrets)
        return check, tuple(
            Setting(
                f"option {name}",
                command_line.format_option(check.options[name], getattr(check, name)),
                level,
                origin,
                why,
                until,
            )
            for name, (level, origin, why, until) in decided.items()
        )


def _reasons(overrides: tuple[Override, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([override.why for override in overrides]))


def _changing_settings(overrides: tuple[Override, ...]) -> tuple[Override, ...]:
    return tuple([override for override in overrides if override.settings])


def last_day(override: Override) -> str:
    """Return the last day of an override, such as "2027-03-01", "" for no end."""
    return override.until.isoformat() if override.until else ""
