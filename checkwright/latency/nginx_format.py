"""The `log_format` directive of nginx, pasted or taken from nginx.conf.

    log_format timed '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                     '"$http_referer" "$http_user_agent" rt=$request_time urt="$upstream_response_time"';

The server's time is `$upstream_response_time`. With several servers it is a list, `0.000, 0.022` for a repeated try
and `0.021 : 0.031` after an internal redirect, whose sum counts.
"""

import re

from checkwright.core.errors import BadUsage
from checkwright.latency.log_format import (
    CLF_MINUTE,
    ISO_MINUTE,
    NUMBER,
    NUMBERS,
    STATUS,
    ZONE,
    Field,
    LogFormat,
    compiled,
    kind_of,
    milliseconds,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.latency.log_format import Decoded

#: The format that nginx uses without a directive.
COMBINED = (
    'log_format combined \'$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent"\';'
)
_FIELDS = {
    "time_local": Field("time", CLF_MINUTE + rb":\d\d " + ZONE),
    "time_iso8601": Field("time", ISO_MINUTE + rb":\d\d" + ZONE),
    "msec": Field("time", rb"(\d++)\.\d{3}"),
    "request": Field("request", spaces=True),
    "request_method": Field("method"),
    "request_uri": Field("target", spaces=True),
    "uri": Field("target", spaces=True),
    "status": Field("status", STATUS),
    "request_time": Field("total", NUMBER),
    "upstream_response_time": Field("server", NUMBERS),
    "upstream_connect_time": Field("", NUMBERS),
    "upstream_header_time": Field("", NUMBERS),
    "upstream_first_byte_time": Field("", NUMBERS),
    "upstream_queue_time": Field("", NUMBERS),
    "upstream_status": Field("", NUMBERS),
    "upstream_bytes_received": Field("", NUMBERS),
    "upstream_bytes_sent": Field("", NUMBERS),
    "upstream_response_length": Field("", NUMBERS),
    "upstream_addr": Field("", spaces=True),
}
#: Variables without spaces in their text. A client decides on all others.
_PLAIN = frozenset(
    [
        *("remote_addr", "remote_port", "bytes_sent", "body_bytes_sent", "request_length", "connection", "pid", "pipe"),
        *("connection_requests", "hostname", "host", "server_name", "server_addr", "server_port", "server_protocol"),
        *("scheme", "request_id", "nginx_version", "gzip_ratio", "ssl_protocol", "ssl_cipher", "http2", "https"),
        *("proxy_host", "proxy_port", "upstream_cache_status", "geoip_country_code"),
    ]
)
_CLOCKS = {"time_local": "clf", "time_iso8601": "iso", "msec": "epoch"}
_STRING = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s;'\"{}]+"
_DIRECTIVE = re.compile(rf"\blog_format\s+(?P<name>\S+)(?P<strings>(?:\s+(?:{_STRING}))+)\s*;?", re.S)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def nginx_format(text: str, name: str = "") -> LogFormat:
    """Compile the `log_format` directive in a text, such as the content of nginx.conf.

    name: of the directive, needed where the text has several. Raises BadUsage with a sentence that says what is wrong.
    """
    found = directives(text)
    if not found:
        raise BadUsage("there is no log_format directive: paste it from nginx.conf, with its name and the semicolon")
    if not name and len(found) > 1:
        raise BadUsage(f"several log_format directives, choose one by its name: {', '.join(found)}")
    name = name or next(iter(found))
    if name not in found:
        raise BadUsage(f"there is no log_format {name}; there are {', '.join(found)}")
    template, escape = found[name]
    return _compiled(name, template, escape)


def directives(text: str) -> dict[str, tuple[str, str]]:
    """Return the log_format directives in a text: by name, the format and its way of escaping."""
    text = re.sub(r"(?m)^\s*#.*$", "", text)
    found = {}
    for directive in _DIRECTIVE.finditer(text):
        strings = [_unquoted(one) for one in re.findall(_STRING, directive["strings"])]
        escape = strings.pop(0).removeprefix("escape=") if strings[0].startswith("escape=") else "default"
        found[directive["name"]] = ("".join(strings), escape)
    return found


def _unquoted(text: str) -> str:
    if text[0] not in "'\"":
        return text
    return re.sub(r"\\(.)", lambda one: {"n": "\n", "t": "\t", "r": "\r"}.get(one[1], one[1]), text[1:-1])


def _compiled(name: str, template: str, escape: str) -> LogFormat:
    parts: list[bytes | Field] = []
    clock = ""
    at = 0
    for variable in _VARIABLE.finditer(template):
        if variable.start() > at:
            parts.append(template[at : variable.start()].encode())
        at = variable.end()
        word = variable[1] or variable[2]
        field = _FIELDS.get(word) or Field(spaces=word not in _PLAIN)
        if field.role == "time":
            field = field if not clock else Field("", field.pattern)
            clock = clock or _CLOCKS[word]
        if escape == "none" and not field.pattern:
            # A quote inside the text is not marked, so the whole literal behind it ends the text.
            field = Field(field.role, _unescaped(template, at))
        parts.append(field)
    if template[at:]:
        parts.append(template[at:].encode())
    return compiled(f"log_format {name}", parts, clock or "clf", decode, ends=True)


def _unescaped(template: str, at: int) -> bytes:
    following = _VARIABLE.search(template, at)
    literal = template[at : following.start() if following else None]
    return rb"(?:(?!" + re.escape(literal.encode()) + rb")[^\n])*" if literal else rb"[^\n]*?"


def decode(_moment: float, status: bytes, server: bytes, total: bytes) -> "Decoded":
    """Return class, server's time and total time. Raises ValueError for a text that is no time."""
    return kind_of(status), upstream_time(server), milliseconds(total, 1_000)


def upstream_time(text: bytes) -> int | None:
    """Return the sum of the times of all servers that were tried, in milliseconds; None if none was."""
    if b" " not in text:
        return milliseconds(text, 1_000)
    times = [milliseconds(one, 1_000) for one in text.replace(b" : ", b", ").split(b", ")]
    known = [one for one in times if one is not None]
    return sum(known) if known else None
