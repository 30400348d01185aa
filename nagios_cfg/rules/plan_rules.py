"""Rules that look at a plan before it is rendered, and their order."""

from __future__ import annotations

from checkwright.registry.findings import Finding, PlanRule
from checkwright.registry.plan import Plan
from nagios_cfg.rules import declaration_rules, entry_rules, name_rules

# The rules of the second stage follow references by name, so they run only if the first stage finds no error.
_STAGES: tuple[tuple[type[PlanRule], ...], ...] = (
    (
        name_rules.InvalidName,
        name_rules.UnknownReference,
        name_rules.DuplicateName,
        name_rules.ReservedName,
    ),
    (
        declaration_rules.ParentCircle,
        declaration_rules.InvalidAddress,
        declaration_rules.InvalidLabel,
        declaration_rules.InvalidRecipient,
        declaration_rules.InvalidTimes,
        entry_rules.InvalidRunbook,
        entry_rules.InvalidNumber,
        entry_rules.NoOfficeHours,
        entry_rules.SecretInEnvironment,
        entry_rules.UnresolvablePlaceholder,
        entry_rules.InvalidProgram,
        declaration_rules.InvalidPool,
        entry_rules.NothingWatched,
        entry_rules.AlertsBeforeNeed,
        entry_rules.AlertsBesideDaemon,
    ),
)


def findings(plan: Plan) -> tuple[Finding, ...]:
    """Return the findings of all rules, up to and including the first stage that finds an error."""
    found: list[Finding] = []
    for stage in _STAGES:
        for rule in stage:
            found += rule().find(plan)
        if any(finding.severity == "error" for finding in found):
            break
    return tuple(found)
