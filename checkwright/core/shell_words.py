"""Command lines split into words as `sh` splits them, where that takes no shell.

One reader serves the worker, the importers and the reader of Sensu's definitions. It accepts a line
only where all shells agree on the words: quotes and backslashes are resolved, given variables are
replaced, everything else that a shell acts on raises RequiresShell.
"""

from __future__ import annotations

import re

from checkwright.core.conversion import NotConvertible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
#: A $ in front of one of these, or at the end, is a plain character in every shell.
_AFTER_PLAIN_DOLLAR = frozenset(" \t\n/.,:%+=")
#: The rest of a word behind a brace that bash and others expand: {a,b} or {1..3}.
_BRACES = re.compile(r"[^ \t\n]*?(,|\.\.)")
_OPERATORS = {
    "|": "a pipe",
    "&": "an &",
    ";": "several commands",
    "<": "a redirection",
    ">": "a redirection",
    "(": "a subshell",
    ")": "a subshell",
    "`": "a command substitution",
    "*": "a pattern of file names",
    "?": "a pattern of file names",
    "[": "a pattern of file names",
    "\r": "a carriage return",
    "\0": "a NUL character",
}
#: Words that a shell handles itself in the place of a program's name.
_RESERVED = frozenset(
    (
        *("!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in"),
        *("select", "then", "time", "until", "while", "[[", "]]", ".", ":", "alias", "bg", "break", "builtin"),
        *("cd", "command", "continue", "declare", "eval", "exec", "exit", "export", "fg", "hash", "jobs"),
        *("local", "read", "readonly", "return", "set", "shift", "source", "trap", "type", "typeset", "ulimit"),
        *("umask", "unalias", "unset", "wait"),
    )
)


class RequiresShell(NotConvertible):
    """A command line that is more than a program and its words. The text is the reason: `it has a pipe`."""


class Malformed(RequiresShell):
    """A command line that no shell can read either: a quote is not closed, or a backslash ends it."""


class CommandLine:
    """The words of a command line, and the variables assigned in front of them.

    A word is a tuple of parts: text, and opaque values of the caller such as the tokens of a template.
    """

    __slots__ = ("assigned", "words")

    def __init__(self, words: tuple[tuple[object, ...], ...], assigned: tuple[tuple[str, tuple[object, ...]], ...]):
        self.words = words
        self.assigned = assigned


def parse(
    parts: str | Iterable[object], variables: Mapping[str, tuple[object, ...]] | None = None, plain: str = ""
) -> CommandLine:
    """Split a command line. `parts` is its text, or text and opaque values in order; a value is never split.

    variables: names and values of variables that the command line may use. plain: characters among #, ~, { and [ that
    are text. Raises RequiresShell, Malformed.
    """
    words = list(_Reader([parts] if isinstance(parts, str) else parts, variables or {}, plain).words())
    assigned = []
    while words and (match := _ASSIGNMENT.match(words[0][1])):
        word, _ = words.pop(0)
        first = str(word[0])[match.end() :]
        assigned.append((match[1], ((first,) if first else ()) + word[1:]))
    if not words:
        raise RequiresShell("it names no program")
    if words[0][1] in _RESERVED:
        raise RequiresShell(f"{words[0][1]} is a word of the shell")
    return CommandLine(tuple(word for word, _ in words), tuple(assigned))


def argv(line: str, *, plain: str = "") -> list[str]:
    """Split a line that is one simple command without assignments. Raises RequiresShell, Malformed.

    plain: characters that are text to the program which splits such lines, although a shell acts on them.
    """
    found = parse(line, plain=plain)
    if found.assigned:
        raise RequiresShell("it sets a variable in front of the program")
    return ["".join(map(str, word)) for word in found.words]


class _Reader:
    """Characters and opaque values of a command line, one after the other."""

    def __init__(self, parts: Iterable[object], variables: Mapping[str, tuple[object, ...]], plain: str) -> None:
        self.items: list[object] = []
        for part in parts:
            self.items.extend(part if isinstance(part, str) else (part,))
        self.variables = variables
        self.plain = plain
        self.position = 0
        self.word: list[object] = []
        self.unquoted = ""  # the unquoted text at the start of the word
        self.started = False
        self.first = True
        self.dollars: set[bool] = set()  # of the word: True for a variable, False for a plain $

    def words(self) -> Iterator[tuple[tuple[object, ...], str]]:
        while self.position < len(self.items):
            item = self._next()
            if item in (" ", "\t") or (item == "\n" and self._only_blanks_follow()):
                yield from self._end()
                self.dollars.clear()
            elif item == "\n":
                if not self.first or self.started:
                    raise RequiresShell("it has several lines")
            elif not isinstance(item, str):
                self._add(item)
            elif item == "'":
                self._single_quoted()
            elif item == '"':
                self._double_quoted()
            elif item == "\\":
                self._escaped()
            elif item == "$":
                yield from self._dollar()
            elif item in self.plain:
                self._plain(item)
            elif item in _OPERATORS:
                raise RequiresShell(f"it has {_OPERATORS[item]}")
            elif item == "{" and _BRACES.match(self._rest()):
                raise RequiresShell("it has braces, which some shells expand")
            elif item == "#" and not self.started:
                raise RequiresShell("it has a comment")
            elif item == "~" and (not self.started or self.unquoted[-1:] in ("=", ":")):
                raise RequiresShell("it has ~, a home folder")
            else:
                self._plain(item)
        yield from self._end()

    def _plain(self, item: str) -> None:
        if len(self.unquoted) == len("".join(map(str, self.word))):
            self.unquoted += item
        self._add(item)

    def _only_blanks_follow(self) -> bool:
        return all(item in (" ", "\t", "\n") for item in self.items[self.position :])

    def _rest(self) -> str:
        """The text from here to the next opaque value."""
        rest = ""
        for item in self.items[self.position :]:
            if not isinstance(item, str):
                break
            rest += item
        return rest

    def _next(self) -> object:
        self.position += 1
        return self.items[self.position - 1]

    def _add(self, item: object) -> None:
        self.started = True
        last = self.word[-1] if self.word else None
        if isinstance(item, str) and isinstance(last, str):
            self.word[-1] = last + item
        elif item != "" or not self.word:
            self.word.append(item)

    def _end(self) -> Iterator[tuple[tuple[object, ...], str]]:
        if self.started:
            self.first = False
            yield tuple(part for part in self.word if part != "") or ("",), self.unquoted
        self.word, self.unquoted, self.started = [], "", False

    def _single_quoted(self) -> None:
        self._add("")
        while self.position < len(self.items):
            if (item := self._quoted()) == "'":
                return
            self._add(item)
        raise Malformed("a single quote is not closed")

    def _double_quoted(self) -> None:
        self._add("")
        while self.position < len(self.items):
            item = self._quoted()
            if item == '"':
                return
            if item == "`":
                raise RequiresShell("it has a command substitution")
            follower = self.items[self.position] if self.position < len(self.items) else None
            if item == "$":
                for part in self._variable(quoted=True):
                    self._add(part)
            elif item == "\\" and follower in ("$", "`", '"', "\\"):
                self._add(self._next())
            elif item == "\\" and follower == "\n":
                self._next()  # the line continues
            else:
                self._add(item)
        raise Malformed("a double quote is not closed")

    def _quoted(self) -> object:
        item = self._next()
        if item == "\0":
            raise RequiresShell("it has a NUL character")
        return item

    def _escaped(self) -> None:
        if self.position == len(self.items):
            raise Malformed("a backslash ends it")
        item = self._quoted()
        if item != "\n":  # otherwise the line continues
            self._add(item)

    def _dollar(self) -> Iterator[tuple[tuple[object, ...], str]]:
        value = self._variable()
        self.dollars.add(value != ("$",))
        if len(self.dollars) > 1:  # bash does not split the variable of `$X$`
            raise RequiresShell("it has a $ in the same word as a variable")
        yield from self._split(value)

    def _split(self, value: tuple[object, ...]) -> Iterator[tuple[tuple[object, ...], str]]:
        """A value outside of quotes: blanks separate words."""
        for part in value:
            if not isinstance(part, str):
                self._add(part)
                continue
            for character in part:
                if character in " \t\n":
                    yield from self._end()
                elif character in "*?[":
                    raise RequiresShell("a variable outside of quotes has a pattern of file names")
                else:
                    self._add(character)

    def _variable(self, *, quoted: bool = False) -> tuple[object, ...]:
        """The parts that replace the $ just read: the value of a variable, or the character itself."""
        rest = "$" + self._rest()
        match = _VARIABLE.match(rest)
        if match is None:
            if len(rest) == 1 or rest[1] in _AFTER_PLAIN_DOLLAR or (quoted and rest[1] in "\"'"):
                return ("$",)
            raise RequiresShell(f"it has {rest[:2]}, which the shell replaces")
        name = match[1] or match[2]
        if name not in self.variables:
            raise RequiresShell(f"it has {match[0]}, which the shell replaces")
        self.position += len(match[0]) - 1
        return self.variables[name]
