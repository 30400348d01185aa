"""Gearman job servers: is anything waiting, and does somebody take it?"""

from checks.gearman.source import GearmanServers, JobQueue
from checkwright import BadUsage, Check, Metrics, gauge, option, uses, verdict
from checkwright.sources.statefile import StateFile


class Gearman(Check):
    """How many jobs wait and run in each queue of a gearmand, and how many workers take from it.

    A queue whose jobs wait while no worker is there is CRITICAL: behind
    mod_gearman those are checks that nobody runs (or, in check_results,
    results that no Nagios reads), and Nagios itself shows their last state. A
    gearmand that does not answer is CRITICAL too.

    A gearmand does not tell how long a job has waited. What can be known is for
    how long each run of this check has found jobs waiting: that is "Never seen
    empty for". Jobs that came and went in between do not show, so a busy queue
    may reach some minutes by chance; it has no thresholds unless given.

    A gearmand that was started anew knows no queue until a worker or a job
    comes: name a queue without wildcards and it is shown with zeros until
    then, so that `--workers-critical 1:` finds that its workers have gone.
    """

    thread_safe = True

    servers = uses(GearmanServers)
    memory = uses(StateFile)

    server: tuple[str, ...] = option(
        "Server to ask, HOST[:PORT]", flags="-H --server", default=("127.0.0.1",), example="gearman.example.com:4730"
    )
    queue: tuple[str, ...] = option(
        "Queue to look at, or a pattern such as hostgroup_*", flags="-q --queue", default=("*",)
    )
    exclude: tuple[str, ...] = option(
        "Queue to pass over, or a pattern; by default those of status questions, where no check waits",
        flags="-x --exclude",
        default=("worker_*", "dummy"),
    )

    taken = verdict("Queue", ok=["is served", "is empty"])
    waiting = gauge("Jobs waiting", warn=1_000, crit=10_000, min=0, optional=True)
    running = gauge("Jobs running", min=0, optional=True)
    workers = gauge("Workers", min=0, optional=True)
    backlog = gauge("Never seen empty for", "s", optional=True)
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
        # Last: without its memory the check still knows the counts.
        waiting = {item: bool(queue.waiting) for item, queue in found.items()}
        for item, seconds in self.memory.lasting(waiting).items():
            yield self.backlog(seconds, of=item)

    def _queues(self, server: str) -> list[JobQueue]:
        return self.servers.queues(server, self.queue, self.exclude)
