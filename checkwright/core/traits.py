"""Traits of a check, read from its files without importing them.

The worker's master process must not run the code of a check. `lint` and what builds assets read here
which libraries a check needs.
"""

import os

from checkwright.core.catalog import LIBRARY, family_names
from checkwright.core.regular_file import read_regular
from checkwright.core.requirements import required_modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator


class Traits:
    """Traits of a check.

    thread_safe: runs may share a process, each in a thread. shared: its source folds requests of
    concurrent runs, so runs gain from sharing one process. requires: modules of other packages that its
    family needs, see `checkwright.core.requirements`.
    """

    __slots__ = ("file", "shared", "thread_safe")

    def __init__(self, file: str = "", *, thread_safe: bool = False, shared: bool = False) -> None:
        self.file = file
        self.thread_safe = thread_safe
        self.shared = shared

    @property
    def requires(self) -> tuple[str, ...]:
        return required_modules(os.path.dirname(self.file)) if self.file else ()


def traits_of(name: str, project: str = "") -> Traits:
    """Return the traits of the check of this name; without any where it is not found or cannot be read.

    Checks of installed packages have none: finding them would import their packages.
    """
    if not name.isidentifier() or name.startswith("_"):
        return Traits()
    for file in _files(name, project):
        if os.path.isfile(file):
            return _read(file, "".join(part.capitalize() for part in name.split("_")))
    return Traits()


def _files(name: str, project: str) -> "Iterator[str]":
    for family in family_names():
        yield os.path.join(LIBRARY, family, f"{name}.py")
    if project:
        plugins = os.path.join(os.path.realpath(project), "plugins")
        yield os.path.join(plugins, f"{name}.py")
        try:
            folders = sorted(entry.name for entry in os.scandir(plugins) if entry.is_dir())
        except OSError:
            return
        for folder in folders:
            if folder.isidentifier() and folder not in ("sources", "tests"):
                yield os.path.join(plugins, folder, f"{name}.py")


def _read(file: str, class_name: str) -> Traits:
    import ast

    try:
        body = ast.parse(read_regular(file)).body
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return Traits(file)
    classes = [one for one in body if isinstance(one, ast.ClassDef)]
    own = [one for one in classes if one.name.lower() == class_name.lower()]
    return Traits(
        file,
        thread_safe=any(_declares(one, "thread_safe") for one in own),
        shared=any(_declares(one, "shared") for one in own),
    )


def _declares(body: "ast.ClassDef", trait: str) -> bool:
    """Return whether the class body holds the line `TRAIT = True`."""
    import ast

    return any(
        isinstance(one, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == trait for target in one.targets)
        and isinstance(one.value, ast.Constant)
        and one.value.value is True
        for one in body.body
    )
