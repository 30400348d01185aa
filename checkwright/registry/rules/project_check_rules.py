"""Rules L004 to L006: checks of a project that no watch uses, that no test covers, or whose alerts are never sent."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from textwrap import dedent

from checkwright.core.catalog import Found
from checkwright.core.check import Check
from checkwright.core.errors import BadUsage
from checkwright.core.regular_file import read_regular
from checkwright.registry.findings import Finding, Rule
from checkwright.registry.model.watches import AnyWatch, Plugin, Watch
from checkwright.registry.plan import Origin
from checkwright.registry.registry import Registry
from checkwright.registry.rules.subject import RegistryRule, Subject, abbreviate

#: Methods of StateFile whose result covers the time since the last run.
_SINCE_LAST_RUN = ("since_last_run", "delta")
#: Methods of their result that count events. Rates and percentages stay high while the cause lasts.
_COUNTS = ("of", "total")
#: Results of gauges_since_last_run: several environments have the same checks.
_COUNTING: dict[type[Check], tuple[tuple[str, str, int], ...]] = {}


class ProjectRule(Rule):
    """Rule about the checks of a project and their uses in the whole registry. Only `checkctl lint` applies it."""

    def find(self, registry: Registry, checks: list[Found]) -> Iterator[Finding]:
        """Yield all findings. `checks` are those in the project's plugins/."""
        raise NotImplementedError


class UnusedCheck(ProjectRule):
    """No watch uses a check of the project.

    A name in the arguments of a watch counts as a use, as in `Combine(parts=("order_queue", ...))`.

    Wrong:
        plugins/order_queue.py     class OrderQueue(Check): ...   # and no role has a Watch(OrderQueue())

    Right:
        plugins/order_queue.py     class OrderQueue(Check): ...
        fleet/shop.py              Watch(OrderQueue()),
    """

    id = "L004"
    severity = "warning"
    language = "text"
    hint = "watch it in a role, or remove it"

    def find(self, registry: Registry, checks: list[Found]) -> Iterator[Finding]:
        watches = [watch for role in registry.roles for watch in role.watches]
        used = {word for watch in watches for word in _words(watch)}
        modules = {
            kind.__module__ for watch in watches if isinstance(watch, Watch) for kind in type(watch.check).__mro__
        }
        for found in checks:
            if found.module not in modules and found.name not in used:
                yield self.finding(Origin(found.file, 1), f"no watch uses the check {found.name}")


class UntestedCheck(ProjectRule):
    """A check of the project has no test.

    A test is a file test_*.py in the project that contains the name of the check's class.

    Wrong:
        plugins/order_queue.py       class OrderQueue(Check): ...

    Right:
        plugins/order_queue.py       class OrderQueue(Check): ...
        tests/test_order_queue.py    run(OrderQueue(), FakeSqs(waiting=3))
    """

    id = "L005"
    severity = "warning"
    language = "text"
    hint = "checkctl new check writes a test to start from; see docs/guides/write-a-check.md"

    def find(self, registry: Registry, checks: list[Found]) -> Iterator[Finding]:
        if not checks:
            return
        tested = {word for text in _test_files(registry.folder) for word in re.findall(r"\w+", text)}
        for found in checks:
            name = "".join(part.capitalize() for part in found.name.split("_"))
            if name not in tested:
                yield self.finding(Origin(found.file, 1), f"the check {found.name} has no test")


class EventsSinceLastRun(RegistryRule):
    """A check of the project counts events since its last run, and its watch needs several bad results in a row.

    The retry sees no events and is OK, so nobody is ever notified. `StateFile.within` counts them over a window
    instead. The rule reads the check's source: it looks for `self.GAUGE(...)` with `since_last_run(...).of(...)` or
    `delta(...)`, if the gauge has a threshold.

    Wrong:
        growth = self.memory.since_last_run({"errors": errors})
        yield self.errors(growth.of("errors") if growth else None)

    Right:
        yield self.errors(self.memory.within({"errors": errors}, 600)["errors"])
    """

    id = "L006"
    severity = "warning"
    hint = "use StateFile.within, or give the watch attempts=1"

    def find(self, subject: Subject) -> Iterator[Finding]:
        watched: dict[tuple[str, str, int], dict[str, None]] = {}
        for entry, _, check in subject.entries():
            if check is None or entry.attempts < 2 or not _is_of_project(type(check), subject.registry.project):
                continue
            limited = {limit.gauge for limit in entry.limits if limit.warn or limit.crit}
            if type(check) not in _COUNTING:
                _COUNTING[type(check)] = gauges_since_last_run(type(check))
            for file, gauge, line in _COUNTING[type(check)]:
                if gauge in limited:
                    watched.setdefault((file, gauge, line), {})[entry.id] = None
        for (file, gauge, line), entries in watched.items():
            message = f"{gauge} counts events since the last run, and {abbreviate(list(entries))} notifies only after"
            yield self.finding(Origin(file, line), f"{message} several bad results in a row")


def gauges_since_last_run(kind: type[Check]) -> tuple[tuple[str, str, int], ...]:
    """Return (file, gauge, line) for each metric of a check that is an increase since its last run."""
    import inspect

    found = []
    for base in kind.__mro__:
        if base.__module__.startswith(("checkwright.", "checks.")) or base is object:
            continue
        try:
            file = inspect.getsourcefile(base) or ""
            lines, first = inspect.getsourcelines(base)
            tree = ast.parse(dedent("".join(lines)))
        except (OSError, TypeError, SyntaxError):
            continue
        found += [(file, gauge, first + line - 1) for gauge, line in _counts(tree, kind)]
    return tuple(dict.fromkeys(found))


def project_checks(registry: Registry) -> list[Found]:
    """Return the checks in the plugins/ folder of a project. L002 reports files that hold none."""
    inside = registry.folder + os.sep
    return [found for found in registry.checks if found.file.startswith(inside) and _is_check(found)]


def _counts(tree: ast.Module, kind: type[Check]) -> Iterator[tuple[str, int]]:
    """Yield (gauge, line) for each call of a gauge with an increase since the last run."""
    deltas: set[str] = set()
    increases: set[str] = set()
    nodes = sorted(
        (node for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.NamedExpr | ast.Call)),
        key=lambda node: (node.lineno, node.col_offset),
    )
    for node in nodes:
        if isinstance(node, ast.Call):
            arguments = [part for argument in node.args for part in ast.walk(argument)]
            gauge = node.func.attr if isinstance(node.func, ast.Attribute) and _is_self(node.func.value) else ""
            if gauge in kind.gauges and any(_is_increase(part, deltas, increases) for part in arguments):
                yield gauge, node.lineno
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        deltas |= {name for target in targets for name in _together(target, node.value)}
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        parts = list(ast.walk(node.value))
        if any(_is_increase(part, deltas, increases) for part in parts):
            increases |= names
        elif any(_is_delta(part) for part in parts):
            deltas |= names


def _together(target: ast.expr, value: ast.expr) -> Iterator[str]:
    """Yield the names that get an increase from `self.memory.together(lambda memory: (..., ...))`."""
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "together"):
        return
    for work in value.args:
        if isinstance(work, ast.Lambda) and work.args.args:
            memory = work.args.args[0].arg
            results = work.body.elts if isinstance(work.body, ast.Tuple) else [work.body]
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            for name, result in zip(names, results, strict=False):
                if isinstance(name, ast.Name) and _is_delta(result, memory):
                    yield name.id


def _is_increase(node: ast.AST, deltas: set[str], increases: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in increases
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _COUNTS):
        return False
    owner = node.func.value
    return _is_delta(owner) or (isinstance(owner, ast.Name) and owner.id in deltas)


def _is_delta(node: ast.AST, memory: str = "") -> bool:
    """Return whether this is a call such as `self.memory.since_last_run(...)`. `over=` reads twice in one run.

    memory: the name of a StateFile inside `together`, "" for one of the check.
    """
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    if node.func.attr not in _SINCE_LAST_RUN:
        return False
    twice = node.func.attr == "delta" and (len(node.args) > 1 or any(word.arg == "over" for word in node.keywords))
    owner = node.func.value
    if memory:
        return isinstance(owner, ast.Name) and owner.id == memory and not twice
    return isinstance(owner, ast.Attribute) and _is_self(owner.value) and not twice


def _is_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _is_of_project(kind: type[Check], project: str) -> bool:
    return kind.__module__.partition(".")[0] == project


def _is_check(found: Found) -> bool:
    try:
        found.load()
    except BadUsage:
        return False
    return True


def _words(watch: AnyWatch) -> Iterator[str]:
    """Yield the words of a watch's command that may name a check."""
    if isinstance(watch, Plugin):
        yield from watch.arguments
    elif isinstance(watch, Watch):
        yield from (word for word in watch.check.arguments() if isinstance(word, str))


def _test_files(folder: str) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        for name in files:
            if name.startswith("test_") and name.endswith(".py"):
                with suppress(OSError):
                    yield read_regular(os.path.join(parent, name)).decode("utf-8", "replace")
