"""Judge files of `/etc/sensu/conf.d`, ours and anybody's, as Sensu Core 1.x does when it starts, and more strictly."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Set

from checkwright.registry.findings import Finding
from checkwright.registry.plan import Origin
from sensu import sensuctl_files
from sensu.core1 import references, rules
from sensu.core1.handler_rules import filter_problems, handler_problems
from sensu.fields import Problem
from sensu.names import EXPECTED


def validate_files(texts: Mapping[str, str], *, provided: Set[tuple[str, str]] = EXPECTED) -> tuple[Finding, ...]:
    """Everything wrong with each file ({name: text}), in the order of its lines.

    Judged are `checks` and `client`; a file without either that has a name is a client for the API. A part of
    a client (without name and address) is completed by another file, so only a whole one is held to the rules.
    Files of one folder belong to one machine. `provided` are (kind, name) of what the servers have besides.
    """
    found: list[Finding] = []
    defined: dict[tuple[str, str], str] = {}
    read: dict[str, sensuctl_files.Document] = {}
    for file, text in texts.items():
        here: list[Finding] = []
        for document in sensuctl_files.read(text):
            if isinstance(document, sensuctl_files.Unreadable):
                here.append(Finding("S101", "error", Origin(file, document.line), document.message))
            elif document.number > 1 or not isinstance(document.data, dict):
                message = "a file of Sensu Core is one JSON object, and this is another one or none"
                here.append(Finding("S101", "error", Origin(file, document.line(())), message))
            else:
                read[file] = document
                here.extend(_of_a_file(file, document, defined))
        found.extend(here)
    for file, what, prefix, problem in references.problems({name: one.data for name, one in read.items()}, provided):
        place = Origin(file, read[file].line((*prefix, *problem.path)))
        found.append(Finding(problem.id, problem.severity, place, f"{what}: {problem.message}", problem.hint))
    order = {file: index for index, file in enumerate(texts)}
    return tuple(sorted(found, key=lambda one: (order[one.origin.file], one.origin.line) if one.origin else (0, 0)))


def _of_a_file(file: str, document: sensuctl_files.Document, defined: dict[tuple[str, str], str]) -> Iterator[Finding]:
    for line, key in document.doubles:
        yield Finding("S108", "error", Origin(file, line), f"{key} stands twice in one object: only the last is read")
    for what, prefix, problem in _problems(document.data):
        place = Origin(file, document.line((*prefix, *problem.path)))
        yield Finding(problem.id, problem.severity, place, f"{what}: {problem.message}", problem.hint)
    checks = document.data.get("checks")
    for name in checks if isinstance(checks, dict) else ():
        place = Origin(file, document.line(("checks", name)))
        if (other := defined.setdefault((posixpath.dirname(file), name), str(place))) != str(place):
            message = f"check {name} stands in {other} already, and Core merges the two"
            yield Finding("S108", "warning", place, message)


def _problems(data: dict[str, object]) -> Iterator[tuple[str, tuple[str, ...], Problem]]:
    """What the definition is called, the path of it in the file, and the problem below that path."""
    if "checks" in data:
        checks = data["checks"]
        if not isinstance(checks, dict):
            yield "checks", ("checks",), Problem("S211", (), "checks is an object of checks by name")
        else:
            for name, spec in checks.items():
                for problem in rules.check_problems(name, spec):
                    yield f"check {name}", ("checks", name), problem
    for part, judge in (("handlers", handler_problems), ("filters", filter_problems)):
        definitions = data.get(part)
        if isinstance(definitions, dict):
            for name, spec in definitions.items():
                for problem in judge(name, spec):
                    yield f"{part[:-1]} {name}", (part, name), problem
        elif definitions is not None:
            yield part, (part,), Problem("S211", (), f"{part} is an object of {part} by name")
    if "client" in data:
        client = data["client"]
        if not isinstance(client, dict) or "name" in client or "address" in client:
            for problem in rules.client_problems(client):
                yield "client", ("client",), problem
    elif "name" in data and "checks" not in data:
        for problem in rules.client_problems(data):
            yield "client", (), problem
