"""References between definitions of Sensu Core 1.x: names that should be names of other definitions.

Core logs a missing one and goes on without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from sensu.fields import display_path
from sensu.rules import Path, Problem, UnknownReference

#: Names that every Core has.
_OF_CORE: Mapping[str, frozenset[str]] = {
    "Handler": frozenset({"debug"}),
    "EventFilter": frozenset({"occurrences", "check_dependencies"}),
    "Mutator": frozenset({"json", "ruby_hash", "only_check_output"}),
}
_PARTS = {"Handler": "handlers", "EventFilter": "filters", "Mutator": "mutators"}
#: Field of one name, field of several, kind, and effect of a missing one.
_OF_A_CHECK = (("handler", "handlers", "Handler", "Core skips it"),)
_OF_A_HANDLER = (
    ("filter", "filters", "EventFilter", "Core ignores it"),
    ("mutator", "", "Mutator", "no event is handled"),
    ("", "handlers", "Handler", "Core skips it"),
)


def problems(
    files: Mapping[str, Mapping[str, Any]], provided: Set[tuple[str, str]]
) -> Iterator[tuple[str, str, Path, Problem]]:
    """Yield (file, description of the definition, its path, the problem below it) for each dangling name."""
    known = {
        kind: {*_OF_CORE[kind], *(name for one, name in provided if one == kind), *_defined(files, part)}
        for kind, part in _PARTS.items()
    }
    for file, data in files.items():
        for part, fields in (("checks", _OF_A_CHECK), ("handlers", _OF_A_HANDLER)):
            for name, spec in _objects(data, part):
                for path, kind, named, effect in _named(spec, fields):
                    if named not in known[kind]:
                        message = f"{display_path(path)} names the {kind} {named}, which no file defines: {effect}"
                        hint = _hint(kind, named, known[kind])
                        yield file, f"{part[:-1]} {name}", (part, name), UnknownReference.problem(path, message, hint)


def _objects(data: Mapping[str, Any], part: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    definitions = data.get(part)
    for name, spec in definitions.items() if isinstance(definitions, dict) else ():
        if isinstance(spec, dict):
            yield name, spec


def _defined(files: Mapping[str, Mapping[str, Any]], part: str) -> Iterator[str]:
    for data in files.values():
        yield from (name for name, _ in _objects(data, part))


def _named(
    spec: Mapping[str, Any], fields: tuple[tuple[str, str, str, str], ...]
) -> Iterator[tuple[Path, str, str, str]]:
    for one, several, kind, effect in fields:
        if isinstance(name := spec.get(one), str):
            yield (one,), kind, name, effect
        names = spec.get(several)
        for index, name in enumerate(names if isinstance(names, list) else ()):
            if isinstance(name, str):
                yield (several, index), kind, name, effect


def _hint(kind: str, name: str, known: Set[str]) -> str:
    # Imported here: most files have no unknown name.
    from difflib import get_close_matches

    if close := get_close_matches(name, sorted(known), n=1):
        return f"did you mean {close[0]}?"
    return f"add the file that defines it, or use --provided {kind}/{name} if the servers have it"
