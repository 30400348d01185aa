"""Resources as text for `sensuctl create -f` and `sensuctl prune`: equal resources give equal bytes.

JSON: documents that follow one another without commas, over many lines, because sensuctl
cannot read a line of 64 KiB. YAML: every document begins with `---`; the file does too,
because sensuctl fails on comments or blank lines before the first one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any, Literal

from sensu.resources import Resource

Format = Literal["json", "yaml"]

#: Words that one reader of YAML or another takes for something other than text.
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
#: Text that every reader of YAML takes for text: Go's knows more numbers than Python's (1e3, 0o17).
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*\Z")


def dump(resources: Iterable[Resource], format: Format) -> str:
    """All resources in the order given, in one text that ends with a newline."""
    if format == "json":
        return "".join(to_json(resource.document()) for resource in resources)
    if format == "yaml":
        return "".join(to_yaml(_sorted(resource.document())) for resource in resources)
    raise ValueError(f"{format} is no format of resources: json or yaml")


def to_json(document: Mapping[str, Any]) -> str:
    """One document over many lines, its own keys as they come and all below sorted, and a newline.

    The same as `json.dumps` with an indentation, which the compiled half of Python's encoder does not know.
    """
    inner = ",".join(f'\n  "{key}": {_json(value, _INDENT)}' for key, value in document.items())
    return f"{{{inner}\n}}\n"


_INDENT = "\n  "


def _json(value: Any, outer: str) -> str:
    """`outer` is the line end and indentation of what holds the value."""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict):
        if not value:
            return "{}"
        inner = outer + "  "
        pairs = [
            f"{inner}{encode_basestring(key)}: {encode_basestring(one) if type(one) is str else _json(one, inner)}"
            for key, one in sorted(value.items())
        ]
        return "{" + ",".join(pairs) + outer + "}"
    if isinstance(value, list):
        if not value:
            return "[]"
        inner = outer + "  "
        return "[" + ",".join([inner + _json(one, inner) for one in value]) + outer + "]"
    return str(value) if type(value) is int else json.dumps(value)


def _sorted(document: Mapping[str, Any]) -> dict[str, Any]:
    """Type, version, metadata and spec stay in this order, as sensuctl writes them; all below is sorted."""
    return {key: _by_key(value) for key, value in document.items()}


def _by_key(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _by_key(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_by_key(one) for one in value]
    return value


def to_yaml(
    document: Mapping[str, Any] | Sequence[Mapping[str, Any]], comment: str = "", *, start: str = "---\n"
) -> str:
    """One YAML document after `start`, keys as they come. Text is quoted wherever one might see a number.

    Of objects, lists, text, whole numbers and booleans, as resources are. PyYAML, which would write the same, is asked
    only for text that its quotes cannot hold as it is: it takes a millisecond for each resource.
    """
    head = start + (f"# {comment}\n" if comment else "")
    return head + (_yaml_lines(document, "") if document else "{}\n" if isinstance(document, Mapping) else "[]\n")


def _yaml_lines(value: Any, indent: str) -> str:
    """An object or a list that is not empty, on lines of its own."""
    if isinstance(value, dict):
        return "".join([f"{indent}{_yaml_key(key)}:{_yaml_behind(one, indent)}" for key, one in value.items()])
    inner = indent + "  "
    return "".join(
        [
            f"{indent}- {_yaml_lines(one, inner)[len(inner) :]}"
            if one and isinstance(one, (dict, list))
            else f"{indent}- {_yaml_scalar(one, inner)}\n"
            for one in value
        ]
    )


def _yaml_behind(value: Any, indent: str) -> str:
    """What follows a key and its colon, the end of the line included."""
    if value and isinstance(value, dict):
        return "\n" + _yaml_lines(value, indent + "  ")
    if value and isinstance(value, list):
        return "\n" + _yaml_lines(value, indent)
    return f" {_yaml_scalar(value, indent + '  ')}\n"


def _yaml_key(key: str) -> str:
    return key if _is_plain(key) else _yaml_text(key)


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.match(text)) and text.lower() not in _WORDS


def _yaml_scalar(value: Any, indent: str) -> str:
    if isinstance(value, str):
        if _is_plain(value):
            return value
        if _fits_a_block(value):
            return "|-\n" + "\n".join([indent + line if line else line for line in value.split("\n")])
        return _yaml_text(value)
    if isinstance(value, (dict, list)):
        return "{}" if isinstance(value, dict) else "[]"
    return json.dumps(value)


def _yaml_text(text: str) -> str:
    """Text in quotes, on one line."""
    if "'" not in text and text.isprintable():
        return f"'{text}'"
    import yaml

    return yaml.dump(text, Dumper=yaml.SafeDumper, default_style='"', allow_unicode=True, width=float("inf")).rstrip()


def _fits_a_block(text: str) -> bool:
    """Whether text is better read below its key, and can stand there without any escape or indentation mark."""
    if "\n" not in text and not ("'" in text and '"' in text):
        return False
    lines = text.split("\n")
    if not lines[0] or not lines[-1] or lines[0][0].isspace():
        return False
    return all(line == line.rstrip() and line.isascii() and line.isprintable() for line in lines)
