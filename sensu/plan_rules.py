"""What a plan must hold so that Sensu can carry it out: rules S001 to S009, and S012 to S015.

S010, a resource that Sensu would refuse, and most of S011, a command that cannot be quoted, come from `render.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checkwright.registry.findings import Finding
from checkwright.registry.plan import Entry, Handler, Hook, Host, Origin, Placeholder, Plan
from sensu import tokens
from sensu.names import CENTRAL, check_name, is_proxied, runners
from sensu.quote import RESERVED_LABELS, Unquotable, label_key, literal_argv, variable_error
from sensu.rules import name_error

#: Placeholders whose value differs from host to host.
_OF_A_HOST = ("host", "address")


#: (placeholder, its value or None, whether it is substituted twice) -> (id of the rule, "is not set") or None.
Judge = Callable[[str, str | None, bool], tuple[str, str] | None]


def findings(plan: Plan) -> Iterator[Finding]:
    """All findings of all rules, rule by rule."""
    for rule in _RULES:
        yield from rule(plan)


def common_findings(plan: Plan) -> Iterator[Finding]:
    """Those of the rules that hold for Sensu Core 1.x as well: S002, S003, S007, S008, S015."""
    for rule in _COMMON:
        yield from rule(plan)


def _error(rule: str, origin: Origin | None, message: str, hint: str = "") -> Finding:
    return Finding(rule, "error", origin, message, hint)


def _placeholders(entry: Entry) -> tuple[str, ...]:
    """Names of the placeholders in an entry's command, each once, in order."""
    names = [part.name for word in entry.command for part in word if isinstance(part, Placeholder)]
    return tuple(dict.fromkeys(names)) if names else ()


def _is_of_a_host(placeholder: str) -> bool:
    return placeholder in _OF_A_HOST or placeholder.startswith("label.")


def _names(plan: Plan) -> Iterator[Finding]:
    hint = "rename it: a name in Sensu has letters, digits and _ . - : only"
    if why := name_error(plan.environment):
        yield _error("S001", None, f"the environment becomes a Sensu namespace, and its name {why}", hint)
    for host in plan.hosts:
        if why := name_error(host.name):
            yield _error("S001", host.origin, f"a host becomes a Sensu entity, and its name {why}", hint)
    for role in plan.roles:
        if why := name_error(role.name):
            yield _error("S001", role.origin, f"a role becomes a part of Sensu names, and its name {why}", hint)
    for entry in plan.entries:
        if why := name_error(entry.name):
            yield _error("S001", entry.origin, f"a watch becomes a part of Sensu names, and its name {why}", hint)


def _one_name_twice(plan: Plan) -> Iterator[Finding]:
    seen: dict[str, Entry] = {}
    for entry in plan.entries:
        other = seen.setdefault(check_name(entry), entry)
        if other is not entry:
            message = f"{entry.id} and {other.id} ({other.origin}) are both called {check_name(entry)} in Sensu"
            yield _error("S002", entry.origin, message, "give one of the watches another name")


def _unknown_placeholders(plan: Plan) -> Iterator[Finding]:
    allowed = (*_OF_A_HOST, "environment", "role")
    for entry in plan.entries:
        for name in _placeholders(entry):
            if name not in allowed and not name.startswith("label."):
                message = f"{entry.id} has {{{name}}} in its command, which is no placeholder"
                yield _error("S003", entry.origin, message, f"there are {', '.join(allowed)} and label.NAME")


def _unusable_values(plan: Plan) -> Iterator[Finding]:
    return unusable_values(plan, _value_error)


def unusable_values(plan: Plan, judge: Judge) -> Iterator[Finding]:
    """A finding for each placeholder whose value `judge` refuses on any host, with the hosts' names."""
    by_name = {host.name: host for host in plan.hosts}
    for entry in plan.entries:
        if entry.per == "role":
            continue
        hosts = [by_name[name] for name in entry.hosts if name in by_name]
        for name in _placeholders(entry):
            if not _is_of_a_host(name) or name == "host":
                continue
            bad: dict[tuple[str, str], list[Host]] = {}
            for host in hosts:
                if found := judge(name, _value(host, name), is_proxied(entry)):
                    bad.setdefault(found, []).append(host)
            for (rule, why), affected in bad.items():
                shown = ", ".join(host.name for host in affected[:3])
                more = f" and {len(affected) - 3} more" if len(affected) > 3 else ""
                message = f"{entry.id} uses {{{name}}}, and it {why} on {shown}{more}"
                yield _error(rule, entry.origin, message, f"see {affected[0].origin}")


def _value(host: Host, placeholder: str) -> str | None:
    if placeholder == "address":
        return host.address
    return host.labels.get(placeholder.removeprefix("label."))


def _value_error(placeholder: str, value: str | None, twice: bool) -> tuple[str, str] | None:
    if value is None:
        return "S004", "is not set"
    if not value:
        return "S004", "is empty, which Sensu does not take for a variable"
    if tokens.NO_VALUE in value:
        return "S005", f"has the text {tokens.NO_VALUE}, which Sensu takes for a missing value"
    if twice and "{{" in value:
        return "S005", "has {{, which Sensu would evaluate when it substitutes the second time"
    if "\0" in value:
        return "S005", "has a NUL character, which no program can be given"
    return None


def _label_keys(plan: Plan) -> Iterator[Finding]:
    for host in plan.hosts:
        seen: dict[str, str] = {}
        for key in sorted(host.labels):
            if label_key(key).startswith(RESERVED_LABELS):
                message = f"the label {key} of {host.name} begins with {RESERVED_LABELS}, which is kept for our own"
                yield _error("S006", host.origin, message, "rename the label")
            if (other := seen.setdefault(label_key(key), key)) != key:
                message = f"the labels {other} and {key} of {host.name} are both {label_key(key)} in Sensu"
                yield _error("S006", host.origin, message, "rename one of the labels")


def _role_entries(plan: Plan) -> Iterator[Finding]:
    for entry in plan.entries:
        used = [name for name in _placeholders(entry) if _is_of_a_host(name)]
        if entry.per == "role" and used:
            message = f"{entry.id} runs once for its role and uses {{{used[0]}}}, which each host has its own of"
            yield _error("S007", entry.origin, message, 'leave it out, or watch per="host"')
        if entry.per == "role" and len(entry.hosts) != 1:
            message = f"{entry.id} runs once for its role and has {len(entry.hosts)} hosts instead of one"
            yield _error("S007", entry.origin, message, "its host is the virtual one of the role")


def _central_role(plan: Plan) -> Iterator[Finding]:
    pools = {runners(entry) for entry in plan.entries if entry.pool}
    for role in plan.roles:
        if role.name == CENTRAL or role.name in pools:
            what = "every central check" if role.name == CENTRAL else "the checks of that pool"
            message = f"a role called {role.name} would make its machines run {what}"
            yield _error("S008", role.origin, message, "rename the role")


def _secret_names(plan: Plan) -> Iterator[Finding]:
    for entry in plan.entries:
        for secret in entry.secrets:
            if secret.kind == "env" and (why := variable_error(secret.where)):
                yield _error("S009", entry.origin, f"{entry.id} takes a secret from the environment: {why}")


def _routes(plan: Plan) -> Iterator[Finding]:
    routes = plan.routes
    if routes is None:
        yield from _maintenance_without_routes(plan)
        return
    levels = {"page": routes.page, "office-hours": routes.office_hours, "ticket": routes.ticket}
    for level, handlers in levels.items():
        untold = [entry for entry in plan.entries if entry.notify == level and not handlers]
        if untold:
            more = f" and {len(untold) - 1} more" if len(untold) > 1 else ""
            message = (
                f"the routes of {plan.environment} have no handler for {level}, at which {untold[0].id}{more} notify"
            )
            yield _error("S012", routes.origin, message, 'name one, or let these watches say notify="nobody"')
    declared = {handler.name for handler in routes.handlers}
    for handler in routes.page:
        if handler not in declared and any(team.escalations for team in plan.teams):
            message = f"the handler {handler} is only named here, so Sensu cannot tell it of other teams' escalations"
            yield Finding("S013", "warning", routes.origin, message, "declare it as a Handler(...)")


def _maintenance_without_routes(plan: Plan) -> Iterator[Finding]:
    notified = {(entry.id, entry.variant) for entry in plan.entries if entry.notify != "nobody"}
    for window in plan.maintenance:
        if any((covered.entry, covered.variant) in notified for covered in window.entries):
            message = f"{plan.environment} has no routes, so its Sensu does not know of the maintenance: {window.why}"
            yield Finding("S014", "warning", window.origin, message, "give it sensu=Routes(...), or silence by hand")


def _literal_commands(plan: Plan) -> Iterator[Finding]:
    """S011 for handlers and hooks."""
    handlers = plan.routes.handlers if plan.routes else ()
    named: list[tuple[str, Handler | Hook]] = [(f"the handler {one.name}", one) for one in handlers]
    named += ((f"the hook {one.name} of {role.name}", one) for role in plan.roles for one in role.hooks)
    for what, one in named:
        try:
            literal_argv(one.command, env=one.env if isinstance(one, Handler) else ())
        except Unquotable as error:
            yield _error("S011", one.origin, f"{what}: {error}")


def _accounts(plan: Plan) -> Iterator[Finding]:
    for entry in plan.entries:
        variables = [secret.where for secret in entry.secrets if secret.kind == "env"]
        if entry.run_as and variables:
            message = f"{entry.id} runs as {entry.run_as}, and sudo takes the variable {variables[0]} from it"
            yield _error("S015", entry.origin, message, "let its secret be in a file that this account may read")
        elif entry.run_as:
            message = f"{entry.id} runs as {entry.run_as}, which the agent's account must be allowed by sudo"
            hint = "take the line from sudoers/ of checkctl nagios build, with the account sensu"
            yield Finding("S015", "warning", entry.origin, message, hint)


_RULES: tuple[Callable[[Plan], Iterator[Finding]], ...] = (
    _names,
    _one_name_twice,
    _unknown_placeholders,
    _unusable_values,
    _label_keys,
    _role_entries,
    _central_role,
    _accounts,
    _secret_names,
    _routes,
    _literal_commands,
)

_COMMON: tuple[Callable[[Plan], Iterator[Finding]], ...] = (
    _one_name_twice,
    _unknown_placeholders,
    _role_entries,
    _central_role,
    _accounts,
)
