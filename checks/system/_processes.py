"""Process table."""

import os

from checkwright.core.errors import CannotTell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Process:
    """One process. state: running, sleeping, zombie, ... cpu_seconds: used since its start. rss: bytes in memory.

    ticks: clock ticks between boot and its start, which no change of the clock moves. age: seconds since its start.
    kernel: a thread of the kernel. names: all names that match --name. Facts that this user may not see are empty or 0.
    """

    __slots__ = (
        "age",
        "command_line",
        "cpu_seconds",
        "kernel",
        "name",
        "names",
        "pid",
        "rss",
        "state",
        "ticks",
        "uid",
        "user",
    )

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
        ticks: int = 0,
        age: float = 0,
        uid: int | None = None,
        kernel: bool = False,
        names: "Sequence[str]" = (),
    ) -> None:
        self.pid = pid
        self.name = name
        self.user = user
        self.state = state
        self.command_line = command_line
        self.cpu_seconds = cpu_seconds
        self.rss = rss
        self.ticks = ticks
        self.age = age
        self.uid = uid
        self.kernel = kernel
        self.names = (name, *names)


#: Letters of a name that the kernel keeps.
_KERNEL_NAME = 15
#: Process of the kernel that is the parent of its threads.
_KTHREADD = 2


def running() -> list[Process]:
    """Return all processes of this machine but our own. Raises CannotTell if this user may not see all of them."""
    import psutil

    _refuse_hidden()
    second = os.sysconf("SC_CLK_TCK")
    now = _since_boot()
    found = []
    fields = ["pid", "ppid", "name", "uids", "username", "status", "cmdline", "cpu_times", "memory_info"]
    for process in psutil.process_iter(fields):
        info = process.info
        if info["pid"] == os.getpid():
            continue
        times, memory, words = info["cpu_times"], info["memory_info"], info["cmdline"] or ()
        name, ticks = _stat(info["pid"], info["name"] or "")
        found.append(
            Process(
                info["pid"],
                info["name"] or "",
                user=info["username"] or "",
                uid=info["uids"].real if info["uids"] else None,
                state=str(info["status"] or ""),
                command_line=" ".join(words).strip(),
                cpu_seconds=times.user + times.system if times else 0,
                rss=memory.rss if memory else 0,
                ticks=ticks,
                age=max(0.0, now - ticks / second),
                kernel=_KTHREADD in (info["pid"], info["ppid"]) and not words,
                names=[name, *_full_names(info["pid"], name, words)],
            )
        )
    return found


def _refuse_hidden() -> None:
    """Raise CannotTell if /proc hides the processes of other users from this one."""
    try:
        with open("/proc/1/stat", "rb"):
            return
    except FileNotFoundError:
        what = "are hidden"
    except PermissionError:
        what = "cannot be read"
    except OSError:
        return
    raise CannotTell(
        f"processes of other users {what} from this account (hidepid= of /proc, or ProtectProc= of the unit): "
        "add the account to the group that gid= of /proc names"
    )


def _stat(pid: int, name: str) -> tuple[str, int]:
    """Return the kernel's name of a process and the ticks from boot to its start; `name` and 0 if it has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="surrogateescape") as file:
            head, _, tail = file.read(4096).rpartition(")")
        return head.partition("(")[2], int(tail.split()[19])
    except (OSError, ValueError, IndexError):
        return name, 0


def _full_names(pid: int, name: str, words: "Sequence[str]") -> list[str]:
    """Return names that the kernel cut: of the program, of a script, of the file. The cut name if none is known."""
    if len(name.encode("utf-8", "surrogateescape")) < _KERNEL_NAME:
        return []
    try:
        file = os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
    except OSError:
        file = ""
    candidates = (os.path.basename(path) for path in (*words[:2], file))
    return [found for found in candidates if found.startswith(name)] or [f"{name}*"]


def _since_boot() -> float:
    import time

    return time.clock_gettime(time.CLOCK_BOOTTIME)


def open_files(pid: int, proc: str = "/proc") -> float | None:
    """Return the open files of a process as a percentage of its limit, see System.open_files."""
    try:
        with open(f"{proc}/{pid}/limits", encoding="utf-8") as file:
            limits = [line.split() for line in file if line.startswith("Max open files")]
        used = len(os.listdir(f"{proc}/{pid}/fd"))
    except (FileNotFoundError, ProcessLookupError):
        return None
    except OSError as error:
        raise CannotTell(
            f"cannot count the open files of process {pid}: {error.strerror}; run the check as its user, or as root"
        ) from None
    soft = limits[0][3] if limits and len(limits[0]) > 3 else ""
    return round(100 * used / int(soft), 2) if soft.isdecimal() and int(soft) else None


def refuse_unknown(users: "Sequence[str]") -> None:
    """Raise CannotTell for a user name without an account; patterns and numbers are accepted."""
    import pwd

    for user in users:
        if user.isdecimal() or any(character in user for character in "*?["):
            continue
        try:
            pwd.getpwnam(user)
        except KeyError:
            raise CannotTell(f"there is no user {user} on this machine") from None


def select(
    processes: "Sequence[Process]",
    *,
    names: "Sequence[str]" = (),
    users: "Sequence[str]" = (),
    states: "Sequence[str]" = (),
    command_lines: "Sequence[str]" = (),
    kernel: bool = True,
) -> list[Process]:
    """Return the processes that match one pattern of each given kind.

    names, users, command_lines: shell patterns for the whole text; a user may be a number too. kernel: include threads
    of the kernel. Runs of this check never match: their command line, and that of the shell or sudo around them,
    contains the pattern itself.
    """
    from fnmatch import fnmatchcase

    def fits(text: str, patterns: "Sequence[str]") -> bool:
        return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)

    def named(process: Process) -> bool:
        if any(fits(name, names) for name in process.names):
            return True
        # The kernel's cut name, where the whole one is not known.
        cut = process.names[-1]
        return cut.endswith("*") and any(fnmatchcase(pattern, cut) for pattern in names)

    return [
        process
        for process in processes
        if named(process)
        and (fits(process.user, users) or (process.uid is not None and str(process.uid) in users))
        and (kernel or not process.kernel)
        and (not states or process.state in states)
        and fits(process.command_line, command_lines)
        and not (command_lines and "--cmdline" in process.command_line and "processes" in process.command_line)
    ]
