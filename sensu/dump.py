"""Text of resources for `sensuctl create -f` and `sensuctl prune`. Equal resources give equal bytes.

JSON: documents follow one another without commas, over many lines, because sensuctl cannot read a
line of 64 KiB. YAML: every document begins with `---`, and so does the file, because sensuctl fails
on comments or blank lines before the first one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Literal

from sensu.resources import Resource

Format = Literal["json", "yaml"]

#: Words that some YAML readers parse as booleans or null.
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
#: Text that needs no quotes. Go's YAML reader knows more numbers than Python's (1e3, 0o17), so
#: nothing that begins with a digit, a sign or a dot is written without them.
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*\Z")
#: Longest line that both emitters of PyYAML accept as a limit: lines are never folded.
_UNLIMITED = 2**31 - 1


def dump(resources: Iterable[Resource], format: Format) -> str:
    """Return all resources in the given order as one text that ends with a newline."""
    if format == "json":
        return "".join(to_json(resource.document()) for resource in resources)
    if format == "yaml":
        return "".join(to_yaml(_sorted(resource.document())) for resource in resources)
    raise ValueError(f"{format} is not a format of resources: use json or yaml")


def to_json(document: Mapping[str, Any]) -> str:
    """Return one document over many lines: top-level keys in their order, keys below sorted."""
    return json.dumps(_sorted(document), indent=2, ensure_ascii=False) + "\n"


def to_yaml(
    document: Mapping[str, Any] | Sequence[Mapping[str, Any]], comment: str = "", *, start: str = "---\n"
) -> str:
    """Return one YAML document after `start`, with its keys in their order.

    Text is quoted wherever a YAML reader might see another type.
    """
    import yaml

    body = yaml.dump(
        document,
        Dumper=_dumper(),
        allow_unicode=True,
        default_flow_style=False,
        sort_keys=False,
        width=_UNLIMITED,
    )
    return start + (f"# {comment}\n" if comment else "") + str(body)


def _sorted(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy with type, api_version, metadata and spec in sensuctl's order and all below sorted."""
    return {key: _by_key(value) for key, value in document.items()}


def _by_key(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _by_key(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_by_key(one) for one in value]
    return value


@cache
def _dumper() -> Any:
    """Return a YAML dumper without aliases that chooses the style of text with `_style`."""
    # Imported here: JSON needs no YAML library.
    import yaml

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        def ignore_aliases(self, data: Any) -> bool:
            return True

    def represent(dumper: Any, text: str) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))

    Dumper.add_representer(str, represent)
    return Dumper


def _style(text: str) -> str | None:
    """Return PyYAML's name of the style for a text: None for no quotes, a kind of quote, or a block."""
    if _PLAIN.match(text) and text.lower() not in _WORDS:
        return None
    if _fits_a_block(text):
        return "|"
    return "'" if "'" not in text and text.isprintable() else '"'


def _fits_a_block(text: str) -> bool:
    """Return True if a text is easier to read as a block, and a block needs no escapes or indentation mark."""
    if "\n" not in text and not ("'" in text and '"' in text):
        return False
    lines = text.split("\n")
    if not lines[0] or not lines[-1] or lines[0][0].isspace():
        return False
    return all(line == line.rstrip() and line.isascii() and line.isprintable() for line in lines)
