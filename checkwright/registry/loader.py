"""Loading of a project's registry: read the syntax, refuse computations, import, collect."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterable
from importlib import import_module, invalidate_caches
from inspect import signature
from types import ModuleType
from typing import TypeVar

from checkwright.core.errors import BadUsage
from checkwright.core.projects import load_project
from checkwright.core.regular_file import odd_files, read_regular
from checkwright.registry import model
from checkwright.registry.findings import Finding, FindingsError
from checkwright.registry.fleet_errors import Error, errors_in
from checkwright.registry.fleet_syntax import find_computations
from checkwright.registry.freed_memory import return_freed_memory
from checkwright.registry.model import Environment, Role, Team
from checkwright.registry.model.base import RegistryError, did_you_mean
from checkwright.registry.plan import Origin
from checkwright.registry.registry import Registry
from checkwright.registry.rules.loading_rules import ComputedDeclaration, Unreadable

#: Bytes of fleet modules from which their compilation needs tens of megabytes.
_LARGE = 500_000

T = TypeVar("T", Team, Role, Environment)

_UNKNOWN_NAME = re.compile(r"(\w+)\.__init__\(\) got an unexpected keyword argument ('.+')")
#: Python's messages for wrong calls, and our messages.
_CALLS = (
    (re.compile(r"(\w+)\.__init__\(\) missing \d+ required [\w-]+ arguments?: (.+)"), r"\1 needs \2"),
    (_UNKNOWN_NAME, r"\1 has no \2"),
    (
        re.compile(r"(\w+)\.__init__\(\) takes .*positional arguments? but \d+ (?:.* )?(?:was|were) given"),
        r"\1 takes its values by name: write NAME=VALUE",
    ),
    (
        re.compile(r"MetricRef\.at\(\) got an unexpected keyword argument '(\w+)'.*"),
        r"at() has no \1: write GAUGE.at(warn=..., crit=...)",
    ),
)


def load(folder: str) -> Registry:
    """Load the registry of the project in `folder`.

    Raises FindingsError with all findings R001 and R002 in its modules, RegistryError if the folder is not a project.
    """
    folder = os.path.realpath(folder)
    fleet = os.path.join(folder, "fleet")
    if not os.path.isdir(fleet):
        raise RegistryError(f"{folder} is not a project: it has no folder fleet/")
    # Hidden files are an editor's locks and copies.
    files = sorted(name for name in os.listdir(fleet) if name.endswith(".py") and not name.startswith("."))
    if not files:
        raise RegistryError(f"{fleet} contains no Python file, so nothing is declared")
    registry = Registry(os.path.basename(folder), folder)
    # Python would wait for a pipe without end, and read a device or a huge file into its memory.
    if odd := odd_files(folder, (".py", ".pyi", ".pyc")):
        raise FindingsError(
            tuple(_unreadable(registry, Origin(path, 1), f"the file cannot be read: {why}") for path, why in odd)
        )
    try:
        package = load_project(folder)
    except BadUsage as error:
        raise RegistryError(str(error)) from None
    registry = Registry(package, folder)
    paths = [os.path.join(fleet, name) for name in files]
    if findings := [finding for path in paths for finding in _find_in_syntax(registry, path)]:
        raise FindingsError(tuple(findings))
    modules = _import_all(registry, f"{package}.fleet", paths)
    if sum(map(os.path.getsize, paths)) > _LARGE:
        return_freed_memory()
    return _collect(registry, modules)


def _find_in_syntax(registry: Registry, path: str) -> Iterable[Finding]:
    """Yield findings R001 and R002 in one file. Its tree is not kept: that of many overrides has 100 MB."""
    try:
        computations = [*find_computations(_tree(path))]
    except SyntaxError as error:
        yield _unreadable(registry, Origin(path, error.lineno or 1), f"this is not Python: {error.msg}")
        return
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        yield _unreadable(registry, Origin(path, 1), f"the file cannot be read: {reason}")
        return
    for line, what in computations:
        message = f"a fleet module holds declarations only, and this is {what}"
        yield ComputedDeclaration.finding(registry.relative(Origin(path, line)), message)


def _tree(path: str) -> ast.Module:
    return ast.parse(read_regular(path), path)


def _import_all(registry: Registry, package: str, paths: Iterable[str]) -> list[ModuleType]:
    """Return the fleet's modules. Raises FindingsError with the errors of all of them."""
    invalidate_caches()
    modules: list[ModuleType] = []
    findings: list[Finding] = []
    # Python compares a cached module by whole seconds and size, and would miss an edit right after a build.
    caches, sys.dont_write_bytecode = not sys.dont_write_bytecode, True
    try:
        for path in paths:
            stem = os.path.basename(path).removesuffix(".py")
            name = package if stem == "__init__" else f"{package}.{stem}"
            try:
                modules.append(import_module(name))
            except (Exception, SystemExit) as first:
                errors = [*errors_in(_tree(path), path, name)] or [first]
                findings += (_finding(registry, error, path) for error in errors)
    finally:
        sys.dont_write_bytecode = not caches
    if findings:
        # A module that imports a broken one fails with the same error.
        raise FindingsError(tuple(dict.fromkeys(findings)))
    return modules


def _finding(registry: Registry, error: Error, path: str) -> Finding:
    if isinstance(error, RegistryError):
        return _unreadable(registry, error.origin or Origin(path, 1), error.message)
    return _unreadable(registry, _place(registry, error, path), _message(error))


def _place(registry: Registry, error: BaseException, path: str) -> Origin:
    """Return the innermost line of the project that led to the error."""
    if isinstance(error, SyntaxError) and error.filename:
        return Origin(error.filename, error.lineno or 1)
    found = Origin(path, 1)
    traceback = error.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if file.startswith(registry.folder + os.sep):
            found = Origin(file, traceback.tb_lineno)
        traceback = traceback.tb_next
    return found


def _message(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, SyntaxError):
        return f"this is not Python: {error.msg}"
    if isinstance(error, SystemExit):
        return "this ends the program (SystemExit), and a declaration must not"
    if isinstance(error, AttributeError) and isinstance(error.obj, type):
        known = [name for name in dir(error.obj) if not name.startswith("_")]
        name = error.name or "such name"
        return f"{error.obj.__name__} has no {name}{did_you_mean(name, known)}"
    for pattern, replacement in _CALLS:
        if isinstance(error, TypeError) and (call := pattern.fullmatch(text)):
            return pattern.sub(replacement, text).replace("'", "") + _guess(call)
    # The text of our own errors and of failed imports is complete. Others need the name of the exception.
    if type(error).__module__.startswith("checkwright.") or isinstance(error, ImportError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _guess(call: re.Match[str]) -> str:
    """Return a similar name for an unknown keyword of a declaration, such as `, did you mean email`."""
    kind = getattr(model, call[1], None)
    if call.re is not _UNKNOWN_NAME or kind is None:
        return ""
    return did_you_mean(call[2].strip("'"), signature(kind).parameters)


def _unreadable(registry: Registry, origin: Origin, message: str) -> Finding:
    return Unreadable.finding(registry.relative(origin), message)


def _collect(registry: Registry, modules: Iterable[ModuleType]) -> Registry:
    declared = [value for module in modules for value in vars(module).values()]
    environments = _distinct(declared, Environment)
    overridden = [override.role for environment in environments for override in environment.overrides]
    attached = [role for environment in environments for role in environment.roles]
    lacking = [role for environment in environments for role, _ in environment.lacks]
    on_hosts = [role for environment in environments for host in environment.hosts for role in host.roles]
    states = [check for environment in environments for check in environment.host_checks]
    checked = [check.role for check in states]
    pulled = [role for environment in environments for one in environment.sources for role in one.declared_roles()]
    roles = _distinct([*declared, *attached, *on_hosts, *pulled, *overridden, *lacking, *checked], Role)
    states += [role.host_check for role in roles if role.host_check]
    owners = [role.owner for role in roles]
    owners += [check.settings["owner"] for check in states if "owner" in check.settings]
    teams = _distinct([*declared, *owners, *(step.to for owner in owners for step in owner.escalations)], Team)
    return Registry(registry.project, registry.folder, teams, roles, environments)


def _distinct(values: Iterable[object], kind: type[T]) -> tuple[T, ...]:
    """Return the values of a kind, each once however many modules import it, sorted by name and place."""
    found = {id(value): value for value in values if isinstance(value, kind)}
    return tuple(sorted(found.values(), key=lambda one: (one.name, one.origin.file, one.origin.line)))
