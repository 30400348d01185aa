"""The entries of a watch: one for all of its hosts, or one for each group that overrides set apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from checkwright.core.check import Check
from checkwright.registry import plan
from checkwright.registry.model import Environment, Override, Role
from checkwright.registry.model import settings as _settings
from checkwright.registry.model.hours import Hours
from checkwright.registry.model.watches import AnyWatch, Plugin, Watch
from checkwright.registry.plan import Level, Origin, Setting, Word
from checkwright.registry.registry import Registry
from checkwright.registry.resolving import command_line, handler_routes, pool_choice, thresholds
from checkwright.registry.resolving.class_lines import line_of
from checkwright.registry.resolving.overrides import Coverage, variants
from checkwright.registry.resolving.pool_choice import WORDS


@dataclass
class _State:
    """Settings while the levels pass: what holds, and who said so."""

    values: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Setting] = field(default_factory=dict)

    def put(self, name: str, value: Any, level: Level, origin: Origin, why: str = "") -> None:
        self.values[name] = value
        self.said[name] = Setting(name, _settings.format_setting(name, value), level, origin, why)

    def copy(self) -> _State:
        return _State(dict(self.values), dict(self.said))


@dataclass
class _Watched:
    """A role's watch while its entries are made, of which each host may need its own.

    So each thing is found once for all entries in which the same overrides speak of it.
    """

    role: Role
    watch: AnyWatch
    state: _State
    stated: list[thresholds.Stated] = field(default_factory=list)
    settled: dict[tuple[Override, ...], tuple[dict[str, Any], tuple[Setting, ...]]] = field(default_factory=dict)
    checks: dict[tuple[Override, ...], tuple[Check, tuple[Setting, ...]]] = field(default_factory=dict)
    commands: dict[tuple[Any, ...], tuple[Word, ...]] = field(default_factory=dict)
    run: dict[tuple[Any, ...], tuple[tuple[Word, ...], tuple[thresholds.Ends, ...]]] = field(default_factory=dict)
    secrets: dict[Check, tuple[plan.Secret, ...]] = field(default_factory=dict)
    together: dict[tuple[int, int], tuple[Setting, ...]] = field(default_factory=dict)

    def shown(self, options: tuple[Setting, ...], settings: tuple[Setting, ...]) -> tuple[Setting, ...]:
        """Both of one entry together. `checks` and `settled` keep them, so that their ids can be keys."""
        key = (id(options), id(settings))
        if key not in self.together:
            self.together[key] = (*options, *settings)
        return self.together[key]


class Resolver:
    """Makes the entries of one environment."""

    def __init__(
        self,
        registry: Registry,
        environment: Environment,
        site: plan.Site,
        coverage: Coverage,
        pools: Mapping[str, str] | None = None,
    ) -> None:
        """pools: those of the hosts that name one, by host."""
        self._registry = registry
        self._environment = environment
        self._site = site
        self._coverage = coverage
        self._pools = pools or {}
        #: Hours that silence something, by name.
        self.quiet: dict[str, Hours] = {}
        #: What overrides switch off.
        self.off: list[plan.Off] = []
        self._given: dict[tuple[Override, type[Check]], list[thresholds.Stated]] = {}
        self._whys: dict[tuple[Override, ...], tuple[str, ...]] = {}
        self._limits: thresholds.Made = {}
        #: Ends of limits that entries were made of: their ids are keys.
        self._ends: list[list[thresholds.Stated]] = []

    def entries(
        self, role: Role, watch: AnyWatch, hosts: tuple[str, ...]
    ) -> Iterable[tuple[plan.Entry, AnyWatch, Check | None]]:
        groups = []
        for overrides, covered in self._coverage.groups(role, watch, hosts):
            last = next((override for override in reversed(overrides) if override.off is not None), None)
            if last and last.off:
                self.off.append(self._off(role, watch, last, covered))
            else:
                groups.append((overrides, covered))
        watched = _Watched(role, watch, self._before_overrides(role, watch))
        if isinstance(watch, Watch):
            kind, given = type(watch.check), thresholds.given(watch.limits, "watch", self._registry)
            watched.stated = [*thresholds.defaults(kind, self._registry), *given]
            self._ends.append(watched.stated)
        named = variants(groups)
        for variant, (overrides, covered) in zip(named, groups, strict=True):
            parts = pool_choice.parts(variant, covered, self._pools if self._follows(watched, overrides) else {}, named)
            for name, part, pool in parts:
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
        )

    def _entry(
        self, watched: _Watched, overrides: tuple[Override, ...], hosts: tuple[str, ...], variant: str
    ) -> tuple[plan.Entry, Check | None]:
        fields, settings = self._settled(watched, overrides)
        if overrides not in self._whys:
            self._whys[overrides] = tuple(dict.fromkeys([override.why for override in overrides]))
        why = self._whys[overrides]
        watch = watched.watch
        if isinstance(watch, Plugin):
            argv = command_line.of_plugin(watch)
            entry = plan.Entry(
                **fields, variant=variant, why=why, hosts=hosts, plugin=watch.path, command=argv, settings=settings
            )
            return entry, None
        check, options = self._options(watched, overrides)
        stated = self._stated(type(check), overrides)
        key = (check, fields["deadline"], thresholds.shape(stated))
        stated = [*watched.stated, *stated]
        if key not in watched.run:
            watched.run[key] = self._run(watched, check, stated, fields["deadline"])
        argv, ends = watched.run[key]
        entry = plan.Entry(
            **fields,
            variant=variant,
            why=why,
            hosts=hosts,
            command=argv,
            secrets=self._secrets(watched, check),
            limits=thresholds.limits(stated, ends, self._limits),
            settings=watched.shown(options, settings),
        )
        return entry, check

    def _secrets(self, watched: _Watched, check: Check) -> tuple[plan.Secret, ...]:
        found = watched.secrets.get(check)
        if found is None:
            found = watched.secrets[check] = command_line.secrets(check)
        return found

    def _settled(
        self, watched: _Watched, overrides: tuple[Override, ...]
    ) -> tuple[dict[str, Any], tuple[Setting, ...]]:
        """Fields of an entry that follow from its settings, and the settings to be shown."""
        changing = tuple([override for override in overrides if override.settings])
        found = watched.settled.get(changing)
        if found is None:
            state = self._settings(watched, changing)
            self.quiet |= {hours.name: hours for hours in state.values["quiet"]}
            found = watched.settled[changing] = self._fields(watched, state.values), tuple(state.said.values())
        return found

    def _follows(self, watched: _Watched, overrides: tuple[Override, ...]) -> bool:
        """Whether a host's pool takes over: the monitoring server would run it, and no override wants just that."""
        if not self._pools or pool_choice.stays(watched.watch):
            return False
        fields, settings = self._settled(watched, overrides)
        said = next(setting for setting in settings if setting.name == "where")
        return fields["transport"] == "central" and not fields["pool"] and said.level != "override"

    def _fields(self, watched: _Watched, values: dict[str, Any]) -> dict[str, Any]:
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
            "where": "host" if values["where"] == "host" else "central",
            "pool": "" if values["where"] in WORDS or values["transport"] == "passive" else values["where"],
            "per": watch.per,
            "transport": values["transport"],
            "owner": role.owner.name,
            "runbook": values["runbook"],
            "origin": self._registry.relative(watch.origin),
            "run_as": values.get("run_as", ""),
            # A hook runs where the check ran, which says nothing about a machine when that is another one.
            "hooks": handler_routes.after(role, watch.name) if values["where"] == "host" else (),
        }
        if isinstance(watch, Watch):
            kind = type(watch.check)
            summary = (kind.__doc__ or "").strip().partition("\n")[0]
            fields |= {"check": kind.title(), "family": family_of(kind, self._registry.project), "summary": summary}
        return fields

    def _stated(self, kind: type[Check], overrides: tuple[Override, ...]) -> list[thresholds.Stated]:
        """The overrides' limits for this check."""
        stated = []
        for override in overrides:
            given = self._given.get((override, kind))
            if given is None:
                limits = [limit for limit in override.limits if issubclass(kind, limit.check)]
                given = list(thresholds.given(limits, "override", self._registry, override.why))
                self._given[override, kind] = given
            stated += given
        return stated

    def _run(
        self, watched: _Watched, check: Check, stated: list[thresholds.Stated], deadline: int
    ) -> tuple[tuple[Word, ...], tuple[thresholds.Ends, ...]]:
        """The command, and the ends of the limits in it."""
        held = thresholds.holding(stated)
        key = (check, deadline, *[(one.gauge, one.items, one.end, one.range) for one in held])
        found = watched.commands.get(key)
        if found is None:
            kind = type(check)
            own = family_of(kind, self._registry.project) == self._registry.project
            found = command_line.of_check(check, thresholds.words(kind, held), deadline, self._site, own)
            watched.commands[key] = found
        return found, thresholds.together(type(check), stated, held)

    def _before_overrides(self, role: Role, watch: AnyWatch) -> _State:
        state = _State()
        shown = self._registry.relative
        for name, value in _settings.DEFAULTS.items():
            state.put(name, value, "check", shown(_settings.DEFAULTS_ORIGIN))
        state.put("runbook", role.runbook, "watch", shown(role.origin))
        for name, value in watch.settings.items():
            state.put(name, value, "watch", shown(watch.origin))
        return state

    def _settings(self, watched: _Watched, overrides: tuple[Override, ...]) -> _State:
        state, watch = watched.state.copy(), watched.watch
        shown = self._registry.relative
        for override in overrides:
            for name, value in override.settings.items():
                state.put(name, value, "override", shown(override.origin), override.why)
        if watch.per == "role" and state.values["where"] in WORDS:
            state.put("where", "central", "watch", shown(watch.origin))
        if state.values["where"] != "host":
            # The monitoring server runs it itself; only a result that is sent in needs no runner at all.
            if state.values.get("transport") != "passive":
                state.put("transport", "central", state.said["where"].level, state.said["where"].origin)
        elif "transport" not in state.values:
            state.put("transport", self._site.transport, "watch", shown(self._environment.site.origin))
        return state

    def _options(self, watched: _Watched, overrides: tuple[Override, ...]) -> tuple[Check, tuple[Setting, ...]]:
        """The check as it will run, and for each of its options the value and who gave it."""
        assert isinstance(watched.watch, Watch)  # noqa: S101 - there are two kinds of watches
        check: Check = watched.watch.check
        changing = tuple([one for one in overrides if one.options is not None and isinstance(check, type(one.options))])
        found = watched.checks.get(changing)
        if found is None:
            found = watched.checks[changing] = self._with_options(watched.watch, changing)
        return found

    def _with_options(self, watch: Watch[Any], overrides: tuple[Override, ...]) -> tuple[Check, tuple[Setting, ...]]:
        check: Check = watch.check
        shown = self._registry.relative
        said: dict[str, tuple[Level, Origin, str]] = {
            name: ("watch", shown(watch.origin), "")
            if name in check.explicit
            else ("check", shown(line_of(type(check), name)), "")
            for name in check.options
        }
        for override in overrides:
            assert override.options is not None  # noqa: S101 - only such are handed over
            check = command_line.with_given(check, override.options)
            where = shown(override.origin)
            said |= dict.fromkeys(override.options.explicit, ("override", where, override.why))
        check = command_line.with_secrets_in(check, self._site.secrets)
        return check, tuple(
            Setting(f"option {name}", command_line.shown(getattr(check, name)), level, origin, why)
            for name, (level, origin, why) in said.items()
        )


def family_of(kind: type[Check], project: str) -> str:
    """`system` for a check of ours, the project's name for its own, the package's name for an installed one."""
    package, *rest = kind.__module__.split(".")
    return rest[0] if package == "checks" and rest and project != package else package
