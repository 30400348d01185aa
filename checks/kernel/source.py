"""Counters and limits of this machine's kernel, from files that every user may read."""

import os

from checkwright.core.errors import CannotTell
from checkwright.sources import Source, procfs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Limits from here on are none.
_NO_LIMIT = 1 << 60


class Sockets:
    """Sockets of this machine.

    counters: drops, retransmitted, sent and syn_retries since boot. established, orphans, timewait: number of TCP
    connections. conntrack, files: percent of their limits, None if there is none. pairs: percent of the ephemeral
    ports that connections to one destination use, by `ADDRESS:PORT`; empty where they were not counted.
    """

    __slots__ = ("conntrack", "counters", "established", "files", "orphans", "pairs", "timewait")

    def __init__(
        self,
        *,
        counters: "dict[str, float] | None" = None,
        established: int = 0,
        orphans: int = 0,
        timewait: int = 0,
        conntrack: float | None = None,
        files: float | None = None,
        pairs: "dict[str, float] | None" = None,
    ) -> None:
        self.counters = counters or {}
        self.established = established
        self.orphans = orphans
        self.timewait = timewait
        self.conntrack = conntrack
        self.files = files
        self.pairs = pairs or {}


class Boot:
    """Boot of this machine.

    uptime: seconds. running: version of the kernel. installed: the newest installed version, "" if none can be
    compared. packages: packages that need a restart, None if nobody has reported any.
    """

    __slots__ = ("installed", "packages", "running", "uptime")

    def __init__(
        self, *, uptime: float = 0.0, running: str = "", installed: str = "", packages: "Sequence[str] | None" = None
    ) -> None:
        self.uptime = uptime
        self.running = running
        self.installed = installed
        self.packages = None if packages is None else list(packages)


class Kernel(Source):
    """Kernel of this machine. All methods raise CannotTell. root: folder of proc/, sys/, run/ and boot/, for tests."""

    def __init__(self, root: str = "") -> None:
        self._root = root

    def sockets(self, *, pairs: bool = False) -> Sockets:
        """Return the state of sockets. pairs: count the connections to each destination, reading a line for each."""
        proc = f"{self._root}/proc"
        extended = parse_netstat(procfs.text(f"{proc}/net/netstat")).get("TcpExt", {})
        tcp = parse_netstat(procfs.text(f"{proc}/net/snmp")).get("Tcp", {})
        stat = parse_sockstat(procfs.text(f"{proc}/net/sockstat"))["TCP"]
        first, last = self._port_range()
        found: dict[str, float] = {}
        if pairs:
            lines = [line for name in ("tcp", "tcp6") for line in self._lines(f"{proc}/net/{name}")]
            found = largest_pairs(lines, first, last)
        return Sockets(
            counters={
                "drops": extended.get("ListenDrops", 0),
                "retransmitted": tcp.get("RetransSegs", 0),
                "sent": tcp.get("OutSegs", 0),
                "syn_retries": extended.get("TCPSynRetrans", 0),
            },
            established=tcp.get("CurrEstab", 0),
            orphans=stat.get("orphan", 0),
            timewait=stat.get("tw", 0),
            conntrack=self._share("net/netfilter/nf_conntrack_count", "net/netfilter/nf_conntrack_max"),
            files=self._files(),
            pairs=found,
        )

    def events(self) -> dict[str, float]:
        """Return counters since boot: oom, corrected and uncorrected memory errors, and io_errors of each disk.

        A counter that this machine does not have is left out.
        """
        found: dict[str, float] = {}
        vmstat = procfs.table(f"{self._root}/proc/vmstat")
        if "oom_kill" in vmstat:
            found["oom"] = vmstat["oom_kill"]
        controllers = self._folders("sys/devices/system/edac/mc", "mc")
        for name, file in (("corrected", "ce_count"), ("uncorrected", "ue_count")):
            counts = [count for folder in controllers if (count := _number(f"{folder}/{file}")) is not None]
            if counts:
                found[name] = sum(counts)
        for folder in self._folders("sys/block", ""):
            count = _number(f"{folder}/device/ioerr_cnt")
            if count is not None:
                found[f"io_errors/{os.path.basename(folder)}"] = count
        return found

    def boot(self) -> Boot:
        """Return the time since boot, and the kernel that runs and the newest that is installed."""
        running = procfs.text(f"{self._root}/proc/sys/kernel/osrelease").strip()
        installed = [os.path.basename(path)[8:] for path in self._folders("boot", "vmlinuz-")]
        newest = max(installed, key=version_key) if running in installed else ""
        packages = None
        if os.path.exists(f"{self._root}/run/reboot-required"):
            packages = (procfs.optional_text(f"{self._root}/run/reboot-required.pkgs") or "").split()
        return Boot(
            uptime=self._uptime(),
            running=running,
            installed=newest,
            packages=packages,
        )

    def _port_range(self) -> tuple[int, int]:
        path = f"{self._root}/proc/sys/net/ipv4/ip_local_port_range"
        words = procfs.text(path).split()
        if len(words) != 2 or not all(word.isascii() and word.isdecimal() and len(word) < 6 for word in words):
            raise CannotTell(f"cannot read {path}: it does not hold two ports")
        return int(words[0]), int(words[1])

    def _uptime(self) -> float:
        path = f"{self._root}/proc/uptime"
        try:
            return float(procfs.text(path).split()[0])
        except (ValueError, IndexError):
            raise CannotTell(f"cannot read {path}: it does not begin with a number") from None

    def _lines(self, path: str) -> list[str]:
        return (procfs.optional_text(path) or "").split("\n")

    def _share(self, part: str, whole: str) -> float | None:
        used, limit = (_number(f"{self._root}/proc/sys/{name}") for name in (part, whole))
        return round(100 * used / limit, 2) if limit and used is not None else None

    def _files(self) -> float | None:
        words = procfs.text(f"{self._root}/proc/sys/fs/file-nr").split()
        if len(words) != 3 or not all(word.isdecimal() and len(word) < 21 for word in words):
            raise CannotTell(f"cannot read {self._root}/proc/sys/fs/file-nr: it does not hold three numbers")
        used, limit = int(words[0]), int(words[2])
        return round(100 * used / limit, 2) if 0 < limit < _NO_LIMIT else None

    def _folders(self, folder: str, prefix: str) -> list[str]:
        path = f"{self._root}/{folder}"
        try:
            return [f"{path}/{name}" for name in sorted(os.listdir(path)) if name.startswith(prefix)]
        except OSError:
            return []


def parse_netstat(text: str) -> dict[str, dict[str, int]]:
    """Parse pairs of lines, names and values, as in /proc/net/netstat and /proc/net/snmp. Raises CannotTell."""
    found: dict[str, dict[str, int]] = {}
    lines = text.split("\n")
    for names, values in zip(lines[::2], lines[1::2], strict=False):
        title, _, rest = names.partition(":")
        found[title] = dict(zip(rest.split(), map(_whole, values.partition(":")[2].split()), strict=False))
    if not ("TcpExt" in found or "Tcp" in found):
        raise CannotTell("the kernel's statistics of TCP have another form than expected")
    return found


def parse_sockstat(text: str) -> dict[str, dict[str, int]]:
    """Parse lines `TCP: inuse 40 orphan 0`, as in /proc/net/sockstat. Raises CannotTell."""
    found = {}
    for line in text.split("\n"):
        title, colon, rest = line.partition(":")
        words = rest.split()
        if colon:
            found[title] = {name: _whole(value) for name, value in zip(words[::2], words[1::2], strict=False)}
    if "TCP" not in found:
        raise CannotTell("the kernel's statistics of sockets have no line for TCP")
    return found


def largest_pairs(lines: "Iterable[str]", first: int, last: int, most: int = 3) -> dict[str, float]:
    """Return the share of the ephemeral ports that the busiest destinations use, in percent, by `ADDRESS:PORT`.

    lines: those of /proc/net/tcp and tcp6. A port may be used once for each destination.
    """
    counts: dict[tuple[str, str], int] = {}
    for line in lines:
        words = line.split()
        if len(words) < 4 or ":" not in words[1]:
            continue
        address, port = words[1].rsplit(":", 1)
        if words[3] != "0A" and first <= _port(port) <= last:  # a listening socket has no destination
            key = (address, words[2])
            counts[key] = counts.get(key, 0) + 1
    busiest = sorted(counts.items(), key=lambda item: -item[1])[:most]
    size = max(1, last - first + 1)
    return {_readable(remote): round(100 * count / size, 2) for (_, remote), count in busiest}


def version_key(version: str) -> list[tuple[int, str]]:
    """Return a key that sorts versions such as 6.1.0-9-amd64 before 6.1.0-10-amd64."""
    import re

    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.findall(r"\d+|\D+", version)]


def _whole(word: str) -> int:
    if not word.removeprefix("-").isdecimal() or len(word) > 20:
        raise CannotTell("the kernel's statistics have another form than expected: a word in place of a number")
    return int(word)


def _number(path: str) -> int | None:
    text = procfs.optional_text(path)
    try:
        return None if text is None else int(text, 0)
    except ValueError:
        return None


def _port(word: str) -> int:
    try:
        return int(word, 16)
    except ValueError:
        raise CannotTell("the kernel's list of connections has another form than expected") from None


def _readable(remote: str) -> str:
    """Return `0100007F:0050` as `127.0.0.1:80`."""
    import socket

    address, _, port = remote.partition(":")
    try:
        words = [bytes.fromhex(address[start : start + 8])[::-1] for start in range(0, len(address), 8)]
        packed = b"".join(words)
        if len(packed) == 16 and packed.startswith(bytes(10) + b"\xff\xff"):
            packed = packed[12:]
        if len(packed) == 4:
            return f"{socket.inet_ntop(socket.AF_INET, packed)}:{_port(port)}"
        return f"[{socket.inet_ntop(socket.AF_INET6, packed)}]:{_port(port)}"
    except ValueError:
        raise CannotTell("the kernel's list of connections has another form than expected") from None
