"""First line of an inventory file that a pull has written: the source, counts, and the time of its facts.

# checkctl inventory pull: puppetdb, 3500 of 3501, facts as of 2026-11-29T06:47:00Z
"""

from datetime import UTC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

_BEGIN = "# checkctl inventory pull: "
_AS_OF = ", facts as of "


class AsOf:
    """Header of a file. hosts: in the file. found: machines that the source named, those ignored included."""

    __slots__ = ("found", "hosts", "source", "time")

    def __init__(self, source: str, hosts: int, found: int, time: "datetime") -> None:
        self.source = source
        self.hosts = hosts
        self.found = found
        self.time = time

    def __str__(self) -> str:
        return f"{_BEGIN}{self.source}, {self.hosts} of {self.found}{_AS_OF}{self.time:%Y-%m-%dT%H:%M:%SZ}"


def parse_as_of(line: str) -> "AsOf | None":
    """Return the header in a line, None for a line that is none. Raises ValueError for a damaged one."""
    from datetime import datetime

    if not line.startswith(_BEGIN):
        return None
    what, separator, time = line.removeprefix(_BEGIN).strip().rpartition(_AS_OF)
    source, _, counts = what.partition(", ")
    hosts, of, found = counts.partition(" of ")
    if not (separator and of and hosts.isdecimal() and found.isdecimal()):
        raise ValueError("the header of the inventory is damaged: pull it again")
    try:
        moment = datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError("the header of the inventory holds no time: pull it again") from None
    return AsOf(source, int(hosts), int(found), moment)
