"""Contents of an asset: the library's part that runs checks, its imports, and the project's checks."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution
from pathlib import Path

from checkwright.core import catalog
from checkwright.core.errors import BadUsage, CannotDo
from checkwright.core.regular_file import read_regular

#: Parts of the framework that run checks.
_FOR_CHECKS = frozenset({"__init__.py", "core", "latency", "net", "py.typed", "sources"})
_NOT_IN_A_FAMILY = frozenset({"__pycache__", "fake.py"})
#: Metadata of a distribution: for `check --version`, for entry points, and for licences.
_NOTES = ("METADATA", "entry_points.txt", "licenses", "LICENSE", "LICENCE", "NOTICE", "COPYING")
_NOT_IN_A_PROJECT = frozenset({"__pycache__", "tests"})

#: A path below lib/ and its file.
Placed = tuple[str, Path]


def of_library() -> Iterator[Placed]:
    """The families, and the part of the framework that runs checks."""
    home = Path(catalog.HOME)
    for file in _files(Path(catalog.LIBRARY), _NOT_IN_A_FAMILY):
        yield file.relative_to(home).as_posix(), file
    framework = home / "checkwright"
    for file in _files(framework, frozenset({"__pycache__"})):
        if file.relative_to(framework).parts[0] in _FOR_CHECKS:
            yield file.relative_to(home).as_posix(), file


def of_distribution(found: Distribution) -> Iterator[Placed]:
    """Yield the files of a distribution, without scripts and compiled files. Raises CannotDo without a RECORD."""
    name = found.metadata["Name"]
    if found.read_text("RECORD") is None:
        raise CannotDo(f"The distribution {name} has no RECORD of its files: install it with pip in this environment.")
    if _is_link(found):
        raise CannotDo(f"The distribution {name} is installed as a link to its sources: install it as a wheel.")
    yield from _recorded(found)


def _is_link(found: Distribution) -> bool:
    """Return whether it was installed with `pip install --editable`."""
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    return bool(origin.get("dir_info", {}).get("editable"))


def _recorded(found: Distribution) -> Iterator[Placed]:
    for file in found.files or ():
        if ".." in file.parts or file.is_absolute() or "__pycache__" in file.parts or file.suffix in (".pyc", ".pth"):
            continue
        if file.parts[0].endswith(".dist-info") and not file.parts[1].startswith(_NOTES):
            continue
        source = Path(str(file.locate()))
        if not source.is_file():
            raise CannotDo(f"{source} of the distribution {found.metadata['Name']} is missing: install it again.")
        yield file.as_posix(), source


def has_checks(project: Path) -> bool:
    """Return whether a project has its own checks, or files that checks need."""
    return bool(_shipped(project)) or any(
        file.suffix == ".py" and file.name != "__init__.py" for file in _plugins(project)
    )


def of_project(folder: Path) -> Iterator[Placed]:
    """Yield a project's modules, plugins/ and files for checks, without the fleet and without tests.

    Raises CannotDo when the folder cannot be a package.
    """
    if not folder.name.isidentifier():
        raise CannotDo(f"The project {folder} cannot be a package: name the folder like a Python module.")
    for file in (*sorted(folder.glob("*.py")), *_plugins(folder), *_shipped(folder)):
        yield f"{folder.name}/{file.relative_to(folder).as_posix()}", file


def families_of(project: Path) -> set[str]:
    """Return the families of `checks/` that the project's checks and fleet import."""
    found: set[str] = set()
    for file in _files(project, _NOT_IN_A_PROJECT):
        if file.suffix == ".py":
            found.update(module.split(".")[1] for module in _imported(file) if module.startswith("checks."))
    return found


def _imported(file: Path) -> Iterator[str]:
    try:
        tree = ast.parse(read_regular(file))
    except (OSError, SyntaxError, ValueError):
        return  # a module that does not compile is reported when the asset is compiled
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _plugins(project: Path) -> Iterator[Path]:
    folder = project / "plugins"
    return _files(folder, _NOT_IN_A_PROJECT) if folder.is_dir() else iter(())


def _shipped(project: Path) -> list[Path]:
    """Return the files of a project that options of checks can name, such as latency/shop.routes."""
    patterns = set[str]()
    for found in catalog.all_checks(str(project)):
        try:
            options = found.load().options.values()
        except BadUsage:  # lint reports a check that cannot be loaded
            continue
        patterns |= {option.shipped.replace("{}", "*") for option in options if option.shipped}
    return sorted(file for pattern in patterns for file in project.glob(pattern) if file.is_file())


def _files(folder: Path, without: Iterable[str]) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.name in without or entry.suffix == ".pyc":
            continue
        if entry.is_dir():
            yield from _files(entry, without)
        else:
            yield entry
