"""From a project's folder to its registry: read the syntax, refuse what computes, import, collect."""

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
from checkwright.registry import model
from checkwright.registry.findings import Finding, Refused
from checkwright.registry.fleet_syntax import computing
from checkwright.registry.model import Environment, Role, Team
from checkwright.registry.model.base import RegistryError, did_you_mean
from checkwright.registry.plan import Origin
from checkwright.registry.registry import Registry
from checkwright.registry.rules.loading_rules import ComputedDeclaration, Unreadable

T = TypeVar("T", Team, Role, Environment)

_UNKNOWN_NAME = re.compile(r"(\w+)\.__init__\(\) got an unexpected keyword argument ('.+')")
#: What Python says of a call that does not fit, and how a person would.
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

    Raises Refused with findings R001 and R002 for what its modules hold, RegistryError when it is no project.
    """
    folder = os.path.realpath(folder)
    fleet = os.path.join(folder, "fleet")
    if not os.path.isdir(fleet):
        raise RegistryError(f"{folder} is no project: it has no folder fleet/")
    # Hidden ones are an editor's: its locks and copies.
    files = sorted(name for name in os.listdir(fleet) if name.endswith(".py") and not name.startswith("."))
    if not files:
        raise RegistryError(f"{fleet} holds no Python file, so nothing is declared")
    try:
        package = load_project(folder)
    except BadUsage as error:
        raise RegistryError(str(error)) from None
    registry = Registry(package, folder)
    findings = [finding for name in files for finding in _read(registry, os.path.join(fleet, name))]
    if findings:
        raise Refused(tuple(findings))
    invalidate_caches()
    modules = [_import(registry, f"{package}.fleet", name) for name in files]
    return _collected(registry, modules)


def _read(registry: Registry, path: str) -> Iterable[Finding]:
    """R001 and R002 of one file, without importing it."""
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read(), path)
    except SyntaxError as error:
        yield _unloadable(registry, Origin(path, error.lineno or 1), f"this is not Python: {error.msg}")
        return
    except (OSError, ValueError, RecursionError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        yield _unloadable(registry, Origin(path, 1), f"the file cannot be read: {said}")
        return
    for line, what in computing(tree):
        message = f"a fleet module holds declarations only, and this is {what}"
        yield ComputedDeclaration.finding(registry.relative(Origin(path, line)), message)


def _import(registry: Registry, package: str, file: str) -> ModuleType:
    name = file.removesuffix(".py")
    path = os.path.join(registry.folder, "fleet", file)
    # A cached module is judged by whole seconds and its size: an edit right after a build would go unseen.
    caches, sys.dont_write_bytecode = not sys.dont_write_bytecode, True
    try:
        return import_module(package if name == "__init__" else f"{package}.{name}")
    except RegistryError as error:
        raise Refused((_unloadable(registry, error.origin or Origin(path, 1), error.message),)) from None
    except (Exception, SystemExit) as error:
        raise Refused((_unloadable(registry, _place(registry, error, path), _said(error)),)) from error
    finally:
        sys.dont_write_bytecode = not caches


def _place(registry: Registry, error: BaseException, path: str) -> Origin:
    """The deepest line of the project's own that led to the error."""
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


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, SyntaxError):
        return f"this is not Python: {error.msg}"
    if isinstance(error, SystemExit):
        return "this ends the program (SystemExit), and a declaration must not"
    if isinstance(error, AttributeError) and isinstance(error.obj, type):
        known = [name for name in dir(error.obj) if not name.startswith("_")]
        wanted = error.name or "such name"
        return f"{error.obj.__name__} has no {wanted}{did_you_mean(wanted, known)}"
    for pattern, spoken in _CALLS:
        if isinstance(error, TypeError) and (call := pattern.fullmatch(text)):
            return pattern.sub(spoken, text).replace("'", "") + _meant(call)
    # Our own errors and failed imports say all in their text; of others the kind says half.
    if type(error).__module__.startswith("checkwright.") or isinstance(error, ImportError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _meant(call: re.Match[str]) -> str:
    """The name that a declaration was probably to be given, where it was given another."""
    kind = getattr(model, call[1], None)
    if call.re is not _UNKNOWN_NAME or kind is None:
        return ""
    return did_you_mean(call[2].strip("'"), signature(kind).parameters)


def _unloadable(registry: Registry, origin: Origin, message: str) -> Finding:
    return Unreadable.finding(registry.relative(origin), message)


def _collected(registry: Registry, modules: Iterable[ModuleType]) -> Registry:
    declared = [value for module in modules for value in vars(module).values()]
    environments = _distinct(declared, Environment)
    overridden = [override.role for environment in environments for override in environment.overrides]
    attached = [role for environment in environments for role in environment.roles]
    on_hosts = [role for environment in environments for host in environment.hosts for role in host.roles]
    roles = _distinct([*declared, *attached, *on_hosts, *overridden], Role)
    owners = [role.owner for role in roles]
    teams = _distinct([*declared, *owners, *(step.to for owner in owners for step in owner.escalations)], Team)
    return Registry(registry.project, registry.folder, teams, roles, environments)


def _distinct(values: Iterable[object], kind: type[T]) -> tuple[T, ...]:
    """Those of a kind, each once however many modules import it, by name and place."""
    found = {id(value): value for value in values if isinstance(value, kind)}
    return tuple(sorted(found.values(), key=lambda one: (one.name, one.origin.file, one.origin.line)))
