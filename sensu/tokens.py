"""Sensu's tokens: Go templates (`{{ .labels.port }}`) in every string of a check, a hook or an asset.

Sensu cuts each string at `{{`, evaluates what stands inside against an entity and
refuses a result that holds `<no value>`. So a brace pair that is meant literally must be
written as a token too, and no text may hold those words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

NO_VALUE = "<no value>"

#: Many checks have the same tokens.
_REMEMBERED = 4_096

_BRACES = re.compile(r"\{\{+")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: What cannot stand in a Go string literal as it is.
_TO_ESCAPE = re.compile(r'[\x00-\x1f"\\]')
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`')
#: A word that is no part of a field, a variable or a number: a function, or a word of the language.
_WORD = re.compile(r"(?<![\w.$])[A-Za-z_]\w*")
#: What Sensu adds to Go's own functions, these, and the words of the template language.
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


@lru_cache(_REMEMBERED)
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
        for word in _WORD.findall(action):
            if word not in FUNCTIONS and word not in _OF_GO:
                near = f", is .{word} meant" if word in _FIELDS else ""
                return f"a token has {word}, which is no function of Sensu's{near}"
        at = text.find("{{", end)
    return ""


#: What an entity has, as a token names it.
_FIELDS = frozenset(
    (
        *("name", "namespace", "labels", "annotations", "created_by", "entity_class", "system"),
        *("subscriptions", "user", "redact", "deregister", "deregistration", "last_seen"),
        *("keepalive_handlers", "sensu_agent_version"),
    )
)


def actions(text: str) -> Iterator[str]:
    """What stands within the braces of each token, without strings and comments, up to one that is not closed."""
    at = text.find("{{")
    while at >= 0:
        end, action = _action(text, at + 2)
        if end < 0:
            return
        yield action
        at = text.find("{{", end)


@lru_cache(_REMEMBERED)
def doubts(text: str) -> tuple[str, ...]:
    """Where a token gives something else than its writer expects, as sentences without their end."""
    return tuple(
        f"a token has {label[0]}, and {label[1]} hold no {label[1]}: a key with a dot is written "
        f'index .{label[1]} "{label[2]}{label[3]}"'
        for action in actions(text)
        for label in _LABEL.finditer(action)
        if label[3]
    )


def uses(text: str, field: str) -> bool:
    """Whether a token in it reads this field of the entity, such as "system"."""
    return any(re.search(rf"(?<![\w.])\.{field}\b", action) for action in actions(text))


def is_of_a_label(text: str) -> bool:
    """Whether a token in it gives what anybody may have written into a label or an annotation."""
    return uses(text, "labels") or uses(text, "annotations")


def _action(text: str, start: int) -> tuple[int, str]:
    """Where the action from `start` on ends (-1: nowhere), and its text without strings and comments."""
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
