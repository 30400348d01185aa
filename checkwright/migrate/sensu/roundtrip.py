"""Comparison of generated resources with the imported ones, field by field."""

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
from checkwright.registry.findings import Finding, FindingsError
from checkwright.registry.model.base import RegistryError
from checkwright.registry.plan import Plan
from sensu import core1
from sensu.compare import flattened
from sensu.reading.stored_objects import Generation, Object

#: Reasons for differences, by field in Go and in Core. Fields of handlers are in the next table.
_WHY: Mapping[str, str] = {
    "annotations": "annotations hold the registry's data about the watch",
    "labels": "labels hold the registry's data about the watch",
    "namespace": "the environment is the namespace",
    "command": "the words are the same, quoted so that a shell reads no value",
    "env_vars": "values of the machine are variables and never shell text",
    "interval": "a registry has intervals only",
    "timeout": "each check has a deadline, and Sensu's timeout is 2 s longer",
    "ttl": "Sensu notifies when results stop: after 3 intervals and the timeout",
    "handlers": "notify and the environment's Routes decide who is notified",
    "handler": "notify decides who is notified",
    "handle": "notify decides who is notified",
    "check_hooks": "a hook belongs to a role and has its name; none runs after a remote check",
    "hooks": "a hook belongs to a role, its words are the same, and Core runs one for each result",
    "pipelines": "notify and the environment's Routes decide who is notified, and when",
    "output_metric_handlers": "the environment's Routes decide where metrics go, for all checks",
    "output_metric_tags": "tags distinguish the metrics of checks",
    "publish": "every check of a registry runs",
    "subscriptions": "the role is the subscription of its machines, and `central` that of central agents",
    "subscribers": "the role is the subscription of its machines; `roundrobin:central` that of central agents",
    "standalone": "the server schedules it; with checkctl sensu core1 build --standalone the machines do",
    "round_robin": "agents with the subscription `central` take turns with remote checks",
    "proxy_entity_name": "a machine without an agent is a host of the role, and a proxy entity in Sensu",
    "proxy_requests": "the role chooses the entities",
    "source": "a machine without an agent is a host of the role, and a client in Core",
    "output_metric_format": "performance data is always read",
    "occurrences": "attempts is the number of bad results that make a problem",
    "cron": "a registry has intervals only",
}
_FOR_HANDLERS = "fields for handlers hold the registry's data about the watch"
_REPLACED = "a check of the library is equivalent"
#: Fields of Core's checks for handlers, with the registry's data about the watch.
CUSTOM = frozenset(
    {
        "catalogue",
        "email",
        "environment",
        "origin",
        "owner",
        "pager",
        "project",
        "quiet",
        "role",
        "runbook",
        "summary",
        "why",
    }
)
#: Value and reason of a command that had a secret.
_HIDDEN = "(with a secret)"
_MOVED = "the plugin reads its secret from a file"
#: Fields that Sensu writes itself.
_OF_SENSU = frozenset({("scheduler",), ("metadata", "created_by"), ("name",)})


@dataclass(frozen=True, slots=True)
class Difference:
    """Field of a check with its values before and after, None if it was not set."""

    thing: Thing
    generated: str
    field: str
    before: Any
    after: Any
    why: str


@dataclass(frozen=True, slots=True)
class Generated:
    """Differences of the generated resources, changed names, and findings that prevent a build."""

    differences: tuple[Difference, ...]
    renamed: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]


def generate(files: Mapping[str, str], project: str, carried: Iterable[Carried]) -> Generated:
    """Build each environment of the project in a temporary folder, and compare."""
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
            except FindingsError as refused:
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
    """Write the project to a temporary folder, and unload its modules afterwards, since the name may be used again."""
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
    """Return the generated checks by name. Raises FindingsError."""
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
        field = path[path[0] == "metadata"]
        hidden = one.has_secret and field == "command"
        old = _HIDDEN if hidden else before.get(path)
        yield Difference(one.thing, name, ".".join(path), old, after.get(path), _MOVED if hidden else _why(one, field))


def _fields(source: Object) -> Mapping[str, Any]:
    """Return the imported fields, with the defaults of their generation."""
    if source.generation == "core1":
        return {"occurrences": 1, **source.fields}
    return {"metadata": source.metadata, **source.fields}


def _why(one: Carried, name: str) -> str:
    """Return the reason for a difference as a sentence; "" if there is none, which fails a test."""
    if name == "command" and not one.kept:
        return _REPLACED
    note_text = next((note.text for note in one.check.notes if note.field == name), "")
    if one.check.source.generation == "core1" and name in CUSTOM:
        return note_text or _FOR_HANDLERS
    return note_text or _WHY.get(name, "")
