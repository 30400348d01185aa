"""Validation of files in `/etc/sensu/conf.d`, stricter than that of Sensu Core 1.x when it starts."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Set

from checkwright.registry.findings import Finding
from checkwright.registry.plan import Origin
from sensu import sensuctl_files
from sensu.core1 import references, rules
from sensu.core1.handler_rules import filter_problems, handler_problems
from sensu.core1.rules import RefusedDefinition
from sensu.names import EXPECTED
from sensu.rules import DefinedTwice, Problem, UnreadableText


def validate_files(texts: Mapping[str, str], *, provided: Set[tuple[str, str]] = EXPECTED) -> tuple[Finding, ...]:
    """Return all problems of each file ({name: text}) in the order of its lines.

    The sections `checks`, `client`, `handlers` and `filters` are validated. A file with a name and none of them is a
    client for the API. Other files complete a client without name and address, so only whole clients are validated.
    Files of one folder belong to one machine. `provided` are (kind, name) that only the servers have.
    """
    found: list[Finding] = []
    defined: dict[tuple[str, str], str] = {}
    read: dict[str, sensuctl_files.Document] = {}
    for file, text in texts.items():
        here: list[Finding] = []
        for document in sensuctl_files.read(text):
            if isinstance(document, sensuctl_files.Unreadable):
                here.append(UnreadableText.finding(Origin(file, document.line), document.message))
            elif document.number > 1 or not isinstance(document.data, dict):
                message = "a file of Sensu Core must be one JSON object"
                here.append(UnreadableText.finding(Origin(file, document.line(())), message))
            else:
                read[file] = document
                here.extend(_of_a_file(file, document, defined))
        found.extend(here)
    for file, what, prefix, problem in references.problems({name: one.data for name, one in read.items()}, provided):
        found.append(problem.finding(Origin(file, read[file].line((*prefix, *problem.path))), what))
    order = {file: index for index, file in enumerate(texts)}
    return tuple(sorted(found, key=lambda one: (order[one.origin.file], one.origin.line) if one.origin else (0, 0)))


def _of_a_file(file: str, document: sensuctl_files.Document, defined: dict[tuple[str, str], str]) -> Iterator[Finding]:
    for line, key in document.doubles:
        message = f"{key} occurs twice in one object, and Core reads only the last"
        yield DefinedTwice.finding(Origin(file, line), message, hint="")
    for what, prefix, problem in _problems(document.data):
        yield problem.finding(Origin(file, document.line((*prefix, *problem.path))), what)
    checks = document.data.get("checks")
    for name in checks if isinstance(checks, dict) else ():
        place = Origin(file, document.line(("checks", name)))
        if (other := defined.setdefault((posixpath.dirname(file), name), str(place))) != str(place):
            message = f"check {name} is defined in {other} too, and Core merges the two"
            yield DefinedTwice.finding(place, message, hint="", severity="warning")


def _problems(data: dict[str, object]) -> Iterator[tuple[str, tuple[str, ...], Problem]]:
    """Yield (description of the definition, its path in the file, the problem below that path)."""
    if "checks" in data:
        checks = data["checks"]
        if not isinstance(checks, dict):
            yield "checks", ("checks",), RefusedDefinition.problem((), "checks must be an object of checks by name")
        else:
            for name, spec in checks.items():
                for problem in rules.check_problems(name, spec):
                    yield f"check {name}", ("checks", name), problem
    for part, problems_of in (("handlers", handler_problems), ("filters", filter_problems)):
        definitions = data.get(part)
        if isinstance(definitions, dict):
            for name, spec in definitions.items():
                for problem in problems_of(name, spec):
                    yield f"{part[:-1]} {name}", (part, name), problem
        elif definitions is not None:
            yield part, (part,), RefusedDefinition.problem((), f"{part} must be an object of {part} by name")
    if "client" in data:
        client = data["client"]
        if not isinstance(client, dict) or "name" in client or "address" in client:
            for problem in rules.client_problems(client):
                yield "client", ("client",), problem
    elif "name" in data and "checks" not in data:
        for problem in rules.client_problems(data):
            yield "client", (), problem
