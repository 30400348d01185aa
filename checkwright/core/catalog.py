"""Discovery of checks in folders. Nothing is registered.

A name is looked up in the families of the library (the folders of `checks/`), then in the project,
then in installed packages with the entry point group `checkwright.checks`. The first match wins at run
time; `all_checks()` lists the others too.
"""

import os
import sys

from checkwright.core.check import Check
from checkwright.core.errors import BadUsage, DeclarationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

#: The folder that holds the packages `checks`, `checkwright`, `nagios_cfg` and `sensu`.
HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
#: The folder of the families.
LIBRARY = os.path.join(HOME, "checks")
ENTRY_POINTS = "checkwright.checks"
#: Modules of a family, or of a project's plugins/, that are not checks.
NOT_CHECKS = frozenset({"source", "fake"})


class Found:
    """A check that was found and is not yet imported.

    family: a folder of `checks/`, or the name of the project or package.
    """

    __slots__ = ("family", "file", "module", "name")

    def __init__(self, name: str, family: str, module: str, file: str) -> None:
        self.name = name
        self.family = family
        self.module = module
        self.file = file

    def load(self) -> type[Check]:
        """Import the check's class and return it. Raises BadUsage with one sentence that names the file."""
        try:
            __import__(self.module)
            module = sys.modules[self.module]
        except DeclarationError as error:
            raise BadUsage(f"the check in {self.file} is not well formed: {error}") from None
        except (Exception, SystemExit) as error:
            if isinstance(error, ModuleNotFoundError):
                from checkwright.core.requirements import missing_library

                if sentence := missing_library(error, self.name, self.file):
                    raise BadUsage(sentence) from error
            line = line_in(error, self.file)
            place = f", line {line}" if line else ""
            raise BadUsage(f"cannot load the check in {self.file}{place}: {type(error).__name__}: {error}") from error
        return _class_in(module, self)


def find(name: str, project: str = "") -> type[Check]:
    """Return the class of the check of this name. Raises BadUsage if there is none, or it cannot be loaded."""
    found = next(_named(name, project), None) if name.isidentifier() and name[0] != "_" else None
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(name, {found.name for found in all_checks(project)}, n=1)
        hint = f", did you mean {near[0]}" if near else ""
        unnamed = "" if near else ", and no project is named (--project DIR)"
        where = f" here or in the project {project}" if project else unnamed
        raise BadUsage(f"there is no check {name!r}{where}{hint}; checkctl list shows them all")
    return found.load()


def all_checks(project: str = "") -> "list[Found]":
    """Return all checks, sorted by name. Of several with one name, the one that wins comes first."""
    found = [*_families(), *(_project_plugins(project) if project else ()), *_installed()]
    return sorted(found, key=lambda one: one.name)


def _named(name: str, project: str) -> "Iterator[Found]":
    for family in family_names() if name not in NOT_CHECKS else ():
        file = os.path.join(LIBRARY, family, f"{name}.py")
        if os.path.isfile(file):
            yield Found(name, family, f"checks.{family}.{name}", file)
    if project:
        yield from (found for found in _project_plugins(project) if found.name == name)
    yield from (found for found in _installed() if found.name == name)


def family_names() -> list[str]:
    """Return the names of the folders in `checks/`."""
    return sorted(entry.name for entry in os.scandir(LIBRARY) if entry.name[0] not in "._" and entry.is_dir())


def _families() -> "Iterator[Found]":
    for family in family_names():
        yield from _modules(os.path.join(LIBRARY, family), family, f"checks.{family}")


def _project_plugins(project: str) -> "Iterator[Found]":
    from checkwright.core.projects import load_project, project_file

    package = load_project(project)
    plugins = project_file(project, "plugins")
    yield from _modules(plugins, package, f"{package}.plugins")
    for name in _folders(plugins):
        if name not in ("sources", "tests"):
            yield from _modules(os.path.join(plugins, name), package, f"{package}.plugins.{name}")


def _installed() -> "Iterator[Found]":
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    for point in entry_points(group=ENTRY_POINTS):
        try:
            spec = find_spec(point.value)
        except ImportError:
            spec = None
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            yield from _modules(folder, point.name, point.value)


def _modules(folder: str, family: str, package: str) -> "Iterator[Found]":
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    for file in names:
        name, ending = os.path.splitext(file)
        if ending == ".py" and name.isidentifier() and not name.startswith("_") and name not in NOT_CHECKS:
            yield Found(name, family, f"{package}.{name}", os.path.join(folder, file))


def _folders(folder: str) -> list[str]:
    if not os.path.isdir(folder):
        return []
    return sorted(entry.name for entry in os.scandir(folder) if entry.is_dir() and entry.name.isidentifier())


def _class_in(module: "ModuleType", found: Found) -> type[Check]:
    own = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Check) and value.__module__ == module.__name__
    ]
    for kind in own:
        if kind.title() == found.name:
            if kind.probe is Check.probe:
                raise BadUsage(f"the check in {found.file} has no probe(), the method that yields its metrics")
            return kind
    expected = "".join(part.capitalize() for part in found.name.split("_"))
    advice = "a module that is not a check is called _NAME.py"
    names = f"it has {', '.join(kind.__name__ for kind in own)}" if own else advice
    raise BadUsage(f"{found.file} should hold the check class {expected}; {names}")


def line_in(error: BaseException, file: str) -> int | None:
    """Return the line of a file that led to an error, None if no line of it did."""
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == file:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def name_of_link(program: str) -> str:
    """Return the check that a link to the program runs: `disk` for `check_disk`, "" for `check` itself."""
    base = os.path.basename(program)
    return base[len("check_") :].replace("-", "_") if base.startswith("check_") else ""


def project_from_environment() -> str:
    """Return the folder in CHECKS_PROJECT, "" for none.

    The current folder is never a project: somebody else may have put files there.
    """
    return os.environ.get("CHECKS_PROJECT", "")


__all__ = ["Found", "all_checks", "family_names", "find", "line_in", "name_of_link", "project_from_environment"]
