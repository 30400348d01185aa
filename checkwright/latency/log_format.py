"""Access log formats: one regular expression over blocks of lines, and the meaning of its groups.

A format is compiled from parts, literal text and fields in turn. Quantifiers are possessive, so a line that does not
fit fails at once and cannot make the expression go back over what it has read. Not so around groups with choices:
Python before 3.11.5 matches those wrongly (gh-106052), and Debian 12 has 3.11.2.
"""

import re

from checkwright.core.errors import BadUsage
from checkwright.latency.log_times import Clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    #: Class of a request, milliseconds of the server (None without), milliseconds in total (None without).
    Decoded = tuple[str, int | None, int | None]
    #: Function of moment, status, server and total. Raises ValueError for a text that is no time.
    Decoder = Callable[[float, bytes, bytes, bytes], Decoded]

#: Text in double quotes, with escapes of a backslash and any character.
QUOTED = rb'[^"\\\n]*+(?:\\.[^"\\\n]*+)*+'
#: The same where the block has no escaped quote.
_QUICK_QUOTED = rb'[^"]*+'
#: One word of a line.
WORD = rb"[^ \n]*+"
STATUS = rb"[\d-]++"
#: One number, `-` if there is none.
NUMBER = rb"[-.\d]*+"
#: Numbers of each server that was tried, as nginx lists them: `0.000, 0.022 : -`.
NUMBERS = rb"[-.\d]*+(?:(?:,| :) [-.\d]++)*"
#: Moments, up to the minute where the end of a request is logged, which is all that is needed then.
CLF_MINUTE = rb"(\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d)"
CLF_SECOND = rb"(\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d)"
ISO_MINUTE = rb"(\d{4}-\d\d-\d\dT\d\d:\d\d)"
ISO_SECOND = rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d++)?)"
ZONE = rb"([-+]\d\d:?+\d\d|Z)"


class Field:
    """A variable of a format.

    role: column that it gives, "" to skip it, "request" for a whole request line. pattern: expression for its text,
    b"" to derive it from the literal that follows. Patterns of times have groups of their own, for moment and zone.
    spaces: its text may contain the first character of that literal.
    """

    __slots__ = ("pattern", "role", "spaces")

    def __init__(self, role: str = "", pattern: bytes = b"", *, spaces: bool = False) -> None:
        self.role = role
        self.pattern = pattern
        self.spaces = spaces


class LogFormat:
    """A compiled format.

    name: for messages, such as "log_format timed". expression: for a whole line, with its anchors. decode: the meaning
    of moment, status, server and total of a line. ends: True if the logged moment is the end of the request;
    otherwise its duration is added. separate: True if the time of the server depends on the column `server` alone,
    and the total on `total`. has_server: True if it has the server's time.
    """

    def __init__(
        self,
        name: str,
        expression: bytes,
        columns: "Sequence[str]",
        clock: Clock,
        decode: "Decoder",
        *,
        ends: bool,
        separate: bool,
        has_server: bool,
    ) -> None:
        self.name = name
        self._expression = expression
        quick = expression.replace(QUOTED, _QUICK_QUOTED)
        self._quick = re.compile(quick) if quick != expression else None
        self._exact: re.Pattern[bytes] | None = None
        self.clock = clock
        self.decode = decode
        self.ends = ends
        self.separate = separate
        self.has_server = has_server
        self._columns = tuple(columns)

    def columns_of(self, block: bytes) -> "tuple[tuple[bytes, ...], ...]":
        """Return the columns of all lines in a block that fit: time, zone, request, status, server, total.

        A request is `METHOD TARGET[ PROTOCOL]`. A column that the format lacks has empty texts.
        """
        found = self._found(block)
        if not found:
            return ((),) * 6
        whole = dict(zip(self._columns, zip(*found, strict=True), strict=True))
        empty = (b"",) * len(found)
        request = whole.get("request")
        if request is None:
            request = tuple(map(b"%b %b".__mod__, zip(whole["method"], whole["target"], strict=True)))
        return (
            whole["time"],
            whole.get("zone", empty),
            request,
            whole["status"],
            whole.get("server", empty),
            whole.get("total", empty),
        )

    def _found(self, block: bytes) -> "list[tuple[bytes, ...]]":
        """Return the columns of each line in a block that fits, in the order of the expression.

        Without an escaped quote in the block, a quoted text ends at the next quote, which `re` finds in half the time.
        Only a text that lacks its quote could then reach into the next line, and there would be fewer matches than
        lines.
        """
        if self._quick is not None and b'\\"' not in block:
            found = self._quick.findall(block)
            if len(found) == block.count(b"\n"):
                return found
        return self._line().findall(block)

    def _line(self) -> "re.Pattern[bytes]":
        if self._exact is None:
            self._exact = re.compile(self._expression)
        return self._exact

    def first_unreadable(self, block: bytes) -> bytes:
        """Return the first line of a block that does not fit the format, b"" if all do."""
        match = self._line().match
        for line in block.split(b"\n"):
            if line and match(line) is None:
                return line
        return b""


def compiled(
    name: str,
    parts: "Sequence[bytes | Field]",
    clock: str,
    decode: "Decoder",
    *,
    ends: bool,
    separate: bool = True,
    more: bytes = b"",
    prefix: bytes = b"",
) -> LogFormat:
    """Compile the parts of a format: literals and fields.

    prefix, more: expressions for text before and after. Raises BadUsage if the format lacks the moment, the request
    or the status, or has no time at all.
    """
    columns: list[str] = []
    line = [rb"(?m)^", prefix]
    for at, part in enumerate(parts):
        if isinstance(part, bytes):
            line.append(re.escape(part))
            continue
        following = parts[at + 1] if at + 1 < len(parts) else b"\n"
        pattern = part.pattern or _until(following, spaces=part.spaces)
        if part.role == "" or part.role in columns:
            line.append(_without_groups(pattern))
            continue
        if part.role == "time":
            columns.append("time")
            if re.compile(pattern).groups > 1:
                columns.append("zone")
            line.append(pattern)
        else:
            columns.append(part.role)
            line.append(b"(" + pattern + b")")
    line += (more, rb"\r?+$")
    _complete(name, columns)
    return LogFormat(
        name,
        b"".join(line),
        columns,
        Clock(clock),
        decode,
        ends=ends,
        separate=separate,
        has_server="server" in columns,
    )


def _complete(name: str, columns: "Sequence[str]") -> None:
    lacking = [
        text
        for present, text in (
            ("time" in columns, "the time"),
            ("request" in columns or {"method", "target"} <= {*columns}, "the request, or method and path"),
            ("status" in columns, "the status"),
            ("server" in columns or "total" in columns, "a duration"),
        )
        if not present
    ]
    if lacking:
        raise BadUsage(f"the format {name} lacks {' and '.join(lacking)}: add it to the log, then to the format")


def _until(following: "bytes | Field", *, spaces: bool) -> bytes:
    """Return an expression for the text before a literal."""
    if isinstance(following, Field):
        return rb"[^ \n]*?"  # nothing separates the two: the pattern of the next one decides
    end = following or b"\n"
    if end[:1] == b'"':
        return QUOTED
    first = rb"\n" + (re.escape(end[:1]) if end[:1] != b"\n" else b"")
    if not spaces or len(end) == 1 or end == b"\n":
        return b"[^" + first + b"]*+"
    other = b"[^" + first + b"]*+"
    return other + b"(?:" + re.escape(end[:1]) + b"(?!" + re.escape(end[1:]) + b")" + other + b")*"


def _without_groups(pattern: bytes) -> bytes:
    """Return a pattern whose groups capture nothing."""
    return re.sub(rb"(?<!\\)\((?!\?)", b"(?:", pattern)


#: Statuses of requests that ended before their answer.
_CUT = frozenset([b"499", b"460", b"504", b"-1", b"000", b"-", b"0"])
_KINDS = {b"1": "2xx", b"2": "2xx", b"3": "3xx", b"4": "4xx", b"5": "5xx"}


def kind_of(status: bytes) -> str:
    """Return the class of a status: `2xx` to `5xx`, `cut` for a request that ended before its answer."""
    return "cut" if status in _CUT else _KINDS.get(status[:1], "cut")


def milliseconds(text: bytes, unit: int = 1) -> int | None:
    """Return a number with decimals, in the `unit` of so many milliseconds, as milliseconds; None for none.

    Raises ValueError for anything else.
    """
    if text in (b"", b"-"):
        return None
    if unit == 1_000 and text[-4:-3] == b"." and (whole := text[:-4]).isdigit() and text[-3:].isdigit():
        return int(whole) * 1_000 + int(text[-3:])  # 0.022, as nginx writes it
    return round(float(text) * unit)
