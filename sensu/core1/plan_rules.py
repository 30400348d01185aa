"""What a plan must hold so that Sensu Core 1.x can carry it out: rules S201 to S206.

S002, S003, S007, S008 and S015 hold as for Sensu Go. S207, a command that cannot be quoted, and S208, a definition
that Core would refuse, come from `render.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.findings import Finding
from checkwright.registry.plan import Entry, Handler, Hook, Origin, Plan
from sensu.core1.quote import MARK, command, label_key, value_error
from sensu.core1.rules import name_error
from sensu.plan_rules import common_findings, unusable_values
from sensu.quote import Unquotable


def findings(plan: Plan) -> Iterator[Finding]:
    """All that keeps a plan from being carried out, rule by rule."""
    yield from (finding for finding in common_findings(plan) if finding.severity == "error")
    for rule in (_names, _label_keys, _values, _secrets, _texts, _handlers):
        yield from rule(plan)


def texts(entry: Entry) -> dict[str, str]:
    """What a check carries for people and handlers, besides its team."""
    return {"summary": entry.summary, "runbook": entry.runbook, "why": "\n".join(entry.why)}


def _error(rule: str, origin: Origin | None, message: str, hint: str = "") -> Finding:
    return Finding(rule, "error", origin, message, hint)


def _names(plan: Plan) -> Iterator[Finding]:
    hint = "rename it: a name in Sensu Core has letters, digits and _ . - only"
    for host in plan.hosts:
        if why := name_error(host.name):
            yield _error("S201", host.origin, f"a host becomes a Sensu client, and its name {why}", hint)
    for role in plan.roles:
        if why := name_error(role.name):
            yield _error("S201", role.origin, f"a role becomes a part of Sensu names, and its name {why}", hint)
    for entry in plan.entries:
        if why := name_error(entry.name):
            yield _error("S201", entry.origin, f"a watch becomes a part of Sensu names, and its name {why}", hint)


def _label_keys(plan: Plan) -> Iterator[Finding]:
    for host in plan.hosts:
        seen: dict[str, str] = {}
        for key in sorted(host.labels):
            if (other := seen.setdefault(label_key(key), key)) != key:
                message = f"the labels {other} and {key} of {host.name} are both {label_key(key)} in Sensu Core"
                yield _error("S202", host.origin, message, "rename one of the labels")


def _values(plan: Plan) -> Iterator[Finding]:
    return unusable_values(plan, _judge)


def _judge(placeholder: str, value: str | None, twice: bool) -> tuple[str, str] | None:
    if value is None:
        return "S203", "is not set"
    why = value_error(placeholder, value, twice=twice)
    return ("S204", why) if why else None


def _secrets(plan: Plan) -> Iterator[Finding]:
    for entry in plan.entries:
        for secret in entry.secrets:
            if secret.kind == "env":
                message = f"{entry.id} takes {secret.option} from the environment, and Sensu Core gives a check none"
                yield _error("S205", entry.origin, message, 'use Secret(file="/...")')


def _handlers(plan: Plan) -> Iterator[Finding]:
    """S205 and S207 for handlers and hooks."""
    handlers = plan.routes.handlers if plan.routes else ()
    for handler in handlers:
        if handler.secrets:
            message = f"the handler {handler.name} takes {handler.secrets[0]} from Sensu's secrets, which Core has not"
            yield _error("S205", handler.origin, message, "let it read a file, named in its env")
    named: list[tuple[str, Handler | Hook]] = [(f"the handler {one.name}", one) for one in handlers]
    named += ((f"the hook {one.name} of {role.name}", one) for role in plan.roles for one in role.hooks)
    for what, one in named:
        try:
            command([(word,) for word in one.command], env=one.env if isinstance(one, Handler) else (), known={})
        except Unquotable as error:
            yield _error("S207", one.origin, f"{what}: {error}")


def _texts(plan: Plan) -> Iterator[Finding]:
    for entry in plan.entries:
        for what, text in texts(entry).items():
            if MARK in text:
                message = f"{entry.id} has {MARK} in its {what}, where Sensu Core would look for a token"
                yield _error("S206", entry.origin, message, "write it another way")
    for team in plan.teams:
        if MARK in team.email + " " + team.page:
            message = f"the team {team.name} has {MARK} in its e-mail or pager, where Sensu Core would look for a token"
            yield _error("S206", team.origin, message)
