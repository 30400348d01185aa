"""References between resources of Sensu Go: names that should be names of other resources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sensu.fields import display_path
from sensu.rules import NoEffect, Path, Problem, UnknownReference

#: Number of levels to which handler sets may be nested.
_DEEPEST_SET = 3


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a file, valid or not. `spec` may have values of any type."""

    kind: str
    namespace: str
    name: str
    spec: Mapping[str, Any]


def reference_problems(resources: Sequence[Resource], known: Set[tuple[str, str]]) -> Iterator[tuple[int, Problem]]:
    """Yield (index of the resource, problem) for each dangling name.

    `known` are (type, name) of resources outside the files.
    """
    references = _References(resources, known)
    for index, resource in enumerate(resources):
        find = _OF_KIND.get(resource.kind)
        try:
            found = list(find(references, resource)) if find else []
        except (TypeError, AttributeError):
            continue  # a field of a wrong type, which is another problem
        yield from ((index, problem) for problem in found)


class _References:
    """Lookup of names among the resources of all files."""

    def __init__(self, resources: Sequence[Resource], known: Set[tuple[str, str]]) -> None:
        self.known = known
        self.defined = {(one.kind, one.namespace, one.name): one for one in resources}
        self.assets = {one.name for one in resources if one.kind == "Asset"}
        self.secrets_here = any(one.kind == "Secret" for one in resources)

    def _missing(self, user: Resource, kind: str, name: object, path: Path, effect: str) -> Iterator[Problem]:
        if not isinstance(name, str) or (kind, name) in self.known:
            return
        if (kind, user.namespace, name) not in self.defined:
            message = f"{display_path(path)} names the {kind} {name}, which no file defines: {effect}"
            yield UnknownReference.problem(path, message, self._hint(user, kind, name))

    def _hint(self, user: Resource, kind: str, name: str) -> str:
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
        return f"add the file that defines it, or use --provided {kind}/{name} if the backend has it"

    def _names(self, user: Resource, field: str, kind: str, effect: str) -> Iterator[Problem]:
        for index, name in enumerate(user.spec.get(field) or ()):
            yield from self._missing(user, kind, name, ("spec", field, index), effect)

    def common(self, user: Resource) -> Iterator[Problem]:
        """Yield the problems of assets and secrets, which several types have."""
        yield from self._names(user, "runtime_assets", "Asset", "the command runs without it")
        for index, name in enumerate(user.spec.get("runtime_assets") or ()):
            for other in sorted(self.assets):
                if other != name and other.startswith(name):
                    path = ("spec", "runtime_assets", index)
                    message = f"{display_path(path)} is {name}, and Sensu also installs {other}, which begins with it"
                    yield NoEffect.problem(path, message)
        if self.secrets_here:  # otherwise the secrets are defined elsewhere, as they should be
            for index, secret in enumerate(user.spec.get("secrets") or ()):
                path = ("spec", "secrets", index)
                yield from self._missing(user, "Secret", secret.get("secret"), path, "its variable stays unset")

    def check(self, user: Resource) -> Iterator[Problem]:
        yield from self._names(user, "handlers", "Handler", "Sensu skips it")
        yield from self._names(user, "output_metric_handlers", "Handler", "Sensu skips it")
        yield from self.common(user)
        for index, item in enumerate(user.spec.get("check_hooks") or ()):
            for kind, hooks in item.items():
                for position, name in enumerate(hooks or ()):
                    hook: Path = ("spec", "check_hooks", index, kind, position)
                    yield from self._missing(user, "HookConfig", name, hook, "the event has an error in its place")
        for index, pipeline in enumerate(user.spec.get("pipelines") or ()):
            path = ("spec", "pipelines", index)
            yield from self._missing(user, "Pipeline", pipeline.get("name"), path, "no event is handled")

    def handler(self, user: Resource) -> Iterator[Problem]:
        yield from self.common(user)
        yield from self._names(user, "filters", "EventFilter", "Sensu cannot filter with it")
        yield from self._names(user, "handlers", "Handler", "Sensu skips it")
        if mutator := user.spec.get("mutator"):
            yield from self._missing(user, "Mutator", mutator, ("spec", "mutator"), "no event is handled")
        if self._depth(user, ()) > _DEEPEST_SET:
            message = f"handler sets are nested deeper than {_DEEPEST_SET} levels, so Sensu skips the deepest"
            yield NoEffect.problem(("spec", "handlers"), message)

    def _depth(self, handler: Resource, outer: tuple[str, ...]) -> int:
        """Return the number of nested sets from this one down. A set inside itself counts as too deep."""
        if handler.spec.get("type") != "set":
            return 0
        if handler.name in outer:
            return _DEEPEST_SET + 1
        inner = (self.defined.get(("Handler", handler.namespace, name)) for name in handler.spec.get("handlers") or ())
        return 1 + max((self._depth(one, (*outer, handler.name)) for one in inner if one), default=0)

    def pipeline(self, user: Resource) -> Iterator[Problem]:
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
                message = f"{display_path(path)}.handler names the handler set {name}, and a pipeline cannot use a set"
                yield UnknownReference.problem((*path, "handler"), message, "name the handlers of the set")

    def _reference(self, user: Resource, reference: Mapping[str, Any], path: Path) -> Iterator[Problem]:
        if reference.get("api_version") == "core/v2":
            kind, name = str(reference.get("type")), reference.get("name")
            yield from self._missing(user, kind, name, path, "the pipeline fails")


_OF_KIND: Mapping[str, Callable[[_References, Resource], Iterator[Problem]]] = {
    "CheckConfig": _References.check,
    "HookConfig": _References.common,
    "Handler": _References.handler,
    "EventFilter": _References.common,
    "Mutator": _References.common,
    "Pipeline": _References.pipeline,
}
