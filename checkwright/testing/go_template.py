"""Go's text/template, the language of Sensu's tokens: parser and evaluation.

It has text, fields, variables, pipelines, parentheses, comments, trim marks, `if`, `with`, `range`, `break`,
`continue`, and the functions of `go_functions`. It lacks `define`, `template`, `block`, `range` over a number, complex
numbers and methods.
It is written from the rules of the language and imports nothing of the `sensu` package, which writes such templates,
so that each tests the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checkwright.testing import go_functions

_LEXEME = re.compile(
    r"""(?P<space>\s+)|(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<raw>`[^`]*`)|(?P<char>'(?:[^'\\\n]|\\.)+')"""
    r"""|(?P<number>[-+]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|[\d_]+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.]))"""
    r"""|(?P<declare>:=)|(?P<assign>=)|(?P<comma>,)|(?P<pipe>\|)|(?P<open>\()|(?P<close>\))"""
    r"""|(?P<field>\.[A-Za-z_]\w*)|(?P<variable>\$\w*)|(?P<dot>\.)|(?P<word>[A-Za-z_]\w*)"""
)
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`')
_COMMENT = re.compile(r"-?\s*/\*")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)", re.DOTALL)
_ESCAPES = dict(zip("abfnrtv\\\"'", "\a\b\f\n\r\t\v\\\"'", strict=True))
_MISSING = ("define", "template", "block")
_CONTROL = ("if", "with", "range", "else", "end", "break", "continue", *_MISSING)
#: Lexemes that end an operand's chain of fields.
_AFTER_OPERAND = frozenset(("space", "pipe", "close", "comma", "declare", "assign", ""))


class TemplateError(Exception):
    """A template that cannot be parsed or executed. The message is Go's, without its position in some cases."""


class ParseError(TemplateError):
    """A template that cannot be parsed."""


class _Loop(Exception):
    """Base class of the ends of a round of `range`."""


class _Break(_Loop):
    pass


class _Continue(_Loop):
    pass


@dataclass(frozen=True)
class _Lexeme:
    kind: str
    text: str
    at: int


@dataclass
class _Operand:
    """Literal, variable, dot, function or pipeline in parentheses, and the fields that follow it."""

    kind: str
    value: Any
    fields: list[_Lexeme] = field(default_factory=list)
    text: str = ""


@dataclass
class _Pipeline:
    """Commands, each a list of operands, and the variables that get the value."""

    commands: list[list[_Operand]]
    variables: list[str]
    declares: bool = False


@dataclass
class _Block:
    """`if`, `with` or `range`; `other` is its `else`."""

    kind: str
    pipeline: _Pipeline
    body: list[Any]
    other: list[Any]


def render(text: str, data: Mapping[str, Any], name: str, *, missing_is_error: bool = False) -> str:
    """Return the text of a template for some data. `name` is the template's, for errors.

    missing_is_error: a field that a map does not have raises TemplateError, as with Go's missingkey=error. Otherwise
    it is `<no value>`.
    """
    nodes = _Parser(text, name).parse()
    return _Run(name, text, data, missing_is_error).text(nodes)


class _Parser:
    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.text = text
        self.pieces = iter(self._pieces())
        self.variables = ["$"]
        #: Number of `range` blocks around the present node.
        self.ranges = 0

    def parse(self) -> list[Any]:
        nodes, end = self._nodes()
        if end is not None:
            raise end.error(f"unexpected {{{{{end.keyword}}}}}")
        return nodes

    def error(self, message: str, at: int) -> ParseError:
        line = self.text.count("\n", 0, at) + 1
        return ParseError(f"template: {self.name}:{line}: {message}")

    def _pieces(self) -> Iterator[str | list[_Lexeme]]:
        """Yield text, and the lexemes of each action."""
        at = 0
        trimmed = False
        while (start := self.text.find("{{", at)) >= 0:
            end = self._end_of_action(start + 2)
            before, begin, stop = self.text[at:start], start + 2, end
            if trimmed:
                before = before.lstrip()
            if re.match(r"-\s", self.text[begin:]):
                before, begin = before.rstrip(), begin + 1
            trimmed = bool(re.search(r"\s-\Z", self.text[begin:stop]))
            if trimmed:
                stop -= 1
            if before:
                yield before
            if not re.fullmatch(r"\s*/\*.*\*/\s*", self.text[begin:stop], re.DOTALL):
                yield list(self._lexemes(begin, stop))
            at = end + 2
        rest = self.text[at:].lstrip() if trimmed else self.text[at:]
        if rest:
            yield rest

    def _end_of_action(self, start: int) -> int:
        at = start
        if comment := _COMMENT.match(self.text, start):
            at = self.text.find("*/", comment.end())
            if at < 0:
                raise self.error("unclosed comment", start)
        while at < len(self.text):
            if self.text.startswith("}}", at):
                return at
            string = _STRING.match(self.text, at)
            if self.text[at] in '"`' and not string:
                raise self.error("unterminated quoted string", at)
            at = string.end() if string else at + 1
        raise self.error("unclosed action", start)

    def _lexemes(self, start: int, end: int) -> Iterator[_Lexeme]:
        at = start
        while at < end:
            match = _LEXEME.match(self.text, at, end)
            if not match or not match.lastgroup:
                raise self.error(f"unexpected {self.text[at:end].strip()!r} in command", at)
            yield _Lexeme(match.lastgroup, match[0], at)
            at = match.end()

    def _nodes(self) -> tuple[list[Any], _Action | None]:
        """Return the nodes up to `else` or `end`, and that action. None at the end of the text."""
        nodes: list[Any] = []
        for piece in self.pieces:
            if isinstance(piece, str):
                nodes.append(piece)
                continue
            action = _Action(self, piece)
            if action.keyword in ("else", "end"):
                return nodes, action
            if action.keyword in _MISSING:
                raise action.error(f"{{{{{action.keyword}}}}} is not modelled")
            if action.keyword in ("break", "continue"):
                if not self.ranges:
                    raise action.error(f"{{{{{action.keyword}}}}} outside {{{{range}}}}")
                nodes.append(_Break() if action.keyword == "break" else _Continue())
            elif action.keyword:
                nodes.append(self._block(action.keyword, action))
            else:
                nodes.append(action.whole())
        return nodes, None

    def _block(self, kind: str, action: _Action) -> _Block:
        """Return the block that begins with an action, whose pipeline follows."""
        known = len(self.variables)
        pipeline = action.whole(is_range=kind == "range")
        self.ranges += kind == "range"
        body, end = self._nodes()
        self.ranges -= kind == "range"
        other: list[Any] = []
        if end is not None and end.keyword == "else":
            if further := end.next_keyword():
                if further != kind or kind == "range":
                    raise end.error(f"unexpected <{further}> in else")
                del self.variables[known:]
                return _Block(kind, pipeline, body, [self._block(kind, end)])
            other, end = self._nodes()
        if end is None or end.keyword != "end":
            raise self.error("unexpected EOF" if end is None else f"unexpected {{{{{end.keyword}}}}}", len(self.text))
        del self.variables[known:]
        return _Block(kind, pipeline, body, other)


class _Action:
    """Parser of one `{{ ... }}`."""

    def __init__(self, parser: _Parser, lexemes: list[_Lexeme]) -> None:
        self.parser = parser
        self.lexemes = lexemes
        self.at = 0
        self._skip()
        #: Keyword that the action begins with, "" for a pipeline.
        self.keyword = self.next_keyword()

    def next_keyword(self) -> str:
        """Read a keyword and return it, "" if there is none."""
        text = self._text()
        if self._kind() != "word" or text not in _CONTROL:
            return ""
        self._next()
        return text

    def whole(self, *, is_range: bool = False) -> _Pipeline:
        """Return the pipeline of the whole action."""
        pipeline = self._pipeline(is_range=is_range)
        if self._kind():
            raise self.error(f"unexpected {self._text()!r}")
        return pipeline

    def error(self, message: str) -> ParseError:
        at = self.lexemes[min(self.at, len(self.lexemes) - 1)].at if self.lexemes else 0
        return self.parser.error(message, at)

    def _kind(self, ahead: int = 0) -> str:
        return self.lexemes[self.at + ahead].kind if self.at + ahead < len(self.lexemes) else ""

    def _text(self) -> str:
        return self.lexemes[self.at].text if self.at < len(self.lexemes) else ""

    def _skip(self) -> None:
        while self._kind() == "space":
            self.at += 1

    def _next(self) -> None:
        self.at += 1
        self._skip()

    def _pipeline(self, *, is_range: bool = False) -> _Pipeline:
        start = self.at
        variables: list[str] = []
        while self._kind() == "variable":
            variables.append(self._text())
            self._next()
            if self._kind() != "comma" or not is_range:
                break
            self._next()
        declares = self._kind() == "declare"
        if variables and self._kind() in ("declare", "assign"):
            self._next()
            if declares:
                self.parser.variables += variables
        else:
            self.at, variables = start, []
        commands = [self._command(first=True)]
        while self._kind() == "pipe":
            self._next()
            commands.append(self._command(first=False))
        return _Pipeline(commands, variables, declares)

    def _command(self, *, first: bool) -> list[_Operand]:
        operands: list[_Operand] = []
        while self._kind() not in ("", "pipe", "close"):
            operands.append(self._operand())
        if not operands and first:
            raise self.error("missing value for command")
        if not operands:  # Go ignores a pipe into nothing
            return operands
        if not first and operands[0].kind != "function":
            raise self.error("a pipe must lead into a function")
        if operands[0].kind != "function" and len(operands) > 1:
            raise self.error(f"can't give argument to non-function {operands[0].text}")
        return operands

    def _operand(self) -> _Operand:
        start = self.at
        operand = self._term()
        while self._kind() == "field":
            operand.fields.append(self.lexemes[self.at])
            self.at += 1
        if operand.fields and operand.kind in ("literal", "function"):
            raise self.error(f"unexpected {operand.fields[0].text!r}")
        if self._kind() not in _AFTER_OPERAND:
            raise self.error(f"unexpected {self._text()!r} in operand")
        operand.text = "".join(one.text for one in self.lexemes[start : self.at])
        self._skip()
        return operand

    def _term(self) -> _Operand:
        kind, text = self._kind(), self._text()
        if kind == "open":
            self._next()
            pipeline = self._pipeline()
            if self._kind() != "close":
                raise self.error("unclosed left paren")
            self.at += 1
            return _Operand("pipeline", pipeline)
        if kind == "field":  # its first field belongs to the dot
            return _Operand("dot", None)
        if kind not in ("string", "raw", "char", "number", "dot", "variable", "word"):
            raise self.error(f"unexpected {text!r} in operand")
        self.at += 1
        if kind == "dot":
            return _Operand("dot", None)
        if kind == "variable":
            if text not in self.parser.variables:
                raise self.error(f'undefined variable "{text}"')
            return _Operand("variable", text)
        if kind == "word" and text not in ("true", "false", "nil"):
            if text not in go_functions.NAMES:
                raise self.error(f'function "{text}" not defined')
            return _Operand("function", text)
        return _Operand("literal", self._literal(kind, text))

    def _literal(self, kind: str, text: str) -> Any:
        if kind == "string":
            return self._unquoted(text)
        if kind == "raw":
            return text[1:-1]
        if kind == "char":
            value = self._unquoted(text)
            if len(value) != 1:
                raise self.error(f"malformed character constant: {text}")
            return ord(value)
        if kind == "number":
            try:
                return int(text, 0)
            except ValueError:  # a float, or an octal number as in C
                return float(text) if set(text) & set(".eE") else int(text, 8)
        return {"true": True, "false": False, "nil": None}[text]

    def _unquoted(self, text: str) -> str:
        return _ESCAPE.sub(lambda escape: self._unescaped(escape[1]), text[1:-1])

    def _unescaped(self, escape: str) -> str:
        if escape in _ESCAPES:
            return _ESCAPES[escape]
        if escape[0] in "xuU" and len(escape) > 1:
            return chr(int(escape[1:], 16))
        if len(escape) == 3 and escape.isdigit():
            return chr(int(escape, 8))
        raise self.error(f"invalid escape \\{escape} in a string")


class _Run:
    """Execution of a parsed template. The latest value of a variable is its last one in `variables`."""

    def __init__(self, name: str, text: str, data: Any, missing_is_error: bool) -> None:
        self.name = name
        self.source = text
        self.missing_is_error = missing_is_error
        self.dot = data
        self.variables: list[tuple[str, Any]] = [("$", data)]
        self.written: list[str] = []

    def text(self, nodes: list[Any]) -> str:
        self._walk(nodes)
        return "".join(self.written)

    def _walk(self, nodes: list[Any]) -> None:
        for node in nodes:
            if isinstance(node, str):
                self.written.append(node)
            elif isinstance(node, _Loop):
                raise node
            elif isinstance(node, _Pipeline):
                value = self._value(node)
                if not node.variables:
                    self.written.append(go_functions.printed(value))
            else:
                known, dot = len(self.variables), self.dot
                try:
                    self._block(node)
                finally:
                    self.dot = dot
                    del self.variables[known:]

    def _block(self, node: _Block) -> None:
        if node.kind == "range":
            self._range(node)
            return
        value = self._value(node.pipeline)
        if go_functions.is_true(value):
            if node.kind == "with":
                self.dot = value
            self._walk(node.body)
        else:
            self._walk(node.other)

    def _range(self, node: _Block) -> None:
        value = self._value(_Pipeline(node.pipeline.commands, []))
        names, known, dot = node.pipeline.variables, len(self.variables), self.dot
        rounds = self._rounds(value)
        for key, one in rounds:
            del self.variables[known:]
            for name, part in zip(names, (key, one) if len(names) == 2 else (one,), strict=False):
                self.variables.append((name, part))
            self.dot = one
            try:
                self._walk(node.body)
            except _Break:
                break
            except _Continue:
                continue
        self.dot = dot
        if not rounds:
            self._walk(node.other)

    def _rounds(self, value: Any) -> list[tuple[Any, Any]]:
        if isinstance(value, Mapping):
            return sorted(value.items())
        if isinstance(value, list | tuple):
            return list(enumerate(value))
        if value is None:
            return []
        raise self.error(f"range can't iterate over {go_functions.printed(value)}")

    def error(self, message: str) -> TemplateError:
        return TemplateError(f"template: {self.name}: {message}")

    def _value(self, pipeline: _Pipeline) -> Any:
        value: Any = None
        for number, operands in enumerate(filter(None, pipeline.commands)):
            value = self._command(operands, [value] if number else [])
        for name in pipeline.variables:
            if pipeline.declares:
                self.variables.append((name, value))
            else:
                place = max(at for at, one in enumerate(self.variables) if one[0] == name)
                self.variables[place] = (name, value)
        return value

    def _command(self, operands: list[_Operand], piped: list[Any]) -> Any:
        first, rest = operands[0], operands[1:]
        if first.kind != "function":
            return self._operand(first)
        if first.value in ("and", "or"):
            return self._lazy(first.value == "and", rest, piped)
        try:
            return go_functions.call(first.value, [*(self._operand(one) for one in rest), *piped])
        except go_functions.CallError as error:
            raise self.error(str(error)) from None

    def _lazy(self, is_and: bool, operands: list[_Operand], piped: list[Any]) -> Any:
        if not operands and not piped:
            raise self.error("wrong number of args: want at least 1 got 0")
        value: Any = None
        for one in operands:
            value = self._operand(one)
            if go_functions.is_true(value) != is_and:
                return value
        return piped[0] if piped else value

    def _operand(self, operand: _Operand) -> Any:
        value = operand.value
        if operand.kind == "dot":
            value = self.dot
        elif operand.kind == "variable":
            value = next(one for name, one in reversed(self.variables) if name == value)
        elif operand.kind == "pipeline":
            value = self._value(value)
        elif operand.kind == "function":
            value = self._command([operand], [])
        for one in operand.fields:
            value = self._field(value, one.text[1:], operand)
        return value

    def _field(self, value: Any, name: str, operand: _Operand) -> Any:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self.error(f"can't evaluate field {name} in {operand.text}")
        if name not in value and self.missing_is_error:
            at = operand.fields[-1].at
            line = self.source.count("\n", 0, at) + 1
            column = at - (self.source.rfind("\n", 0, at) + 1)
            raise TemplateError(
                f'template: {self.name}:{line}:{column}: executing "{self.name}" at <{operand.text}>: '
                f'map has no entry for key "{name}"'
            )
        return value.get(name)
