"""What would be generated from an imported project, beside what was imported, field by field."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sensu
from checkwright.core.errors import CannotDo
from checkwright.migrate.report import Thing
from checkwright.migrate.sensu.namespaces import Carried
from checkwright.registry.findings import Finding, Refused
from checkwright.registry.model.base import RegistryError
from checkwright.registry.plan import Plan
from sensu import core1
from sensu.compare import flattened
from sensu.reading.stored_objects import Generation, Object

#: Why a field is otherwise, by its name in Go and in Core. What a watch says of itself is in the next one.
_WHY: Mapping[str, str] = {
    "annotations": "annotations say what the registry knows of the watch",
    "labels": "labels say what the registry knows of the watch",
    "namespace": "the environment is the namespace",
    "command": "the words are the same, quoted so that no value is read by a shell",
    "env_vars": "values of the machine come by variables and never as shell text",
    "interval": "a registry has intervals alone",
    "timeout": "each check has a deadline, and Sensu waits 2 s longer",
    "ttl": "Sensu is to tell when results stop coming: after 3 rounds and the timeout",
    "handlers": "notify and the environment's Routes say who is told",
    "handler": "notify says who is told",
    "handle": "notify says who is told",
    "check_hooks": "a hook is its role's, and is called so; after what is checked from elsewhere none runs",
    "hooks": "a hook is its role's, its words are the same, and Core runs one for each result",
    "pipelines": "notify and the environment's Routes say who is told, and when",
    "output_metric_handlers": "the environment's Routes say where measures go, for all checks",
    "output_metric_tags": "tags tell the measures of one check from those of another",
    "publish": "what is in a registry is run",
    "subscriptions": "the role is the subscription of its machines, and `central` that of machines that ask others",
    "subscribers": "the role is the subscription of its machines; `roundrobin:central` that of those that ask others",
    "standalone": "the server schedules it; checkctl sensu core1 build --standalone leaves that to the machines",
    "round_robin": "what is asked from elsewhere is taken in turns by the agents with the subscription `central`",
    "proxy_entity_name": "what has no agent is a host of the role, and a proxy entity in Sensu",
    "proxy_requests": "the role chooses the entities",
    "source": "what has no agent is a host of the role, and a client in Core",
    "output_metric_format": "performance data are always read",
    "occurrences": "attempts say how many bad results make a problem",
    "cron": "a registry has intervals alone",
}
_FOR_HANDLERS = "fields for handlers say what the registry knows of the watch"
_REPLACED = "a check of ours does the same"
#: What Core's checks carry for handlers: fields that say what the registry knows of the watch.
CUSTOM = frozenset(
    {"email", "environment", "origin", "owner", "pager", "project", "quiet", "role", "runbook", "summary", "why"}
)
#: What Sensu writes by itself.
_OF_SENSU = frozenset({("scheduler",), ("metadata", "created_by"), ("name",)})


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a check and its values before and after, None where it was not set."""

    thing: Thing
    generated: str
    field: str
    before: Any
    after: Any
    why: str


@dataclass(frozen=True, slots=True)
class Generated:
    """How the generated resources differ; names that changed; what keeps an environment from being generated."""

    differences: tuple[Difference, ...]
    renamed: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]


def generate(files: Mapping[str, str], project: str, carried: Iterable[Carried]) -> Generated:
    """Build each environment of the project's files, in a folder that goes again, and compare."""
    differences: list[Difference] = []
    renamed: list[tuple[str, str]] = []
    findings: list[Finding] = []
    by_environment: dict[str, list[Carried]] = {}
    for one in carried:
        by_environment.setdefault(one.environment, []).append(one)
    with _project(files, project) as folder:
        for environment in sorted(by_environment):
            of_it = by_environment[environment]
            generation = of_it[0].check.source.generation
            try:
                made = _made(folder, environment, generation)
            except Refused as refused:
                findings.extend(refused.findings)
                continue
            for one in of_it:
                new = f"{one.role}.{one.watch}"
                if new not in made:
                    continue  # no machine has its role
                if new != one.check.name:
                    renamed.append((one.check.name, new))
                differences.extend(_differences(one, new, made[new]))
    return Generated(tuple(differences), tuple(renamed), tuple(findings))


@contextmanager
def _project(files: Mapping[str, str], project: str) -> Iterator[Path]:
    """The project in a folder that goes again, and its modules with it: the name may soon be another folder's."""
    with tempfile.TemporaryDirectory(prefix="checkwright-import-") as name:
        for path, text in files.items():
            file = Path(name, project, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        try:
            yield Path(name, project)
        except RegistryError as error:
            raise CannotDo(f"The project cannot be called {project}: {str(error).replace(name, '...')}.") from None
        finally:
            for module in [one for one in sys.modules if one.partition(".")[0] == project]:
                del sys.modules[module]


def _made(folder: Path, environment: str, generation: Generation) -> dict[str, Mapping[str, Any]]:
    """The checks that are generated, by name. Raises Refused."""
    from checkwright.registry import planning

    plan: Plan = planning.plan(str(folder), environment).plan
    if generation == "core1":
        return {check.name: check.fields() for check in core1.render(plan).checks}
    documents = [one.document() for one in sensu.render(plan) if isinstance(one, sensu.CheckConfig)]
    return {one["metadata"]["name"]: {"metadata": one["metadata"], **one["spec"]} for one in documents}


def _differences(one: Carried, name: str, made: Mapping[str, Any]) -> Iterator[Difference]:
    before, after = flattened(_fields(one.check.source)), flattened(made)
    for path in sorted(before.keys() | after.keys()):
        if path in _OF_SENSU or path == ("metadata", "name") or before.get(path) == after.get(path):
            continue
        if path[:2] == ("metadata", "namespace") and path not in before:
            continue
        yield Difference(
            one.thing, name, ".".join(path), before.get(path), after.get(path), _why(one, path[path[0] == "metadata"])
        )


def _fields(source: Object) -> Mapping[str, Any]:
    """The fields of what was read, with the defaults of its generation."""
    if source.generation == "core1":
        return {"occurrences": 1, **source.fields}
    return {"metadata": source.metadata, **source.fields}


def _why(one: Carried, name: str) -> str:
    """Why a field is otherwise, as a sentence; "" when nobody said it, which no test lets pass."""
    if name == "command" and not one.kept:
        return _REPLACED
    said = next((note.text for note in one.check.notes if note.field == name), "")
    if one.check.source.generation == "core1" and name in CUSTOM:
        return said or _FOR_HANDLERS
    return said or _WHY.get(name, "")
