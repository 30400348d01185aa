"""A plan as Sensu Go resources: one namespace, its proxy entities, one check for each entry.

Pure: the same plan gives the same resources in the same order. What runs on the machines
themselves goes to a subscription called after the role; what runs centrally is taken in turns
by the agents that subscribe to `central`, for every entity of the role or for the role's own.
With an asset our own checks run out of it, and else what the site says is installed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from checks.registry.findings import Finding, Refused
from checks.registry.plan import Entry, Plan, Site, Team, Word
from sensu import plan_rules, tokens
from sensu.names import (
    CENTRAL,
    HANDLERS,
    PROJECT_LABEL,
    agent_hosts,
    check_name,
    entity_labels,
    hosts_expression,
    is_proxied,
    role_expression,
)
from sensu.quote import Unquotable, argv
from sensu.resources import Asset, CheckConfig, Entity, Invalid, Namespace, ProxyRequests, Resource, SecretReference

#: Seconds that the agent waits longer than the check's own deadline, so that the check speaks first.
GRACE = 2
#: Rounds without a result before Sensu reports that results stopped coming.
MISSED_ROUNDS = 3


def check(plan: Plan, asset: Asset | None = None) -> tuple[Finding, ...]:
    """What keeps this plan from being carried out by Sensu; nothing when `render` takes it."""
    return _build(plan, asset)[1]


def render(plan: Plan, asset: Asset | None = None) -> tuple[Resource, ...]:
    """The plan's resources in the order in which Sensu needs them; `Refused` with what `check` finds."""
    resources, findings = _build(plan, asset)
    if any(finding.severity == "error" for finding in findings):
        raise Refused(findings)
    return resources


def _build(plan: Plan, asset: Asset | None) -> tuple[tuple[Resource, ...], tuple[Finding, ...]]:
    findings = tuple(plan_rules.findings(plan))
    if findings:
        return (), findings
    resources: list[Resource] = []
    refused: list[Finding] = []
    try:
        resources.append(Namespace(name=plan.environment))
        if asset is not None:
            labels = {PROJECT_LABEL: plan.project, "environment": plan.environment}
            resources.append(replace(asset, namespace=plan.environment, labels=labels))
        resources.extend(_entities(plan))
    except Invalid as error:
        refused.append(Finding("S010", "error", None, str(error)))
    teams = {team.name: team for team in plan.teams}
    role_hosts = {role.name: role.hosts for role in plan.roles}
    for entry in sorted(plan.entries, key=check_name):
        try:
            resources.append(_check(plan, entry, role_hosts.get(entry.role, ()), teams.get(entry.owner), asset))
        except Invalid as error:
            refused.append(Finding("S010", "error", entry.origin, str(error)))
        except Unquotable as error:
            refused.append(Finding("S011", "error", entry.origin, f"{entry.id}: {error}"))
    return tuple(resources), tuple(refused)


def _entities(plan: Plan) -> Iterator[Entity]:
    """An entity for each host that something is watched of and that has no agent to make its own."""
    central = {host for entry in plan.entries if entry.where == "central" for host in entry.hosts}
    wanted = central - agent_hosts(plan)
    for host in sorted(plan.hosts, key=lambda host: host.name):
        if host.name in wanted:
            yield Entity(
                name=host.name,
                namespace=plan.environment,
                labels=entity_labels(plan, host),
                annotations={"origin": str(host.origin)},
            )


def _check(
    plan: Plan, entry: Entry, role_hosts: tuple[str, ...], team: Team | None, asset: Asset | None
) -> CheckConfig:
    passes = 2 if is_proxied(entry) else 1
    known = {"environment": plan.environment, "role": entry.role}
    assets = (asset.name,) if asset is not None and entry.check else ()
    command = _out_of_the_asset(entry, plan.site) if assets else entry.command
    quoted = argv(command, env=entry.env, known=known, passes=passes, on_path=bool(assets))
    timeout = entry.deadline + GRACE
    return CheckConfig(
        name=check_name(entry),
        namespace=plan.environment,
        labels=_literal(_labels(plan, entry), passes),
        annotations=_literal(_annotations(entry, team), passes),
        command=quoted.command,
        runtime_assets=assets,
        env_vars=quoted.env_vars,
        secrets=tuple(
            SecretReference(name=secret.where, secret=secret.where) for secret in entry.secrets if secret.kind == "env"
        ),
        interval=entry.interval,
        timeout=timeout,
        ttl=MISSED_ROUNDS * entry.interval + timeout if entry.where == "host" else 0,
        subscriptions=_subscriptions(entry, role_hosts),
        round_robin=entry.where == "central",
        proxy_entity_name=entry.hosts[0] if entry.per == "role" else "",
        proxy_requests=_proxy_requests(entry, role_hosts) if is_proxied(entry) else None,
        handlers=HANDLERS[entry.notify],
        output_metric_format="nagios_perfdata",
    )


def _out_of_the_asset(entry: Entry, site: Site) -> tuple[Word, ...]:
    """The entry's argv with the command that an asset puts on PATH, which knows its project by itself."""
    if any(name == "PATH" for name, _ in entry.env):
        raise Unquotable("its environment sets PATH, on which an agent finds the asset's command")
    own = (("--project",), (site.project,))
    rest = entry.command[1:]
    return (("check",), *(rest[2:] if rest[:2] == own else rest))


def _subscriptions(entry: Entry, role_hosts: tuple[str, ...]) -> tuple[str, ...]:
    if entry.where == "central":
        return (CENTRAL,)
    if covers_all(entry, role_hosts):
        return (entry.role,)
    return tuple(f"entity:{host}" for host in sorted(entry.hosts))


def covers_all(entry: Entry, role_hosts: tuple[str, ...]) -> bool:
    """Whether an entry is for every host of its role, so that it need not name them."""
    # Lengths first: a plan may have an entry for every host of a large role.
    return len(entry.hosts) == len(role_hosts) and set(entry.hosts) == set(role_hosts)


def _proxy_requests(entry: Entry, role_hosts: tuple[str, ...]) -> ProxyRequests:
    if covers_all(entry, role_hosts):
        return ProxyRequests(entity_attributes=(role_expression(entry.role),))
    if 2 * len(entry.hosts) <= len(role_hosts):
        return ProxyRequests(entity_attributes=(hosts_expression(entry.hosts),))
    others = tuple(set(role_hosts) - set(entry.hosts))
    return ProxyRequests(entity_attributes=(role_expression(entry.role), hosts_expression(others, wanted=False)))


def _labels(plan: Plan, entry: Entry) -> dict[str, str]:
    return {
        PROJECT_LABEL: plan.project,
        "environment": plan.environment,
        "owner": entry.owner,
        "role": entry.role,
    }


def _annotations(entry: Entry, team: Team | None) -> dict[str, str]:
    """What a person or a handler asks about a check.

    `fatigue_check/occurrences` is read by Sensu's fatigue check filter: that many
    bad results in a row before anybody is told.
    """
    annotations = {
        "fatigue_check/occurrences": str(entry.attempts),
        "origin": str(entry.origin),
        "summary": entry.summary,
        "runbook": entry.runbook,
        "why": "\n".join(entry.why),
        "quiet": ",".join(entry.quiet),
        "email": team.email if team else "",
        "pager": team.page if team else "",
    }
    return {key: value for key, value in annotations.items() if value}


def _literal(values: Mapping[str, str], passes: int) -> dict[str, str]:
    return {key: tokens.literal(value, passes) for key, value in sorted(values.items())}
