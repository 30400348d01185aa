"""Pools: configuration of mod_gearman's broker module, and of the workers that take its jobs.

One custom variable holds the queue of a check. The variable of a host applies to its own check and to its services.
Checks without it stay with Nagios. So the module needs no list of hostgroups, and its lookup order does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from os.path import basename, dirname

from checkwright.registry.plan import Entry, Host, Plan, Pool
from nagios_cfg.engines import ENGINES
from nagios_cfg.worker_unit import unit

#: Custom variable of an object that holds its queue.
VARIABLE = "_QUEUE"
#: Value with which Nagios runs a check itself.
LOCAL = "local"
#: Path of the module's configuration on the Nagios machine, as README.txt gives it.
BROKER = "/etc/checkwright/broker.conf"

_UNIT = "checkwright-worker.service"
_PORT = ":4730"
_UNKNOWN = 3


class Queues:
    """Queues of a plan's hosts and services."""

    def __init__(self, plan: Plan) -> None:
        self._queues = {pool.name: pool.queues[0] for pool in plan.pools if pool.queues}
        self._pooled = frozenset(host.name for host in plan.hosts if host.pool)

    def of_host(self, host: Host) -> dict[str, str]:
        """Return the variable of a host, {} if Nagios checks it."""
        return {VARIABLE: self._queues[host.pool]} if host.pool else {}

    def of_entry(self, entry: Entry) -> dict[str, str]:
        """Return the variable of an entry's services, {} if the variable of their host applies."""
        if entry.pool:
            return {VARIABLE: self._queues[entry.pool]}
        if (
            not self._pooled
            or self._pooled.isdisjoint(entry.hosts)
            or (entry.transport == "nrpe" and not _checks_gearmand(entry))
        ):
            return {}
        return {VARIABLE: LOCAL}


def files(plan: Plan, heading: tuple[str, ...]) -> dict[str, str]:
    """Return {path: text}: the broker module's configuration, and the systemd unit of each pool's workers."""
    if not plan.pools:
        return {}
    found = {"broker.conf": _broker(plan, heading)}
    for pool in plan.pools:
        about = f"Workers of the pool {pool.name} on {', '.join(pool.workers)}: copy to /etc/systemd/system/{_UNIT}."
        text = unit(worker_argv(plan, pool), pool.user, heading=(*heading, about))
        found[f"{pool.name}/{_UNIT}"] = text
    return found


def worker_argv(plan: Plan, pool: Pool) -> tuple[str, ...]:
    """Return the command line of a pool's workers: `checkwright-worker --gearman ...`."""
    entries = [entry for entry in plan.entries if entry.pool == pool.name]
    options = [("--gearman", server) for server in map(_with_port, pool.via or pool.servers)]
    options += [("--queue", queue) for queue in pool.queues]
    options += [("--key-file", pool.key_file)] if pool.key_file else []
    plugins = _plugins(plan, pool)
    folders = dict.fromkeys((*pool.plugins, *sorted(dirname(plugin) for plugin in plugins)))
    options += [("--plugins", folder) for folder in folders]
    options += [("--allow-plugin", name) for name in sorted({basename(plugin) for plugin in plugins})]
    runs_project_checks = any(entry.check and entry.family == plan.project for entry in entries)
    options += [("--allow-project", plan.site.project)] if runs_project_checks else []
    variables = {f"{name}={value}" for entry in entries for name, value in entry.env}
    options += [("--allow-env", variable) for variable in sorted(variables)]
    options.append(("--at-once", str(pool.at_once)))
    options += [("--max-age", str(pool.max_age))] if pool.max_age else []
    program = f"{dirname(plan.site.check)}/checkwright-worker"
    return (program, *(word for option in options for word in option))


def _plugins(plan: Plan, pool: Pool) -> set[str]:
    """Return the paths of all plugins that the pool's jobs run."""
    hosts = [host for host in plan.hosts if host.pool == pool.name]
    names = {host.name for host in hosts}
    jobs = [entry for entry in plan.entries if entry.pool == pool.name or not names.isdisjoint(entry.hosts)]
    own = {"check_dummy" if host.virtual else "check_ping" for host in hosts}
    own |= {"check_nrpe" for entry in jobs if entry.transport == "nrpe"}
    own |= {"check_dummy" for entry in jobs if entry.transport == "passive"}
    other = {entry.plugin for entry in jobs if entry.pool == pool.name and entry.plugin and entry.transport != "nrpe"}
    return {f"{plan.site.plugins}/{name}" for name in own} | other


def main_settings(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield (reason, line) for each line that the main configuration needs for a plan with pools."""
    if plan.pools:
        yield (
            "This module takes the checks that run in a pool. Its paths may differ on your machine.",
            f"broker_module={ENGINES[plan.site.engine].module} config={BROKER}",
        )
        yield "The module needs all events.", "event_broker_options=-1"


def readme(plan: Plan) -> str:
    """Return the section of README.txt about the gearman/ folder, "" without pools."""
    if not plan.pools:
        return ""
    pools = "".join(f"            {pool.name}/{_UNIT}   for {', '.join(pool.workers)}\n" for pool in plan.pools)
    return f"""
gearman/  Checks that run in a pool. gearmand passes them from Nagios to the pool's workers.
            broker.conf   for the Nagios machine, as {BROKER};
                          main.cfg loads it into {ENGINES[plan.site.engine].package}
{pools}          No file here holds the key. Put it into the key file on the Nagios machine and on
          each worker (one line, root:nagios, mode 0640). Start the workers before Nagios: a
          queue without a worker keeps its jobs. A Nagios that includes several environments
          has one module: give it the broker.conf of one of them, and name the same gearmands
          and key in the pools of all. Two Nagios servers need two gearmands, because each would
          take the other's results.
"""


def _broker(plan: Plan, heading: tuple[str, ...]) -> str:
    first = plan.pools[0]
    key = [("encryption", "yes"), ("keyfile", first.key_file)] if first.key_file else [("encryption", "no")]
    blocks: list[tuple[str, list[tuple[str, str]]]] = [
        ("All jobs go to the first server that answers.", [("server", _with_port(one)) for one in first.servers]),
        (
            "A job is a command that a worker runs. Anyone with the key can send jobs.",
            [*key, ("accept_clear_results", "no")],
        ),
        (
            f"{VARIABLE} of a host or service names its queue. Nagios runs checks with {LOCAL} or without {VARIABLE}.",
            [
                ("queue_custom_variable", VARIABLE.removeprefix("_")),
                ("services", "no"),
                ("hosts", "no"),
                ("do_hostchecks", "yes"),
            ],
        ),
        (
            "Nagios itself sends notifications and runs event handlers.",
            [("eventhandler", "no"), ("notifications", "no"), ("perfdata", "no")],
        ),
        (
            "A queued job is not queued again. A service check that no worker takes becomes UNKNOWN; a host stays up.",
            [
                ("use_uniq_jobs", "on"),
                ("result_workers", "1"),
                ("orphan_host_checks", "no"),
                ("orphan_service_checks", "yes"),
                ("orphan_return", str(_UNKNOWN)),
            ],
        ),
    ]
    text = ["".join(f"# {line}\n" for line in (*heading, "For the module nagios-mod-gearman in Nagios."))]
    text += (f"# {why}\n" + "".join(f"{name}={value}\n" for name, value in lines) for why, lines in blocks)
    return "\n".join(text)


def _with_port(server: str) -> str:
    return server if ":" in server else server + _PORT


def _checks_gearmand(entry: Entry) -> bool:
    """Return True for a check of a gearmand, which must not travel through one."""
    plugin = basename(entry.plugin)
    return entry.check == "gearman" or "check_gearman" in plugin or "check-gearman" in plugin
