"""Processes: how many run, and what they use."""

from checks.system.source import System
from checkwright import Check, Literal, Metrics, gauge, option, uses
from checkwright.sources.statefile import StateFile


class Processes(Check):
    """How many processes there are, or how many match, and what those use.

    `-c 1:` demands at least one. Patterns are shell patterns for the whole text
    (`--cmdline '*worker.py*'`), repeated ones are alternatives, and the check never
    counts itself. Zombies have ended, but their parents do not take notice.
    Processor time is what the matching processes used since the last run, 100 %
    being one CPU; the first run has none to tell.
    """

    thread_safe = True

    system = uses(System)
    memory = uses(StateFile)

    names: tuple[str, ...] = option("Name of the program", flags="--name", default=(), example="nginx")
    users: tuple[str, ...] = option("User who runs it", flags="--user", default=(), example="www-data")
    states: tuple[Literal["running", "sleeping", "disk-sleep", "stopped", "zombie", "idle"], ...] = option(
        "State that it is in", flags="--state", default=()
    )
    command_lines: tuple[str, ...] = option(
        "Its whole command line", flags="--cmdline", default=(), example="*worker.py*"
    )

    count = gauge("Processes", min=0)
    zombies = gauge("Zombies", warn=5, crit=20, min=0)
    cpu = gauge("Processor time", "%", missing="ok", optional=True)
    rss = gauge("Memory", "B", optional=True)

    def probe(self) -> Metrics:
        found = self.system.processes(
            names=self.names, users=self.users, states=self.states, command_lines=self.command_lines
        )
        yield self.count(len(found))
        yield self.zombies(sum(process.state == "zombie" for process in found))
        if self.names or self.users or self.states or self.command_lines:
            yield self.rss(sum(process.rss for process in found))
            # A number that is used again belongs to another process, so the time of its start is part of its name.
            used = {f"{process.pid} {process.started}": process.cpu_seconds for process in found}
            grown = self.memory.since_last_run(used)
            percent = None if grown is None else round(100 * grown.total() / grown.seconds, 2)
            yield self.cpu(percent, max=100 * self.system.cpus())
