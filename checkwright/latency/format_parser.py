"""Formats by the text that describes them: a directive of nginx, HAProxy or Apache, `alb`, or names in JSON lines."""

import re

from checkwright.core.errors import BadUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.latency.json_lines_format import JsonLinesFormat
    from checkwright.latency.log_format import LogFormat

    AnyFormat = LogFormat | JsonLinesFormat

HELP = (
    "a log_format directive of nginx, httplog or a log-format of HAProxy, a LogFormat of Apache, alb, "
    "or json with pairs ROLE=NAME"
)


def names_of(text: str) -> list[str]:
    """Return the names of the directives of nginx or Apache in a text, such as a configuration file."""
    from checkwright.latency import apache_format, nginx_format

    return [*nginx_format.directives(text), *apache_format.directives(text)]


def parse_format(text: str, name: str = "") -> "AnyFormat":
    """Return the format that a text describes.

    text: a directive, a whole configuration file with one, or `httplog`, `alb`, `json ROLE=NAME ...`. name: of the
    directive, where the file has several. Raises BadUsage with a sentence that says what is wrong.
    """
    text = text.strip()
    if text == "alb":
        from checkwright.latency.alb_format import alb_format

        return alb_format()
    if re.match(r"json\s", text):
        from checkwright.latency.json_lines_format import json_lines_format

        return json_lines_format(text)
    if re.search(r"\blog_format\s", text):
        from checkwright.latency.nginx_format import nginx_format

        return nginx_format(text, name)
    if directive := re.search(r"^\s*(log-format\s+.*|option\s+https?log|httplog)\s*$", text, re.M):
        from checkwright.latency.haproxy_format import haproxy_format

        return haproxy_format(directive[1])
    if re.search(r"^\s*(LogFormat|CustomLog)\s", text, re.M | re.I) or re.search(r"%>?s\b.*%[DT]|%[DT].*%>?s\b", text):
        from checkwright.latency.apache_format import apache_format

        return apache_format(text, name)
    if not text:
        raise BadUsage(f"the format of the log is missing: give {HELP}")
    raise BadUsage(f"{text[:80]!r} is no format of a log: give {HELP}")
