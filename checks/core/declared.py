"""What a check's file declares, read without importing it: for a process that must run no check's code."""

import os

from checks.core.catalog import LIBRARY, shelf_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator


class Declared:
    """contained: whether each run needs a process of its own. sources: names that the file imports from checks.api."""

    __slots__ = ("contained", "file", "sources")

    def __init__(self, file: str = "", contained: bool = True, sources: frozenset[str] = frozenset()) -> None:
        self.file = file
        self.contained = contained
        self.sources = sources


def declared(name: str, project: str = "") -> Declared:
    """What the check of this name declares. One that is not found, or cannot be read, is contained.

    Checks of installed packages are contained too: to find them would mean to import their packages.
    """
    if not name.isidentifier() or name.startswith("_"):
        return Declared()
    for file in _files(name, project):
        if os.path.isfile(file):
            return _read(file, "".join(part.capitalize() for part in name.split("_")))
    return Declared()


def _files(name: str, project: str) -> "Iterator[str]":
    for shelf in shelf_names():
        yield os.path.join(LIBRARY, shelf, f"{name}.py")
    if project:
        plugins = os.path.join(os.path.realpath(project), "plugins")
        yield os.path.join(plugins, f"{name}.py")
        try:
            shelves = sorted(entry.name for entry in os.scandir(plugins) if entry.is_dir())
        except OSError:
            return
        for shelf in shelves:
            if shelf.isidentifier() and shelf not in ("sources", "tests"):
                yield os.path.join(plugins, shelf, f"{name}.py")


def _read(file: str, wanted: str) -> Declared:
    import ast

    try:
        with open(file, "rb") as opened:
            body = ast.parse(opened.read(1_000_000)).body
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return Declared(file)
    classes = [one for one in body if isinstance(one, ast.ClassDef)]
    contained = not any(one.name.lower() == wanted.lower() and _says_threads(one) for one in classes)
    sources = frozenset(
        alias.name
        for one in body
        if isinstance(one, ast.ImportFrom) and one.module == "checks.api"
        for alias in one.names
    )
    return Declared(file, contained, sources)


def _says_threads(body: "ast.ClassDef") -> bool:
    """Whether the class body holds the line `contained = False`."""
    import ast

    return any(
        isinstance(one, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "contained" for target in one.targets)
        and isinstance(one.value, ast.Constant)
        and one.value.value is False
        for one in body.body
    )
