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
from typing import TYPE_CHECKING, Any, Literal

from sensu.resources import Resource

if TYPE_CHECKING:
    import yaml

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
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict):
        if not value:
            return "{}"
        inner = outer + "  "
        pairs = [f"{inner}{encode_basestring(key)}: {_json(value[key], inner)}" for key in sorted(value)]
        return "{" + ",".join(pairs) + outer + "}"
    if isinstance(value, list):
        if not value:
            return "[]"
        inner = outer + "  "
        return "[" + ",".join([inner + _json(one, inner) for one in value]) + outer + "]"
    return json.dumps(value)


def _sorted(document: Mapping[str, Any]) -> dict[str, Any]:
    """Type, version, metadata and spec stay in this order, as sensuctl writes them; all below is sorted."""
    return {key: _by_key(value) for key, value in document.items()}


def _by_key(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _by_key(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_by_key(one) for one in value]
    return value


def to_yaml(document: Mapping[str, Any] | Sequence[Mapping[str, Any]], comment: str = "") -> str:
    """One YAML document after `---`, keys as they come. Text is quoted wherever one might see a number."""
    import yaml

    head = "---\n" + (f"# {comment}\n" if comment else "")
    return head + yaml.dump(
        document,
        Dumper=_dumper(),
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=float("inf"),
    )


def _fits_a_block(text: str) -> bool:
    """Whether text can stand as it is below its key, without any escape or indentation mark."""
    lines = text.split("\n")
    if not lines[0] or lines[0][0].isspace():
        return False
    return all(line == line.rstrip() and line.isascii() and line.isprintable() for line in lines)


_DUMPER: type[yaml.SafeDumper] | None = None


def _dumper() -> type[yaml.SafeDumper]:
    global _DUMPER
    if _DUMPER is None:
        import yaml

        class Dumper(yaml.SafeDumper):
            def ignore_aliases(self, data: Any) -> bool:
                return True

        def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
            style = "'"
            if _PLAIN.match(value) and value.lower() not in _WORDS:
                style = ""
            elif "\n" in value or ("'" in value and '"' in value):
                style = "|" if _fits_a_block(value) else '"'
            elif "'" in value or not value.isprintable():
                style = '"'
            return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style or None)

        Dumper.add_representer(str, text)
        _DUMPER = Dumper
    return _DUMPER
