"""Pools: what the broker module of mod_gearman is told, and the workers that take its jobs.

Which queue a check goes to is said by one custom variable. A host's holds for its own check and for its services; what
says nothing stays with Nagios. So the module is told of no hostgroups, and the order in which it looks does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from os.path import basename, dirname

from checkwright.registry.plan import Entry, Host, Plan, Pool
from nagios_cfg.worker_unit import unit

#: The custom variable, as it stands in an object, and what the module reads as "not through gearman".
VARIABLE = "_QUEUE"
LOCAL = "local"
#: Where README.txt asks for the file to be put, and where the module's package has it.
BROKER = "/etc/checkwright/broker.conf"
MODULE = "/usr/lib64/nagios-mod-gearman/nagios-mod-gearman.o"

_UNIT = "checkwright-worker.service"
_PORT = ":4730"
_UNKNOWN = 3


class Queues:
    """Which queue the checks of hosts and services go to."""

    def __init__(self, plan: Plan) -> None:
        self._queues = {pool.name: pool.queues[0] for pool in plan.pools if pool.queues}
        self._pooled = frozenset(host.name for host in plan.hosts if host.pool)

    def of_host(self, host: Host) -> dict[str, str]:
        """The variable of a host, {} where Nagios pings it."""
        return {VARIABLE: self._queues[host.pool]} if host.pool else {}

    def of_entry(self, entry: Entry) -> dict[str, str]:
        """The variable of an entry's services, {} where they go where their hosts go."""
        if entry.pool:
            return {VARIABLE: self._queues[entry.pool]}
        if self._pooled.isdisjoint(entry.hosts) or (entry.transport == "nrpe" and not _of_gearmand(entry)):
            return {}
        return {VARIABLE: LOCAL}


def files(plan: Plan, heading: tuple[str, ...]) -> dict[str, str]:
    """{path: text}: the broker module's configuration, and for each pool the unit of its workers."""
    if not plan.pools:
        return {}
    found = {"broker.conf": _broker(plan, heading)}
    for pool in plan.pools:
        about = f"The workers of the pool {pool.name}: for {', '.join(pool.workers)}, as /etc/systemd/system/{_UNIT}."
        text = unit(worker(plan, pool), pool.user, heading=(*heading, about))
        found[f"{pool.name}/{_UNIT}"] = text
    return found


def worker(plan: Plan, pool: Pool) -> tuple[str, ...]:
    """Return the command line of a pool's workers: `checkwright-worker --gearman ...`."""
    given = [("--gearman", server) for server in map(_with_port, pool.via or pool.servers)]
    given += [("--queue", queue) for queue in pool.queues]
    given += [("--key-file", pool.key_file)] if pool.key_file else []
    given += [("--plugins", folder) for folder in pool.plugins]
    ours = [entry for entry in plan.entries if entry.pool == pool.name and entry.check]
    own = any(entry.family == plan.project for entry in ours)
    given += [("--allow-project", plan.site.project)] if own else []
    variables = {f"{name}={value}" for entry in plan.entries if entry.pool == pool.name for name, value in entry.env}
    given += [("--allow-env", variable) for variable in sorted(variables)]
    given.append(("--at-once", str(pool.at_once)))
    given += [("--max-age", str(pool.max_age))] if pool.max_age else []
    program = f"{dirname(plan.site.check)}/checkwright-worker"
    return (program, *(word for pair in given for word in pair))


def main_settings(plan: Plan) -> Iterator[tuple[str, str]]:
    """What the main configuration must hold for a plan with pools: why, and the line."""
    if plan.pools:
        yield (
            "What runs in a pool is taken by this module; the paths may be others where you are.",
            f"broker_module={MODULE} config={BROKER}",
        )
        yield "The module must be told of all that happens.", "event_broker_options=-1"


def readme(plan: Plan) -> str:
    """What to do with the files of this module, for the one who has them in hand; "" without pools."""
    if not plan.pools:
        return ""
    pools = "".join(f"            {pool.name}/{_UNIT}   for {', '.join(pool.workers)}\n" for pool in plan.pools)
    return f"""
gearman/  What runs in a pool: gearmand stands between Nagios and the pool's workers.
            broker.conf   for Nagios's machine, as {BROKER}; main.cfg
                          names it for the module of nagios-mod-gearman
{pools}          The key is in no file here: put it into the key file on Nagios's machine and on
          each worker (one line, root:nagios, mode 0640). Workers first, then Nagios: a queue that
          nobody serves keeps its jobs. A Nagios that includes several environments has one
          module: give it the broker.conf of one of them, and let their pools name the same
          gearmands and key. Two Nagios need two gearmands, for each would take the other's results.
"""


def _broker(plan: Plan, heading: tuple[str, ...]) -> str:
    first = plan.pools[0]
    key = [("encryption", "yes"), ("keyfile", first.key_file)] if first.key_file else [("encryption", "no")]
    blocks: list[tuple[str, list[tuple[str, str]]]] = [
        ("All jobs go to the first of these that answers.", [("server", _with_port(one)) for one in first.servers]),
        ("Jobs are orders: whoever knows the key has them run.", [*key, ("accept_clear_results", "no")]),
        (
            f"A host's or service's {VARIABLE} names its queue, {LOCAL} means Nagios itself; so does having none.",
            [
                ("queue_custom_variable", VARIABLE.removeprefix("_")),
                ("services", "no"),
                ("hosts", "no"),
                ("do_hostchecks", "yes"),
            ],
        ),
        (
            "Who is told, and what is done then, is Nagios's own business.",
            [("eventhandler", "no"), ("notifications", "no"), ("perfdata", "no")],
        ),
        (
            "A job that is queued is not queued again. A check that nobody took says so; a host is not down for that.",
            [
                ("use_uniq_jobs", "on"),
                ("result_workers", "1"),
                ("orphan_host_checks", "no"),
                ("orphan_service_checks", "yes"),
                ("orphan_return", str(_UNKNOWN)),
            ],
        ),
    ]
    text = ["".join(f"# {line}\n" for line in (*heading, "For the module of nagios-mod-gearman in Nagios."))]
    text += (f"# {why}\n" + "".join(f"{name}={value}\n" for name, value in lines) for why, lines in blocks)
    return "\n".join(text)


def _with_port(server: str) -> str:
    return server if ":" in server else server + _PORT


def _of_gearmand(entry: Entry) -> bool:
    """Whether it looks at a gearmand, and so must not travel through one."""
    plugin = basename(entry.plugin)
    return entry.check == "gearman" or "check_gearman" in plugin or "check-gearman" in plugin
