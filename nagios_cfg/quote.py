"""From an argv list to the text that Nagios and NRPE hold, so that the plugin receives exactly that list.

Two readers stand between the file and the plugin: the daemon expands `$...$`, then /bin/sh (or Nagios's own
imitation of it) splits and unquotes. Both are answered here: every `$` of ours is doubled, and every word
that is not plain stands in single quotes. What the file format reads (`;`, line ends) is left to cfgfile.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from itertools import groupby

from checkwright.registry.plan import Host, Placeholder, Word

#: What Nagios takes out of custom macros as it expands them: illegal_macro_output_chars.
STRIPPED = "`~$&|'\"<>"

#: NRPE reads lines into 2,048 bytes; a longer one stops the whole daemon.
NRPE_LINE_LIMIT = 2000

#: The kernel takes no argument above 131,072 bytes, and a command that a shell runs is one argument.
NAGIOS_LINE_LIMIT = 100_000

_PLAIN = re.compile(r"[A-Za-z0-9_@%+:,./-]+")
_NRPE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_HOST_MACROS = {"host": "$HOSTNAME$", "address": "$HOSTADDRESS$"}


class Unquotable(ValueError):
    """A text that cannot reach the plugin; str() is a clause that says why."""


#: Words are cached by what they are: a plan of many hosts says few different ones.
_MOST_WORDS = 65_536


def settle(command: Sequence[Word], environment: str, role: str) -> tuple[Word, ...]:
    """Put in what is the same for every host of an entry: `environment` and `role`."""
    known = {"environment": environment, "role": role}
    return tuple(
        [
            tuple([known.get(part.name, part) if isinstance(part, Placeholder) else part for part in word])
            if _differs(word)
            else word
            for word in command
        ]
    )


def differs_by_host(command: Sequence[Word]) -> bool:
    """Say whether a settled command still holds a placeholder."""
    return any(map(_differs, command))


@lru_cache(_MOST_WORDS)
def _differs(word: Word) -> bool:
    return any(isinstance(part, Placeholder) for part in word)


def argv_on(host: Host, command: Sequence[Word]) -> tuple[str, ...]:
    """Put a host's own values into a settled command."""
    return tuple(_text_on(host, word) for word in command)


def literal(argv: Sequence[str]) -> tuple[Word, ...]:
    """Make a command of plain texts."""
    return tuple((text,) for text in argv)


def with_environment(env: Sequence[tuple[str, str]], command: Sequence[Word]) -> tuple[Word, ...]:
    """Let env(1) set variables before the command: neither Nagios nor NRPE can set one."""
    if not env:
        return tuple(command)
    return (*literal(("/usr/bin/env", *(f"{name}={value}" for name, value in env))), *command)


def nagios_line(command: Sequence[Word]) -> str:
    """Return a `command_line` for Nagios. Placeholders become host macros inside single quotes.

    Raises Unquotable.
    """
    line = " ".join(map(_nagios_word, command))
    _refuse_long(line, NAGIOS_LINE_LIMIT, "Nagios could not start")
    return line


def nrpe_line(name: str, argv: Sequence[str]) -> str:
    """Return the line of an NRPE configuration that defines the command `name`.

    Raises Unquotable.
    """
    return _nrpe_line(name, map(_nrpe_word, argv))


def nrpe_line_by_host(name: str, command: Sequence[Word]) -> Callable[[Host], str]:
    """Return what makes the line of a host, as nrpe_line does: thousands of hosts differ in a word or two.

    Both this and what it returns raise Unquotable.
    """
    words: list[str | Word] = []
    for differs, group in groupby(command, key=_differs):
        run = list(group)
        words += run if differs else [" ".join(_nrpe_word("".join(map(str, word))) for word in run)]

    def line(host: Host) -> str:
        return _nrpe_line(name, (word if isinstance(word, str) else _nrpe_word(_text_on(host, word)) for word in words))

    return line


@cache
def label_variable(name: str) -> str:
    """Return the custom variable that holds a host's label, such as _LABEL_PORT.

    Nagios makes the names of variables upper case, so two labels must not meet there: lower-case letters and
    digits stay, `_` is doubled, any other byte of the UTF-8 text is `_` and two hexadecimal digits.
    """
    return "_LABEL_" + "".join(_variable_text(byte) for byte in name.encode("utf-8", "surrogatepass"))


def label_fault(value: str) -> str:
    """Say why a label's value could not be carried by a custom variable; "" when it can."""
    if not value:
        return "is empty, and Nagios has no empty variables"
    if value == "null":
        return "is the word null, which Nagios reads as no value"
    if value != value.strip():
        return "begins or ends with white space, which Nagios takes away"
    for char in value:
        if char in STRIPPED or ord(char) < 32 or ord(char) == 127:
            return f"holds {char!r}, which Nagios takes out and a shell would read"
    return _fault(value)


def _text_on(host: Host, word: Word) -> str:
    return "".join([part if isinstance(part, str) else _value_on(host, part.name) for part in word])


def _value_on(host: Host, placeholder: str) -> str:
    if placeholder == "host":
        return host.name
    if placeholder == "address":
        return host.address
    return host.labels[placeholder.removeprefix("label.")]


@lru_cache(_MOST_WORDS)
def _nagios_word(word: Word) -> str:
    if not _differs(word):
        text = "".join(part for part in word if isinstance(part, str))
        return _shell_word(_carried(text)).replace("$", "$$")
    parts = []
    for part in word:
        if isinstance(part, Placeholder):
            parts.append(_HOST_MACROS.get(part.name) or _label_macro(part.name))
        else:
            parts.append(_carried(part).replace("'", "'\\''").replace("$", "$$"))
    return "'" + "".join(parts) + "'"


def _nrpe_line(name: str, words: Iterable[str]) -> str:
    if not _NRPE_NAME.fullmatch(name):
        raise Unquotable(f"NRPE takes only letters, digits, '.', '_' and '-' in a command's name, not {name!r}")
    line = f"command[{name}]={' '.join(words)}"
    _refuse_long(line, NRPE_LINE_LIMIT, "would stop the NRPE daemon")
    return line


def _nrpe_word(text: str) -> str:
    # Most words are plain: the patterns and replacements of the rest are not for them.
    return text if _PLAIN.fullmatch(text) else _shell_word(_carried(text)).replace("$", "$$")


def _label_macro(placeholder: str) -> str:
    return f"$_HOST{label_variable(placeholder.removeprefix('label.')).removeprefix('_')}$"


def _shell_word(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def _carried(text: str) -> str:
    fault = _fault(text)
    if fault:
        raise Unquotable(f"the argument {text!r} {fault}")
    return text


def _fault(text: str) -> str:
    if "\n" in text:
        return "holds a line end, and a command of Nagios or NRPE is one line"
    if "\0" in text:
        return "holds a NUL byte, which no argument can"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "is not text that can be written as UTF-8"
    return ""


def _refuse_long(line: str, limit: int, consequence: str) -> None:
    # Up to four bytes a character: most lines need not be encoded to be known as short.
    if 4 * len(line) > limit and (size := len(line.encode())) > limit:
        raise Unquotable(f"the command is a line of {size} bytes, and one above {limit} {consequence}")


def _variable_text(byte: int) -> str:
    char = chr(byte)
    if char.isascii() and (char.islower() or char.isdigit()):
        return char.upper()
    return "__" if char == "_" else f"_{byte:02X}"
