"""The table of processes."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Process:
    """One process. state: running, sleeping, zombie, ... cpu_seconds: used since it started. rss: bytes in memory.

    started: seconds since the epoch. What may not be seen is empty or 0.
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
    """All processes of this machine but our own."""
    import psutil

    found = []
    fields = ["pid", "name", "username", "status", "cmdline", "cpu_times", "memory_info", "create_time"]
    for process in psutil.process_iter(fields):
        seen = process.info
        if seen["pid"] == os.getpid():
            continue
        times, memory = seen["cpu_times"], seen["memory_info"]
        found.append(
            Process(
                seen["pid"],
                seen["name"] or "",
                user=seen["username"] or "",
                state=str(seen["status"] or ""),
                command_line=" ".join(seen["cmdline"] or ()).strip(),
                cpu_seconds=times.user + times.system if times else 0,
                rss=memory.rss if memory else 0,
                started=seen["create_time"] or 0,
            )
        )
    return found


def matching(
    processes: "Sequence[Process]",
    *,
    names: "Sequence[str]" = (),
    users: "Sequence[str]" = (),
    states: "Sequence[str]" = (),
    command_lines: "Sequence[str]" = (),
) -> list[Process]:
    """Those that match one pattern of each kind that is given.

    names, users, command_lines: shell patterns, for the whole text. Runs of this very check never match:
    their command line, and that of the shell or sudo around them, holds the pattern itself.
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
