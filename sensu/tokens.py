"""Sensu's tokens: Go templates (`{{ .labels.port }}`) in every string of a check, a hook or an asset.

Sensu cuts each string at `{{`, evaluates what stands inside against an entity and
refuses a result that holds `<no value>`. So a brace pair that is meant literally must be
written as a token too, and no text may hold those words.
"""

from __future__ import annotations

import re

NO_VALUE = "<no value>"

_BRACES = re.compile(r"\{\{+")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: What cannot stand in a Go string literal as it is.
_TO_ESCAPE = re.compile(r'[\x00-\x1f"\\]')
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`')
_DASH_IN_FIELD = re.compile(r"\.\w+(?:\.\w+)*-\w[\w-]*")


def literal(text: str, passes: int = 1) -> str:
    """The template that gives `text` again after that many substitutions.

    A proxy request is substituted twice, by the backend and then by the agent.
    """
    if "{{" not in text:
        return text
    for _ in range(passes):
        text = _BRACES.sub(lambda braces: f'{{{{ "{braces[0]}" }}}}', text)
    return text


def label(key: str) -> str:
    """The token for an entity's label, whatever characters its key has."""
    if _PLAIN_KEY.match(key):
        return f"{{{{ .labels.{key} }}}}"
    escaped = _TO_ESCAPE.sub(lambda char: f"\\x{ord(char[0]):02x}", key)
    return f'{{{{ index .labels "{escaped}" }}}}'


def error(text: str) -> str:
    """Why Sensu could not evaluate this string, as a sentence without its end; "" when nothing was found.

    Finds the mistakes that people make, not every error that Go would.
    """
    if NO_VALUE in text:
        return f'"{NO_VALUE}" stands in it, which Sensu takes for a token without a value'
    at = text.find("{{")
    while at >= 0:
        end, action = _action(text, at + 2)
        if end < 0:
            return "a {{ is not closed"
        if not action.strip():
            return "a token is empty"
        if "'" in action:
            return "a token has single quotes, and text stands in double quotes there"
        field = _DASH_IN_FIELD.search(action)
        if field:
            return f'a token has {field[0]}, and a key with a dash is written index .labels "KEY"'
        at = text.find("{{", end)
    return ""


def _action(text: str, start: int) -> tuple[int, str]:
    """Where the action from `start` on ends (-1: nowhere), and its text without strings and comments."""
    kept = ""
    at = start
    while at < len(text):
        if text.startswith("}}", at):
            return at + 2, kept
        string = _STRING.match(text, at)
        if string:
            kept += " s "
            at = string.end()
        elif text.startswith("/*", at):
            at = text.find("*/", at)
            if at < 0:
                return -1, ""
            kept += " c "
            at += 2
        elif text[at] in '"`':
            return -1, ""
        else:
            kept += text[at]
            at += 1
    return -1, ""
