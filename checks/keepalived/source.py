"""Addresses and daemons of this machine, read from /proc: a virtual address is on the machine that is master."""

import os

from checkwright.sources import CannotTell, Source, doing
from checkwright.sources.procfs import optional_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Machine(Source):
    """IPv4 and IPv6 addresses of this machine, and its processes. root: folder that holds proc/, for tests."""

    def __init__(self, root: str = "") -> None:
        self._root = root

    def addresses(self) -> frozenset[str]:
        """Return all addresses, in the format of `normalized`. Raises CannotTell."""
        doing("the addresses of this machine")
        found = frozenset(parse_ipv4(self._read("/proc/net/fib_trie")))
        try:
            return found | frozenset(parse_ipv6(self._read("/proc/net/if_inet6")))
        except FileNotFoundError:  # a kernel without IPv6
            return found

    def runs(self, name: str) -> bool:
        """Return True if a process has this name. Raises CannotTell for an account that may not see all of them."""
        doing("the processes of this machine")
        short = name[:15]  # the kernel keeps no more
        try:
            self._read("/proc/1/stat")
            entries = os.listdir(f"{self._root}/proc")
        except (OSError, CannotTell):
            raise CannotTell("this account may not see all processes: /proc is mounted with hidepid") from None
        for entry in entries:
            # The kernel writes the name alone in half of the time of stat, which holds the state too.
            if entry.isdecimal() and optional_text(f"{self._root}/proc/{entry}/comm") == short:
                stat = optional_text(f"{self._root}/proc/{entry}/stat") or ""  # None: it has ended
                if stat.rpartition(") ")[2][:1] not in "ZX":
                    return True
        return False

    def _read(self, path: str) -> str:
        try:
            with open(f"{self._root}{path}", encoding="ascii", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            if path.endswith("if_inet6"):
                raise
            raise CannotTell(f"cannot read {path}: there is no such file") from None
        except OSError as error:
            raise CannotTell(f"cannot read {path}: {error.strerror}") from None


def parse_ipv4(text: str) -> "Iterator[str]":
    """Yield the local addresses in /proc/net/fib_trie: those with a line `/32 host LOCAL`."""
    address = ""
    for line in text.split("\n"):
        words = line.split()
        if words[:1] == ["|--"] and len(words) == 2:
            address = words[1]
        elif words == ["/32", "host", "LOCAL"] and (known := normalized(address)):
            yield known


def parse_ipv6(text: str) -> "Iterator[str]":
    """Yield the addresses in /proc/net/if_inet6: 32 hexadecimal digits at the beginning of each line."""
    for line in text.split("\n"):
        digits = line.partition(" ")[0]
        if len(digits) == 32 and (known := normalized(":".join(digits[at : at + 4] for at in range(0, 32, 4)))):
            yield known


def normalized(text: str) -> str:
    """Return an address in the one form that compares, "" for text that is no address."""
    import socket

    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return socket.inet_ntop(family, socket.inet_pton(family, text))
        except (OSError, ValueError):
            continue
    return ""
