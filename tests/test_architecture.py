"""Who may import whom, read from the imports. docs/architecture.md says why.

The tables below are the rules; adding a module needs no change here.
"""

import sys
from pathlib import Path

import pytest

from tests.support.imports import PACKAGES, Import, cycles, imports_of, modules_of

ROOT = Path(__file__).parents[1]

LIBRARY = ("core", "sources", "registry", "warm", "kit", "ctl")

# Which of our own modules each part may know. A name stands for the module and all below it.
OURS = {
    "api": ("checks.core", "checks.sources"),
    "shelf": ("checks.api",),
    "core": ("checks.core",),
    "sources": ("checks.core", "checks.sources"),
    "registry": ("checks.api", "checks.core", "checks.registry"),
    "kit": ("checks.api", "checks.core", "checks.sources", "checks.kit"),
    "warm": ("checks.api", "checks.core", "checks.sources", "checks.registry", "checks.warm", "sensu.events"),
    "ctl": ("checks", "nagios_cfg", "sensu"),
    "nagios_cfg": (
        "nagios_cfg",
        "checks.registry.findings",
        "checks.registry.plan",
        "checks.registry.plan_json",
    ),
    "sensu": (
        "sensu",
        "checks.registry.findings",
        "checks.registry.plan",
        "checks.registry.plan_json",
    ),
}

# Which packages of others each part may use: as it is imported, and (these too) inside functions.
OTHERS_AT_LOAD = {
    "core": {"nagiosplugin"},
    "kit": {"pytest"},
    "ctl": {"click", "rich", "yaml"},
    "warm": {"cryptography"},
}
OTHERS_IN_CALLS = {
    "sources": {"boto3", "botocore", "cryptography", "dns", "psutil", "requests", "urllib3"},
    "registry": {"yaml"},
    "sensu": {"yaml"},
}

# Modules that make classes out of a package's own, and are themselves imported inside functions only.
LATE = ("checks.sources.http_connection",)

# What a check passes through as it starts, and what would make that slow (see docs/performance.md).
STARTS_FAST = {"api", "shelf", "core", "sources"}
SLOW = (
    "argparse",
    "asyncio",
    "concurrent",
    "contextlib",
    "dataclasses",
    "enum",
    "http",
    "importlib.metadata",
    "inspect",
    "json",
    "logging",
    "pathlib",
    "subprocess",
    "typing",
    "urllib.request",
)


def part_of(module: str) -> str:
    """Return the part that a module of ours belongs to; "shelf" for a folder of checks."""
    top, *rest = module.split(".")
    if top != "checks":
        return top
    if not rest:
        return "root"
    if rest[0] in (*LIBRARY, "api"):
        return rest[0]
    return "shelf"


def violations(tree: Path) -> list[str]:
    """Return one line for each import in `tree` that breaks a rule, and for each cycle."""
    imports = imports_of(tree)
    found = [f"{one}: {why}" for one in imports if (why := _objection(one))]
    return found + [f"cycle: {' <-> '.join(group)}" for group in cycles(imports)]


def _objection(one: Import) -> str:
    """Return why this import is against the rules, or nothing."""
    part = part_of(one.importer)
    top = one.target.partition(".")[0]
    loads = one.moment == "load"
    if loads and _is_below(one.target, LATE):
        return "this loads a package of others: import it inside the function"
    loads = loads and one.importer not in LATE
    if top in PACKAGES:
        known = OURS.get(part, ())
        return "" if _is_below(one.target, known) else f"{part} may know only {', '.join(known) or 'nothing'}"
    if top in sys.stdlib_module_names:
        slow = loads and part in STARTS_FAST and _is_below(one.target, SLOW)
        return "this is slow, and every check pays for it: import it inside the function" if slow else ""
    if top in OTHERS_AT_LOAD.get(part, ()):
        return ""
    if top in OTHERS_IN_CALLS.get(part, ()):
        return "import it inside the function" if loads else ""
    return f"{part} may not use it"


def _is_below(module: str, names: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)


def test_the_project_keeps_the_rules() -> None:
    assert violations(ROOT) == []


def test_every_part_of_the_project_is_read() -> None:
    read = {part_of(module) for module in modules_of(ROOT)}
    assert {"api", "shelf", "core", "sources", "registry", "kit", "ctl", "nagios_cfg", "sensu"} <= read


PERMITTED = {
    "a check": ("checks/system/new.py", "import re\nfrom checks.api import Check"),
    "core and the domain model": ("checks/core/new.py", "from nagiosplugin.range import Range"),
    "a source, late": ("checks/sources/new.py", "def read():\n    import psutil"),
    "slow, late": ("checks/core/new.py", "def page():\n    import argparse"),
    "what loads a package, late": ("checks/sources/new.py", "def read():\n    import checks.sources.http_connection"),
    "slow, for mypy": ("checks/core/new.py", "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import typing"),
    "a generator and the plan": ("sensu/new.py", "from checks.registry.plan import Plan"),
    "a tool": ("checks/ctl/new.py", "import click\nimport nagios_cfg\nfrom checks.warm import worker"),
}

FORBIDDEN = {
    "a check knows core": (
        "checks/system/new.py",
        "from checks.core import run",
        "shelf may know only checks.api",
    ),
    "a check knows its neighbour": (
        "checks/system/new.py",
        "from . import disk",
        "imports checks.system.disk: shelf may know only",
    ),
    "a check on a new shelf": (
        "checks/brand_new/new.py",
        "import checks.sources.http",
        "shelf may know only checks.api",
    ),
    "a check uses a package": ("checks/web/new.py", "import requests", "shelf may not use it"),
    "a check uses a package, late": (
        "checks/web/new.py",
        "def probe():\n    import requests",
        "shelf may not use it",
    ),
    "core knows a shelf": (
        "checks/core/new.py",
        "def find():\n    from checks.system import disk",
        "core may know only checks.core",
    ),
    "core knows the registry": ("checks/core/new.py", "import checks.registry.plan", "core may know only"),
    "core knows a generator": ("checks/core/new.py", "import nagios_cfg", "core may know only"),
    "core uses a source's package": (
        "checks/core/new.py",
        "def read():\n    import boto3",
        "core may not use it",
    ),
    "a source loads its package at once": (
        "checks/sources/new.py",
        "import psutil",
        "import it inside the function",
    ),
    "a source loads what loads its package": (
        "checks/sources/new.py",
        "from checks.sources.http_connection import Adapter",
        "this loads a package of others",
    ),
    "a source, inside a class": (
        "checks/sources/new.py",
        "class Source:\n    import requests",
        "import it inside the function",
    ),
    "by import_module": (
        "checks/core/new.py",
        "import importlib\nimportlib.import_module('psutil')",
        "core may not use it",
    ),
    "slow to start": ("checks/core/new.py", "from dataclasses import dataclass", "this is slow"),
    "slow to start, a check": ("checks/web/new.py", "import importlib.metadata", "this is slow"),
    "the registry loads YAML": ("checks/registry/new.py", "import yaml", "import it inside the function"),
    "the registry knows a generator": ("checks/registry/new.py", "import sensu", "registry may know only"),
    "a generator knows a check": (
        "nagios_cfg/new.py",
        "from checks.system.disk import Disk",
        "nagios_cfg may know only",
    ),
    "a generator knows the model": (
        "sensu/new.py",
        "from checks.registry import model",
        "sensu may know only",
    ),
    "a generator knows the other": ("sensu/new.py", "import nagios_cfg", "sensu may know only"),
    "somebody knows the tool": ("checks/warm/new.py", "import checks.ctl.main", "warm may know only"),
    "somebody knows the worker": (
        "checks/registry/new.py",
        "from checks.warm import worker",
        "registry may know only",
    ),
    "somebody knows the tests": ("checks/kit/new.py", "import tests.support.real", "kit may not use it"),
    "somebody knows the example": ("checks/ctl/new.py", "import shop", "ctl may not use it"),
    "the package itself imports": (
        "checks/__init__.py",
        "from checks import api",
        "root may know only nothing",
    ),
}


def plant(tree: Path, files: dict[str, str]) -> Path:
    """Make a tree of packages that keeps the rules, and `files` (path: source) in it."""
    neighbours = dict.fromkeys(
        (
            "checks/api.py",
            "checks/core/run.py",
            "checks/ctl/main.py",
            "checks/registry/model.py",
            "checks/registry/plan.py",
            "checks/system/disk.py",
            "checks/warm/worker.py",
        ),
        "",
    )
    for path, source in (neighbours | files).items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(source, encoding="utf-8")
    return tree


@pytest.mark.parametrize(("path", "source"), PERMITTED.values(), ids=PERMITTED)
def test_what_is_permitted(tmp_path: Path, path: str, source: str) -> None:
    assert violations(plant(tmp_path, {path: source})) == []


@pytest.mark.parametrize(("path", "source", "why"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_what_is_forbidden(tmp_path: Path, path: str, source: str, why: str) -> None:
    (violation,) = violations(plant(tmp_path, {path: source}))
    assert violation.startswith(f"{path}:{len(source.splitlines())}: ")
    assert why in violation


CYCLES = {
    "two modules": {
        "checks/core/one.py": "from checks.core import two",
        "checks/core/two.py": "from checks.core.one import name",
    },
    "hidden in functions": {
        "checks/core/one.py": "def late():\n    from checks.core import two",
        "checks/core/two.py": "def late():\n    from . import one",
    },
    "by way of a third": {
        "checks/core/one.py": "import checks.core.three",
        "checks/core/three.py": "import checks.core.two",
        "checks/core/two.py": "import checks.core.one",
    },
}


@pytest.mark.parametrize("files", CYCLES.values(), ids=CYCLES)
def test_a_cycle_is_found(tmp_path: Path, files: dict[str, str]) -> None:
    modules = sorted(path.removesuffix(".py").replace("/", ".") for path in files)
    assert violations(plant(tmp_path, files)) == [f"cycle: {' <-> '.join(modules)}"]


def test_an_import_for_mypy_makes_no_cycle(tmp_path: Path) -> None:
    files = {
        "checks/core/one.py": "import checks.core.two",
        "checks/core/two.py": "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import checks.core.one",
    }
    assert violations(plant(tmp_path, files)) == []
