"""A command line for `sh -c` as the words that its program is given, where no shell is needed for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sensu.reading.token_fields import Part, Token

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
#: What a shell acts on outside of quotes.
_OPERATORS = {
    "|": "a pipe",
    "&": "&",
    ";": "several commands",
    "<": "a redirection",
    ">": "a redirection",
    "(": "a subshell",
    ")": "a subshell",
    "`": "a command substitution",
    "*": "a pattern of file names",
    "?": "a pattern of file names",
    "[": "a pattern of file names",
    "{": "braces, which some shells expand",
    "\n": "several lines",
}
#: Words that a shell reads as its own where a program's name is due.
_RESERVED = frozenset(
    (
        "!",
        "{",
        "}",
        "case",
        "do",
        "done",
        "elif",
        "else",
        "esac",
        "fi",
        "for",
        "if",
        "then",
        "until",
        "while",
        ".",
        ":",
        "alias",
        "cd",
        "command",
        "eval",
        "exec",
        "exit",
        "export",
        "set",
        "shift",
        "source",
        "trap",
        "ulimit",
        "umask",
        "unset",
    )
)


class NeedsShell(ValueError):
    """A command that is more than a program and its words; the text says what, as the end of a sentence."""


Words = tuple[tuple[Part, ...], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """The words, and the variables that are assigned in front of them."""

    words: Words
    assigned: tuple[tuple[str, tuple[Part, ...]], ...]


def split(parts: Iterable[Part], variables: Mapping[str, tuple[Part, ...]]) -> Line:
    """Read a command line as sh does. A token is one value wherever it stands.

    `variables` are those whose value the check itself gives. Raises NeedsShell.
    """
    words = list(_Reader(parts, variables).words())
    assigned = []
    while words and (match := _ASSIGNMENT.match(words[0][1])):
        word, _ = words.pop(0)
        first = str(word[0])[match.end() :]
        assigned.append((match[1], ((first,) if first else ()) + word[1:]))
    if not words:
        raise NeedsShell("it names no program")
    if words[0][1] in _RESERVED:
        raise NeedsShell(f"{words[0][1]} is the shell's own word")
    return Line(tuple(word for word, _ in words), tuple(assigned))


class _Reader:
    """Characters and tokens of a command line, one after the other."""

    def __init__(self, parts: Iterable[Part], variables: Mapping[str, tuple[Part, ...]]) -> None:
        self.items: list[Part] = []
        for part in parts:
            self.items.extend(part if isinstance(part, str) else (part,))
        self.variables = variables
        self.at = 0
        self.word: list[Part] = []
        self.plain = ""  # what stood unquoted at the start of the word
        self.started = False
        self.begun = False

    def words(self) -> Iterator[tuple[tuple[Part, ...], str]]:
        while self.at < len(self.items):
            item = self._next()
            if item in (" ", "\t") or (item == "\n" and not "".join(map(str, self.items[self.at :])).strip()):
                yield from self._end()
            elif item == "\n" and not self.begun:
                continue
            elif isinstance(item, Token):
                self._add(item)
            elif item == "'":
                self._single()
            elif item == '"':
                self._double()
            elif item == "\\":
                self._escaped()
            elif item == "$":
                yield from self._split(self._variable())
            elif item in _OPERATORS:
                raise NeedsShell(f"it has {_OPERATORS[item]}")
            elif item == "#" and not self.started:
                raise NeedsShell("it has a comment")
            elif item == "~" and not self.started:
                raise NeedsShell("it has ~, a home folder")
            else:
                if len(self.plain) == len("".join(map(str, self.word))):
                    self.plain += item
                self._add(item)
        yield from self._end()

    def _next(self) -> Part:
        self.at += 1
        return self.items[self.at - 1]

    def _add(self, item: Part) -> None:
        self.started = self.begun = True
        if isinstance(item, str) and self.word and isinstance(self.word[-1], str):
            self.word[-1] += item
        elif item != "" or not self.word:
            self.word.append(item)

    def _end(self) -> Iterator[tuple[tuple[Part, ...], str]]:
        if self.started:
            yield tuple(part for part in self.word if part != "") or ("",), self.plain
        self.word, self.plain, self.started = [], "", False

    def _single(self) -> None:
        self._add("")
        while self.at < len(self.items):
            if (item := self._next()) == "'":
                return
            self._add(item)
        raise NeedsShell("its quotes are not closed")

    def _double(self) -> None:
        self._add("")
        while self.at < len(self.items):
            item = self._next()
            if item == '"':
                return
            if item == "`":
                raise NeedsShell("it has a command substitution")
            if item == "$":
                for part in self._variable():
                    self._add(part)
            elif item == "\\" and self.at < len(self.items) and self.items[self.at] in ("$", "`", '"', "\\"):
                self._add(self._next())
            elif item == "\\" and self.at < len(self.items) and self.items[self.at] == "\n":
                self._next()  # a line that continues
            else:
                self._add(item)
        raise NeedsShell("its quotes are not closed")

    def _escaped(self) -> None:
        if self.at == len(self.items):
            raise NeedsShell("it ends with a backslash")
        item = self._next()
        if item != "\n":  # otherwise a line that continues
            self._add(item)

    def _split(self, value: tuple[Part, ...]) -> Iterator[tuple[tuple[Part, ...], str]]:
        """A value outside of quotes, of which blanks make several words."""
        for part in value:
            if isinstance(part, Token):
                self._add(part)
                continue
            for char in part:
                if char in " \t\n":
                    yield from self._end()
                elif char in "*?[":
                    raise NeedsShell("a variable outside of quotes has a pattern of file names")
                else:
                    self._add(char)

    def _variable(self) -> tuple[Part, ...]:
        """What stands for the $ that was just read: the value of a variable, or the character itself."""
        rest = ""
        for item in self.items[self.at - 1 :]:
            if isinstance(item, Token):
                break
            rest += item
        match = _VARIABLE.match(rest)
        name = (match[1] or match[2]) if match else ""
        if match is None and (len(rest) == 1 or rest[1] in " \t\n\"'/.,:%@+=-"):
            if len(rest) > 1 and rest[1] in "\"'-@":
                raise NeedsShell("it has a $ that the shell reads")
            return ("$",)
        if match is None or name not in self.variables:
            raise NeedsShell(f"it has {match[0] if match else rest[:2]}, which the shell replaces")
        self.at += len(match[0]) - 1
        return self.variables[name]
