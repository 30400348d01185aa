"""Import rules of the packages, with the reasons in docs/background/architecture.md.

The tables below are the rules. A new module needs no change here.
"""

import ast
import sys
from pathlib import Path

import pytest

from tests.support.imports import PACKAGES, Import, cycles, imports_of, modules_of

ROOT = Path(__file__).parents[1]

# Modules of the project that each part may import. A name includes all modules below it.
_PLAN = (
    "checkwright.core.conversion",
    "checkwright.core.shell_words",
    "checkwright.registry.catalogue_links",
    "checkwright.registry.circles",
    "checkwright.registry.findings",
    "checkwright.registry.holidays",
    "checkwright.registry.host_levels",
    "checkwright.registry.notify_json",
    "checkwright.registry.plan",
    "checkwright.registry.plan_json",
    "checkwright.registry.recurrence",
)
_RUN = ("checkwright.core", "checkwright.net", "checkwright.sources")
# Names of a plan's parts in the two monitoring systems.
_NAMES = ("nagios_cfg.names", "sensu.conditions", "sensu.names")
MODULES = {
    "checkwright": ("checkwright.core",),
    "core": ("checkwright.core",),
    "net": ("checkwright.core", "checkwright.net"),
    "sources": _RUN,
    "latency": ("checkwright.core", "checkwright.latency"),
    "testing": (*_RUN, "checkwright.testing"),
    "registry": ("checkwright", "checkwright.core", "checkwright.registry"),
    "web": ("checkwright.core", "checkwright.web"),
    "check": ("checkwright", "checkwright.sources", "checkwright.net", "checkwright.latency"),
    "family": (*_RUN, "checkwright.latency"),
    "fake": (*_RUN, "checkwright.latency", "checkwright.testing"),
    # What may run as root judges paths, and reads files that others may replace, like the core does.
    "nagios_cfg": ("nagios_cfg", *_PLAN, "checkwright.core.trusted_path", "checkwright.core.regular_file"),
    "sensu": ("sensu", *_PLAN),
    # Machines run the same NRPE and sudo, whichever server asks them.
    "icinga_cfg": ("icinga_cfg", "nagios_cfg", "checkwright.registry.recurrence", *_PLAN),
    "worker": (*_RUN, "checkwright.registry", "checkwright.worker", "nagios_cfg", "sensu"),
    "batch": (
        *_RUN,
        "checkwright.registry",
        "checkwright.web",
        "checkwright.worker",
        "checkwright.batch",
        "nagios_cfg",
        "sensu",
    ),
    "changes": ("checkwright.core", "checkwright.registry", "checkwright.changes"),
    # Policies, costs and alarms are made from declarations of checks.
    "aws": (*_RUN, "checks.aws.source", "checkwright.registry", "checkwright.aws"),
    "coverage": (
        "checkwright.core",
        "checkwright.sources",
        "checkwright.registry",
        "checkwright.inventory",
        "checkwright.parity",
        "checkwright.coverage",
    ),
    "parity": ("checkwright.core", "checkwright.registry", "checkwright.parity"),
    "catalogue": (
        "checkwright.core",
        "checkwright.registry.catalogue_links",
        "checkwright.registry.model.durations",
        "checkwright.registry.plan",
        "checkwright.parity.parity_model",
        "checkwright.catalogue",
        "checkwright.web",
    ),
    "history": ("checkwright.core", "checkwright.latency", "checkwright.history"),
    "backtest": (
        "checkwright.core",
        "checkwright.history",
        "checkwright.registry.holidays",
        "checkwright.registry.plan",
        "checkwright.backtest",
    ),
    "report": (
        "checkwright.core",
        "checkwright.history",
        "checkwright.latency",
        "checkwright.registry.plan",
        "checkwright.report",
        "checkwright.web",
    ),
    "inventory": ("checkwright.core", "checkwright.registry", "checkwright.inventory"),
    "status": (
        "checkwright.core",
        "checkwright.registry.catalogue_links",
        "checkwright.registry.graph_links",
        "checkwright.registry.plan",
        "checkwright.status",
        "checkwright.web",
        *_NAMES,
    ),
    # Runs for each notification: no model, no fleet, no packages.
    "notify": (
        "checkwright.core",
        "checkwright.notify",
        "checkwright.registry.catalogue_links",
        "checkwright.status.observed",
        "checkwright.status.status_dat",
    ),
    # Runs each minute on the Nagios server: no model, no fleet, no packages.
    "downtime": (
        "checkwright.core",
        "checkwright.downtime",
        "checkwright.registry.recurrence",
        "checkwright.status.observed",
        "checkwright.status.status_dat",
        "nagios_cfg.deployment.mainfile",
        "nagios_cfg.downtime_timer",
        "nagios_cfg.engines",
    ),
    "grafana": (
        "checkwright.batch.exposition",
        "checkwright.batch.measured_values",
        "checkwright.batch.sinks.graphite",
        "checkwright.core",
        "checkwright.grafana",
        "checkwright.registry.catalogue_links",
        "checkwright.registry.plan",
    ),
    "migrate": ("checkwright.core", "checkwright.registry", "checkwright.migrate", "nagios_cfg", "sensu"),
    "asset": ("checkwright.core", "checkwright.registry", "checkwright.asset", "sensu"),
    "packaging": (
        "checkwright.asset",
        "checkwright.core",
        "checkwright.packaging",
        "checkwright.registry.plan",
        "nagios_cfg",
        "sensu",
    ),
    "cli": ("checks", "checkwright", "icinga_cfg", "nagios_cfg", "sensu"),
}
# Every part of a family may import its own family, and a check may import another family's source.
FAMILY = ("check", "family", "fake")

# Third-party packages that each part may import: at load, and inside functions.
PACKAGES_AT_LOAD = {
    "core": {"nagiosplugin"},
    "testing": {"pytest"},
    "cli": {"click", "rich", "yaml"},
}
PACKAGES_IN_CALLS = {
    "history": {"botocore"},
    "inventory": {"botocore", "requests", "urllib3"},
    "net": {"certifi", "cryptography", "idna"},
    "sources": {"requests"},
    "registry": {"yaml"},
    "sensu": {"yaml"},
    "worker": {"cryptography"},
}

# Parts that a check loads at its start, and modules that would make it slow (see docs/background/performance.md).
STARTS_FAST = {"checkwright", "check", "family", "core", "net", "sources", "latency"}
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
    """Return the part that a module belongs to: a package of the framework, a generator, or a role in a family."""
    top, *rest = module.split(".")
    if top == "checkwright":
        return rest[0] if rest else top
    if top != "checks" or not rest:
        return top
    name = rest[-1]
    return "fake" if name == "fake" else "family" if len(rest) == 1 or name == "source" or name[0] == "_" else "check"


def violations(tree: Path) -> list[str]:
    """Return one line for each import in `tree` that breaks a rule, and for each cycle."""
    imports = imports_of(tree)
    found = [f"{one}: {why}" for one in imports if (why := _problem(one, tree))]
    return found + [f"cycle: {' <-> '.join(group)}" for group in cycles(imports)]


def _problem(one: Import, tree: Path) -> str:
    """Return the reason why an import breaks a rule, or ""."""
    part = part_of(one.importer)
    top = one.target.partition(".")[0]
    loads = one.moment == "load"
    if top in PACKAGES:
        return _problem_with_module(one, part)
    if top in sys.stdlib_module_names:
        slow = loads and part in STARTS_FAST and _is_below(one.target, SLOW)
        return "this is slow, and every check pays for it: import it inside the function" if slow else ""
    if top in PACKAGES_AT_LOAD.get(part, ()):
        return ""
    if top in PACKAGES_IN_CALLS.get(part, ()) or (part in FAMILY and top in required_by(one.importer, tree)):
        return "import it inside the function" if loads else ""
    return f"{part} may not use it"


def required_by(module: str, tree: Path) -> tuple[str, ...]:
    """Return REQUIRES of the source.py in a module's family: third-party packages that the family may use."""
    file = tree.joinpath(*module.split(".")[:2], "source.py")
    for statement in ast.parse(file.read_text(encoding="utf-8")).body if file.exists() else ():
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == "REQUIRES":
            found = ast.literal_eval(statement.value)
            return (found,) if isinstance(found, str) else tuple(found)
    return ()


def _problem_with_module(one: Import, part: str) -> str:
    known = MODULES.get(part, ())
    if part in FAMILY and one.target.startswith("checks."):
        family = ".".join(one.importer.split(".")[:2])
        target = part_of(one.target)
        fits = _is_below(one.target, (family,)) if part != "check" else target == "family"
        return "" if fits and target != "check" else f"a {part} may know only its family and other families' sources"
    fits = any(one.target == name if name == "checkwright" else _is_below(one.target, (name,)) for name in known)
    return "" if fits or part == "cli" else f"{part} may know only {', '.join(known) or 'nothing'}"


def _is_below(module: str, names: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)


def test_project_keeps_the_rules() -> None:
    assert violations(ROOT) == []


def test_every_part_of_the_project_is_read() -> None:
    assert {part_of(module) for module in modules_of(ROOT)} == {*MODULES, "checks"}


PERMITTED = {
    "a check": ("checks/system/new.py", "import re\nfrom checkwright import Check"),
    "core and the domain model": ("checkwright/core/new.py", "from nagiosplugin.range import Range"),
    "a shared source, late": ("checkwright/sources/new.py", "def read():\n    import requests"),
    "a family's source, late": ("checks/system/source.py", "REQUIRES = 'psutil'\ndef read():\n    import psutil"),
    "a check and another family's source": ("checks/system/new.py", "from checks.http.source import Site"),
    "a fake and the helpers for tests": ("checks/system/fake.py", "from checkwright.testing.canned import value_of"),
    "slow, late": ("checkwright/core/new.py", "def page():\n    import argparse"),
    "slow, for mypy": ("checkwright/core/new.py", "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import typing"),
    "a generator and the plan": ("sensu/new.py", "from checkwright.registry.plan import Plan"),
    "a tool": ("checkwright/cli/new.py", "import click\nimport nagios_cfg\nfrom checkwright.worker import worker"),
}

FORBIDDEN = {
    "a check knows core": (
        "checks/system/new.py",
        "from checkwright.core import run",
        "check may know only checkwright",
    ),
    "a check knows its neighbour": (
        "checks/system/new.py",
        "from . import disk",
        "imports checks.system.disk: a check may know only",
    ),
    "a check on a new family": (
        "checks/brand_new/new.py",
        "import checkwright.registry.plan",
        "check may know only checkwright",
    ),
    "a check uses a package": ("checks/web/new.py", "import requests", "check may not use it"),
    "a check uses a package, late": (
        "checks/web/new.py",
        "def probe():\n    import requests",
        "check may not use it",
    ),
    "core knows a family": (
        "checkwright/core/new.py",
        "def find():\n    from checks.system import disk",
        "core may know only checkwright.core",
    ),
    "core knows the registry": ("checkwright/core/new.py", "import checkwright.registry.plan", "core may know only"),
    "core knows a generator": ("checkwright/core/new.py", "import nagios_cfg", "core may know only"),
    "core uses a source's package": (
        "checkwright/core/new.py",
        "def read():\n    import boto3",
        "core may not use it",
    ),
    "a source loads its package at once": (
        "checkwright/sources/new.py",
        "import requests",
        "import it inside the function",
    ),
    "a family's source uses a package that it does not require": (
        "checks/system/source.py",
        "def read():\n    import boto3",
        "family may not use it",
    ),
    "a family's source knows another family": (
        "checks/system/source.py",
        "from checks.http.source import Site",
        "a family may know only its family",
    ),
    "a source knows the helpers for tests": (
        "checks/system/source.py",
        "import checkwright.testing",
        "family may know only",
    ),
    "a source, inside a class": (
        "checkwright/sources/new.py",
        "class Source:\n    import requests",
        "import it inside the function",
    ),
    "by import_module": (
        "checkwright/core/new.py",
        "import importlib\nimportlib.import_module('psutil')",
        "core may not use it",
    ),
    "slow to start": ("checkwright/core/new.py", "from dataclasses import dataclass", "this is slow"),
    "slow to start, a check": ("checks/web/new.py", "import importlib.metadata", "this is slow"),
    "the registry loads YAML": ("checkwright/registry/new.py", "import yaml", "import it inside the function"),
    "the registry knows a generator": ("checkwright/registry/new.py", "import sensu", "registry may know only"),
    "a generator knows a check": (
        "nagios_cfg/new.py",
        "from checks.system.disk import Disk",
        "nagios_cfg may know only",
    ),
    "a generator knows the model": (
        "sensu/new.py",
        "from checkwright.registry import model",
        "sensu may know only",
    ),
    "a generator knows the other": ("sensu/new.py", "import nagios_cfg", "sensu may know only"),
    "another part knows the tool": ("checkwright/worker/new.py", "import checkwright.cli.main", "worker may know only"),
    "another part knows the worker": (
        "checkwright/registry/new.py",
        "from checkwright.worker import worker",
        "registry may know only",
    ),
    "another part knows the tests": (
        "checkwright/testing/new.py",
        "import tests.support.real",
        "testing may not use it",
    ),
    "another part knows the example": ("checkwright/cli/new.py", "import shop", "cli may not use it"),
    "the package itself imports": (
        "checks/__init__.py",
        "import checkwright.core.run",
        "checks may know only nothing",
    ),
}


def plant(tree: Path, files: dict[str, str]) -> Path:
    """Make a tree of packages that keeps the rules, with additional `files` (path: source)."""
    neighbours = dict.fromkeys(
        (
            "checkwright/__init__.py",
            "checks/http/source.py",
            "checkwright/testing/canned.py",
            "checkwright/testing/__init__.py",
            "checkwright/core/run.py",
            "checkwright/cli/main.py",
            "checkwright/registry/model/fleet.py",
            "checkwright/registry/plan.py",
            "checks/system/disk.py",
            "checkwright/worker/worker.py",
        ),
        "",
    )
    for path, source in (neighbours | files).items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(source, encoding="utf-8")
    return tree


@pytest.mark.parametrize(("path", "source"), PERMITTED.values(), ids=PERMITTED)
def test_permitted_imports_are_accepted(tmp_path: Path, path: str, source: str) -> None:
    assert violations(plant(tmp_path, {path: source})) == []


@pytest.mark.parametrize(("path", "source", "why"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_forbidden_imports_are_reported(tmp_path: Path, path: str, source: str, why: str) -> None:
    (violation,) = violations(plant(tmp_path, {path: source}))
    assert violation.startswith(f"{path}:{len(source.splitlines())}: ")
    assert why in violation


CYCLES = {
    "two modules": {
        "checkwright/core/one.py": "from checkwright.core import two",
        "checkwright/core/two.py": "from checkwright.core.one import name",
    },
    "hidden in functions": {
        "checkwright/core/one.py": "def late():\n    from checkwright.core import two",
        "checkwright/core/two.py": "def late():\n    from . import one",
    },
    "by way of a third": {
        "checkwright/core/one.py": "import checkwright.core.three",
        "checkwright/core/three.py": "import checkwright.core.two",
        "checkwright/core/two.py": "import checkwright.core.one",
    },
}


@pytest.mark.parametrize("files", CYCLES.values(), ids=CYCLES)
def test_cycle_is_found(tmp_path: Path, files: dict[str, str]) -> None:
    modules = sorted(path.removesuffix(".py").replace("/", ".") for path in files)
    assert violations(plant(tmp_path, files)) == [f"cycle: {' <-> '.join(modules)}"]


def test_import_for_mypy_makes_no_cycle(tmp_path: Path) -> None:
    files = {
        "checkwright/core/one.py": "import checkwright.core.two",
        "checkwright/core/two.py": "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import checkwright.core.one",
    }
    assert violations(plant(tmp_path, files)) == []


#: File names that several folders share: of families and commands, and of what every generator has.
SHARED_NAMES = {"__init__.py", "source.py", "fake.py"}
GENERATOR_NAMES = {"names.py", "plan_rules.py", "quote.py", "render.py", "rules.py", "validate.py"}


def test_file_names_are_unique() -> None:
    found: dict[str, list[str]] = {}
    for file in sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py")):
        path = file.relative_to(ROOT)
        is_check = path.parts[0] == "checks" and part_of(path.with_suffix("").as_posix().replace("/", ".")) == "check"
        is_generators = path.name in GENERATOR_NAMES and path.parts[0] in ("icinga_cfg", "nagios_cfg", "sensu")
        is_command = path.parts[:3] == ("checkwright", "cli", "commands")
        if not (path.name in SHARED_NAMES or is_check or is_generators or is_command):
            found.setdefault(path.name, []).append(str(path))
    assert [paths for paths in found.values() if len(paths) > 1] == []
