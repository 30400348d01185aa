"""Sensu's token substitution: the part of Go's text/template that checks use.

It evaluates text, fields, `index`, `default`, `assetPath`, strings, numbers, pipelines, parentheses, comments and
trim marks; anything else is an error. It is written from the rules of the template language and imports nothing of
the `sensu` package, which writes such templates, so that each tests the other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:(?P<pipe>\|)|(?P<open>\()|(?P<close>\))|(?:(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<raw>`[^`]*`)"""
    r"""|(?P<number>[-+]?\d+(?:\.\d+)?)|(?P<field>(?:\.[A-Za-z_]\w*)+)|(?P<dot>\.)|(?P<word>[A-Za-z_]\w*))"""
    r"""(?=[\s|()]|\Z))"""
)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)", re.DOTALL)
_ESCAPES = dict(zip('abfnrtv\\"', '\a\b\f\n\r\t\v\\"', strict=True))
_NO_VALUE = "<no value>"


class TokenError(Exception):
    """A string cannot be substituted. Sensu reports the message as the check's output, with status 3."""


def substitute(value: Any, entity: Mapping[str, Any], key: str = "") -> Any:
    """Return `value` with the tokens in every string replaced by data of the entity. Keys stay as they are.

    entity: data as tokens see it, metadata and spec in one. Raises TokenError.
    """
    if isinstance(value, str):
        result = _render(value, entity, key)
        if _NO_VALUE in result:
            raise TokenError(f"{key}: unmatched token: found an undefined value in {value}")
        return result
    if isinstance(value, Mapping):
        return {name: substitute(one, entity, name) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [substitute(one, entity, key) for one in value]
    return value


def _render(text: str, entity: Mapping[str, Any], key: str) -> str:
    result = ""
    at = 0
    while (start := text.find("{{", at)) >= 0:
        end = _end_of_action(text, start + 2, key)
        action = text[start + 2 : end]
        before = text[at:start]
        at = end + 2
        if re.match(r"-\s", action):
            before = before.rstrip()
            action = action[1:]
        if re.search(r"\s-\Z", action):
            action = action[:-1]
            at += len(text[at:]) - len(text[at:].lstrip())
        result += before
        if not re.fullmatch(r"\s*/\*.*\*/\s*", action, re.DOTALL):
            result += _printed(_Action(action, entity, key).value())
    return result + text[at:]


def _end_of_action(text: str, start: int, key: str) -> int:
    at = start
    comment = re.compile(r"-?\s*/\*").match(text, start)
    if comment:
        at = text.find("*/", comment.end())
        if at < 0:
            raise TokenError(f"{key}: could not parse the template: unclosed comment")
    while at < len(text):
        if text.startswith("}}", at):
            return at
        string = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`').match(text, at)
        if text[at] in '"`' and not string:
            raise TokenError(f"{key}: could not parse the template: unterminated quoted string")
        at = string.end() if string else at + 1
    raise TokenError(f"{key}: could not parse the template: unclosed action")


class _Action:
    """One `{{ ... }}`: a pipeline. Each command gets the value of the previous one as its last argument."""

    def __init__(self, action: str, entity: Mapping[str, Any], key: str) -> None:
        self.entity = entity
        self.key = key
        self.tokens: list[tuple[str, str]] = []
        at = 0
        action = action.rstrip()
        while at < len(action):
            match = _TOKEN.match(action, at)
            if not match or not match.lastgroup:
                raise self._error(f"unexpected {action[at:]!r} in command")
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self.at = 0

    def _error(self, message: str) -> TokenError:
        return TokenError(f"{self.key}: could not parse the template: {message}")

    def value(self) -> Any:
        value = self._pipeline()
        if self.at < len(self.tokens):
            raise self._error(f"unexpected {self.tokens[self.at][1]!r}")
        return value

    def _pipeline(self) -> Any:
        value = self._command([])
        while self._peek() == "pipe":
            self.at += 1
            value = self._command([value])
        return value

    def _peek(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def _command(self, piped: list[Any]) -> Any:
        if self._peek() == "word" and self.tokens[self.at][1] not in ("true", "false"):
            name = self.tokens[self.at][1]
            self.at += 1
            arguments = []
            while self._peek() not in ("", "pipe", "close"):
                arguments.append(self._operand())
            return self._call(name, [*arguments, *piped])
        if piped:
            raise self._error("a pipe must lead into a function")
        value = self._operand()
        if self._peek() not in ("", "pipe", "close"):
            raise self._error("can't give argument to non-function")
        return value

    def _operand(self) -> Any:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        self.at += 1
        if kind == "string":
            return _unquoted(text)
        if kind == "raw":
            return text[1:-1]
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "dot":
            return self.entity
        if kind == "field":
            return self._field(text)
        if kind == "word" and text in ("true", "false"):
            return text == "true"
        if kind == "open":
            value = self._pipeline()
            if self._peek() != "close":
                raise self._error("unclosed left paren")
            self.at += 1
            return value
        raise self._error(f"unexpected {text!r} in operand" if text else "missing value for command")

    def _field(self, path: str) -> Any:
        value: Any = self.entity
        for name in path.strip(".").split("."):
            if value is None:
                return None
            if not isinstance(value, Mapping):
                raise TokenError(f"could not execute the template: can't evaluate field {name}")
            value = value.get(name)
        return value

    def _call(self, name: str, arguments: list[Any]) -> Any:
        if name == "index" and len(arguments) == 2:
            holder, position = arguments
            if isinstance(holder, Mapping):
                return holder.get(position)
            if isinstance(holder, list) and isinstance(position, int) and 0 <= position < len(holder):
                return holder[position]
            raise TokenError("could not execute the template: error calling index")
        if name == "default" and len(arguments) == 2:
            return arguments[0] if arguments[1] is None else arguments[1]
        if name == "assetPath" and len(arguments) == 1:
            return re.sub("[^A-Za-z0-9]+", "_", str(arguments[0])).upper() + "_PATH"
        raise self._error(f'function "{name}" not defined')


def _unquoted(text: str) -> str:
    """Return the value of a Go string literal in double quotes."""
    return _ESCAPE.sub(lambda escape: _unescaped(escape[1]), text[1:-1])


def _unescaped(escape: str) -> str:
    if escape in _ESCAPES:
        return _ESCAPES[escape]
    if escape[0] in "xuU" and len(escape) > 1:
        return chr(int(escape[1:], 16))
    if escape.isdigit():
        return chr(int(escape, 8))
    raise TokenError(f"could not parse the template: invalid escape \\{escape} in a string")


def _printed(value: Any) -> str:
    if value is None:
        return _NO_VALUE
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (Mapping, list)):
        return json.dumps(value)
    return str(value)
