"""Problems of one resource document: types of fields, the rules of its type, tokens and sizes.

References between resources (S107) and duplicates (S108) need more than one document: see `validate.py`.
"""

from __future__ import annotations

import json
import marshal
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from sensu import check_problems, resource_problems, tokens
from sensu.common_problems import Spec, name_error, name_problems
from sensu.fields import API_VERSIONS, METADATA, SPECS, UNCHECKED, Type, display_path, record
from sensu.fields import text as is_text
from sensu.rules import (
    InvalidToken,
    LabelInShell,
    NoEffect,
    Path,
    Problem,
    RefusedResource,
    UncheckedType,
    UnknownField,
)

__all__ = ["LARGEST_RESOURCE", "LONGEST_LINE", "name_error", "problems"]

#: Bytes of the longest line that fits into sensuctl's buffer.
LONGEST_LINE = 65_535
#: Bytes of the largest request that the backend's API accepts by default.
LARGEST_RESOURCE = 512_000

#: A version of marshal that writes equal texts as often as they occur.
_WITHOUT_REFERENCES = 2
#: Bytes in JSON for one byte of text: \u001f.
_LONGEST_ESCAPE = 6
_ENV_VARS_HINT = 'use env_vars: ["PORT={{ .labels.port }}"], and "$PORT" in the command'

#: The whole document of each resource type.
_DOCUMENTS: Mapping[str, Type] = {
    kind: record({"type": is_text, "api_version": is_text, "metadata": record(METADATA), "spec": record(spec)})
    for kind, spec in SPECS.items()
}
_SPEC_PROBLEMS: Mapping[str, Callable[[Spec], Iterator[Problem]]] = {
    "CheckConfig": check_problems.check_problems,
    "HookConfig": resource_problems.hook_problems,
    "Asset": resource_problems.asset_definition_problems,
    "Handler": resource_problems.handler_problems,
    "EventFilter": resource_problems.filter_problems,
    "Mutator": resource_problems.mutator_problems,
    "Pipeline": resource_problems.pipeline_problems,
    "Entity": resource_problems.entity_problems,
    "Namespace": resource_problems.namespace_problems,
    "Secret": resource_problems.secret_problems,
}


def problems(document: dict[str, Any]) -> Iterator[Problem]:
    """Yield every problem of one document {type, api_version, metadata, spec}."""
    kind, spec = document.get("type"), document.get("spec")
    if kind is None:
        yield UnknownField.problem((), "the document has no type", "add one, such as type: CheckConfig")
        return
    if isinstance(kind, str) and kind in UNCHECKED:
        yield UncheckedType.problem(("type",), f"there are no rules for the type {kind}")
        return
    if not isinstance(kind, str) or kind not in SPECS:
        yield UnknownField.problem(("type",), f"{kind} is not a known resource type", _suggestion(str(kind)))
        return
    wrong = list(_DOCUMENTS[kind](document, ()))
    yield from wrong
    version = document.get("api_version") or "core/v2"
    if version != API_VERSIONS[kind]:
        yield RefusedResource.problem(("api_version",), f"a {kind} belongs to {API_VERSIONS[kind]}, not {version}")
    if not isinstance(spec, dict):
        if spec is None:
            yield RefusedResource.problem((), f"this {kind} has no spec")
        return
    broken = {problem.path[:2] for problem in wrong}
    sound = _sound("spec", spec, broken)
    metadata = _sound("metadata", document.get("metadata"), broken)
    found = list(_SPEC_PROBLEMS[kind](sound))
    if kind != "Namespace":
        found.extend(_metadata(kind, metadata))
    for problem in found:
        # A misspelt field, or one of a wrong type, is not missing.
        if len(problem.path) > 1 or not any(path[:1] == problem.path for path in broken):
            yield problem
    text = _bytes(document)
    if kind in ("CheckConfig", "HookConfig", "Asset") and (b"{{" in text or tokens.NO_VALUE.encode() in text):
        yield from _templates({"metadata": metadata, "spec": sound})
    if len(text) * _LONGEST_ESCAPE > LONGEST_LINE:
        yield from _sizes(document)


def _suggestion(kind: str) -> str:
    # Imported here: most files have no unknown type.
    from difflib import get_close_matches

    close = get_close_matches(kind, [*SPECS, *UNCHECKED], n=1)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(SPECS))}"


def _bytes(document: dict[str, Any]) -> bytes:
    """Return all text of a document, for a fast search. It is not JSON."""
    try:
        return marshal.dumps(document, _WITHOUT_REFERENCES)
    except ValueError:  # types that only YAML has, such as dates
        return json.dumps(document, default=str, ensure_ascii=False).encode(errors="replace")


def _sound(part: str, values: object, broken: Collection[Path]) -> dict[str, Any]:
    """Return the fields of a part that are set, known and of the right type."""
    if not isinstance(values, dict):
        return {}
    return {key: one for key, one in values.items() if one is not None and (part, key) not in broken}


def _metadata(kind: str, metadata: Mapping[str, Any]) -> Iterator[Problem]:
    if "name" not in metadata:
        yield RefusedResource.problem(("metadata",), f"this {kind} has no metadata.name")
    else:
        yield from name_problems(metadata["name"], ("metadata", "name"), asset=kind == "Asset")
    if "namespace" in metadata:
        yield from name_problems(metadata["namespace"], ("metadata", "namespace"))


def _strings(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _strings(one, (*path, key))
    elif isinstance(value, (list, tuple)):
        for index, one in enumerate(value):
            yield from _strings(one, (*path, index))


def _templates(parts: Mapping[str, dict[str, Any]]) -> Iterator[Problem]:
    proxied = parts["spec"].get("proxy_requests") is not None
    for path, text in _strings(parts, ()):
        if ("{{" in text or tokens.NO_VALUE in text) and path[-1] != "sha512":
            if path == ("spec", "proxy_entity_name"):
                continue  # an invalid name, which is a problem already
            if why := tokens.error(text):
                yield InvalidToken.problem(path, f"Sensu cannot evaluate {display_path(path)}: {why}")
                continue
            for doubt in tokens.doubts(text):
                yield NoEffect.problem(path, f"{display_path(path)}: {doubt}")
            if proxied and tokens.uses(text, "system"):
                message = f"{display_path(path)}: a proxy request uses the stored entity, which has no system"
                yield NoEffect.problem(path, message, "remove the token: it always gives its default")
            if path == ("spec", "command") and tokens.uses_labels(text):
                message = "the shell reads a label's value in the command, and `a; reboot` is a valid value"
                yield LabelInShell.problem(path, message, _ENV_VARS_HINT)


def _sizes(document: dict[str, Any]) -> Iterator[Problem]:
    size = len(json.dumps(document, default=str))
    if size > LARGEST_RESOURCE:
        message = f"the resource has {size} bytes, and Sensu's API accepts {LARGEST_RESOURCE} in one request"
        yield RefusedResource.problem((), message)
    if size > LONGEST_LINE:
        for path, text in _strings(document, ()):
            # The key, quotes and indentation are on the same line.
            if (length := len(json.dumps(text)) + len(str(path[-1])) + 20) > LONGEST_LINE:
                message = f"{display_path(path)} makes a line of {length} bytes; sensuctl reads at most {LONGEST_LINE}"
                yield RefusedResource.problem(path, message)
