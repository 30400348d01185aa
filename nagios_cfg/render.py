"""From a plan to the files that Nagios and NRPE read: nothing is written, equal plans give equal bytes."""

from __future__ import annotations

from collections.abc import Iterable

from checkwright.registry.findings import Finding, Refused
from checkwright.registry.plan import Plan
from nagios_cfg import (
    broker_pools,
    escalations,
    hosts,
    notifications,
    nrpe,
    nrpe_daemons,
    readme,
    services,
    sudoers,
)
from nagios_cfg.cfgfile import dumps, one_line
from nagios_cfg.maintenance import Windows
from nagios_cfg.names import Names
from nagios_cfg.notifications import Programs
from nagios_cfg.objects import Definition, duplicates
from nagios_cfg.rules import plan_rules
from nagios_cfg.timeperiods import Periods

#: The folder that a Nagios includes by `cfg_dir=`, and the one that goes to the machines.
NAGIOS = "nagios"
NRPE = "nrpe"
#: What belongs to pools: for the broker module and for the workers.
GEARMAN = "gearman"
#: What goes to the machines for sudo.
SUDOERS = "sudoers"


def check(plan: Plan) -> tuple[Finding, ...]:
    """Return what Nagios could not be told of this plan; render refuses a plan with an error among these."""
    return _compile(plan)[0]


def render(plan: Plan, programs: Programs | None = None) -> dict[str, str]:
    """Return {relative path: text}: `nagios/` for a `cfg_dir`, `nrpe/` and `sudoers/` for the machines, and two more.

    These are main.cfg, what the main configuration must hold, and README.txt; with pools also `gearman/`, for the
    broker module and the workers. `programs` send the notifications, the site's unless given. Raises Refused when
    `check` finds an error.
    """
    found, files = check_and_render(plan, programs)
    if _stops(found):
        raise Refused(found)
    return files


def check_and_render(plan: Plan, programs: Programs | None = None) -> tuple[tuple[Finding, ...], dict[str, str]]:
    """Return what `check` and `render` return, in half the time; no files when an error is found."""
    found, objects = _compile(plan, programs)
    if _stops(found):
        return found, {}
    heading = (
        f"Made by checkwright from the project {one_line(plan.project)}, environment {plan.environment}.",
        "Change the registry and build again; what is changed here is lost.",
    )
    # Each file's objects go as its text comes: together they are the most that is ever held.
    files = {f"{NAGIOS}/{path}": dumps(objects.pop(path), heading) for path in tuple(objects)}
    files |= {f"{NRPE}/{path}": text for path, text in nrpe.files(plan, heading).items()}
    files |= {f"{GEARMAN}/{path}": text for path, text in broker_pools.files(plan, heading).items()}
    files |= {f"{SUDOERS}/{path}": text for path, text in sudoers.files(plan, heading).items()}
    files["main.cfg"] = readme.main_settings(plan, heading)
    files["README.txt"] = readme.readme(plan)
    return found, dict(sorted(files.items()))


def _stops(findings: tuple[Finding, ...]) -> bool:
    return any(finding.severity == "error" for finding in findings)


def _compile(plan: Plan, programs: Programs | None = None) -> tuple[tuple[Finding, ...], dict[str, list[Definition]]]:
    """Return what is to be said of a plan and, when that stops nothing, the objects by file."""
    found = plan_rules.findings(plan)
    if _stops(found):
        return found, {}
    objects = _objects(plan, programs or Programs(plan.site.mail, plan.site.page))
    twice = duplicates(definition for definitions in objects.values() for definition in definitions)
    found += tuple(
        Finding("N017", "error", fault.definition.origin, fault.message, "rename what it is made from")
        for fault in twice
    )
    return found, objects


def _objects(plan: Plan, programs: Programs) -> dict[str, list[Definition]]:
    names = Names(plan.environment)
    periods = Periods(plan, names)
    windows = Windows(plan)
    commands = services.Commands(plan, names)

    def together(*parts: Iterable[Definition]) -> list[Definition]:
        return [definition for part in parts for definition in part]

    files = {
        "commands.cfg": together(
            hosts.commands(plan, names),
            notifications.commands(names, programs),
            commands.definitions(),
            nrpe_daemons.commands(plan, names),
        ),
        "contacts.cfg": together(notifications.contacts(plan, names)),
        "groups.cfg": together(hosts.groups(plan, names), services.groups(plan, names)),
        "hosts.cfg": together(hosts.definitions(plan, names, periods, windows)),
        "templates.cfg": together(
            [notifications.template(names)],
            hosts.templates(names),
            services.templates(plan, names),
            nrpe_daemons.templates(plan, names),
            escalations.templates(plan, names),
        ),
    }
    waiting = together(nrpe_daemons.definitions(plan, names, periods, windows))
    if waiting:
        files["agents.cfg"] = waiting
    escalated = together(escalations.definitions(plan, names, periods))
    if escalated:
        files["escalations.cfg"] = escalated
    for role, service in services.definitions(plan, names, periods, windows, commands):
        files.setdefault(f"services/{role}.cfg", []).append(service)
    files["timeperiods.cfg"] = together(periods.definitions())
    return files
