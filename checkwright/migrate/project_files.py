"""Files of an imported project: a fleet module for each team, the environments, their inventories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from checkwright.migrate import inventory_yaml
from checkwright.migrate.draft import (
    Draft,
    DraftContact,
    DraftEnvironment,
    DraftHook,
    DraftHostCheck,
    DraftOverride,
    DraftRole,
    DraftTeam,
    DraftWatch,
    Label,
    LibraryCheck,
    Pairs,
    Threshold,
    Value,
)
from checkwright.migrate.python_source import (
    WIDTH,
    Argument,
    Call,
    Dict,
    Expression,
    Name,
    Tuple,
    assignment,
    comment,
    identifier,
)

_MODEL = "checkwright.registry.model"
_CALENDAR = "calendar"
_ENVIRONMENTS = "environments"
_GROUPS = "service_groups"


def write_project(draft: Draft) -> dict[str, str]:
    """Return the files of the project as {path in its folder: text}. They pass `checkctl lint` and ruff unchanged."""
    places = _Places(draft)
    files = {
        "__init__.py": f'"""What {draft.name} watches, and its own checks. {_sentence(draft.source)}"""\n',
        "plugins/__init__.py": '"""Checks of this project: one file, one class."""\n',
    }
    if draft.hours:
        files[f"fleet/{_CALENDAR}.py"] = _calendar(draft, places)
    if draft.service_groups:
        files[f"fleet/{_GROUPS}.py"] = _service_groups(draft, places)
    for team in draft.teams:
        files[f"fleet/{places.modules[team.name]}.py"] = _team(draft, team, places)
    files[f"fleet/{_ENVIRONMENTS}.py"] = _environments(draft, places)
    for environment in draft.environments:
        files[f"inventory/{environment.name}.yaml"] = inventory_yaml.written(environment)
    return files


class _Places:
    """Modules and variables of all declarations."""

    def __init__(self, draft: Draft) -> None:
        self.modules: dict[str, str] = {}
        self.hours: dict[str, str] = {}
        self.groups: dict[str, str] = {}
        self.teams: dict[str, str] = {}
        self.roles: dict[str, tuple[str, str]] = {}
        for hours in draft.hours:
            self.hours[hours.name] = identifier(hours.name, self.hours.values())
        for group in draft.service_groups:
            self.groups[group.name] = identifier(group.name, self.groups.values())
        for team in draft.teams:
            preferred = draft.modules.get(team.name, team.name)
            module = identifier(preferred, (*self.modules.values(), _CALENDAR, _ENVIRONMENTS, _GROUPS, "__init__"))
            self.modules[team.name] = module
            taken = {*self.hours.values(), *self.groups.values(), "label"}
            self.teams[team.name] = identifier(team.name, taken)
            taken.add(self.teams[team.name])
            for role in draft.roles:
                if role.owner == team.name:
                    variable = identifier(role.name, taken)
                    taken.add(variable)
                    self.roles[role.name] = (module, variable)


@dataclass
class _Imports:
    """Imports of a module, by source module."""

    own: str
    names: dict[str, set[str]] = field(default_factory=dict)

    def use(self, module: str, name: str) -> str:
        self.names.setdefault(module, set()).add(name)
        return name

    def written(self) -> str:
        theirs = [module for module in sorted(self.names) if module.split(".")[0] != self.own]
        ours = [module for module in sorted(self.names) if module.split(".")[0] == self.own]
        blocks = ["".join(self._line(module) for module in group) for group in (theirs, ours) if group]
        return "\n".join(blocks)

    def _line(self, module: str) -> str:
        names = sorted(self.names[module], key=_as_isort)
        line = f"from {module} import {', '.join(names)}\n"
        if len(line) <= WIDTH + 1:
            return line
        return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")\n"


def _as_isort(name: str) -> tuple[int, str]:
    """Sort constants first, then classes, then the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name)


def _module(title: str, imports: _Imports, body: Sequence[str]) -> str:
    return f'"""{title}"""\n\n{imports.written()}\n' + "\n".join(body)


def _calendar(draft: Draft, places: _Places) -> str:
    imports = _Imports(draft.name)
    imports.use(_MODEL, "Hours")
    body = []
    for hours in draft.hours:
        arguments = [Argument("", hours.name), *(Argument("", line) for line in hours.lines)]
        if hours.without:
            arguments.append(Argument("without", Tuple(hours.without)))
        body.append(assignment(places.hours[hours.name], Call("Hours", tuple(arguments))))
    return f'"""Times of the week, local to the monitoring server."""\n\n{imports.written()}\n' + "".join(body)


def _service_groups(draft: Draft, places: _Places) -> str:
    imports = _Imports(draft.name)
    imports.use(_MODEL, "ServiceGroup")
    body = []
    for group in draft.service_groups:
        settings = (Argument(name, _value(value, imports)) for name, value in group.settings)
        body.append(assignment(places.groups[group.name], Call("ServiceGroup", (Argument("", group.name), *settings))))
    return f'"""Servicegroups of Nagios."""\n\n{imports.written()}\n' + "".join(body)


def _team(draft: Draft, team: DraftTeam, places: _Places) -> str:
    imports = _Imports(draft.name)
    arguments = [Argument("", team.name), Argument("email", team.email)]
    if team.page:
        arguments.append(Argument("page", team.page))
    if team.office_hours:
        arguments.append(Argument("office_hours", _hours(team.office_hours, imports, draft, places)))
    arguments += (Argument(name, _value(value, imports)) for name, value in team.notification)
    if team.contacts:
        people = tuple(_contact(contact, imports, draft, places) for contact in team.contacts)
        arguments.append(Argument("contacts", Tuple(people)))
    imports.use(_MODEL, "Team")
    above = "".join(f"{line}\n" for line in comment(team.about))
    body = [above + assignment(places.teams[team.name], Call("Team", tuple(arguments)))]
    for role in draft.roles:
        if role.owner == team.name:
            imports.use(_MODEL, "Role")
            body.append(assignment(places.roles[role.name][1], _role(role, imports, draft, places)))
    return _module(f"{_docstring(team.name)}: watches and thresholds of the team.", imports, body)


def _contact(contact: DraftContact, imports: _Imports, draft: Draft, places: _Places) -> Call:
    imports.use(_MODEL, "Contact")
    arguments = [Argument("", contact.name), Argument("email", contact.email)]
    if contact.page:
        arguments.append(Argument("page", contact.page))
    if contact.hours:
        arguments.append(Argument("hours", _hours(contact.hours, imports, draft, places)))
    for name, events in (("on", contact.on), ("hosts", contact.hosts)):
        if events is not None:
            arguments.append(Argument(name, Tuple(events)))
    return Call("Contact", tuple(arguments))


def _role(role: DraftRole, imports: _Imports, draft: Draft, places: _Places) -> Call:
    arguments = [Argument("", role.name)]
    if role.summary:
        arguments.append(Argument("summary", role.summary))
    arguments.append(Argument("owner", Name(places.teams[role.owner])))
    if role.runbook:
        arguments.append(Argument("runbook", role.runbook))
    if role.hooks:
        arguments.append(Argument("hooks", Tuple(tuple(_hook(hook, imports) for hook in role.hooks))))
    if role.watches:
        watches = tuple(_watch(watch, imports, draft, places) for watch in role.watches)
        arguments.append(Argument("watches", Tuple(watches)))
    return Call("Role", tuple(arguments))


def _hook(hook: DraftHook, imports: _Imports) -> Call:
    imports.use(_MODEL, "Hook")
    arguments = [
        Argument("", hook.name),
        Argument("", Tuple(hook.command)),
        Argument("on", Tuple(hook.on)),
        Argument("watch", Tuple(hook.watches)),
    ]
    if hook.timeout != "10s":
        arguments.append(Argument("timeout", hook.timeout))
    if hook.stdin:
        arguments.append(Argument("stdin", True))
    return Call("Hook", tuple(arguments))


def _watch(watch: DraftWatch, imports: _Imports, draft: Draft, places: _Places) -> Call:
    settings = _settings(watch.settings, imports, draft, places)
    per = (Argument("per", watch.per),) if watch.per != "host" else ()
    if isinstance(watch.runs, LibraryCheck):
        imports.use(_MODEL, "Watch")
        title = watch.runs.module.rpartition(".")[2]
        name = (Argument("name", watch.name),) if watch.name != title else ()
        limits = (Argument("", _limit(watch.runs.kind, limit)) for limit in watch.runs.limits)
        arguments = (Argument("", _check(watch.runs, imports)), *limits, *name, *per, *settings)
        return Call("Watch", arguments, watch.about)
    imports.use(_MODEL, "Plugin")
    words = (Argument("", word) for word in (watch.runs.path, *watch.runs.arguments))
    return Call("Plugin", (*words, Argument("name", watch.name), *per, *settings), watch.about)


def _check(check: LibraryCheck, imports: _Imports) -> Call:
    imports.use(check.module, check.kind)
    options = tuple(Argument(name, _value(value, imports)) for name, value in check.options)
    return Call(check.kind, options)


def _limit(kind: str, limit: Threshold) -> Call:
    arguments = [Argument("", limit.items)] if limit.items else []
    for end, text in (("warn", limit.warn), ("crit", limit.crit)):
        if text is not None:
            arguments.append(Argument(end, _number(text)))
    return Call(f"{kind}.{limit.gauge}.at", tuple(arguments))


def _number(text: str) -> Expression:
    """Return a range with only an upper limit as a number."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text:
            return number
    return text


def _settings(settings: Pairs, imports: _Imports, draft: Draft, places: _Places) -> list[Argument]:
    arguments = []
    for name, value in settings:
        if name == "quiet" and isinstance(value, tuple):
            hours = tuple(_hours(str(one), imports, draft, places) for one in value)
            arguments.append(Argument(name, Tuple(hours)))
        elif name == "groups" and isinstance(value, tuple):
            groups = tuple(Name(imports.use(f"{draft.name}.fleet.{_GROUPS}", places.groups[str(one)])) for one in value)
            arguments.append(Argument(name, Tuple(groups)))
        elif name == "env" and isinstance(value, tuple):
            pairs = tuple((str(pair[0]), str(pair[1])) for pair in value if isinstance(pair, tuple))
            arguments.append(Argument(name, Dict(pairs)))
        else:
            arguments.append(Argument(name, _value(value, imports)))
    return arguments


def _hours(name: str, imports: _Imports, draft: Draft, places: _Places) -> Name:
    return Name(imports.use(f"{draft.name}.fleet.{_CALENDAR}", places.hours[name]))


def _value(value: Value, imports: _Imports) -> Expression:
    if isinstance(value, Label):
        imports.use(_MODEL, "label")
        kind = (Argument("", Name(value.kind)),) if value.kind != "str" else ()
        return Call("label", (Argument("", value.name), *kind))
    if isinstance(value, tuple):
        return Tuple(tuple(_value(one, imports) for one in value))
    return value


def _environments(draft: Draft, places: _Places) -> str:
    imports = _Imports(draft.name)
    imports.use(_MODEL, "Environment")
    imports.use(_MODEL, "Site")
    body = []
    taken = set(places.modules.values())
    for environment in draft.environments:
        variable = identifier(environment.name, taken)
        taken.add(variable)
        body.append(assignment(variable, _environment(environment, imports, draft, places)))
    return _module("Environments: their hosts, and the settings that each of them changes.", imports, body)


def _environment(environment: DraftEnvironment, imports: _Imports, draft: Draft, places: _Places) -> Call:
    site = tuple(Argument(name, _value(value, imports)) for name, value in environment.site)
    arguments = [
        Argument("", environment.name),
        Argument("site", Call("Site", site)),
        Argument("inventory", f"inventory/{environment.name}.yaml"),
    ]
    if environment.roles:
        roles = tuple(_role_elsewhere(role, imports, draft, places) for role in environment.roles)
        arguments.append(Argument("roles", Tuple(roles)))
    if environment.routes:
        imports.use(_MODEL, "Routes")
        routes = tuple(Argument(name, _value(value, imports)) for name, value in environment.routes)
        arguments.append(Argument("sensu", Call("Routes", routes)))
    if environment.central:
        imports.use(_MODEL, "SensuAgents")
        agents = Call("SensuAgents", (Argument("central", Tuple(environment.central)),))
        arguments.append(Argument("sensu_agents", agents))
    if environment.host_checks:
        states = tuple(_host_check(one, imports, draft, places) for one in environment.host_checks)
        arguments.append(Argument("host_checks", Tuple(states)))
    if environment.overrides:
        overrides = tuple(_override(one, imports, draft, places) for one in environment.overrides)
        arguments.append(Argument("overrides", Tuple(overrides)))
    return Call("Environment", tuple(arguments))


def _host_check(check: DraftHostCheck, imports: _Imports, draft: Draft, places: _Places) -> Call:
    imports.use(_MODEL, "HostCheck")
    arguments: list[Argument] = []
    if check.runs is not None:
        arguments.append(Argument("", Tuple(check.runs) if isinstance(check.runs, tuple) else check.runs))
    if check.role:
        arguments.append(Argument("role", _role_elsewhere(check.role, imports, draft, places)))
    if check.hosts:
        arguments.append(Argument("host", check.hosts[0] if len(check.hosts) == 1 else Tuple(check.hosts)))
    arguments += (Argument(name, _value(value, imports)) for name, value in check.settings)
    if check.owner:
        module = places.modules[check.owner]
        imports.use(f"{draft.name}.fleet", module)
        arguments.append(Argument("owner", Name(f"{module}.{places.teams[check.owner]}")))
    return Call("HostCheck", tuple(arguments))


def _override(override: DraftOverride, imports: _Imports, draft: Draft, places: _Places) -> Call:
    imports.use(_MODEL, "Override")
    arguments: list[Argument] = []
    if override.of is not None:
        imports.use(override.of.module, override.of.kind)
        arguments += (Argument("", _limit(override.of.kind, limit)) for limit in override.of.limits)
        if override.of.options:
            arguments.append(Argument("options", _check(override.of, imports)))
    if override.role:
        arguments.append(Argument("role", _role_elsewhere(override.role, imports, draft, places)))
    if override.watch:
        arguments.append(Argument("watch", override.watch))
    if override.hosts:
        one = override.hosts[0] if len(override.hosts) == 1 else Tuple(override.hosts)
        arguments.append(Argument("host", one))
    arguments += _settings(override.settings, imports, draft, places)
    arguments.append(Argument("why", override.why))
    return Call("Override", tuple(arguments))


def _role_elsewhere(role: str, imports: _Imports, draft: Draft, places: _Places) -> Name:
    module, variable = places.roles[role]
    imports.use(f"{draft.name}.fleet", module)
    return Name(f"{module}.{variable}")


def _docstring(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    shown = "".join(char for char in text if char.isprintable() and char not in '\\"').strip()
    return f"{_docstring(shown)}." if shown else ""
