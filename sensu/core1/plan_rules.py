"""Rules S201 to S208: parts of a plan that Sensu Core 1.x cannot express.

Rules of Sensu Go with `applies_to_core1` apply too: S002, S003, S007, S008 and S015.
"""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.catalogue_links import watch_url
from checkwright.registry.findings import Finding, PlanRule
from checkwright.registry.plan import Entry, Handler, Plan
from sensu.core1.quote import MARK, command, label_key, value_error
from sensu.core1.rules import name_error
from sensu.plan_rules import common_findings, literal_commands, unusable_values
from sensu.quote import Unquotable


def findings(plan: Plan) -> Iterator[Finding]:
    """Yield the findings of every rule for Sensu Core, rule by rule."""
    yield from (finding for finding in common_findings(plan) if finding.severity == "error")
    for rule in Core1Rule.__subclasses__():
        yield from rule().find(plan)


def texts(plan: Plan, entry: Entry) -> dict[str, str]:
    """Return the texts of a check for people and handlers, without those of its team."""
    page = watch_url(plan, entry.role, entry.name)
    return {"summary": entry.summary, "runbook": entry.runbook, "catalogue": page, "why": "\n".join(entry.why)}


class Core1Rule(PlanRule):
    """Base class of the rules about plans. Subclasses run in the order of their definition."""

    def find(self, plan: Plan) -> Iterator[Finding]:
        """Yield nothing, for the rules whose problems other code notices."""
        yield from ()


class InvalidCoreName(Core1Rule):
    """A name has characters that Sensu Core does not allow.

    Hosts become clients, and roles and watches become parts of check names.

    Wrong:
        Host("web:1", "10.0.0.1", roles=(web,))

    Right:
        Host("web-1", "10.0.0.1", roles=(web,))
    """

    id = "S201"
    hint = "rename it: Sensu Core allows letters, digits and _ . - only"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for host in plan.hosts:
            if why := name_error(host.name):
                yield self.finding(host.origin, f"a host becomes a Sensu client, and its name {why}")
        for role in plan.roles:
            if why := name_error(role.name):
                yield self.finding(role.origin, f"a role becomes a part of Sensu names, and its name {why}")
        for entry in plan.entries:
            if why := name_error(entry.name):
                yield self.finding(entry.origin, f"a watch becomes a part of Sensu names, and its name {why}")


class CoreLabelConflict(Core1Rule):
    """Two labels of a host have the same key in Sensu Core.

    Other characters than letters, digits, `_` and `-` become `_`.

    Wrong:
        Host("web-1", "10.0.0.1", roles=(web,), labels={"rack.unit": "4", "rack_unit": "5"})

    Right:
        Host("web-1", "10.0.0.1", roles=(web,), labels={"rack.unit": "4"})
    """

    id = "S202"
    hint = "rename one of the labels"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for host in plan.hosts:
            seen: dict[str, str] = {}
            for key in sorted(host.labels):
                if (other := seen.setdefault(label_key(key), key)) != key:
                    message = f"the labels {other} and {key} of {host.name} are both {label_key(key)} in Sensu Core"
                    yield self.finding(host.origin, message)


class MissingCoreValue(Core1Rule):
    """A host lacks a label that a command uses, so Sensu Core would not run the check there.

    Wrong:
        Host("web-1", "10.0.0.1", roles=(web,))  # a watch uses {label.port}

    Right:
        Host("web-1", "10.0.0.1", roles=(web,), labels={"port": "8443"})
    """

    id = "S203"
    hint = "set it in the host's declaration"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for entry, host, message in unusable_values(plan, _missing_value):
            yield self.finding(entry.origin, message, hint=f"see {host.origin}")


class UnusableCoreValue(Core1Rule):
    """A value could leave its quotes in the command, or Sensu Core would change it.

    A check of Core has no variables of its own, so values are part of the command. The rule refuses
    `'`, line breaks, `:::` and NUL. For central checks it also refuses text outside ASCII and labels
    that clients hide from the server, such as `password`.
    """

    id = "S204"
    hint = "change the value or rename the label"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for entry, host, message in unusable_values(plan, _unusable_value):
            yield self.finding(entry.origin, message, hint=f"see {host.origin}")


class SecretFromEnvironment(Core1Rule):
    """A check or a handler needs a secret from the environment, which Sensu Core cannot set.

    Wrong:
        Secret(env="CHECKOUT_TOKEN")

    Right:
        Secret(file="/etc/checks/checkout")
    """

    id = "S205"
    hint = 'use Secret(file="/...")'

    def find(self, plan: Plan) -> Iterator[Finding]:
        for entry in plan.entries:
            for secret in entry.secrets:
                if secret.kind == "env":
                    message = (
                        f"{entry.id} reads {secret.option} from the environment, and a check of Sensu Core has no "
                        "variables of its own"
                    )
                    yield self.finding(entry.origin, message)
        for handler in plan.routes.handlers if plan.routes else ():
            if handler.secrets:
                message = f"the handler {handler.name} needs the secret {handler.secrets[0]}, and Core has no secrets"
                yield self.finding(handler.origin, message, hint="let it read a file, named in its env")


class TokenMarkInText(Core1Rule):
    """A text contains `:::`, which begins a token of Sensu Core."""

    id = "S206"
    hint = "write it in another way"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for entry in plan.entries:
            for what, text in texts(plan, entry).items():
                if MARK in text:
                    message = f"{entry.id} has {MARK} in its {what}, where Sensu Core would look for a token"
                    yield self.finding(entry.origin, message)
        for team in plan.teams:
            if MARK in team.email + " " + team.page:
                message = (
                    f"the team {team.name} has {MARK} in its e-mail or pager, where Sensu Core would look for a token"
                )
                yield self.finding(team.origin, message)


class UnquotableCoreCommand(Core1Rule):
    """A command cannot reach its program through Sensu Core unchanged.

    Core drops every character outside ASCII from commands, and no program accepts a NUL character.
    """

    id = "S207"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for what, one in literal_commands(plan):
            try:
                command([(word,) for word in one.command], env=one.env if isinstance(one, Handler) else (), known={})
            except Unquotable as error:
                yield self.finding(one.origin, f"{what}: {error}")


class HolidaysInCore(Core1Rule):
    """Hours leave out some dates, but the filters of Sensu Core know only days of the week.

    On these days Core notifies as on any other day.

    Wrong:
        office = Hours("office", "monday-friday 09:00-17:00", without=("december 25",))

    Right:
        office = Hours("office", "monday-friday 09:00-17:00")
    """

    id = "S209"
    severity = "warning"
    hint = "silence the checks on these days, or leave the days out"

    def find(self, plan: Plan) -> Iterator[Finding]:
        if plan.routes is not None:
            for hours in plan.hours:
                if hours.without:
                    message = f"the hours {hours.name!r} apply on {', '.join(hours.without)} too"
                    yield self.finding(hours.origin, message)


class RefusedCoreDefinition(Core1Rule):
    """Sensu Core would refuse a generated definition.

    The message quotes Core's rule.
    """

    id = "S208"


def _missing_value(placeholder: str, value: str | None, twice: bool) -> str:
    return "is not set" if value is None else ""


def _unusable_value(placeholder: str, value: str | None, twice: bool) -> str:
    return "" if value is None else value_error(placeholder, value, twice=twice)
