"""Rules about watches: runbooks, numbers, secrets, placeholders and programs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checkwright.registry.findings import Finding, PlanRule
from checkwright.registry.plan import PLACEHOLDERS, Entry, Host, Placeholder, Plan, Word
from nagios_cfg.intervals import AGENT_CHECK_INTERVAL

# Without quote and dollar, because the notification command holds the address of a runbook.
_URL = re.compile(r"https?://[A-Za-z0-9\[][A-Za-z0-9\-._~:/?#\[\]@!&()*+,=%;]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class InvalidRunbook(PlanRule):
    """The URL of a runbook, or of the site's catalogue, cannot be used by Nagios.

    The notification command contains the URL, so quotes and dollar signs are not allowed.

    Wrong:
        Role("web", owner=shop, runbook="https://wiki.example.com/It's down")

    Right:
        Role("web", owner=shop, runbook="https://wiki.example.com/It%27s%20down")
    """

    id = "N009"
    hint = "http:// or https://, with a quote as %27 and a dollar as %24"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for kind, name, url, origin in (
            *(("role", role.name, role.runbook, role.origin) for role in plan.roles),
            *(("watch", entry.id, entry.runbook, entry.origin) for entry in plan.entries),
        ):
            if url and not _URL.fullmatch(url):
                yield self.finding(origin, f"the runbook {url!r} of {kind} {name!r} is not a URL that Nagios can hold")
        catalogue = plan.site.catalogue
        if catalogue and not _URL.fullmatch(catalogue):
            yield self.finding(None, f"the site's catalogue {catalogue!r} is not a URL that Nagios can hold")


class InvalidNumber(PlanRule):
    """An interval, a number of attempts, a deadline or a port is out of range.

    The registry checks these numbers itself. This rule is for plans that another program wrote.
    """

    id = "N010"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for entry in plan.entries:
            for kind, value in (
                ("interval", entry.interval),
                ("retry interval", entry.retry),
                ("number of attempts", entry.attempts),
                ("deadline", entry.deadline),
            ):
                if value < 1:
                    yield self.finding(entry.origin, f"the {kind} of {entry.id!r} is {value} and must be at least 1")
        if not 1 <= plan.site.nrpe_port <= 65535:
            yield self.finding(None, f"the site's NRPE port is {plan.site.nrpe_port} and must be from 1 to 65535")


class NoOfficeHours(PlanRule):
    """A watch notifies in office hours, but its team has none.

    Every `Team` of the registry has office hours. This rule is for plans that another program wrote.
    """

    id = "N011"
    hint = "give the team office_hours, or choose another level"

    def find(self, plan: Plan) -> Iterator[Finding]:
        without = {team.name for team in plan.teams if not team.office_hours}
        for entry in plan.entries:
            if entry.notify == "office-hours" and entry.owner in without:
                message = f"{entry.id!r} notifies in office hours, and team {entry.owner!r} has none"
                yield self.finding(entry.origin, message)


class SecretInEnvironment(PlanRule):
    """A watch takes a secret from an environment variable that nothing can set for it.

    Nagios and NRPE set no variables, and one in the command line would be visible to every user of the
    machine. sudo removes variables, so `run_as` excludes them for watches of other programs too.

    Wrong:
        Watch(Checkout(token=Secret(env="CHECKOUT_TOKEN")))

    Right:
        Watch(Checkout(token=Secret(file="/etc/checkwright/secrets/checkout")))
    """

    id = "N012"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for entry in plan.entries:
            for secret in entry.secrets:
                if secret.kind == "env" and (entry.transport != "passive" or entry.run_as):
                    why = "Nagios sets none" if entry.transport != "passive" else f"sudo to {entry.run_as} removes it"
                    variable = f"the environment variable {secret.where}"
                    message = f"{entry.id!r} takes its {secret.option} from {variable}, and {why}"
                    hint = f'{secret.option}=Secret(file="{plan.site.secrets}/...")'
                    yield self.finding(entry.origin, message, hint=hint)


class UnresolvablePlaceholder(PlanRule):
    """A placeholder does not exist, or has no value on a host of the watch.

    Wrong:
        Host("web-1", "10.0.0.11", roles=(web,))
        Watch(TcpPort(host="{address}", port=label("ssh", int)))

    Right:
        Host("web-1", "10.0.0.11", roles=(web,), labels={"ssh": "22"})
        Watch(TcpPort(host="{address}", port=label("ssh", int)))
    """

    id = "N013"
    hint = "give the host this label or address, or use another placeholder"

    def find(self, plan: Plan) -> Iterator[Finding]:
        hosts = {host.name: host for host in plan.hosts}
        names_in: dict[tuple[Word, ...], list[str]] = {}
        for entry in plan.entries:
            names = names_in.get(entry.command)
            if names is None:
                parts = [part for word in entry.command for part in word if isinstance(part, Placeholder)]
                names = names_in[entry.command] = sorted({part.name for part in parts})
            for name in names:
                label = name.removeprefix("label.")
                if label == name and name not in PLACEHOLDERS:
                    hint = "{" + "}, {".join(PLACEHOLDERS) + "} or {label.NAME}"
                    yield self.finding(
                        entry.origin, f"{entry.id!r} holds {{{name}}}, which is no placeholder", hint=hint
                    )
                elif label != name:
                    yield from self._label(entry, label, hosts)
                elif name == "address":
                    yield from self._address(entry, hosts)

    def _label(self, entry: Entry, label: str, hosts: dict[str, Host]) -> Iterator[Finding]:
        lacking = [host for name in entry.hosts if label not in (host := hosts[name]).labels]
        if lacking:
            first = f"host {lacking[0].name!r} ({lacking[0].origin})"
            more = f" and {len(lacking) - 1} more of its hosts lack" if lacking[1:] else " lacks"
            yield self.finding(entry.origin, f"{entry.id!r} needs the label {label!r}, which {first}{more}")

    def _address(self, entry: Entry, hosts: dict[str, Host]) -> Iterator[Finding]:
        without = [name for name in entry.hosts if not hosts[name].address]
        if without:
            message = f"{entry.id!r} needs the address of {without[0]!r}, a role without machines"
            yield self.finding(entry.origin, message)


class InvalidProgram(PlanRule):
    """A program is not an absolute path, or an environment variable cannot be set for it.

    The registry checks paths and variables itself, except for a program with `=` in its path: env(1) sets the
    variables, and would take that path for another variable.

    Wrong:
        Plugin("/opt/plugins/check=1", name="one", env={"LANG": "C"})

    Right:
        Plugin("/opt/plugins/check_1", name="one", env={"LANG": "C"})
    """

    id = "N014"

    def find(self, plan: Plan) -> Iterator[Finding]:
        site = plan.site
        for kind, path in (("plugin folder", site.plugins), ("mail program", site.mail), ("page program", site.page)):
            if not path.startswith("/") or not path.isprintable():
                yield self.finding(None, f"the site's {kind} {path!r} is not an absolute path")
        for entry in plan.entries:
            executable = entry.command[0] if entry.command else ()
            path = "".join(part for part in executable if isinstance(part, str))
            if not path.startswith("/"):
                message = f"{entry.id!r} runs {path!r}, and Nagios needs the absolute path of a program"
                yield self.finding(entry.origin, message)
            for name, _ in entry.env:
                if not _VARIABLE.fullmatch(name):
                    message = f"{entry.id!r} sets {name!r}, which is not a name of an environment variable"
                    yield self.finding(entry.origin, message)
            if entry.env and "=" in path:
                message = f"{entry.id!r} runs {path!r}, which env(1) would take for a variable"
                yield self.finding(entry.origin, message, hint="rename the program, or set no environment variables")


class NothingWatched(PlanRule):
    """An environment watches nothing, and Nagios does not start without a service.

    Wrong:
        Environment("qa", site=site, hosts=(Host("web-qa", "10.8.0.11"),))

    Right:
        Environment("qa", site=site, hosts=(Host("web-qa", "10.8.0.11", roles=(web,)),))
    """

    id = "N016"
    severity = "warning"
    hint = "attach a role with watches to the environment"

    def find(self, plan: Plan) -> Iterator[Finding]:
        if not any(entry.hosts for entry in plan.entries):
            message = f"nothing is watched in {plan.environment}, and Nagios does not start without a service"
            yield self.finding(None, message)


class AlertsBeforeNeed(PlanRule):
    """A watch may notify before Nagios knows that a watch it needs has failed.

    Nagios notices the failure of a needed watch at its next check, so within its interval plus deadline. A watch
    notifies `(attempts - 1) x retry + notify_after` after its first bad result. If that is sooner, both notify about
    one fault.

    Wrong:
        Watch(TcpPort(host="{address}", port=5432), name="database"),
        Watch(Http(url="https://{address}/"), needs=("web:database",)),

    Right:
        Watch(TcpPort(host="{address}", port=5432), name="database", every="30s"),
        Watch(Http(url="https://{address}/"), needs=("web:database",)),
    """

    id = "N025"
    severity = "warning"
    hint = "check the needed watch more often (every), or notify later (notify_after, attempts)"

    def find(self, plan: Plan) -> Iterator[Finding]:
        known = {entry.id: entry for entry in plan.entries if entry.hosts}
        for entry in plan.entries:
            if entry.notify not in ("page", "office-hours"):
                continue
            after = (entry.attempts - 1) * entry.retry + entry.notify_after
            for id in entry.held_by:
                if id in known and after < (seconds := known_after(known[id], known)):
                    message = f"{entry.id!r} notifies {after} s after its first bad result, and needs {id!r}, which may"
                    yield self.finding(entry.origin, f"{message} be known to have failed only after {seconds} s")


def known_after(needed: Entry, known: dict[str, Entry]) -> int:
    """Return the seconds until a failure is known at the latest: a service that others need is hard at once.

    A business service fails after its parts.
    """
    parts = (id for part in needed.parts for id in part.watches if id in known and not known[id].parts)
    sooner = max((known[id].interval + known[id].deadline for id in parts), default=0)
    return sooner + needed.interval + needed.deadline


class AlertsBesideDaemon(PlanRule):
    """A watch through NRPE may notify before Nagios knows that its NRPE daemon is dead.

    Nagios checks each daemon every minute. It neither runs the watches behind a dead one nor notifies about them. A
    watch notifies `(attempts - 1) x retry + notify_after` after its first bad result. If that is less than a minute, a
    dead daemon may be more than one alert.

    Wrong:
        Watch(Disk(), attempts=2)

    Right:
        Watch(Disk(), attempts=3)
    """

    id = "N024"
    severity = "warning"
    hint = "use attempts=3 with retry=30s, or notify_after, or notify with tickets"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for entry in plan.entries:
            after = (entry.attempts - 1) * entry.retry + entry.notify_after
            if entry.transport == "nrpe" and after < AGENT_CHECK_INTERVAL and entry.notify in ("page", "office-hours"):
                message = f"{entry.id!r} notifies {after} s after its first bad result, also if only NRPE is dead"
                yield self.finding(entry.origin, message)
