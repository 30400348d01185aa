"""Rendering of a plan as Sensu Go resources: a namespace, proxy entities, and one check for each entry.

Equal plans give equal resources in the same order. A check that runs on the machines themselves subscribes to the
name of its role. Central checks run in turns on the agents that subscribe to `central`, for every entity of the role
or for the entity of the role itself. With an asset, checkwright's own checks run from it. Otherwise they run the
command that the site names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from checkwright.registry.catalogue_links import host_annotation, watch_url
from checkwright.registry.findings import Finding, FindingsError
from checkwright.registry.plan import (
    Entry,
    Hook,
    Plan,
    Role,
    SensuAgents,
    Site,
    Team,
    Word,
    as_account,
    without_business_services,
)
from sensu import host_checks, plan_rules, routing, tokens
from sensu.conditions import ATTEMPTS
from sensu.handlers import HookConfig
from sensu.host_routing import HostRouting
from sensu.names import (
    PROJECT_LABEL,
    agent_hosts,
    check_name,
    entity_labels,
    hook_name,
    hosts_expressions,
    is_proxied,
    role_expression,
    runners,
)
from sensu.plan_rules import InvalidResource, UnquotableCommand
from sensu.quote import Quoted, Unquotable, argv, literal_argv
from sensu.resources import (
    Asset,
    CheckConfig,
    CheckHook,
    Entity,
    Invalid,
    Namespace,
    ProxyRequests,
    Resource,
    SecretReference,
)

#: Seconds that the agent waits after the check's own deadline, so that the check can report the timeout itself.
GRACE = 2
#: Option of our checks for an output that the agent reads without an error in its log. One word, for allow lists.
AGENT_OUTPUT: Word = ("--output=sensu",)
#: Rounds without a result after which Sensu reports that results are missing.
MISSED_ROUNDS = 3


def check(plan: Plan, asset: Asset | None = None) -> tuple[Finding, ...]:
    """Return what a lint reports of a plan: what Sensu cannot express, and what would not work there."""
    return _build(plan, asset, plan_rules.lint_findings(plan))[1]


def render(plan: Plan, asset: Asset | None = None) -> tuple[Resource, ...]:
    """Return the resources of a plan in the order that Sensu needs. Raises `FindingsError` with all findings."""
    return build(plan, asset)[0]


def build(plan: Plan, asset: Asset | None = None) -> tuple[tuple[Resource, ...], tuple[Finding, ...]]:
    """Return the plan's resources, and the warnings of `check`. Raises `FindingsError` as `render` does."""
    resources, findings = _build(plan, asset, plan_rules.build_findings(plan))
    if any(finding.severity == "error" for finding in findings):
        raise FindingsError(findings)
    return resources, findings


def _build(
    plan: Plan, asset: Asset | None, findings: Iterable[Finding]
) -> tuple[tuple[Resource, ...], tuple[Finding, ...]]:
    found = tuple(findings)
    plan = without_business_services(plan)
    if any(finding.severity == "error" for finding in found):
        return (), found
    resources: list[Resource] = []
    refused: list[Finding] = []
    try:
        resources.append(Namespace(name=plan.environment))
        if asset is not None:
            labels = {PROJECT_LABEL: plan.project, "environment": plan.environment}
            resources.append(replace(asset, namespace=plan.environment, labels=labels))
        host_routing = HostRouting(plan)
        hosts = host_checks.host_checks(plan, host_routing)
        resources.extend(routing.resources(plan, host_routing.all_routes()))
        resources.extend(_hooks(plan))
        resources.extend(_entities(plan, host_checks.host_check_labels(hosts)))
        pings = [host_checks.rendered(plan, host_routing, one) for one in hosts]
    except Invalid as error:
        pings = []
        refused.append(InvalidResource.finding(None, str(error)))
    teams = {team.name: team for team in plan.teams}
    roles = {role.name: role for role in plan.roles}
    commands: dict[tuple[object, ...], Quoted] = {}
    for entry in sorted(plan.entries, key=check_name):
        try:
            resources.append(_check(plan, entry, roles.get(entry.role), teams.get(entry.owner), asset, commands))
        except Invalid as error:
            refused.append(InvalidResource.finding(entry.origin, str(error)))
        except Unquotable as error:
            refused.append(UnquotableCommand.finding(entry.origin, f"{entry.id}: {error}"))
    return (*resources, *pings), (*found, *refused)


def _hooks(plan: Plan) -> Iterator[HookConfig]:
    for role in plan.roles:
        for hook in role.hooks:
            yield HookConfig(
                name=hook_name(role.name, hook.name),
                namespace=plan.environment,
                labels={PROJECT_LABEL: plan.project, "environment": plan.environment, "role": role.name},
                annotations={"origin": str(hook.origin)},
                command=tokens.literal(literal_argv(hook.command).command),
                timeout=hook.timeout,
                stdin=hook.stdin,
            )


def _entities(plan: Plan, labels: Mapping[str, dict[str, str]]) -> Iterator[Entity]:
    """Yield a proxy entity for each watched host without an agent, which would create its own entity."""
    central = {host for entry in plan.entries if entry.where == "central" for host in entry.hosts}
    without_agent = central - agent_hosts(plan)
    for host in sorted(plan.hosts, key=lambda host: host.name):
        if host.name in without_agent:
            yield Entity(
                name=host.name,
                namespace=plan.environment,
                labels=entity_labels(plan, host) | labels.get(host.name, {}),
                annotations={"origin": str(host.origin)} | host_annotation(plan, host.name),
            )


def _check(
    plan: Plan,
    entry: Entry,
    role: Role | None,
    team: Team | None,
    asset: Asset | None,
    commands: dict[tuple[object, ...], Quoted],
) -> CheckConfig:
    role_hosts = role.hosts if role else ()
    low, high = plan.routes.flapping if plan.routes else (0, 0)
    passes = 2 if is_proxied(entry) else 1
    known = {"environment": plan.environment, "role": entry.role}
    # sudo does not find an asset's command, and must not run files that the agent's account may write.
    assets = (asset.name,) if asset is not None and entry.check and not entry.run_as else ()
    command, env = as_account(entry)
    if entry.check:
        command = _for_agent(entry, command)
    if assets:
        command = _asset_command(entry, command, plan.site)
    # Most variants of a watch have the same command.
    key = (command, env, entry.role, passes, bool(assets))
    quoted = commands.get(key)
    if quoted is None:
        quoted = commands[key] = argv(command, env=env, known=known, passes=passes, on_path=bool(assets))
    timeout = entry.deadline + GRACE
    return CheckConfig(
        name=check_name(entry),
        namespace=plan.environment,
        labels=_literal(labels_of(plan, entry), passes),
        annotations=_literal(annotations_of(plan, entry, team), passes),
        command=quoted.command,
        runtime_assets=assets,
        env_vars=quoted.env_vars,
        secrets=tuple(
            SecretReference(name=secret.where, secret=secret.where) for secret in entry.secrets if secret.kind == "env"
        ),
        interval=entry.interval,
        timeout=timeout,
        ttl=ttl_of(plan, entry) if entry.where == "host" else 0,
        subscriptions=_subscriptions(entry, role_hosts),
        round_robin=entry.where == "central",
        proxy_entity_name=entry.hosts[0] if entry.per == "role" else "",
        proxy_requests=_proxy_requests(entry, role_hosts) if is_proxied(entry) else None,
        check_hooks=_check_hooks(entry, role.hooks if role else ()),
        handlers=routing.handlers_of(plan, entry),
        pipelines=routing.pipelines_of(plan, entry),
        output_metric_format="nagios_perfdata",
        output_metric_handlers=plan.routes.metrics if plan.routes else (),
        output_metric_tags=routing.metric_tags(plan, entry),
        low_flap_threshold=low,
        high_flap_threshold=high,
    )


def ttl_of(plan: Plan, entry: Entry) -> int:
    """Return the seconds without a result after which Sensu reports that results are missing.

    It is longer than the warning time of keepalives. So a dead machine is reported by its keepalive, which stops the
    ttl of all its checks.
    """
    agents = plan.sensu_agents or SensuAgents()
    timeout = entry.deadline + GRACE
    return max(MISSED_ROUNDS * entry.interval, agents.warning + entry.interval) + timeout


def check_config(plan: Plan, entry: Entry) -> CheckConfig:
    """Return the check of one entry. Raises Invalid, Unquotable."""
    role = next((role for role in plan.roles if role.name == entry.role), None)
    team = next((team for team in plan.teams if team.name == entry.owner), None)
    return _check(plan, entry, role, team, None, {})


def _check_hooks(entry: Entry, hooks: tuple[Hook, ...]) -> tuple[CheckHook, ...]:
    """Return one item for each kind of result, because Sensu keeps only one kind of an item."""
    names: dict[str, list[str]] = {}
    for hook in hooks:
        if hook.name in entry.hooks:
            for result in hook.on:
                names.setdefault(result, []).append(hook_name(entry.role, hook.name))
    return tuple(CheckHook(on=result, hooks=tuple(names[result])) for result in sorted(names))


def _for_agent(entry: Entry, command: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return the argv of a check with the output for an agent, after the check's name.

    `command` is that of the entry, `CHECK [--project DIR] NAME ...`, with words for another account in front.
    """
    own = entry.command
    name = 3 if own[1:2] == (("--project",),) else 1
    if own[name : name + 1] != ((entry.check,),):
        return command
    end = len(command) - len(own) + name + 1
    return (*command[:end], AGENT_OUTPUT, *command[end:])


def _asset_command(entry: Entry, command: tuple[Word, ...], site: Site) -> tuple[Word, ...]:
    """Return an argv with the asset's command, which is on PATH and needs no --project."""
    if any(name == "PATH" for name, _ in entry.env):
        raise Unquotable("its environment sets PATH, so the agent would not find the asset's command")
    own = (("--project",), (site.project,))
    rest = command[1:]
    return (("check",), *(rest[2:] if rest[:2] == own else rest))


def _subscriptions(entry: Entry, role_hosts: tuple[str, ...]) -> tuple[str, ...]:
    if entry.where == "central":
        return (runners(entry),)
    if covers_all(entry, role_hosts):
        return (entry.role,)
    return tuple(f"entity:{host}" for host in sorted(entry.hosts))


def covers_all(entry: Entry, role_hosts: tuple[str, ...]) -> bool:
    """Return True if an entry is for every host of its role, so that it need not name them."""
    # Lengths first, because a plan may have an entry for every host of a large role.
    return len(entry.hosts) == len(role_hosts) and set(entry.hosts) == set(role_hosts)


def _proxy_requests(entry: Entry, role_hosts: tuple[str, ...]) -> ProxyRequests:
    if covers_all(entry, role_hosts):
        return ProxyRequests(entity_attributes=(role_expression(entry.role),))
    others = tuple(set(role_hosts) - set(entry.hosts))
    return ProxyRequests(entity_attributes=hosts_expressions(entry.hosts, others, entry.role))


def labels_of(plan: Plan, entry: Entry) -> dict[str, str]:
    """Return the labels that select checks. Tokens in the text are not escaped."""
    return {
        PROJECT_LABEL: plan.project,
        "environment": plan.environment,
        "owner": entry.owner,
        "role": entry.role,
    }


def annotations_of(plan: Plan, entry: Entry, team: Team | None) -> dict[str, str]:
    """Return the annotations of a check, which handlers read and people look up.

    The attempts, the number of bad results in a row before a notification, are read by the generated event filters
    and by Sensu's fatigue check filter.
    """
    annotations = {
        ATTEMPTS: str(entry.attempts),
        "origin": str(entry.origin),
        "summary": entry.summary,
        "runbook": entry.runbook,
        "catalogue": watch_url(plan, entry.role, entry.name),
        "why": "\n".join(entry.why),
        "quiet": ",".join(entry.quiet),
        "email": team.email if team else "",
        "pager": team.page if team else "",
    }
    return {key: value for key, value in annotations.items() if value}


def _literal(values: Mapping[str, str], passes: int) -> dict[str, str]:
    return {key: tokens.literal(value, passes) for key, value in sorted(values.items())}
