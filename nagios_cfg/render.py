"""From a plan to the files that Nagios, NRPE, sudo and mod_gearman read. Equal plans give equal bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from checkwright.registry.findings import Finding, FindingsError
from checkwright.registry.plan import Plan
from nagios_cfg import (
    broker_pools,
    downtime_timer,
    escalations,
    hosts,
    needed_services,
    notifications,
    nrpe,
    nrpe_daemons,
    perfdata,
    program_notifications,
    readme,
    services,
    sudoers,
)
from nagios_cfg.cfgfile import dumps, join_blocks, one_line
from nagios_cfg.check_commands import CheckCommands
from nagios_cfg.folders import GEARMAN, NAGIOS, NRPE, PERFDATA, SUDOERS
from nagios_cfg.maintenance import Windows
from nagios_cfg.names import Names
from nagios_cfg.notifications import Programs
from nagios_cfg.object_faults import duplicates
from nagios_cfg.objects import Definition
from nagios_cfg.rules import plan_rules
from nagios_cfg.rules.rendering_rules import ObjectTwice
from nagios_cfg.service_groups import ServiceGroups
from nagios_cfg.timeperiods import Periods


def check(plan: Plan) -> tuple[Finding, ...]:
    """Return what Nagios, NRPE or sudo cannot express. `render` refuses a plan with an error among these."""
    return _compile(plan).findings


def render(plan: Plan, programs: Programs | None = None) -> dict[str, str]:
    """Return {relative path: text} of all files of an environment. Nothing is written.

    `nagios/` is for a `cfg_dir`, `nrpe/` and `sudoers/` for the machines, `gearman/` for pools, `perfdata/` for the
    sender of performance data, `notify/` for notifications through channels, `downtimes/` for the timer. main.cfg holds
    the settings that the main configuration needs, README.txt explains the files. `programs` send the notifications
    and default to the site's.
    Raises FindingsError when `check` finds an error.
    """
    found, files = check_and_render(plan, programs)
    if _has_error(found):
        raise FindingsError(found)
    return files


def check_and_render(plan: Plan, programs: Programs | None = None) -> tuple[tuple[Finding, ...], dict[str, str]]:
    """Return the results of `check` and `render` in half the time. There are no files when an error is found."""
    compiled = _compile(plan, programs)
    if _has_error(compiled.findings):
        return compiled.findings, {}
    heading, objects = _heading(plan), compiled.objects
    files = compiled.texts
    files |= {f"{NAGIOS}/{path}": dumps(definitions, heading) for path, definitions in objects.items()}
    files |= {f"{GEARMAN}/{path}": text for path, text in broker_pools.files(plan, heading).items()}
    files |= {f"{PERFDATA}/{path}": text for path, text in perfdata.files(plan, heading).items()}
    files |= program_notifications.files(plan)
    files |= downtime_timer.files(plan, heading)
    files |= {file.path: file.text for file in plan.files}
    files["main.cfg"] = readme.main_settings(plan, heading)
    files["README.txt"] = readme.readme(plan)
    return compiled.findings, dict(sorted(files.items()))


@dataclass
class _Compiled:
    """Findings of a plan. Without an error also the definitions by object file, and the texts of other files.

    Services are texts already: their definitions would be the largest part of the memory.
    """

    findings: tuple[Finding, ...]
    objects: dict[str, list[Definition]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def _compile(plan: Plan, programs: Programs | None = None) -> _Compiled:
    found = plan_rules.findings(plan)
    if _has_error(found):
        return _Compiled(found)
    names = Names(plan.environment)
    commands = CheckCommands(plan, names)
    nrpe_files, of_nrpe = nrpe.files(plan, _heading(plan))
    sudoers_files, of_sudo = sudoers.files(plan, _heading(plan))
    found = (*found, *commands.findings, *of_nrpe, *of_sudo)
    if _has_error(found):
        return _Compiled(found)
    objects, texts = _objects(plan, names, commands, programs or Programs(plan.site.mail, plan.site.page))
    found += tuple(
        ObjectTwice.finding(fault.definition.origin, fault.message)
        for fault in duplicates(definition for definitions in objects.values() for definition in definitions)
    )
    texts |= {f"{NRPE}/{path}": text for path, text in nrpe_files.items()}
    texts |= {f"{SUDOERS}/{path}": text for path, text in sudoers_files.items()}
    return _Compiled(found, objects, texts)


def _objects(
    plan: Plan, names: Names, commands: CheckCommands, programs: Programs
) -> tuple[dict[str, list[Definition]], dict[str, str]]:
    """Return the definitions by object file, and the files of services, which names of duplicates do not concern."""
    periods = Periods(plan, names)
    windows = Windows(plan)
    groups = ServiceGroups(plan, names)

    def join(*parts: Iterable[Definition]) -> list[Definition]:
        return [definition for part in parts for definition in part]

    files = {
        "commands.cfg": join(
            hosts.commands(plan, names),
            notifications.commands(plan, names, programs),
            commands.definitions(),
            nrpe_daemons.commands(plan, names),
            perfdata.commands(plan, names),
        ),
        "contacts.cfg": join(notifications.contacts(plan, names)),
        "groups.cfg": join(hosts.groups(plan, names), groups.definitions()),
        "hosts.cfg": join(hosts.definitions(plan, names, periods, windows)),
        "templates.cfg": join(
            [notifications.template(names)],
            hosts.templates(plan, names),
            services.templates(plan, names, commands),
            nrpe_daemons.templates(plan, names),
            needed_services.templates(plan, names),
            escalations.templates(plan, names),
        ),
    }
    if agents := join(nrpe_daemons.definitions(plan, names, periods, windows, groups)):
        files["agents.cfg"] = agents
    if needed := join(needed_services.definitions(plan, names)):
        files["needed.cfg"] = needed
    if escalated := join(escalations.definitions(plan, names, periods)):
        files["escalations.cfg"] = escalated
    # A role's services follow each other in a resolved plan, so that few of them are held as single texts.
    blocks: dict[str, list[str]] = {}
    written = services.texts(plan, names, periods, windows, commands, groups)
    for role, group in groupby(written, key=itemgetter(0)):
        blocks.setdefault(role, []).append("\n".join([text for _, text in group]))
    texts = {}
    for role in tuple(blocks):
        texts[f"{NAGIOS}/services/{role}.cfg"] = join_blocks(blocks.pop(role), _heading(plan))
    files["timeperiods.cfg"] = join(periods.definitions())  # last: the others register periods
    return files, texts


def _heading(plan: Plan) -> tuple[str, ...]:
    return (
        f"Generated by checkwright from the project {one_line(plan.project)}, environment {plan.environment}.",
        "Do not edit: change the registry and build again.",
    )


def _has_error(findings: tuple[Finding, ...]) -> bool:
    return any(finding.severity == "error" for finding in findings)
