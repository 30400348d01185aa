"""Apache's `LogFormat` and `CustomLog` directives.

    LogFormat "%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\" %D" timed

Apache logs one duration, until the last byte is handed to the network: a slow client is in it. `%t` is the start of
the request, `%{end:sec}t` its end.
"""

import re

from checkwright.core.errors import BadUsage
from checkwright.latency.log_format import (
    CLF_SECOND,
    NUMBER,
    STATUS,
    ZONE,
    Field,
    LogFormat,
    compiled,
    kind_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.latency.log_format import Decoded, Decoder

_DIRECTIVE = re.compile(
    r"^\s*(?:LogFormat|CustomLog\s+(?:\"[^\"]*\"|\S+))\s+(?:\"(?P<double>(?:[^\"\\]|\\.)*)\"|(?P<bare>\S*%\S*))"
    r"(?:\s+(?P<name>[^\s%]+))?",
    re.M | re.I,
)
_TOKEN = re.compile(r"%(?:!?[\d,]+)?(?P<who>[<>])?(?:\{(?P<detail>[^}]*)\})?(?P<letter>\^[A-Za-z]{2}|[a-zA-Z%])")
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1_000.0}
_ROLES = {"r": ("request", b""), "m": ("method", b""), "U": ("target", b""), "s": ("status", STATUS)}
#: Letters whose text a client decides, so that it may contain spaces.
_SPACES = frozenset("ruioCqUfnel")


def apache_format(text: str, name: str = "") -> LogFormat:
    """Compile a `LogFormat` or `CustomLog` directive, or the bare format.

    name: of the directive, needed where the text has several. Raises BadUsage with a sentence that says what is wrong.
    """
    template, name = _template(text, name)
    parts: list[bytes | Field] = []
    unit, ends, clock = 1.0, False, ""
    has_total = has_status = False
    at = 0
    final = ">s" in re.sub(r"%[\d,!]*", "", template)
    for token in _TOKEN.finditer(template):
        parts.append(template[at : token.start()].encode())
        at = token.end()
        letter, detail = token["letter"], token["detail"] or ""
        if letter == "%":
            parts.append(b"%")
        elif letter in ("D", "T"):
            parts.append(Field("" if has_total else "total", NUMBER))
            if not has_total:
                unit = _UNITS["us" if letter == "D" else detail or "s"]
            has_total = True
        elif letter == "t":
            field, kind, is_end = _time(detail)
            parts.append(field if not clock else Field("", field.pattern))
            if not clock:
                clock, ends = kind, is_end
        elif letter == "s" and (has_status or (final and token["who"] != ">")):
            parts.append(Field("", STATUS))  # of the first request before an internal redirect
        else:
            role, pattern = _ROLES.get(letter, ("", b""))
            has_status = has_status or role == "status"
            parts.append(Field(role, pattern, spaces=letter in _SPACES))
    parts.append(template[at:].encode())
    return compiled(name, [part for part in parts if part != b""], clock or "clf", _decoder(unit), ends=ends)


def directives(text: str) -> dict[str, str]:
    """Return the formats in a text, such as Apache's configuration, by name."""
    found: dict[str, str] = {}
    for directive in _DIRECTIVE.finditer(re.sub(r"\\\n", " ", text)):
        template = directive["double"] if directive["double"] is not None else directive["bare"]
        if "%" in template:
            found[directive["name"] or "LogFormat"] = re.sub(r'\\(["\\])', r"\1", template)
    return found


def _template(text: str, name: str) -> tuple[str, str]:
    """Return the format and its name."""
    found = directives(text)
    if not found and "%" in text and "\n" not in text.strip():
        bare = text.strip()
        bare = bare[1:-1] if bare[:1] == bare[-1:] and bare[:1] in "'\"" else bare
        found["LogFormat"] = re.sub(r'\\(["\\])', r"\1", bare)
    if not found:
        raise BadUsage("there is no LogFormat directive: paste it from Apache's configuration, with its quotes")
    if not name and len(found) > 1:
        raise BadUsage(f"several LogFormat directives, choose one by its name: {', '.join(found)}")
    name = name or next(iter(found))
    if name not in found:
        raise BadUsage(f"there is no LogFormat {name}; there are {', '.join(found)}")
    return found[name], name if name == "LogFormat" else f"LogFormat {name}"


def _time(detail: str) -> tuple[Field, str, bool]:
    """Return the field of a `%t`, the kind of its clock, and True if it is the end of the request."""
    ends = detail.startswith("end:")
    form = detail.removeprefix("begin:").removeprefix("end:")
    if form == "":
        return Field("time", rb"\[" + CLF_SECOND + b" " + ZONE + rb"\]"), "clf", ends
    if form == "sec":
        return Field("time", rb"(\d++)"), "epoch", ends
    pattern = re.escape(form.encode())
    kind = "clf" if "%b" in form else "iso"
    for code, expression in (
        (rb"%d/%b/%Y:%H:%M:%S", CLF_SECOND),
        (rb"%d/%b/%Y:%T", CLF_SECOND),
        (rb"%Y\-%m\-%dT%H:%M:%S", rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)"),
        (rb"%Y\-%m\-%d\ %H:%M:%S", rb"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"),
        (rb"%FT%T", rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)"),
        (rb"%F\ %T", rb"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"),
        (rb"%z", ZONE),
    ):
        pattern = pattern.replace(code, expression)
    if "%" in re.sub(r"\\.", "", pattern.decode()) or b"(" not in pattern:
        if form in ("msec", "usec", "msec_frac", "usec_frac"):
            return Field("", rb"\d++"), "", ends
        raise BadUsage(
            f"the time %{{{detail}}}t is none that can be read: use %t, %{{sec}}t or %{{%Y-%m-%dT%H:%M:%S%z}}t"
        )
    return Field("time", pattern), kind, ends


def _decoder(unit: float) -> "Decoder":
    def decode(_moment: float, status: bytes, _server: bytes, total: bytes) -> "Decoded":
        found = None if total in (b"", b"-") else round(float(total) * unit)
        return kind_of(status), None, found

    return decode
