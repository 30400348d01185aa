"""Judge files for `sensuctl create`, ours and anybody's: every rule, and references between resources.

Stricter than Sensu, which takes unknown fields and dangling names without a word. Nothing is asked
of a running Sensu, so what only the backend has must be named (`provided`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from checkwright.registry.findings import Finding
from checkwright.registry.plan import Origin
from sensu import rules, sensuctl_files
from sensu.fields import Path, Problem, spoken
from sensu.handlers import BUILT_IN_FILTERS, BUILT_IN_MUTATORS
from sensu.names import EXPECTED
from sensu.resources import Resource

#: What every Sensu backend brings along.
_BUILT_IN = frozenset(
    (*(("EventFilter", name) for name in BUILT_IN_FILTERS), *(("Mutator", name) for name in BUILT_IN_MUTATORS))
)
#: Handler sets may stand in sets so deep.
_DEEPEST_SET = 3


@dataclass(frozen=True, slots=True)
class _Resource:
    file: str
    document: sensuctl_files.Document
    kind: str
    namespace: str
    name: str

    @property
    def spec(self) -> Mapping[str, Any]:
        spec = self.document.data.get("spec")
        return spec if isinstance(spec, Mapping) else {}

    def finding(self, problem: Problem) -> Finding:
        origin = Origin(self.file, self.document.line(problem.path))
        place = f"{self.kind} {self.name}" if self.name else f"document {self.document.number}"
        return Finding(problem.id, problem.severity, origin, f"{place}: {problem.message}", problem.hint)


def validate(text: str, name: str, *, provided: Set[tuple[str, str]] = EXPECTED) -> tuple[Finding, ...]:
    """Everything wrong with the text of one file, in the order of its lines; findings call it `name`.

    `provided` are resources (type, name) that Sensu has, besides those of every backend.
    """
    return validate_files({name: text}, provided=provided)


def validate_files(texts: Mapping[str, str], *, provided: Set[tuple[str, str]] = EXPECTED) -> tuple[Finding, ...]:
    """The same over several files ({name: text}), whose resources may refer to each other."""
    resources, findings = _read(texts)
    for resource in resources:
        for line, key in resource.document.doubles:
            message = f"{key} stands twice in one object, and Sensu reads only the last"
            findings.append(Finding("S108", "error", Origin(file=resource.file, line=line), message))
        findings.extend(resource.finding(problem) for problem in rules.problems(resource.document.data))
    return _in_order(texts, [*findings, *_together(resources, provided)])


def verify(
    texts: Mapping[str, str], made: Iterable[Resource], *, provided: Set[tuple[str, str]] = EXPECTED
) -> tuple[Finding, ...]:
    """Everything wrong with files ({name: text}) that were written of these resources.

    Each resource was judged when it was made, so that what is left is whether sensuctl would read the same out of
    the files, and whether the resources fit together.
    """
    resources, findings = _read(texts)
    wanted = {(one.kind, one.namespace, one.name): one for one in made}
    for resource in resources:
        one = wanted.pop((resource.kind, resource.namespace, resource.name), None)
        if one is None or one.document() != resource.document.data:
            message = "what was written reads as something else than what was made, which is a fault of checkwright"
            findings.append(resource.finding(Problem("S110", (), message)))
    for file in texts if wanted else ():
        message = f"{len(wanted)} resources were not written, which is a fault of checkwright"
        findings.append(Finding("S110", "error", Origin(file, 1), message))
    return _in_order(texts, [*findings, *_together(resources, provided)])


def _read(texts: Mapping[str, str]) -> tuple[list[_Resource], list[Finding]]:
    findings: list[Finding] = []
    resources: list[_Resource] = []
    for file, text in texts.items():
        for document in sensuctl_files.read(text):
            if isinstance(document, sensuctl_files.Unreadable):
                findings.append(Finding("S101", "error", Origin(file, document.line), document.message))
            elif not isinstance(document.data, Mapping):
                message = f"document {document.number} is no object with type, api_version, metadata and spec"
                findings.append(Finding("S101", "error", Origin(file, document.line(())), message))
            else:
                resources.append(_resource(file, document))
    return resources, findings


def _together(resources: list[_Resource], provided: Set[tuple[str, str]]) -> Iterator[Finding]:
    yield from _same_twice(resources)
    yield from _References(resources, _BUILT_IN | provided).findings()


def _in_order(texts: Mapping[str, str], findings: list[Finding]) -> tuple[Finding, ...]:
    order = {file: index for index, file in enumerate(texts)}
    return tuple(sorted(findings, key=lambda one: (order[one.origin.file], one.origin.line) if one.origin else (0, 0)))


def _resource(file: str, document: sensuctl_files.Document) -> _Resource:
    metadata = document.data.get("metadata")
    spec = document.data.get("spec")
    kind = document.data.get("type")
    named = spec if kind == "Namespace" else metadata
    name = named.get("name") if isinstance(named, Mapping) else None
    namespace = metadata.get("namespace") if isinstance(metadata, Mapping) and kind != "Namespace" else None
    return _Resource(
        file=file,
        document=document,
        kind=kind if isinstance(kind, str) else "",
        namespace=namespace if isinstance(namespace, str) else "",
        name=name if isinstance(name, str) else "",
    )


def _same_twice(resources: list[_Resource]) -> Iterator[Finding]:
    seen: dict[tuple[str, str, str], _Resource] = {}
    for resource in resources:
        other = seen.setdefault((resource.kind, resource.namespace, resource.name), resource)
        if other is not resource and resource.name:
            first = f"{other.file}:{other.document.line(())}"
            message = f"it stands in {first} already, and the later one replaces the earlier"
            yield resource.finding(Problem("S108", (), message))


class _References:
    """Names in resources that should be names of other resources."""

    def __init__(self, resources: list[_Resource], known: Set[tuple[str, str]]) -> None:
        self.resources = resources
        self.known = known
        self.defined = {(one.kind, one.namespace, one.name): one for one in resources}
        self.assets = {one.name for one in resources if one.kind == "Asset"}
        self.secrets_here = any(one.kind == "Secret" for one in resources)

    def findings(self) -> Iterator[Finding]:
        for resource in self.resources:
            looking = _LOOKING.get(resource.kind)
            try:
                problems = list(looking(self, resource)) if looking else []
            except (TypeError, AttributeError):
                continue  # a field of a wrong type, which S103 has reported
            yield from (resource.finding(problem) for problem in problems)

    def _missing(self, user: _Resource, kind: str, name: object, path: Path, effect: str) -> Iterator[Problem]:
        if not isinstance(name, str) or (kind, name) in self.known:
            return
        if (kind, user.namespace, name) not in self.defined:
            message = f"{spoken(path)} names the {kind} {name}, which is not in these files: {effect}"
            yield Problem("S107", path, message, hint=self._meant(user, kind, name))

    def _meant(self, user: _Resource, kind: str, name: str) -> str:
        # Imported here: most files have no unknown name.
        from difflib import get_close_matches

        here = [other for one, namespace, other in self.defined if (one, namespace) == (kind, user.namespace)]
        known = sorted({*here, *(other for one, other in self.known if one == kind)})
        close = get_close_matches(name, known, n=1)
        if close:
            return f"did you mean {close[0]}?"
        elsewhere = sorted({namespace for one, namespace, other in self.defined if (one, other) == (kind, name)})
        if elsewhere:
            return f"it is in the namespace {elsewhere[0] or 'that sensuctl is set to'}"
        return f"give the file that has it too, or say --provided {kind}/{name} if the backend has it"

    def _named(self, user: _Resource, field: str, kind: str, effect: str) -> Iterator[Problem]:
        for index, name in enumerate(user.spec.get(field) or ()):
            yield from self._missing(user, kind, name, ("spec", field, index), effect)

    def _common(self, user: _Resource) -> Iterator[Problem]:
        yield from self._named(user, "runtime_assets", "Asset", "what needs it runs without it")
        for index, name in enumerate(user.spec.get("runtime_assets") or ()):
            for other in sorted(self.assets):
                if other != name and other.startswith(name):
                    path = ("spec", "runtime_assets", index)
                    message = f"{spoken(path)} is {name}, and Sensu installs {other} with it, which begins the same"
                    yield Problem("S109", path, message, "warning")
        if self.secrets_here:  # else they are kept elsewhere, as they should be
            for index, secret in enumerate(user.spec.get("secrets") or ()):
                path = ("spec", "secrets", index)
                yield from self._missing(user, "Secret", secret.get("secret"), path, "its variable stays unset")

    def check(self, user: _Resource) -> Iterator[Problem]:
        yield from self._named(user, "handlers", "Handler", "Sensu skips it")
        yield from self._named(user, "output_metric_handlers", "Handler", "Sensu skips it")
        yield from self._common(user)
        for index, item in enumerate(user.spec.get("check_hooks") or ()):
            for kind, hooks in item.items():
                for position, name in enumerate(hooks or ()):
                    hook: Path = ("spec", "check_hooks", index, kind, position)
                    yield from self._missing(user, "HookConfig", name, hook, "an error stands in its place")
        for index, pipeline in enumerate(user.spec.get("pipelines") or ()):
            path = ("spec", "pipelines", index)
            yield from self._missing(user, "Pipeline", pipeline.get("name"), path, "no event is handled")

    def handler(self, user: _Resource) -> Iterator[Problem]:
        yield from self._common(user)
        yield from self._named(user, "filters", "EventFilter", "Sensu cannot filter with it")
        yield from self._named(user, "handlers", "Handler", "Sensu skips it")
        if mutator := user.spec.get("mutator"):
            yield from self._missing(user, "Mutator", mutator, ("spec", "mutator"), "no event is handled")
        if self._depth(user, ()) > _DEEPEST_SET:
            message = f"the set holds sets that hold sets, deeper than {_DEEPEST_SET}: Sensu skips the deepest"
            yield Problem("S109", ("spec", "handlers"), message, "warning")

    def _depth(self, handler: _Resource, outer: tuple[str, ...]) -> int:
        """How many sets stand in each other from this one on; a set inside itself counts as too deep."""
        if handler.spec.get("type") != "set":
            return 0
        if handler.name in outer:
            return _DEEPEST_SET + 1
        inner = (self.defined.get(("Handler", handler.namespace, name)) for name in handler.spec.get("handlers") or ())
        return 1 + max((self._depth(one, (*outer, handler.name)) for one in inner if one), default=0)

    def pipeline(self, user: _Resource) -> Iterator[Problem]:
        for index, workflow in enumerate(user.spec.get("workflows") or ()):
            path: Path = ("spec", "workflows", index)
            for key in ("handler", "mutator"):
                if workflow.get(key):
                    yield from self._reference(user, workflow[key], (*path, key))
            for position, reference in enumerate(workflow.get("filters") or ()):
                yield from self._reference(user, reference, (*path, "filters", position))
            name = str((workflow.get("handler") or {}).get("name"))
            handler = self.defined.get(("Handler", user.namespace, name))
            if handler and handler.spec.get("type") == "set":
                message = f"{spoken(path)}.handler names the handler set {name}, and a pipeline cannot use a set"
                yield Problem("S107", (*path, "handler"), message)

    def _reference(self, user: _Resource, reference: Mapping[str, Any], path: Path) -> Iterator[Problem]:
        if reference.get("api_version") == "core/v2":
            kind, name = str(reference.get("type")), reference.get("name")
            yield from self._missing(user, kind, name, path, "the pipeline fails")


_LOOKING: Mapping[str, Callable[[_References, _Resource], Iterator[Problem]]] = {
    "CheckConfig": _References.check,
    "HookConfig": _References._common,
    "Handler": _References.handler,
    "EventFilter": _References._common,
    "Mutator": _References._common,
    "Pipeline": _References.pipeline,
}
