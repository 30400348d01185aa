"""Statistics of HAProxy: rows of `show stat`, from its stats socket or from the text of its stats page."""

from checkwright.sources import Source, Stream
from checkwright.sources.numbers import natural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMAND = b"show stat\n"


class Row:
    """One frontend, backend or server. `name` is FRONTEND, BACKEND or the server's name.

    status: HAProxy's words, such as `UP`, `UP 2/3`, `DOWN`, `MAINT (via shop/web1)`, `OPEN`, `no check`.
    """

    __slots__ = ("_fields", "name", "proxy", "status")

    def __init__(self, proxy: str, name: str, status: str, fields: "Mapping[str, str] | None" = None) -> None:
        self.proxy = proxy
        self.name = name
        self.status = status
        self._fields = fields or {}

    def number(self, column: str) -> int | None:
        """Return the number in a column; None if the row or this version has none, and for a negative one."""
        return natural(self._fields.get(column, ""))

    def text(self, column: str) -> str:
        return self._fields.get(column, "")


class HaproxyStats(Source):
    """Stats sockets of HAProxy, a new connection for each request. A socket of the level `user` is enough."""

    def rows(self, address: str) -> list[Row]:
        """Return all rows in HAProxy's order. address: the path of a Unix socket, or `HOST:PORT`.

        Raises Down if no HAProxy answers, CannotTell if this user may not connect.
        """
        with Stream.dial(address, name="haproxy") as stream:
            stream.send(_COMMAND)
            text = stream.rest().decode("utf-8", "backslashreplace")
            rows = parse(text)
            if not text.endswith("\n\n"):  # HAProxy ends each answer with an empty line
                raise ValueError(f"it broke off after {len(rows)} rows")
            return rows


def parse(text: str) -> list[Row]:
    """Parse the comma separated text of `show stat`. Columns differ by version, so the first line names them.

    Raises ValueError for any other text.
    """
    header, _, body = text.lstrip("\n").partition("\n")
    names = header.removeprefix("# ").rstrip("\r,").split(",")
    if not header.startswith("# ") or not {"pxname", "svname", "status"} <= set(names):
        raise ValueError(f"it is not HAProxy's show stat, it begins {text[:80]!r}")
    rows = []
    for line in body.split("\n"):
        if not line.strip():
            continue
        fields = dict(zip(names, _split(line), strict=False))
        if "status" not in fields:
            raise ValueError(f"it broke off in {line[:80]!r}")
        rows.append(Row(fields["pxname"], fields["svname"], fields["status"], fields))
    return rows


def _split(line: str) -> list[str]:
    if '"' not in line:
        return line.split(",")
    import csv

    return next(csv.reader([line]))
