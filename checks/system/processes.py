"""Number of processes, and their memory and CPU usage."""

from checks.system.source import System
from checkwright import BadUsage, Check, Literal, Metrics, gauge, option, uses
from checkwright.sources.statefile import StateFile


class Processes(Check):
    """Number of all processes, or of those that match, with the resources that they use.

    `-c 1:` requires at least one. Patterns are shell patterns for the whole text (`--cmdline '*worker.py*'`), repeated
    patterns are alternatives, and the check never counts itself. Zombies have exited, but their parents have not
    collected them. CPU time is the usage by matching processes since the last run, where 100 % is one CPU. The first
    run reports none, and a process counts from the run that first saw it, or from its start if that is later. An
    account that may not see all processes, and an unknown --user, are UNKNOWN.

    With --files, `files` is the used percentage of the open file limit, for the worst matching process: at 100 % a
    server accepts no connections. Only root and the user of a process may count them.
    """

    thread_safe = True

    system = uses(System)
    memory = uses(StateFile)

    names: tuple[str, ...] = option("Program name", flags="--name", default=(), example="nginx")
    users: tuple[str, ...] = option(
        "User that runs it, by name or number", flags="--user", default=(), example="www-data"
    )
    states: tuple[Literal["running", "sleeping", "disk-sleep", "stopped", "zombie", "idle"], ...] = option(
        "Process state", flags="--state", default=()
    )
    command_lines: tuple[str, ...] = option("Whole command line", flags="--cmdline", default=(), example="*worker.py*")

    no_kernel: bool = option("Leave out threads of the kernel", flags="--no-kernel-threads", default=False)
    count_files: bool = option("Report the open files of matching processes", flags="--files", default=False)

    count = gauge("Processes", min=0)
    zombies = gauge("Zombies", warn=5, crit=20, min=0)
    cpu = gauge("Processor time", "%", missing="ok", optional=True)
    rss = gauge("Memory", "B", optional=True)
    files = gauge("Open file limit used", "%", warn=80, crit=95, missing="ok", optional=True)

    def validate(self) -> None:
        if self.count_files and not (self.names or self.users or self.states or self.command_lines):
            raise BadUsage("--files needs --name, --user, --state or --cmdline")

    def probe(self) -> Metrics:
        found = self.system.processes(
            names=self.names,
            users=self.users,
            states=self.states,
            command_lines=self.command_lines,
            kernel=not self.no_kernel,
        )
        yield self.count(len(found))
        yield self.zombies(sum(process.state == "zombie" for process in found))
        if self.names or self.users or self.states or self.command_lines:
            yield self.rss(sum(process.rss for process in found))
            # Process ids are reused, so the start is part of the key.
            cpu_seconds = {f"{process.pid} {process.ticks}": process.cpu_seconds for process in found}
            delta = self.memory.since_last_run(cpu_seconds)
            percent = None
            if delta is not None:
                young = {f"{one.pid} {one.ticks}" for one in found if one.age < delta.seconds}
                percent = round(100 * delta.total(new=young) / delta.seconds, 2)
            yield self.cpu(percent, max=100 * self.system.cpus())
            if self.count_files:
                shares = [share for one in found if (share := self.system.open_files(one.pid)) is not None]
                yield self.files(max(shares, default=None))
