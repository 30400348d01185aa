"""Routes file: the format of a log and the routes of an application, written by hand or printed by `checkctl`.

    # storefront
    log_format timed '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                     '"$http_referer" "$http_user_agent" rt=$request_time urt="$upstream_response_time"';
    GET /
    GET /orders/{id}
    POST /orders
    without-time GET /events/*

One format, and a route on each line. `without-time` marks routes whose requests stay open by design, such as long
polls: they are counted, and their times are not.
"""

import re

from checkwright.core.errors import BadUsage
from checkwright.latency.format_parser import parse_format
from checkwright.latency.url_routes import Routes, parse_route

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkwright.latency.format_parser import AnyFormat

_LARGEST = 1_000_000
_FORMAT = re.compile(r"(?:log_format|json)\s|log-format\s|LogFormat\s|option\s+https?log$|httplog$|alb$", re.I)
_WITHOUT = re.compile(r"without-time\s+(.*)")


class RoutesFile:
    """Content of a routes file.

    format_text: as it was written, "" without one. log_format: compiled, None without one. routes: the declared ones,
    None without any. without_time: names of routes whose times do not count.
    """

    __slots__ = ("format_text", "log_format", "routes", "without_time")

    def __init__(
        self,
        log_format: "AnyFormat | None" = None,
        routes: Routes | None = None,
        *,
        without_time: "tuple[str, ...]" = (),
        format_text: str = "",
    ) -> None:
        self.log_format = log_format
        self.routes = routes
        self.without_time = without_time
        self.format_text = format_text


def read(path: str) -> RoutesFile:
    """Read a routes file. Raises BadUsage with its name, and the number of the line if one is wrong."""
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise BadUsage(f"cannot read the routes file {path}: {error.strerror}") from None
    if len(data) > _LARGEST:
        raise BadUsage(f"the routes file {path} is larger than {_LARGEST} bytes")
    return parse(data.decode("utf-8", "replace"), path)


def parse(text: str, name: str) -> RoutesFile:
    """Parse the text of a routes file. name: for errors. Raises BadUsage."""
    format_text, log_format = "", None
    routes: list[str] = []
    without_time: list[str] = []
    for number, line in _statements(text):
        where = f"{name}:{number}"
        try:
            if _FORMAT.match(line):
                if log_format is not None:
                    raise BadUsage("a second format: keep one, and a file for each log")
                format_text, log_format = line, parse_format(line)
                continue
            if found := _WITHOUT.fullmatch(line):
                line = " ".join(found[1].split())
                without_time.append(line)
            parse_route(line)
        except BadUsage as error:
            raise BadUsage(f"{where}: {error}") from None
        routes.append(line)
    try:
        return RoutesFile(
            log_format,
            Routes(routes) if routes else None,
            without_time=tuple(without_time),
            format_text=format_text,
        )
    except BadUsage as error:
        raise BadUsage(f"{name}: {error}") from None


def _statements(text: str) -> "Iterator[tuple[int, str]]":
    """Yield number and text of each statement. A log_format goes on to its semicolon, a backslash joins lines."""
    begun, parts = 0, []
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not begun and (not stripped or stripped.startswith("#")):
            continue
        begun = begun or number
        parts.append(stripped.removesuffix("\\").rstrip() if stripped.endswith("\\") else stripped)
        goes_on = stripped.endswith("\\") or (parts[0].startswith("log_format") and not stripped.endswith(";"))
        if not goes_on:
            yield begun, " ".join(parts)
            begun, parts = 0, []
    if parts:
        yield begun, " ".join(parts)
