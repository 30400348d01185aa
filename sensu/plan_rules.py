"""Rules S001 to S022: parts of a plan that Sensu Go cannot express.

`render.py` and `quote.py` notice S010 and most cases of S011.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar

from checkwright.registry.findings import Finding, PlanRule
from checkwright.registry.plan import Entry, Handler, Hook, Host, Placeholder, Plan
from sensu import tokens
from sensu.names import CENTRAL, check_name, is_proxied, runners
from sensu.problems import name_error
from sensu.quote import RESERVED_LABELS, Unquotable, label_key, literal_argv, variable_error

#: Placeholders with a value of each host.
_OF_A_HOST = ("host", "address")
#: Seconds of silence that Sensu can notice: the shortest lease of its etcd.
_SHORTEST_SILENCE = 5

#: (placeholder, its value or None, True if Sensu substitutes it twice) -> the reason that it is unusable, or "".
Judge = Callable[[str, str | None, bool], str]


def findings(plan: Plan) -> Iterator[Finding]:
    """Yield the findings of every rule for Sensu Go, rule by rule."""
    for rule in SensuRule.__subclasses__():
        yield from rule().find(plan)


def lint_findings(plan: Plan) -> Iterator[Finding]:
    """Yield the findings of the rules that a lint applies."""
    for rule in SensuRule.__subclasses__():
        if not rule.build_only:
            yield from rule().find(plan)


def build_findings(plan: Plan) -> Iterator[Finding]:
    """Yield the findings for a build, where some errors are only warnings."""
    warnings = {rule.id for rule in SensuRule.__subclasses__() if not rule.stops_build}
    for finding in findings(plan):
        yield replace(finding, severity="warning") if finding.id in warnings else finding
    if plan.sensu_agents is None:  # a lint cannot know that the environment is for Sensu
        yield from missing_routes(plan)


def missing_routes(plan: Plan) -> tuple[Finding, ...]:
    """Return the finding for an environment of Sensu, Go or Core, that notifies and has no routes."""
    return tuple(NotificationsWithoutRoutes.of_sensu(plan))


def common_findings(plan: Plan) -> Iterator[Finding]:
    """Yield the findings of the rules that apply to Sensu Core 1.x too."""
    for rule in SensuRule.__subclasses__():
        if rule.applies_to_core1:
            yield from rule().find(plan)


class SensuRule(PlanRule):
    """Base class of the rules about plans. Subclasses run in the order of their definition."""

    applies_to_core1: ClassVar[bool] = False
    #: True for what Sensu cannot do in a correct project: each build says so, and a lint has nothing to correct.
    build_only: ClassVar[bool] = False
    #: False for a rule that fails a lint, but lets a build pass with a warning.
    stops_build: ClassVar[bool] = True

    def find(self, plan: Plan) -> Iterator[Finding]:
        """Yield nothing, for the rules whose problems other code notices."""
        yield from ()


class InvalidName(SensuRule):
    """A name has characters that Sensu does not allow.

    Environments become namespaces and hosts become entities. Roles and watches become parts of the
    names of checks.

    Wrong:
        Role("web front", owner=payments)

    Right:
        Role("web-front", owner=payments)
    """

    id = "S001"
    hint = "rename it: Sensu allows letters, digits and _ . - : only"

    def find(self, plan: Plan) -> Iterator[Finding]:
        if why := name_error(plan.environment):
            yield self.finding(None, f"the environment becomes a Sensu namespace, and its name {why}")
        for host in plan.hosts:
            if why := name_error(host.name):
                yield self.finding(host.origin, f"a host becomes a Sensu entity, and its name {why}")
        for role in plan.roles:
            if why := name_error(role.name):
                yield self.finding(role.origin, f"a role becomes a part of Sensu names, and its name {why}")
        for entry in plan.entries:
            if why := name_error(entry.name):
                yield self.finding(entry.origin, f"a watch becomes a part of Sensu names, and its name {why}")


class SameCheckName(SensuRule):
    """Two watches have the same check name.

    A check is named ROLE.WATCH, so the watch `c` of the role `a.b` collides with the watch `b.c` of the
    role `a`.

    Wrong:
        Role("a.b", owner=payments, watches=(Watch(Disk(), name="c"),))
        Role("a", owner=payments, watches=(Watch(Disk(), name="b.c"),))

    Right:
        Role("a.b", owner=payments, watches=(Watch(Disk(), name="c"),))
        Role("a", owner=payments, watches=(Watch(Disk(), name="disk"),))
    """

    id = "S002"
    hint = "give one of the watches another name"
    applies_to_core1 = True

    def find(self, plan: Plan) -> Iterator[Finding]:
        seen: dict[str, Entry] = {}
        for entry in plan.entries:
            other = seen.setdefault(check_name(entry), entry)
            if other is not entry:
                message = f"{entry.id} and {other.id} ({other.origin}) are both named {check_name(entry)} in Sensu"
                yield self.finding(entry.origin, message)


class UnknownPlaceholder(SensuRule):
    """A command has a placeholder that Sensu cannot fill in.

    Only values of the host, the role and the environment are known.
    """

    id = "S003"
    hint = f"use {', '.join(_OF_A_HOST)}, environment, role or label.NAME"
    applies_to_core1 = True

    def find(self, plan: Plan) -> Iterator[Finding]:
        allowed = (*_OF_A_HOST, "environment", "role")
        for entry in plan.entries:
            for name in _placeholders(entry):
                if name not in allowed and not name.startswith("label."):
                    message = f"{entry.id} has {{{name}}} in its command, which is not a placeholder"
                    yield self.finding(entry.origin, message)


class MissingValue(SensuRule):
    """A host lacks the value of a placeholder.

    The check would never run there. Sensu refuses a token without a value and an empty variable.

    Wrong:
        Host("web-1", "10.0.0.1", roles=(web,), labels={"port": ""})

    Right:
        Host("web-1", "10.0.0.1", roles=(web,), labels={"port": "8443"})
    """

    id = "S004"
    hint = "set it in the host's declaration"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for entry, origin_of, message in unusable_values(plan, _missing_value):
            yield self.finding(entry.origin, message, hint=f"see {origin_of.origin}")


class UnusableValue(SensuRule):
    """The value of a placeholder would change on its way through Sensu.

    `<no value>` is Sensu's mark of a missing value, `{{` begins a token, and no program accepts a NUL character.
    """

    id = "S005"
    hint = "change the value in the host's declaration"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for entry, host, message in unusable_values(plan, _unusable_value):
            yield self.finding(entry.origin, message, hint=f"see {host.origin}")


class LabelConflict(SensuRule):
    """A label has a reserved name, or differs from another label only in case.

    Agents read the keys of labels in lower case. Keys that begin with `cw_` belong to checkwright.

    Wrong:
        Host("web-1", "10.0.0.1", roles=(web,), labels={"Port": "80", "port": "8443"})

    Right:
        Host("web-1", "10.0.0.1", roles=(web,), labels={"port": "80", "tls_port": "8443"})
    """

    id = "S006"
    hint = "rename one of the labels"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for host in plan.hosts:
            seen: dict[str, str] = {}
            for key in sorted(host.labels):
                if label_key(key).startswith(RESERVED_LABELS):
                    message = f"the label {key} of {host.name} begins with {RESERVED_LABELS}, which is reserved"
                    yield self.finding(host.origin, message, hint="rename the label")
                if (other := seen.setdefault(label_key(key), key)) != key:
                    message = f"the labels {other} and {key} of {host.name} are both {label_key(key)} in Sensu"
                    yield self.finding(host.origin, message)


class HostValueInRoleWatch(SensuRule):
    """A watch that runs once for its role depends on a single host.

    Such a watch has no machine of its own, so it cannot use {host}, {address} or a label.

    Wrong:
        Watch(Http(url="https://{address}/"), per="role")

    Right:
        Watch(Http(url="https://shop.example.com/"), per="role")
    """

    id = "S007"
    hint = 'remove the placeholder, or use per="host"'
    applies_to_core1 = True

    def find(self, plan: Plan) -> Iterator[Finding]:
        for entry in plan.entries:
            used = [name for name in _placeholders(entry) if _is_of_a_host(name)]
            if entry.per == "role" and used:
                message = f"{entry.id} runs once for its role and uses {{{used[0]}}}, which differs between hosts"
                yield self.finding(entry.origin, message)
            if entry.per == "role" and len(entry.hosts) != 1:
                message = f"{entry.id} runs once for its role and has {len(entry.hosts)} hosts instead of one"
                yield self.finding(entry.origin, message, hint="its only host is the virtual host of the role")


class ReservedRoleName(SensuRule):
    """A role has the name of a subscription that central or pool agents use.

    Its machines would subscribe to `central` or `pool.NAME` and run all checks of these agents.

    Wrong:
        Role("central", owner=platform)

    Right:
        Role("monitoring", owner=platform)
    """

    id = "S008"
    hint = "rename the role"
    applies_to_core1 = True

    def find(self, plan: Plan) -> Iterator[Finding]:
        pools = {runners(entry) for entry in plan.entries if entry.pool}
        for role in plan.roles:
            if role.name == CENTRAL or role.name in pools:
                what = "every central check" if role.name == CENTRAL else "the checks of that pool"
                yield self.finding(role.origin, f"a role called {role.name} would make its machines run {what}")


class RunAsAnotherAccount(SensuRule):
    """A watch runs as another account, so sudo must allow it.

    It is an error if the check reads a secret from the environment, because sudo drops that variable.
    """

    id = "S015"
    severity = "warning"
    hint = (
        "use the line from sudoers/ of `checkctl nagios build`, with the account sensu, and for Sensu Go with "
        "--output=sensu after the check's name"
    )
    applies_to_core1 = True

    def find(self, plan: Plan) -> Iterator[Finding]:
        for entry in plan.entries:
            variables = [secret.where for secret in entry.secrets if secret.kind == "env"]
            if entry.run_as and variables:
                message = f"{entry.id} runs as {entry.run_as}, and sudo drops the variable {variables[0]}"
                hint = "put the secret into a file that this account may read"
                yield self.finding(entry.origin, message, hint=hint, severity="error")
            elif entry.run_as:
                message = f"{entry.id} runs as {entry.run_as}, so sudo must allow this for the agent's account"
                yield self.finding(entry.origin, message)


class InvalidSecretVariable(SensuRule):
    """A secret comes from an environment variable with an invalid name.

    Wrong:
        Secret(env="MY TOKEN")

    Right:
        Secret(env="MY_TOKEN")
    """

    id = "S009"
    hint = "use letters, digits and _, not beginning with a digit or CW_"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for entry in plan.entries:
            for secret in entry.secrets:
                if secret.kind == "env" and (why := variable_error(secret.where)):
                    yield self.finding(entry.origin, f"{entry.id} reads a secret from the environment: {why}")


class InvalidResource(SensuRule):
    """Sensu would refuse a generated resource, or drop the results of a check.

    The message quotes Sensu's rule, such as the largest size of a resource.
    """

    id = "S010"


class UnquotableCommand(SensuRule):
    """A command cannot reach its program unchanged.

    Sensu evaluates a template and passes the result to a shell. Some text does not survive this.
    """

    id = "S011"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for what, one in literal_commands(plan):
            try:
                literal_argv(one.command, env=one.env if isinstance(one, Handler) else ())
            except Unquotable as error:
                yield self.finding(one.origin, f"{what}: {error}")


class LevelWithoutHandler(SensuRule):
    """Watches notify at a level for which the routes name no handler.

    Wrong:
        Routes(page=("pager",))  # and a watch has notify="ticket"

    Right:
        Routes(page=("pager",), ticket=("tracker",))
    """

    id = "S012"
    hint = 'name one, or give these watches notify="nobody"'

    def find(self, plan: Plan) -> Iterator[Finding]:
        routes = plan.routes
        if routes is None:
            return
        levels = {"page": routes.page, "office-hours": routes.office_hours, "ticket": routes.ticket}
        for level, handlers in levels.items():
            entries = [entry for entry in plan.entries if entry.notify == level and not handlers]
            if entries:
                more = f" and {len(entries) - 1} more" if len(entries) > 1 else ""
                message = (
                    f"the routes of {plan.environment} have no handler for {level}, the level of {entries[0].id}{more}"
                )
                yield self.finding(routes.origin, message)


class UndeclaredEscalationHandler(SensuRule):
    """A team has escalations, but the pager's handler is only named, not declared.

    Sensu needs a copy of the handler for each team that an escalation notifies.

    Wrong:
        Routes(page=("pager",))

    Right:
        Routes(page=(Handler("pager", ("/usr/local/bin/pager",)),))
    """

    id = "S013"
    severity = "warning"
    hint = "declare it as a Handler(...)"

    def find(self, plan: Plan) -> Iterator[Finding]:
        if plan.routes is None or not any(team.escalations for team in plan.teams):
            return
        declared = {handler.name for handler in plan.routes.handlers}
        for handler in plan.routes.page:
            if handler not in declared:
                message = f"the handler {handler} is only named, so no escalation can notify another team with it"
                yield self.finding(plan.routes.origin, message)


class MaintenanceWithoutRoutes(SensuRule):
    """An environment has a maintenance but no routes, so Sensu keeps notifying during it.

    Wrong:
        Environment("production", maintenance=(database_upgrade,))

    Right:
        Environment("production", maintenance=(database_upgrade,), sensu=Routes(page=("pager",)))
    """

    id = "S014"
    severity = "warning"
    hint = "give the environment sensu=Routes(...), or silence the checks by hand"

    def find(self, plan: Plan) -> Iterator[Finding]:
        if plan.routes is not None:
            return
        notified = {(entry.id, entry.variant) for entry in plan.entries if entry.notify != "nobody"}
        for window in plan.maintenance:
            if any((covered.entry, covered.variant) in notified for covered in window.entries):
                message = f"{plan.environment} has no routes, so Sensu does not know the maintenance: {window.why}"
                yield self.finding(window.origin, message)


class RecurringDowntime(SensuRule):
    """An environment has downtimes that recur, which Sensu does not support.

    A timer on the Nagios server schedules them. In Sensu use quiet hours for times of the week, a
    Maintenance for dates, and `checkctl sensu silence`.

    Wrong:
        Environment("production", downtimes=(Downtime("sunday 02:00", "2h", role=web, why="backup"),))

    Right:
        Environment("production", overrides=(Override(quiet=(sunday_night,), role=web, why="backup"),))
    """

    id = "S021"
    severity = "warning"
    hint = "use quiet hours or a Maintenance for these watches"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for downtime in plan.downtimes:
            message = f"Sensu does not know the downtime {downtime.when} in {plan.environment}: {downtime.why}"
            yield self.finding(downtime.origin, message)


class NoCentralAgent(SensuRule):
    """An environment has central checks, but no agent that runs them.

    Such checks never run, and nothing else reports that. The rule applies to environments that declare routes or Sensu
    agents. It is an error in a lint and a warning in a build.

    Wrong:
        Environment("production", site=site, sensu=routes)

    Right:
        Environment("production", site=site, sensu=routes, sensu_agents=SensuAgents(central=("mon-1",)))
    """

    id = "S016"
    hint = "name machines that run them: sensu_agents=SensuAgents(central=(...))"
    stops_build = False

    def find(self, plan: Plan) -> Iterator[Finding]:
        entries = [entry for entry in plan.entries if entry.where == "central" and runners(entry) == CENTRAL]
        declared = plan.sensu_agents or plan.routes
        if not entries or declared is None or (plan.sensu_agents and plan.sensu_agents.central):
            return
        more = f" and {len(entries) - 1} more" if len(entries) > 1 else ""
        message = f"{plan.environment} has central checks, {entries[0].id}{more}, but no agent that runs them"
        yield self.finding(declared.origin, message)


class KeepaliveTimes(SensuRule):
    """The times of keepalives are not in order, or Sensu cannot keep them.

    A machine sends a keepalive in each interval. Without one, the result becomes a warning and later critical. So the
    interval must be shorter than the warning time, and the warning time shorter than the critical time. Sensu does not
    notice a gap of less than 5 seconds.

    Wrong:
        SensuAgents(keepalive="2m", warning="1m", critical="3m")

    Right:
        SensuAgents(keepalive="20s", warning="1m", critical="3m")
    """

    id = "S017"
    hint = "choose keepalive < warning < critical"

    def find(self, plan: Plan) -> Iterator[Finding]:
        agents = plan.sensu_agents
        if agents is None:
            return
        if not agents.keepalive < agents.warning < agents.critical:
            message = (
                f"{plan.environment} has keepalives each {agents.keepalive} s, a warning after {agents.warning} s "
                f"and a critical result after {agents.critical} s, which are not in this order"
            )
            yield self.finding(agents.origin, message)
        elif agents.warning < _SHORTEST_SILENCE:
            message = f"the warning time of {plan.environment} is {agents.warning} s, too short for Sensu"
            yield self.finding(agents.origin, message, hint=f"use at least {_SHORTEST_SILENCE} s")


class NotificationsWithoutRoutes(SensuRule):
    """An environment notifies, but has no routes.

    Its checks name handlers `page`, `office-hours` and `ticket`. If Sensu has none of these names, nobody is
    notified, and Sensu reports nothing. A build applies the rule to each environment, a lint to those with
    `sensu_agents`.

    Wrong:
        Environment("production", site=site, sensu_agents=agents)

    Right:
        routes = Routes(page=("page",), office_hours=("office-hours",), ticket=("ticket",))
        Environment("production", site=site, sensu_agents=agents, sensu=routes)
    """

    id = "S018"
    severity = "warning"
    hint = 'give the environment sensu=Routes(...), such as Routes(page=("page",)) for a handler that Sensu has already'

    def find(self, plan: Plan) -> Iterator[Finding]:
        if plan.sensu_agents is not None:
            yield from self.of_sensu(plan)

    @classmethod
    def of_sensu(cls, plan: Plan) -> Iterator[Finding]:
        """Yield the finding for an environment that is known to be for Sensu."""
        entries = [entry for entry in plan.entries if entry.notify != "nobody"]
        if plan.routes is None and entries:
            more = f" and {len(entries) - 1} more" if len(entries) > 1 else ""
            handlers = ", ".join(dict.fromkeys(entry.notify for entry in entries))
            message = f"{plan.environment} has no routes, so {entries[0].id}{more} notify only if Sensu has {handlers}"
            yield cls.finding(plan.sensu_agents.origin if plan.sensu_agents else None, message)


class ContactsOfTheirOwn(SensuRule):
    """A team has contacts with their own hours, which Sensu does not notify.

    A handler gets the addresses of the team. Nagios notifies each contact.

    Wrong:
        Team("shop", email="", contacts=(Contact("ada", email="ada@example.com", hours=evenings),))

    Right:
        Team("shop", email="shop@example.com")
    """

    id = "S019"
    severity = "warning"
    hint = "give the team an address that Sensu's handlers notify"

    def find(self, plan: Plan) -> Iterator[Finding]:
        if plan.routes is None and plan.sensu_agents is None:
            return
        for team in plan.teams:
            if team.contacts:
                names = ", ".join(contact.name for contact in team.contacts)
                message = f"Sensu does not notify {names}, contacts of the team {team.name} with hours of their own"
                yield self.finding(team.contacts[0].origin, message)


class NeedsNothing(SensuRule):
    """A watch needs another one, but Sensu has no dependencies between checks.

    While the needed watch fails, Nagios notifies only about it. Sensu also notifies about each watch that needs it,
    because an event filter sees one event and not the state of another check. Builds report this rule, a lint does not.

    Wrong:
        Watch(Http(url="https://{address}/"), needs=("database:postgresql",))

    Right:
        Watch(Http(url="https://{address}/"))
    """

    id = "S020"
    severity = "warning"
    build_only = True
    hint = "expect their notifications too, or give these watches a less urgent level"

    def find(self, plan: Plan) -> Iterator[Finding]:
        if plan.routes is None and plan.sensu_agents is None:
            return
        held = {entry.id: entry for entry in plan.entries if entry.held_by and entry.notify != "nobody"}
        if held:
            ids, first = list(held), next(iter(held.values()))
            more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
            message = f"Sensu notifies of {ids[0]}{more} also while {first.held_by[0]} fails"
            yield self.finding(first.origin, message)


class NoBusinessServices(SensuRule):
    """An environment has a business service, which a build for Sensu leaves out.

    A check in Sensu does not know the states of others. Only Nagios watches business services. Builds report this rule,
    a lint does not.

    Wrong:
        checkout = BusinessService("checkout", owner=shop, parts=("api:http",))

    Right:
        Watch(Http(url="https://shop.example.com/checkout"), per="role")
    """

    id = "S022"
    severity = "warning"
    build_only = True
    hint = "watch it from outside, with a check of its own"

    def find(self, plan: Plan) -> Iterator[Finding]:
        if plan.routes is None and plan.sensu_agents is None:
            return
        for entry in plan.entries:
            if entry.parts:
                yield self.finding(entry.origin, f"Sensu does not watch the business service {entry.role}")


def unusable_values(plan: Plan, judge: Judge) -> Iterator[tuple[Entry, Host, str]]:
    """Yield (entry, first host, message) for each placeholder with values that `judge` objects to."""
    by_name = {host.name: host for host in plan.hosts}
    for entry in plan.entries:
        if entry.per == "role":
            continue
        hosts = [by_name[name] for name in entry.hosts if name in by_name]
        for name in _placeholders(entry):
            if not _is_of_a_host(name) or name == "host":
                continue
            affected: dict[str, list[Host]] = {}
            for host in hosts:
                if why := judge(name, _value(host, name), is_proxied(entry)):
                    affected.setdefault(why, []).append(host)
            for why, on in affected.items():
                shown = ", ".join(host.name for host in on[:3])
                more = f" and {len(on) - 3} more" if len(on) > 3 else ""
                yield entry, on[0], f"{entry.id} uses {{{name}}}: on {shown}{more} it {why}"


def literal_commands(plan: Plan) -> Iterator[tuple[str, Handler | Hook]]:
    """Yield (description, declaration) of each handler and hook, whose commands have no placeholders."""
    for handler in plan.routes.handlers if plan.routes else ():
        yield f"the handler {handler.name}", handler
    for role in plan.roles:
        for hook in role.hooks:
            yield f"the hook {hook.name} of {role.name}", hook


def _missing_value(placeholder: str, value: str | None, twice: bool) -> str:
    if value is None:
        return "is not set"
    return "" if value else "is empty, and Sensu accepts no empty variable"


def _unusable_value(placeholder: str, value: str | None, twice: bool) -> str:
    if not value:
        return ""
    if tokens.NO_VALUE in value:
        return f"contains {tokens.NO_VALUE}, Sensu's mark of a missing value"
    if twice and "{{" in value:
        return "contains {{, which Sensu would evaluate in its second substitution"
    return "contains a NUL character, which no program accepts" if "\0" in value else ""


def _value(host: Host, placeholder: str) -> str | None:
    if placeholder == "address":
        return host.address
    return host.labels.get(placeholder.removeprefix("label."))


def _placeholders(entry: Entry) -> tuple[str, ...]:
    """Return the names of the placeholders in an entry's command, each once, in order."""
    names = [part.name for word in entry.command for part in word if isinstance(part, Placeholder)]
    return tuple(dict.fromkeys(names)) if names else ()


def _is_of_a_host(placeholder: str) -> bool:
    return placeholder in _OF_A_HOST or placeholder.startswith("label.")
