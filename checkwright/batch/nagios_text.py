"""Text as Nagios reads it from its spool and its command file: one line, with backslashes and line ends escaped."""

from __future__ import annotations


def escaped(output: str) -> str:
    """A plugin's output in one line. Nagios turns `\\\\` and `\\n` back; NUL would end the text, so it is left out."""
    return _whole(output).replace("\0", "").replace("\\", "\\\\").replace("\r\n", "\n").replace("\n", "\\n")


def named(name: str) -> str:
    """A host's or a service's name; one with a line end is none that Nagios could hold."""
    return " ".join(_whole(name).replace("\0", "").split("\n"))


def _whole(text: str) -> str:
    """Half a surrogate pair, from a name that is not UTF-8, could not be written."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
