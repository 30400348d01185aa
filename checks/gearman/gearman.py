"""Jobs and workers in the queues of a Gearman job server."""

from checks.gearman.source import GearmanServers, JobQueue
from checkwright import BadUsage, Check, Metrics, gauge, option, uses, verdict
from checkwright.sources.statefile import StateFile


class Gearman(Check):
    """Waiting jobs, running jobs and workers of each queue of a gearmand.

    A queue with waiting jobs and no worker is CRITICAL. With mod_gearman, those are checks that nobody runs, or, in
    check_results, results that no Nagios reads, while Nagios still shows the last state. A gearmand that does not
    answer is CRITICAL.

    gearmand does not report how long a job has waited. "Never empty for" says how long every run of this check has
    found waiting jobs. Jobs that come and go between two runs are invisible, so a busy queue may reach some minutes
    by chance: this gauge has no default limits.

    A gearmand that has just started knows no queue until a worker or a job arrives. A queue that is named without
    wildcards is reported with zeros until then, so that `--workers-critical 1:` notices that its workers are gone.
    """

    thread_safe = True

    servers = uses(GearmanServers)
    memory = uses(StateFile, keeps_labels=True)

    server: tuple[str, ...] = option(
        "Server, HOST[:PORT]", flags="-H --server", default=("127.0.0.1",), example="gearman.example.com:4730"
    )
    queue: tuple[str, ...] = option("Queue, or a pattern such as hostgroup_*", flags="-q --queue", default=("*",))
    exclude: tuple[str, ...] = option(
        "Queue to leave out, or a pattern; by default the queues of status requests, which hold no checks",
        flags="-x --exclude",
        default=("worker_*", "dummy"),
    )

    taken = verdict("Queue", ok=["is served", "is empty"])
    waiting = gauge("Jobs waiting", warn=1_000, crit=10_000, min=0, optional=True)
    running = gauge("Jobs running", min=0, optional=True)
    workers = gauge("Workers", min=0, optional=True)
    backlog = gauge("Never empty for", "s", optional=True)
    queues = gauge("Queues", min=0)

    def validate(self) -> None:
        for flag, values in (("server", self.server), ("queue", self.queue), ("exclude", self.exclude)):
            if "" in values:
                raise BadUsage(f"--{flag} is empty: give {'HOST[:PORT]' if flag == 'server' else 'a name or pattern'}")

    def probe(self) -> Metrics:
        found: dict[str, JobQueue] = {}
        for server, queues in self.each(self.server, self._queues):
            found.update((f"{server}/{queue.name}" if len(self.server) > 1 else queue.name, queue) for queue in queues)
            yield self.queues(len(queues), of=server)
        for item, queue in found.items():
            stuck = bool(queue.waiting) and not queue.workers
            word = "has jobs and no worker" if stuck else "is served" if queue.workers else "is empty"
            yield self.taken(word, of=item, hint=f"{queue.waiting} waiting" if stuck else "")
            yield self.waiting(queue.waiting, of=item)
            yield self.running(queue.running, of=item)
            yield self.workers(queue.workers, of=item)
        # Last, so that the counts are reported even where memory cannot be kept.
        waiting = {item: bool(queue.waiting) for item, queue in found.items()}
        for item, seconds in self.memory.durations(waiting).items():
            yield self.backlog(seconds, of=item)

    def _queues(self, server: str) -> list[JobQueue]:
        return self.servers.queues(server, self.queue, self.exclude)
