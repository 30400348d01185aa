"""Sensu's tokens: Go templates (`{{ .labels.port }}`) in every string of a check, a hook or an asset.

Sensu evaluates each string for an entity and refuses a result that contains `<no value>`. So a literal pair of
braces must be written as a token too, and no text may contain these words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

NO_VALUE = "<no value>"

#: Number of cached results. Many checks have the same tokens.
_CACHE_SIZE = 4_096

_BRACES = re.compile(r"\{\{+")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: Characters that a Go string literal must escape.
_TO_ESCAPE = re.compile(r'[\x00-\x1f"\\]')
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`')
#: A word that is not part of a field, a variable or a number: a function or a keyword.
_WORD = re.compile(r"(?<![\w.$])[A-Za-z_]\w*")
#: Functions that Sensu adds to Go's. The next constant has Go's functions and keywords.
FUNCTIONS = frozenset({"default", "assetPath"})
_OF_GO = frozenset(
    (
        *("and", "break", "call", "continue", "block", "define", "else", "end", "eq", "false", "ge", "gt"),
        *("html", "if", "index", "js", "le", "len", "lt", "ne", "nil", "not", "or", "print", "printf"),
        *("println", "range", "slice", "template", "true", "urlquery", "with"),
    )
)
_LABEL = re.compile(r"\.(labels|annotations)\.(\w+)(\.\w+)?")
_DASH_IN_FIELD = re.compile(r"\.\w+(?:\.\w+)*-\w[\w-]*")


def literal(text: str, passes: int = 1) -> str:
    """Return the template that becomes `text` after that many substitutions.

    A proxy request is substituted twice, by the backend and then by the agent.
    """
    if "{{" not in text:
        return text
    for _ in range(passes):
        text = _BRACES.sub(lambda braces: f'{{{{ "{braces[0]}" }}}}', text)
    return text


def label(key: str) -> str:
    """Return the token for an entity's label. The key may have any characters."""
    if _PLAIN_KEY.match(key):
        return f"{{{{ .labels.{key} }}}}"
    escaped = _TO_ESCAPE.sub(lambda char: f"\\x{ord(char[0]):02x}", key)
    return f'{{{{ index .labels "{escaped}" }}}}'


@lru_cache(_CACHE_SIZE)
def error(text: str) -> str:
    """Return why Sensu cannot evaluate a string, as a sentence without a full stop. Returns "" if it can.

    It finds the mistakes that people make, not every error that Go would report.
    """
    if NO_VALUE in text:
        return f'it contains "{NO_VALUE}", Sensu\'s mark of a token without a value'
    at = text.find("{{")
    while at >= 0:
        end, action = _action(text, at + 2)
        if end < 0:
            return "a {{ is not closed"
        if not action.strip():
            return "a token is empty"
        if "'" in action:
            return "a token has single quotes: write text in double quotes"
        field = _DASH_IN_FIELD.search(action)
        if field:
            return f'a token has {field[0]}: write a key with a dash as index .labels "KEY"'
        for word in _WORD.findall(action):
            if word not in FUNCTIONS and word not in _OF_GO:
                near = f": did you mean .{word}" if word in _FIELDS else ""
                return f"a token has {word}, which is not a function of Sensu{near}"
        at = text.find("{{", end)
    return ""


#: Fields of an entity that tokens can name.
_FIELDS = frozenset(
    (
        *("name", "namespace", "labels", "annotations", "created_by", "entity_class", "system"),
        *("subscriptions", "user", "redact", "deregister", "deregistration", "last_seen"),
        *("keepalive_handlers", "sensu_agent_version"),
    )
)


def actions(text: str) -> Iterator[str]:
    """Yield the content of each token without strings and comments, up to one that is not closed."""
    at = text.find("{{")
    while at >= 0:
        end, action = _action(text, at + 2)
        if end < 0:
            return
        yield action
        at = text.find("{{", end)


@lru_cache(_CACHE_SIZE)
def doubts(text: str) -> tuple[str, ...]:
    """Return the tokens with another value than their writer expects, as sentences without a full stop."""
    return tuple(
        f"a token has {label[0]}, and {label[1]} contain no {label[1]}: write a key with a dot as "
        f'index .{label[1]} "{label[2]}{label[3]}"'
        for action in actions(text)
        for label in _LABEL.finditer(action)
        if label[3]
    )


def uses(text: str, field: str) -> bool:
    """Return True if a token in the text reads this field of the entity, such as "system"."""
    return any(re.search(rf"(?<![\w.])\.{field}\b", action) for action in actions(text))


def uses_labels(text: str) -> bool:
    """Return True if a token in the text reads a label or an annotation of the entity."""
    return uses(text, "labels") or uses(text, "annotations")


def _action(text: str, start: int) -> tuple[int, str]:
    """Return (end or -1, text without strings and comments) of the action that begins at `start`."""
    kept = ""
    at = start
    while at < len(text):
        if text.startswith("}}", at):
            return at + 2, kept
        string = _STRING.match(text, at)
        if string:
            kept += ' "" '
            at = string.end()
        elif text.startswith("/*", at):
            at = text.find("*/", at)
            if at < 0:
                return -1, ""
            kept += " /**/ "
            at += 2
        elif text[at] in '"`':
            return -1, ""
        else:
            kept += text[at]
            at += 1
    return -1, ""
