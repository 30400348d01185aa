"""Application of the registry's rules, and those rules that are not about one resolved environment."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module

from checkwright.registry import rules
from checkwright.registry.findings import Finding, Rule
from checkwright.registry.plan import Origin
from checkwright.registry.registry import Registry
from checkwright.registry.rules.override_rules import ExpiredOverride
from checkwright.registry.rules.pool_rules import SharedGearmand
from checkwright.registry.rules.project_check_rules import ProjectRule, project_checks
from checkwright.registry.rules.subject import RegistryRule, Subject


class HostInTwoEnvironments(Rule):
    """Two environments have a host of the same name.

    One Nagios may include all environments. Only `checkctl lint` applies this rule.

    Wrong:
        qa = Environment("qa", site=Site(), hosts=(Host("web-1", "10.8.0.11", roles=(web,)),))
        live = Environment("live", site=Site(), hosts=(Host("web-1", "10.0.0.11", roles=(web,)),))

    Right:
        qa = Environment("qa", site=Site(), hosts=(Host("web-qa", "10.8.0.11", roles=(web,)),))
        live = Environment("live", site=Site(), hosts=(Host("web-1", "10.0.0.11", roles=(web,)),))
    """

    id = "R005"
    hint = "rename one of them"

    def find(self, hosts: Mapping[str, Mapping[str, Origin]]) -> Iterator[Finding]:
        """Yield all findings. `hosts` maps each environment to its host names with their origins."""
        seen: dict[str, tuple[str, Origin]] = {}
        for environment, names in hosts.items():
            for name, origin in names.items():
                other, place = seen.setdefault(name, (environment, origin))
                if other != environment:
                    yield self.finding(origin, f"host {name!r} is in {environment} and in {other} ({place})")


@cache
def environment_rules() -> tuple[RegistryRule, ...]:
    """Return one instance of each rule about one environment, sorted by id."""
    found = {}
    for module in pkgutil.iter_modules(rules.__path__, f"{rules.__name__}."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, RegistryRule) and value is not RegistryRule:
                found[value.id] = value()
    return tuple(found[id] for id in sorted(found))


def findings(subject: Subject, *, lint: bool = False) -> tuple[Finding, ...]:
    """Return all findings in one resolved environment. For `lint` an expired override is an error."""
    found: list[Finding] = []
    for rule in environment_rules():
        of_rule = _relative(subject.registry, rule.find(subject))
        strict = lint and isinstance(rule, ExpiredOverride)
        found += (replace(one, severity="error") for one in of_rule) if strict else of_rule
    return tuple(dict.fromkeys(found))


def findings_across(registry: Registry, hosts: Mapping[str, Mapping[str, Origin]]) -> Iterator[Finding]:
    """Yield findings of the rules that compare environments. `hosts` are those of each, with their origins."""
    yield from HostInTwoEnvironments().find(hosts)
    yield from _relative(registry, SharedGearmand().find(registry))
    checks = project_checks(registry)
    for kind in ProjectRule.__subclasses__():
        yield from _relative(registry, kind().find(registry, checks))


def _relative(registry: Registry, found: Iterator[Finding]) -> Iterator[Finding]:
    for one in found:
        yield replace(one, origin=registry.relative(one.origin)) if one.origin else one
