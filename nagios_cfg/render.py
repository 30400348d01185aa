"""From a plan to the files that Nagios and NRPE read: nothing is written, equal plans give equal bytes."""

from __future__ import annotations

from collections.abc import Iterable

from checks.registry.findings import Finding, Refused
from checks.registry.plan import Plan
from nagios_cfg import agents, guide, hosts, notifications, nrpe, rules, services, timeperiods
from nagios_cfg.cfgfile import dumps, one_line
from nagios_cfg.names import Names
from nagios_cfg.notifications import DEFAULT_PROGRAMS, Programs
from nagios_cfg.objects import Definition, duplicates

#: The folder that a Nagios includes by `cfg_dir=`, and the one that goes to the machines.
NAGIOS = "nagios"
NRPE = "nrpe"


def check(plan: Plan) -> tuple[Finding, ...]:
    """Return what Nagios could not be told of this plan; render refuses a plan with an error among these."""
    return _compile(plan, DEFAULT_PROGRAMS)[0]


def render(plan: Plan, programs: Programs = DEFAULT_PROGRAMS) -> dict[str, str]:
    """Return {relative path: text}: `nagios/` for a `cfg_dir`, `nrpe/` for the machines, main.cfg and README.

    `programs` send the notifications. Raises Refused when `check` finds an error.
    """
    found, objects = _compile(plan, programs)
    if _stops(found):
        raise Refused(found)
    heading = (
        f"Made by checkwright from the project {one_line(plan.project)}, environment {plan.environment}.",
        "Change the registry and build again; what is changed here is lost.",
    )
    files = {f"{NAGIOS}/{path}": dumps(definitions, heading) for path, definitions in objects.items()}
    files |= {f"{NRPE}/{path}": text for path, text in nrpe.files(plan, heading).items()}
    files["main.cfg"] = guide.main_settings(plan, heading)
    files["README.txt"] = guide.readme(plan)
    return dict(sorted(files.items()))


def _stops(findings: tuple[Finding, ...]) -> bool:
    return any(finding.severity == "error" for finding in findings)


def _compile(plan: Plan, programs: Programs) -> tuple[tuple[Finding, ...], dict[str, list[Definition]]]:
    """Return what is to be said of a plan and, when that stops nothing, the objects by file."""
    found = rules.findings(plan)
    if _stops(found):
        return found, {}
    objects = _objects(plan, programs)
    twice = duplicates(definition for definitions in objects.values() for definition in definitions)
    found += tuple(
        Finding("N017", "error", fault.definition.origin, fault.message, "rename what it is made from")
        for fault in twice
    )
    return found, objects


def _objects(plan: Plan, programs: Programs) -> dict[str, list[Definition]]:
    names = Names(plan.environment)

    def together(*parts: Iterable[Definition]) -> list[Definition]:
        return [definition for part in parts for definition in part]

    files = {
        "commands.cfg": together(
            hosts.commands(plan, names),
            notifications.commands(names, programs),
            services.commands(plan, names),
            agents.commands(plan, names),
        ),
        "contacts.cfg": together(notifications.contacts(plan, names)),
        "groups.cfg": together(hosts.groups(plan, names), services.groups(plan, names)),
        "hosts.cfg": together(hosts.definitions(plan, names)),
        "templates.cfg": together(
            [notifications.template(names)],
            hosts.templates(names),
            services.templates(plan, names),
            agents.templates(plan, names),
        ),
        "timeperiods.cfg": together(timeperiods.definitions(plan, names)),
    }
    waiting = together(agents.definitions(plan, names))
    if waiting:
        files["agents.cfg"] = waiting
    for role, service in services.definitions(plan, names):
        files.setdefault(f"services/{role}.cfg", []).append(service)
    return files
