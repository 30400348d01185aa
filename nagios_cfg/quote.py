"""Quoting of an argv list for Nagios and NRPE, so that the plugin receives exactly that list.

Two parsers read the command line: the daemon expands `$...$`, then /bin/sh (or Nagios's own imitation of it) splits
and unquotes. So each literal `$` is doubled, and each word that is not plain is in single quotes. cfgfile.py escapes
the characters of the file format (`;`, line ends).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from itertools import groupby

from checkwright.registry.plan import Host, Placeholder, Word

#: Characters that Nagios removes from custom macros when it expands them: illegal_macro_output_chars.
STRIPPED = "`~$&|'\"<>"

#: Limit of a line for NRPE, in bytes. A line above 2,046 bytes stops the whole daemon.
NRPE_LINE_LIMIT = 2000
NRPE_LINE_REASON = "a line above 2046 bytes stops the NRPE daemon"

#: Limit of a command line for Nagios, in bytes. A command that a shell runs is one argument of that shell.
NAGIOS_LINE_LIMIT = 100_000
_NAGIOS_LINE_REASON = "the kernel accepts arguments below 131072 bytes"

_PLAIN = re.compile(r"[A-Za-z0-9_@%+:,./-]+")
_NRPE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_HOST_MACROS = {"host": "$HOSTNAME$", "address": "$HOSTADDRESS$"}


class Unquotable(ValueError):
    """Error of a text that cannot reach the plugin unchanged. str() is a clause with the reason."""


#: Size of the caches of words. A plan of many hosts has few different words.
_CACHED_WORDS = 65_536


def fill_shared(command: Sequence[Word], environment: str, role: str) -> tuple[Word, ...]:
    """Replace the placeholders with the same value on every host of an entry: `environment` and `role`."""
    known = {"environment": environment, "role": role}
    return tuple(
        [
            tuple([known.get(part.name, part) if isinstance(part, Placeholder) else part for part in word])
            if _has_placeholder(word)
            else word
            for word in command
        ]
    )


def differs_by_host(command: Sequence[Word]) -> bool:
    """Return True if a command still holds a placeholder after `fill_shared`."""
    return any(map(_has_placeholder, command))


@lru_cache(_CACHED_WORDS)
def _has_placeholder(word: Word) -> bool:
    return any(isinstance(part, Placeholder) for part in word)


def argv_on_host(host: Host, command: Sequence[Word]) -> tuple[str, ...]:
    """Return the argv of a command on one host, with the host's values for the remaining placeholders."""
    return tuple(_text_on(host, word) for word in command)


def literal_words(argv: Sequence[str]) -> tuple[Word, ...]:
    """Return the words of a command without placeholders."""
    return tuple((text,) for text in argv)


def with_environment(env: Sequence[tuple[str, str]], command: Sequence[Word]) -> tuple[Word, ...]:
    """Prefix a command with env(1) to set variables, because neither Nagios nor NRPE can set any."""
    if not env:
        return tuple(command)
    return (*literal_words(("/usr/bin/env", *(f"{name}={value}" for name, value in env))), *command)


def nagios_line(command: Sequence[Word]) -> str:
    """Return a `command_line` for Nagios. Placeholders become host macros inside single quotes.

    Raises Unquotable.
    """
    line = " ".join(map(_nagios_word, command))
    _check_length(line, NAGIOS_LINE_LIMIT, _NAGIOS_LINE_REASON)
    return line


def nrpe_line(name: str, argv: Sequence[str]) -> str:
    """Return the line of an NRPE configuration that defines the command `name`.

    Raises Unquotable.
    """
    return _nrpe_line(name, map(_nrpe_word, argv))


def nrpe_line_by_host(name: str, command: Sequence[Word]) -> Callable[[Host], str]:
    """Return a function that returns the same as `nrpe_line` for one host.

    Use it where thousands of hosts differ in a word or two: the other words are quoted once. Both this function and
    the returned one raise Unquotable.
    """
    words: list[str | Word] = []
    for by_host, group in groupby(command, key=_has_placeholder):
        run = list(group)
        words += run if by_host else [" ".join(_nrpe_word("".join(map(str, word))) for word in run)]

    def line(host: Host) -> str:
        return _nrpe_line(name, (word if isinstance(word, str) else _nrpe_word(_text_on(host, word)) for word in words))

    return line


@cache
def label_variable(name: str) -> str:
    """Return the custom variable that holds a host's label, such as _LABEL_PORT.

    Nagios converts variable names to upper case, so the encoding keeps two labels apart: lower-case letters and
    digits stay, `_` is doubled, any other byte of the UTF-8 text becomes `_` and two hexadecimal digits.
    """
    return "_LABEL_" + "".join(_variable_text(byte) for byte in name.encode("utf-8", "surrogatepass"))


def label_fault(value: str) -> str:
    """Return the reason why a custom variable cannot hold a label's value, "" if it can."""
    if not value:
        return "is empty, and Nagios has no empty variables"
    if value == "null":
        return "is the word null, which Nagios reads as no value"
    if value != value.strip():
        return "begins or ends with white space, which Nagios strips"
    for char in value:
        if char in STRIPPED or ord(char) < 32 or ord(char) == 127:
            return f"holds {char!r}, which Nagios removes or a shell interprets"
    return _fault(value)


def _text_on(host: Host, word: Word) -> str:
    return "".join([part if isinstance(part, str) else _value_on(host, part.name) for part in word])


def _value_on(host: Host, placeholder: str) -> str:
    if placeholder == "host":
        return host.name
    if placeholder == "address":
        return host.address
    return host.labels[placeholder.removeprefix("label.")]


@lru_cache(_CACHED_WORDS)
def _nagios_word(word: Word) -> str:
    if not _has_placeholder(word):
        text = "".join(part for part in word if isinstance(part, str))
        return _shell_word(_checked(text)).replace("$", "$$")
    parts = []
    for part in word:
        if isinstance(part, Placeholder):
            parts.append(_HOST_MACROS.get(part.name) or _label_macro(part.name))
        else:
            parts.append(_checked(part).replace("'", "'\\''").replace("$", "$$"))
    return "'" + "".join(parts) + "'"


def _nrpe_line(name: str, words: Iterable[str]) -> str:
    if not _NRPE_NAME.fullmatch(name):
        raise Unquotable(f"NRPE allows only letters, digits, '.', '_' and '-' in the name of a command, not {name!r}")
    line = f"command[{name}]={' '.join(words)}"
    _check_length(line, NRPE_LINE_LIMIT, NRPE_LINE_REASON)
    return line


def _nrpe_word(text: str) -> str:
    # Most words are plain and take this short cut.
    return text if _PLAIN.fullmatch(text) else _shell_word(_checked(text)).replace("$", "$$")


def _label_macro(placeholder: str) -> str:
    return f"$_HOST{label_variable(placeholder.removeprefix('label.')).removeprefix('_')}$"


def _shell_word(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def _checked(text: str) -> str:
    fault = _fault(text)
    if fault:
        raise Unquotable(f"the argument {text!r} {fault}")
    return text


def _fault(text: str) -> str:
    if "\n" in text:
        return "holds a line end, and a command of Nagios or NRPE is one line"
    if "\0" in text:
        return "holds a NUL byte, and no argument can"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "cannot be written as UTF-8"
    return ""


def _check_length(line: str, limit: int, reason: str) -> None:
    # A character has at most four bytes, so most lines are known to be short without encoding them.
    if 4 * len(line) > limit and (size := len(line.encode())) > limit:
        raise Unquotable(f"the command is a line of {size} bytes, above the limit of {limit}: {reason}")


def _variable_text(byte: int) -> str:
    char = chr(byte)
    if char.isascii() and (char.islower() or char.isdigit()):
        return char.upper()
    return "__" if char == "_" else f"_{byte:02X}"
