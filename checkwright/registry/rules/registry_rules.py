"""The rules of a registry: each with an id that stays, a severity, and what to do.

R001 and R002 are found while a project is loaded, all others in a resolved environment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from checkwright.registry.findings import Finding
from checkwright.registry.plan import Origin
from checkwright.registry.registry import Registry
from checkwright.registry.rules import host_rules, override_rules, pool_rules, watch_rules
from checkwright.registry.rules.subject import Said, Subject

#: The one rule that is stricter in lint: a build goes on with an override past its date.
OUTDATED = "R016"


@dataclass(frozen=True, slots=True)
class Rule:
    """title: what is wrong, as a heading. look: all places where it is, each with a sentence."""

    id: str
    title: str
    severity: Literal["error", "warning"]
    hint: str
    look: Callable[[Subject], Iterator[Said]]


_RULES = (
    Rule("R003", "Two declarations of one name", "error", "rename one of them", host_rules.names_twice),
    Rule("R004", "A host twice in one environment", "error", "rename one of them", host_rules.hosts_twice),
    Rule("R006", "An unknown role", "error", "declare it in the fleet, or correct the name", host_rules.unknown_roles),
    Rule("R007", "A host without address", "error", "give it an IP address or a DNS name", host_rules.addresses),
    Rule("R008", "An unknown parent", "error", "declare it, or correct the name", host_rules.unknown_parents),
    Rule("R009", "A value that a shell would read", "error", "write it without these", host_rules.shell_text),
    Rule(
        "R010",
        "An unknown placeholder",
        "error",
        "{{NAME}} in double braces is a literal {NAME}",
        watch_rules.unknown,
    ),
    Rule(
        "R011",
        "A host's placeholder in a watch per role",
        "error",
        'leave it out, or watch per="host"',
        watch_rules.of_a_host,
    ),
    Rule(
        "R012",
        "A label that a host lacks, or of the wrong kind",
        "error",
        "give the host this label, with a value that the option can be",
        watch_rules.labels,
    ),
    Rule("R013", "A watch twice on one host", "error", 'give one of them a name="..."', watch_rules.twice),
    Rule("R014", "A warning that comes after the critical", "error", "the warning must come first", watch_rules.order),
    Rule(
        "R015",
        "An override or a maintenance without a why",
        "error",
        "say in one sentence why",
        override_rules.without_why,
    ),
    Rule(OUTDATED, "An override past its date", "warning", "remove it, or give it a new date", override_rules.outdated),
    Rule(
        "R017",
        "An override that matches nothing",
        "error",
        "remove it, or correct it",
        override_rules.matching_nothing,
    ),
    Rule("R018", "A runbook that is no URL", "error", "http:// or https://", watch_rules.runbooks),
    Rule("R019", "A role without a runbook", "warning", "write down what to do, and where", watch_rules.no_runbook),
    Rule("R020", "A role that watches nothing", "warning", "give it watches or hosts, or remove it", watch_rules.idle),
    Rule("R021", "Options that do not fit together", "error", "see check NAME --help", watch_rules.options),
    Rule("R022", "A check that its command would not find", "error", "rename the check", watch_rules.hidden),
    Rule(
        "R023",
        "A secret written into the registry",
        "error",
        "set a variable that names a file, or give the option a Secret(file=...)",
        watch_rules.secrets,
    ),
    Rule(
        "R024",
        "A watch without the threshold that its check needs",
        "error",
        "no default would be right for all",
        watch_rules.limits_needed,
    ),
    Rule(
        "R025",
        "A check that may take longer than its interval",
        "warning",
        "run it more rarely, or give it less time: every=, deadline=",
        watch_rules.too_slow,
    ),
    Rule(
        "R026",
        "A host without roles",
        "warning",
        "give it roles, or remove it: nothing is watched on it, and nobody is told",
        host_rules.without_roles,
    ),
    Rule("R027", "A maintenance that is over", "warning", "remove it", override_rules.over),
    Rule(
        "R028",
        "A maintenance that covers nothing",
        "error",
        "remove it, or correct it",
        override_rules.matching_nothing_in_maintenance,
    ),
    Rule(
        "R030",
        "A hook that runs after nothing",
        "warning",
        "correct the names in watch=, or remove it",
        watch_rules.useless_hooks,
    ),
    Rule(
        "R031",
        "A watch that runs as another account, and on no machine of its own",
        "error",
        'leave run_as out, or let it run there: where="host"',
        watch_rules.nowhere_to_be,
    ),
    Rule(
        "R040",
        "Two pools of one name",
        "error",
        "rename one of them",
        pool_rules.twice,
    ),
    Rule(
        "R041",
        "An unknown pool",
        "error",
        "declare it in the environment, or correct the name",
        pool_rules.unknown,
    ),
    Rule(
        "R042",
        "A pool that nobody serves",
        "error",
        "name the machines on which its workers run: workers=(...)",
        pool_rules.unserved,
    ),
    Rule(
        "R043",
        "A pool in which nothing runs",
        "warning",
        "give it something to do by where= or a host's pool=, or remove it",
        pool_rules.idle,
    ),
    Rule(
        "R044",
        "A queue that cannot be",
        "error",
        "name another one, or leave queues out",
        pool_rules.queues,
    ),
    Rule(
        "R045",
        "A queue of two pools",
        "error",
        "give each pool a queue of its own for its checks",
        pool_rules.shared,
    ),
    Rule(
        "R046",
        "A pool that does not reach what it checks",
        "error",
        "say so in reaches=, or run it elsewhere",
        pool_rules.unreachable,
    ),
    Rule(
        "R047",
        "A pool that may not run what it is given",
        "error",
        'name the folder in plugins=, or let Nagios run it: where="central"',
        pool_rules.may_not_run,
    ),
    Rule(
        "R048",
        "Pools of one environment that do not fit together",
        "error",
        "one broker module has one list of gearmands and one key; via= is for tunnels",
        pool_rules.apart,
    ),
    Rule(
        "R049",
        "A check of gearmand that travels through gearmand",
        "error",
        'where="central", so that Nagios runs it itself',
        pool_rules.watching_itself,
    ),
    Rule(
        "R050",
        "A pool without a key",
        "warning",
        "give it a key_file",
        pool_rules.in_clear,
    ),
    Rule(
        "R052",
        "A machine that works for two pools",
        "error",
        "leave it to one of them",
        pool_rules.at_once,
    ),
)

#: All ids and titles, for the docs.
RULES: Mapping[str, str] = MappingProxyType(
    dict(
        sorted(
            {
                "R001": "A fleet module or an inventory that cannot be read",
                "R002": "A fleet module that computes",
                "R005": "A host in two environments",
                "R051": "A gearmand of two environments",
                **{rule.id: rule.title for rule in _RULES},
            }.items()
        )
    )
)


def findings(subject: Subject, *, lint: bool = False) -> tuple[Finding, ...]:
    """All that the rules find in one resolved environment. For lint an override past its date is an error."""
    found: list[Finding] = []
    for rule in _RULES:
        severity = "error" if lint and rule.id == OUTDATED else rule.severity
        found += (
            Finding(rule.id, severity, subject.registry.relative(origin) if origin else None, message, rule.hint)
            for origin, message in rule.look(subject)
        )
    return tuple(dict.fromkeys(found))


def in_two_environments(hosts: Mapping[str, Mapping[str, Origin]]) -> Iterator[Finding]:
    """R005, of the host names and origins by environment: one Nagios may include all environments."""
    seen: dict[str, tuple[str, Origin]] = {}
    for environment, names in hosts.items():
        for name, origin in names.items():
            other, where = seen.setdefault(name, (environment, origin))
            if other != environment:
                message = f"host {name!r} is in {environment} and in {other} ({where})"
                yield Finding("R005", "error", origin, message, "a host belongs to one environment: rename one of them")


def on_one_gearmand(registry: Registry) -> Iterator[Finding]:
    """R051: results are on one queue, so that of two Nagios each would take those of the other."""
    hint = "two Nagios need two gearmands; it is right where one Nagios includes both environments"
    for origin, message in pool_rules.on_one_gearmand(registry):
        yield Finding("R051", "warning", registry.relative(origin) if origin else None, message, hint)
