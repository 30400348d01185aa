"""Validation of files for `sensuctl create`: every rule, and references between resources.

It is stricter than Sensu, which accepts unknown fields and dangling names silently. It asks no running Sensu, so
`provided` must name what only the backend has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from checkwright.registry.findings import Finding
from checkwright.registry.plan import Origin
from sensu import sensuctl_files
from sensu.handlers import BUILT_IN_FILTERS, BUILT_IN_MUTATORS
from sensu.names import EXPECTED
from sensu.problems import problems
from sensu.resource_references import Resource, reference_problems
from sensu.resources import Resource as Model
from sensu.rules import AssumedHandler, ChangedByWriting, DefinedTwice, Problem, UncheckedType, UnreadableText

#: Resources that every Sensu backend has.
_BUILT_IN = frozenset(
    (*(("EventFilter", name) for name in BUILT_IN_FILTERS), *(("Mutator", name) for name in BUILT_IN_MUTATORS))
)


@dataclass(frozen=True, slots=True)
class _Located:
    """A resource with its file and document."""

    file: str
    document: sensuctl_files.Document
    resource: Resource

    def finding(self, problem: Problem) -> Finding:
        origin = Origin(self.file, self.document.line(problem.path))
        name = self.resource.name
        subject = f"{self.resource.kind} {name}" if name else f"document {self.document.number}"
        return problem.finding(origin, subject)


def validate(text: str, name: str, *, provided: Set[tuple[str, str]] = EXPECTED) -> tuple[Finding, ...]:
    """Return all problems of one file's text in the order of its lines. Findings call the file `name`.

    `provided` are resources (type, name) that Sensu has in addition to those of every backend.
    """
    return validate_files({name: text}, provided=provided)


def validate_files(
    texts: Mapping[str, str],
    *,
    provided: Set[tuple[str, str]] = EXPECTED,
    assumed: Set[tuple[str, str]] = frozenset(),
) -> tuple[Finding, ...]:
    """Return all problems of several files ({name: text}), whose resources may refer to each other.

    assumed: handlers that Sensu may have, with one warning for each that checks name and no file defines.
    """
    found, findings = _read(texts)
    unchecked: dict[tuple[str, str], list[_Located]] = {}
    for one in found:
        for line, key in one.document.doubles:
            message = f"{key} occurs twice in one object, and Sensu reads only the last"
            findings.append(DefinedTwice.finding(Origin(file=one.file, line=line), message, hint=""))
        for problem in problems(one.document.data):
            if problem.rule is UncheckedType:
                unchecked.setdefault((one.file, one.resource.kind), []).append(one)
            else:
                findings.append(one.finding(problem))
    findings.extend(_unchecked(kind, documents) for (_, kind), documents in unchecked.items())
    findings.extend(_assumed(found, assumed))
    return _in_order(texts, [*findings, *_together(found, provided | assumed)])


def _assumed(found: list[_Located], assumed: Set[tuple[str, str]]) -> Iterator[Finding]:
    defined = {(one.resource.kind, one.resource.namespace, one.resource.name) for one in found}
    naming: dict[str, list[_Located]] = {}
    for one in found if assumed else ():
        handlers = one.resource.spec.get("handlers") if one.resource.kind == "CheckConfig" else ()
        for name in dict.fromkeys(handlers) if isinstance(handlers, list) else ():
            if ("Handler", name) in assumed and ("Handler", one.resource.namespace, name) not in defined:
                naming.setdefault(name, []).append(one)
    for name, checks in naming.items():
        first = checks[0]
        more = f" and {len(checks) - 1} more name" if len(checks) > 1 else " names"
        message = (
            f"{first.resource.name}{more} the Handler {name}, which no file defines: nobody is notified without it"
        )
        yield AssumedHandler.finding(Origin(first.file, first.document.line(("spec", "handlers"))), message)


def _unchecked(kind: str, documents: list[_Located]) -> Finding:
    """Return one finding about all documents of a type in a file. A dump of a whole Sensu has many."""
    first = documents[0]
    number = f"{len(documents)} documents are" if len(documents) > 1 else "1 document is"
    origin = Origin(first.file, first.document.line(("type",)))
    return UncheckedType.finding(origin, f"{kind}: {number} not checked, because there are no rules for this type")


def verify(
    texts: Mapping[str, str], made: Iterable[Model], *, provided: Set[tuple[str, str]] = EXPECTED
) -> tuple[Finding, ...]:
    """Return all problems of files ({name: text}) that were written from these resources.

    Each resource was validated when it was made. What is left to check: sensuctl must read the same resources from
    the files, and their references must fit together.
    """
    found, findings = _read(texts)
    expected = {(one.kind, one.namespace, one.name): one for one in made}
    for each in found:
        one = expected.pop((each.resource.kind, each.resource.namespace, each.resource.name), None)
        if one is None or one.document() != each.document.data:
            message = "the file reads as another resource than was rendered, which is a bug of checkwright"
            findings.append(each.finding(ChangedByWriting.problem((), message)))
    for file in texts if expected else ():
        message = f"{len(expected)} resources were not written, which is a bug of checkwright"
        findings.append(ChangedByWriting.finding(Origin(file, 1), message))
    return _in_order(texts, [*findings, *_together(found, provided)])


def _read(texts: Mapping[str, str]) -> tuple[list[_Located], list[Finding]]:
    findings: list[Finding] = []
    found: list[_Located] = []
    for file, text in texts.items():
        for document in sensuctl_files.read(text):
            if isinstance(document, sensuctl_files.Unreadable):
                findings.append(UnreadableText.finding(Origin(file, document.line), document.message))
            elif not isinstance(document.data, Mapping):
                message = f"document {document.number} is no object with type, api_version, metadata and spec"
                findings.append(UnreadableText.finding(Origin(file, document.line(())), message))
            else:
                found.append(_Located(file, document, _resource(document.data)))
    return found, findings


def _together(found: list[_Located], provided: Set[tuple[str, str]]) -> Iterator[Finding]:
    yield from _duplicates(found)
    for index, problem in reference_problems([one.resource for one in found], _BUILT_IN | provided):
        yield found[index].finding(problem)


def _in_order(texts: Mapping[str, str], findings: list[Finding]) -> tuple[Finding, ...]:
    order = {file: index for index, file in enumerate(texts)}
    return tuple(sorted(findings, key=lambda one: (order[one.origin.file], one.origin.line) if one.origin else (0, 0)))


def _resource(data: Mapping[str, Any]) -> Resource:
    metadata, spec, kind = data.get("metadata"), data.get("spec"), data.get("type")
    named = spec if kind == "Namespace" else metadata
    name = named.get("name") if isinstance(named, Mapping) else None
    namespace = metadata.get("namespace") if isinstance(metadata, Mapping) and kind != "Namespace" else None
    return Resource(
        kind=kind if isinstance(kind, str) else "",
        namespace=namespace if isinstance(namespace, str) else "",
        name=name if isinstance(name, str) else "",
        spec=spec if isinstance(spec, Mapping) else {},
    )


def _duplicates(found: list[_Located]) -> Iterator[Finding]:
    seen: dict[tuple[str, str, str], _Located] = {}
    for one in found:
        key = (one.resource.kind, one.resource.namespace, one.resource.name)
        other = seen.setdefault(key, one)
        if other is not one and one.resource.name:
            first = f"{other.file}:{other.document.line(())}"
            yield one.finding(DefinedTwice.problem((), f"it is defined in {first} too, and the later one wins"))
