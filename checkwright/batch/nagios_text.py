"""Text for Nagios's spool and command file: one line, with backslashes and line ends escaped."""

from __future__ import annotations


def escaped(output: str) -> str:
    """Return a plugin's output in one line. Nagios turns `\\\\` and `\\n` back; NUL would end the text: left out."""
    return _encodable(output).replace("\0", "").replace("\\", "\\\\").replace("\r\n", "\n").replace("\n", "\\n")


def name_in_line(name: str) -> str:
    """Return a host's or a service's name without line ends, which no name in Nagios can hold."""
    return " ".join(_encodable(name).replace("\0", "").split("\n"))


def _encodable(text: str) -> str:
    """Replace half a surrogate pair, from a name that is not UTF-8: it could not be written."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
