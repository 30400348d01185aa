"""Rules I001 to I010: parts of a plan that Icinga 2 cannot express, and what it says of built objects."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.findings import Finding, PlanRule, Rule
from checkwright.registry.plan import Plan, Site
from icinga_cfg import downtimes
from nagios_cfg.rules import declaration_rules, entry_rules, name_rules

_USUAL = Site()


class CommandNotExpressible(Rule):
    """A text contains a NUL byte or is not UTF-8.

    A program's arguments cannot contain NUL bytes, and Icinga 2 reads its files as UTF-8.

    Wrong:
        Plugin("/usr/lib/nagios/plugins/check_log", "-p", "one\\0two", name="log")

    Right:
        Plugin("/usr/lib/nagios/plugins/check_log", "-p", "one two", name="log")
    """

    id = "I001"
    hint = "remove the character, or pass the text in a file"


class PoolNotExpressible(PlanRule):
    """A pool checks a watch or host, but Icinga 2 has satellites with zones instead.

    In the build the Icinga server runs the check itself, and it may not reach the machine.

    Wrong:
        Host("web-1", "10.0.0.11", roles=(web,), pool="aws")

    Right:
        Host("web-1", "10.0.0.11", roles=(web,))
    """

    id = "I002"
    severity = "warning"
    hint = "let the Icinga server reach these machines, or keep this environment with Nagios or Sensu"

    def find(self, plan: Plan) -> Iterator[Finding]:
        used = {entry.pool for entry in plan.entries} | {host.pool for host in plan.hosts}
        for pool in plan.pools:
            if pool.name in used:
                message = f"checks of the pool {pool.name!r} run on the Icinga server, not on {', '.join(pool.workers)}"
                yield self.finding(pool.origin, message)


class HookNotExpressible(PlanRule):
    """A role has hooks, which run on the machine of a failed check. Icinga 2 has no equivalent.

    Its event commands run on the Icinga server.

    Wrong:
        Hook("biggest", ("/usr/bin/ps", "aux"), watch="memory")

    Right:
        Watch(Memory())
    """

    id = "I003"
    severity = "warning"
    hint = "hooks are for Sensu only; remove them if you use only Icinga 2"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for role in plan.roles:
            for hook in role.hooks:
                yield self.finding(hook.origin, f"the hook {hook.name!r} of {role.name} never runs")


class UnreachableNotExpressible(PlanRule):
    """A host notifies when it is unreachable, but Icinga 2 never notifies about a host behind a failed one.

    Its dependencies suppress all notifications of such hosts.

    Wrong:
        HostCheck("ping", notify_on=("down", "unreachable", "recovery"))

    Right:
        HostCheck("ping", notify_on=("down", "recovery"))
    """

    id = "I004"
    severity = "warning"
    hint = "leave unreachable out of notify_on"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for check in plan.host_checks:
            if "unreachable" in check.notify_on:
                yield self.finding(check.origin, "these hosts do not notify of being unreachable")


class ProgramNotUsed(PlanRule):
    """A site names a program for mail or pages, but the objects for Icinga 2 notify with checkwright-notify.

    `checkwright-notify` sends mails with /usr/sbin/sendmail. An address of `page` gets a mail.

    Wrong:
        Site(page="/usr/local/bin/send-page")

    Right:
        Team("shop", email="shop@example.com", channels=(PagerDuty(key=Secret(file="pagerduty-shop")),))
    """

    id = "I005"
    severity = "warning"
    hint = "give the teams channels"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for name in ("mail", "page"):
            program = getattr(plan.site, name)
            if program != getattr(_USUAL, name):
                origin = plan.teams[0].origin if plan.teams else None
                yield self.finding(origin, f"{program}, which the site names for {name}, is not used")


class PerfdataNotWritten(PlanRule):
    """A site sends performance data somewhere, but the build for Icinga 2 does not set this up.

    Icinga 2 has its own features for Graphite, InfluxDB and others.

    Wrong:
        Site(perfdata="graphite:graphite.example.com:2003")

    Right:
        Site()
    """

    id = "I006"
    severity = "warning"
    hint = "enable the feature of Icinga: icinga2 feature enable graphite"

    def find(self, plan: Plan) -> Iterator[Finding]:
        if plan.site.perfdata:
            origin = plan.teams[0].origin if plan.teams else None
            yield self.finding(origin, f"performance data are not sent to {plan.site.perfdata.partition(':')[0]}")


class DowntimeNotExpressible(PlanRule):
    """A downtime that recurs lasts for a day or longer, or is in another time zone than the server's.

    Icinga 2 schedules it by times of day, and reads all times in the time zone of its server.

    Wrong:
        Downtime("first sunday 02:00", "26h", role=database, why="yearly upgrade")

    Right:
        Downtime("first sunday 02:00", "6h", role=database, why="yearly upgrade")
    """

    id = "I009"
    hint = "split it, or plan it in the web interface of Icinga"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for downtime in plan.downtimes:
            if not downtimes.is_expressible(downtime):
                message = f"the downtime {downtime.when!r} lasts {downtime.length} s, not whole minutes of one day"
                yield self.finding(downtime.origin, message)
            elif plan.time_zone:
                message = f"the downtime {downtime.when!r} is in the server's time zone, which must be {plan.time_zone}"
                yield self.finding(downtime.origin, message, severity="warning", hint="set it on the Icinga server")


class BusinessServiceNotExpressible(PlanRule):
    """A business service is computed from the states of its parts, which its check reads from Nagios.

    The build for Icinga 2 leaves it out.

    Wrong:
        checkout = BusinessService("checkout", owner=shop, parts=("api:http",))

    Right:
        Watch(Http(url="https://shop.example.com/checkout"), name="checkout", where="central", per="role")
    """

    id = "I010"
    severity = "warning"
    hint = "watch the service itself from the Icinga server"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for entry in plan.entries:
            if entry.parts:
                yield self.finding(entry.origin, f"the business service {entry.id!r} is left out")


class ObjectTwice(Rule):
    """Two objects of Icinga 2 have the same name, though the registry's names differ.

    The generator joins names with dots.

    Wrong:
        office = Hours("always", "monday-friday 09:00-17:00")

    Right:
        office = Hours("office", "monday-friday 09:00-17:00")
    """

    id = "I007"
    hint = "rename the declaration"


class RefusedByIcinga(Rule):
    """Icinga 2 refuses a built file, or warns about it.

    The message is from `icinga2 daemon -C`. The place is the declaration of the object. If a valid registry leads to
    this finding, please report it.
    """

    id = "I008"


_OWN: tuple[type[PlanRule], ...] = (
    PoolNotExpressible,
    HookNotExpressible,
    UnreachableNotExpressible,
    ProgramNotUsed,
    PerfdataNotWritten,
    DowntimeNotExpressible,
    BusinessServiceNotExpressible,
)
#: Rules of Nagios that hold for any server with the same checks and NRPE daemons.
_SHARED: tuple[tuple[type[PlanRule], ...], ...] = (
    (name_rules.InvalidName, name_rules.UnknownReference, name_rules.DuplicateName, name_rules.ReservedName),
    (
        declaration_rules.ParentCircle,
        declaration_rules.InvalidAddress,
        declaration_rules.InvalidTimes,
        entry_rules.InvalidNumber,
        entry_rules.NoOfficeHours,
        entry_rules.SecretInEnvironment,
        entry_rules.UnresolvablePlaceholder,
        entry_rules.InvalidProgram,
        entry_rules.NothingWatched,
    ),
)


def findings(plan: Plan) -> tuple[Finding, ...]:
    """Return the findings of all rules for a plan, up to and including the first stage with an error."""
    found: list[Finding] = []
    for stage in (*_SHARED, _OWN):
        for rule in stage:
            found += rule().find(plan)
        if any(finding.severity == "error" for finding in found):
            break
    return tuple(found)
