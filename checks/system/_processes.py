"""Process table."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Process:
    """One process. state: running, sleeping, zombie, ... cpu_seconds: used since its start. rss: bytes in memory.

    started: seconds since the epoch. Facts that this user may not see are empty or 0.
    """

    __slots__ = ("command_line", "cpu_seconds", "name", "pid", "rss", "started", "state", "user")

    def __init__(
        self,
        pid: int,
        name: str,
        *,
        user: str = "",
        state: str = "sleeping",
        command_line: str = "",
        cpu_seconds: float = 0,
        rss: int = 0,
        started: float = 0,
    ) -> None:
        self.pid = pid
        self.name = name
        self.user = user
        self.state = state
        self.command_line = command_line
        self.cpu_seconds = cpu_seconds
        self.rss = rss
        self.started = started


def running() -> list[Process]:
    """Return all processes of this machine but our own."""
    import psutil

    found = []
    fields = ["pid", "name", "username", "status", "cmdline", "cpu_times", "memory_info", "create_time"]
    for process in psutil.process_iter(fields):
        info = process.info
        if info["pid"] == os.getpid():
            continue
        times, memory = info["cpu_times"], info["memory_info"]
        found.append(
            Process(
                info["pid"],
                info["name"] or "",
                user=info["username"] or "",
                state=str(info["status"] or ""),
                command_line=" ".join(info["cmdline"] or ()).strip(),
                cpu_seconds=times.user + times.system if times else 0,
                rss=memory.rss if memory else 0,
                started=info["create_time"] or 0,
            )
        )
    return found


def select(
    processes: "Sequence[Process]",
    *,
    names: "Sequence[str]" = (),
    users: "Sequence[str]" = (),
    states: "Sequence[str]" = (),
    command_lines: "Sequence[str]" = (),
) -> list[Process]:
    """Return the processes that match one pattern of each given kind.

    names, users, command_lines: shell patterns for the whole text. Runs of this check never match: their command line,
    and that of the shell or sudo around them, contains the pattern itself.
    """
    from fnmatch import fnmatchcase

    def fits(text: str, patterns: "Sequence[str]") -> bool:
        return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)

    return [
        process
        for process in processes
        if fits(process.name, names)
        and fits(process.user, users)
        and (not states or process.state in states)
        and fits(process.command_line, command_lines)
        and not (command_lines and "--cmdline" in process.command_line and "processes" in process.command_line)
    ]
