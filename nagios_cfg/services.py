"""Services: one object an entry, on its role's hostgroup, and the commands that they run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checkwright.registry.plan import Entry, Limit, Placeholder, Plan, Team, Word, as_account
from nagios_cfg.broker_pools import Queues
from nagios_cfg.cfgfile import notes, one_line
from nagios_cfg.escalation_steps import REPEATED, between
from nagios_cfg.maintenance import Windows
from nagios_cfg.names import ALWAYS, Names, nrpe_command
from nagios_cfg.notifications import level_settings
from nagios_cfg.objects import Definition
from nagios_cfg.quote import literal, nagios_line, settle, with_environment
from nagios_cfg.timeperiods import Periods, base_hours

#: What each layer outside a check gets on top of its deadline (seconds), so that the innermost speaks first.
NRPE_SLACK = 2
CHECK_NRPE_SLACK = 4
NAGIOS_SLACK = 6

#: Nagios sorts each member into its servicegroup one by one: at 40,000 its start takes seconds, at 200,000 minutes.
GROUP_LIMIT = 10_000

_STALE = "stale"
_DEFAULT = {"check_interval": "1", "retry_interval": "0.5", "max_check_attempts": "3"}


def templates(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield what services have in common, what passive ones change, and one for each team and level."""
    yield Definition(
        "service",
        {
            "name": names.own("service"),
            "register": "0",
            **_DEFAULT,
            "check_period": names.hours(ALWAYS),
            "notification_interval": minutes(REPEATED),
            "flap_detection_enabled": "1",
            "notification_options": "w,u,c,r,f",
            **_graphs(plan),
            "_ENVIRONMENT": names.environment,
        },
    )
    yield Definition(
        "service",
        {
            "name": names.own("passive"),
            "register": "0",
            "use": names.own("service"),
            "active_checks_enabled": "0",
            "passive_checks_enabled": "1",
            "check_freshness": "1",
            "check_command": names.own(_STALE),
        },
    )
    teams = {team.name: team for team in plan.teams}
    for owner, level in sorted({(entry.owner, entry.notify) for entry in plan.entries}):
        hours = teams[owner].office_hours if level == "office-hours" else ALWAYS
        settings = {"name": names.own(f"{owner}.{level}"), "register": "0"}
        settings |= level_settings(owner, level, hours, names)
        if level == "page" and teams[owner].escalations:
            settings["notification_interval"] = minutes(between(teams[owner], level, 0))
        yield Definition("service", settings | {"_OWNER": owner})


def _graphs(plan: Plan) -> dict[str, str]:
    """Nagios puts the names in, as it shows the link: one line in a template serves all services."""
    url = plan.site.graphs.replace("{environment}", plan.environment)
    url = url.replace("{host}", "$HOSTNAME$").replace("{watch}", "$SERVICEDESC$")
    return {"action_url": url} if url else {}


def groups(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield a servicegroup for each owner and each family. Services say themselves which they are in."""
    owners, families = _grouped(plan)
    for owner in sorted(owners):
        alias = f"What {owner} answers for in {names.environment}"
        yield Definition("servicegroup", {"servicegroup_name": names.owned(owner), "alias": alias})
    for family in sorted(families):
        alias = f"Checks of the family {family} in {names.environment}"
        yield Definition("servicegroup", {"servicegroup_name": names.family_group(family), "alias": alias})


def owners_grouped(plan: Plan) -> frozenset[str]:
    """The teams that have a servicegroup: those with at most GROUP_LIMIT services."""
    return _grouped(plan)[0]


class Lines:
    """What Nagios itself runs for each entry of a plan. Entries that resolving gave one command have one line."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._known: dict[tuple[object, ...], str] = {}

    def of(self, entry: Entry) -> str:
        """Raises Unquotable."""
        if entry.transport == "nrpe":
            return self._asking(entry)
        # The plan keeps the command alive, so that no other has its id.
        key = (id(entry.command), entry.role, entry.env, entry.run_as)
        line = self._known.get(key)
        if line is None:
            line = self._known[key] = nagios_line(run_on_machine(entry, self._plan))
        return line

    def _asking(self, entry: Entry) -> str:
        site = self._plan.site
        seconds = entry.deadline + CHECK_NRPE_SLACK
        options = ("-p", str(site.nrpe_port), "-t", f"{seconds}:UNKNOWN", "-c", nrpe_command(entry))
        address = (Placeholder("address"),)
        return nagios_line((*literal((f"{site.plugins}/check_nrpe", "-H")), address, *literal(options)))


class Commands:
    """The commands that Nagios runs: one for each entry, but that variants of a watch which run the same share one."""

    def __init__(self, plan: Plan, names: Names) -> None:
        """Raises Unquotable."""
        stale = literal((f"{plan.site.plugins}/check_dummy", "3", "no result has come in for too long"))
        self._definitions = [
            Definition("command", {"command_name": names.own(_STALE), "command_line": nagios_line(stale)})
        ]
        #: By entry, which the plan keeps alive.
        self._names: dict[int, str] = {}
        shared: dict[tuple[str, str, str], str] = {}
        lines = Lines(plan)
        for entry in plan.entries:
            if entry.hosts and entry.transport != "passive":
                line = lines.of(entry)
                key = (entry.role, entry.name, line)
                if key not in shared:
                    shared[key] = names.command(entry)
                    settings = {"command_name": shared[key], "command_line": line}
                    self._definitions.append(Definition("command", settings, entry.origin))
                self._names[id(entry)] = shared[key]

    def definitions(self) -> Iterator[Definition]:
        """Yield them, and the one for a passive result that is overdue."""
        yield from self._definitions

    def name(self, entry: Entry) -> str:
        """What an entry of the plan calls its command."""
        return self._names[id(entry)]


def run_on_machine(entry: Entry, plan: Plan) -> tuple[Word, ...]:
    """Return what the machine of an entry runs, whoever asks it to: the whole argv, with env(1) and sudo(8)."""
    command, env = as_account(entry)
    return with_environment(env, settle(command, plan.environment, entry.role))


def definitions(
    plan: Plan, names: Names, periods: Periods, windows: Windows, commands: Commands
) -> Iterator[tuple[str, Definition]]:
    """Yield the services, each with its role: one an entry, or several where some of its hosts are worked on."""
    members = {role.name: frozenset(role.hosts) for role in plan.roles}
    teams = {team.name: team for team in plan.teams}
    owners, families = _grouped(plan)
    queues = Queues(plan)
    alike: dict[tuple[object, ...], dict[str, str]] = {}
    #: By role and hosts, which the watches of a role share.
    covered: dict[tuple[str, tuple[str, ...]], dict[str, str]] = {}
    comments = _Comments()
    for entry in plan.entries:
        if entry.hosts:
            # Variants of a watch mostly differ in what they run only.
            timing = (entry.interval, entry.retry, entry.attempts, entry.deadline)
            key = (entry.id, entry.notify, entry.transport, entry.runbook, entry.why, timing)
            if key not in alike:
                groups = [names.owned(entry.owner)] if entry.owner in owners else []
                groups += [names.family_group(entry.family)] if entry.family in families else []
                alike[key] = _service(entry, names, teams[entry.owner], groups, commands)
            settings = alike[key]
            own = {} if entry.transport == "passive" else {"check_command": commands.name(entry)}
            own |= queues.of_entry(entry)
            about = comments.of(entry)
            for without, hosts in windows.of_entry(entry):
                if (entry.role, hosts) not in covered:
                    on = coverage(frozenset(hosts), {entry.role: members[entry.role]}, names)
                    covered[entry.role, hosts] = on
                hours = {}
                if entry.quiet or without:
                    base = base_hours(entry, teams[entry.owner])
                    hours["notification_period"] = periods.name(base, (*entry.quiet, *without))
                service = {"use": settings["use"], **covered[entry.role, hosts], **settings, **own, **hours}
                yield entry.role, Definition("service", service, entry.origin, about)


def minutes(seconds: int) -> str:
    """Return seconds in Nagios's unit (interval_length=60), such that Nagios gets the same seconds back."""
    if seconds % 15 == 0:
        return f"{seconds / 60:.2f}".rstrip("0").rstrip(".")
    # Nagios multiplies in binary and cuts the fraction off: a little too much gives the right second.
    return f"{(seconds * 10_000 // 60 + 1) / 10_000:.4f}"


def coverage(hosts: frozenset[str], members: dict[str, frozenset[str]], names: Names) -> dict[str, str]:
    """Return the directives that name the hosts: hostgroups of roles less those left out, and single hosts.

    `members` are the hosts of each role in question; a role's group stands where most of it is meant.
    """
    taken = {role: group for role, group in members.items() if 2 * len(group & hosts) > len(group)}
    grouped: frozenset[str] = frozenset().union(*taken.values())
    listed = [*sorted(hosts - grouped), *(f"!{name}" for name in sorted(grouped - hosts))]
    settings = {"hostgroup_name": ",".join(map(names.hostgroup, taken))} if taken else {}
    return settings | {"host_name": ",".join(listed)} if listed else settings


def _grouped(plan: Plan) -> tuple[frozenset[str], frozenset[str]]:
    """The owners and the families that have a servicegroup."""
    together: Counter[tuple[str, str]] = Counter()
    for entry in plan.entries:
        together[entry.owner, entry.family] += len(entry.hosts)
    owners: Counter[str] = Counter()
    families: Counter[str] = Counter()
    for (owner, family), services in together.items():
        if services:
            owners[owner] += services
            if family:
                families[family] += services
    return _small(owners), _small(families)


def _small(sizes: Counter[str]) -> frozenset[str]:
    return frozenset(name for name, size in sizes.items() if size <= GROUP_LIMIT)


def _service(entry: Entry, names: Names, owner: Team, groups: list[str], commands: Commands) -> dict[str, str]:
    """What an entry's services have in common: all but the hosts and the hours of notification."""
    settings = {
        "use": f"{names.own(f'{entry.owner}.{entry.notify}')},"
        + names.own("passive" if entry.transport == "passive" else "service"),
        "service_description": entry.name,
    }
    if entry.transport == "passive":
        settings["freshness_threshold"] = str(2 * entry.interval + entry.deadline)
    else:
        settings["check_command"] = commands.name(entry)
    timing = {
        "check_interval": minutes(entry.interval),
        "retry_interval": minutes(entry.retry),
        "max_check_attempts": str(entry.attempts),
    }
    settings |= {directive: value for directive, value in timing.items() if _DEFAULT[directive] != value}
    told_every = between(owner, entry.notify, entry.interval)
    if told_every != between(owner, entry.notify, 0):
        settings["notification_interval"] = minutes(told_every)
    about = notes(" ".join((entry.summary, *(f"Why: {why}" for why in entry.why))))
    if about:
        settings["notes"] = about
    if entry.runbook:
        settings["notes_url"] = entry.runbook
    if groups:
        settings["servicegroups"] = ",".join(groups)
    if entry.family:
        settings["_FAMILY"] = entry.family
    settings["_ROLE"] = entry.role
    settings["_ORIGIN"] = one_line(str(entry.origin))
    return settings


class _Comments:
    """What stands above services. An override says the same of all watches of which it speaks."""

    def __init__(self) -> None:
        #: By sentences and limits; the plan keeps the limits alive.
        self._known: dict[tuple[object, ...], tuple[str, ...]] = {}

    def of(self, entry: Entry) -> tuple[str, ...]:
        changed = [limit for limit in entry.limits if limit.level == "override"]
        key = (entry.why, *map(id, changed))
        if key not in self._known:
            self._known[key] = (*(f"Why: {why}" for why in entry.why), *map(_limit, changed))
        variant = f" ({entry.variant})" if entry.variant else ""
        return (f"{entry.id}{variant}: {entry.summary or entry.plugin}", *self._known[key])


def _limit(limit: Limit) -> str:
    what = f"{limit.gauge} of {limit.items}" if limit.items else limit.gauge
    ranges = [
        f"{name} {text}" for name, text in (("warning", limit.warn), ("critical", limit.crit)) if text is not None
    ]
    return f"{what}: {', '.join(ranges) or 'no threshold'}, by the override at {limit.origin}: {limit.why}"
