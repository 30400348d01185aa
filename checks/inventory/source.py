"""First lines of inventory files."""

import time

from checkwright.core.as_of import parse_as_of
from checkwright.sources import CannotTell, Source, doing

#: Seconds that the clock of another machine may lead.
_CLOCK_LEAD = 3600


class Header:
    """First line of an inventory. age: seconds since the newest facts. hosts: their number in the file."""

    __slots__ = ("age", "hosts")

    def __init__(self, age: float, hosts: int) -> None:
        self.age = age
        self.hosts = hosts


class Inventories(Source):
    """Inventories on this machine."""

    def header(self, path: str) -> Header:
        """Return the header of a file. Raises CannotTell for a file without one, and one that cannot be read."""
        from checkwright.core.regular_file import read_regular

        doing(f"reading {path}")
        try:
            text = read_regular(path, 100_000_000)[:1000].decode("utf-8-sig", "replace")
        except OSError as error:
            raise CannotTell(f"{path} cannot be read: {error.strerror}") from None
        return parse_header(text, path, time.time())


def parse_header(text: str, path: str, now: float) -> Header:
    """Return the header in the beginning of a file. now: seconds since 1970. Raises CannotTell."""
    try:
        found = parse_as_of(text.partition("\n")[0])
    except ValueError as error:
        raise CannotTell(f"{path}: {error}") from None
    if found is None:
        raise CannotTell(f"{path} was not written by checkctl inventory pull: its first line holds no time")
    age = now - found.time.timestamp()
    if age < -_CLOCK_LEAD:
        raise CannotTell(f"{path}: its facts are of the future, {found.time:%Y-%m-%d %H:%M} UTC: pull it again")
    return Header(age, found.hosts)
