"""Libraries of a family: `REQUIRES` in its source.py, and the sentence for one that is not installed.

    REQUIRES = "pg8000"              in checks/postgresql/source.py, or a tuple of module names

A family's library is an extra of checkwright with the family's name, unless every installation has it.
A shared source (`checkwright.sources`) declares REQUIRES too. All of this is read without importing the
family, and only after an import has failed, by `lint` and by what builds assets.
"""

import os

from checkwright.core.regular_file import read_regular

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: The folder of the library's families, with the separator.
_FAMILIES = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "checks", "")


def required_modules(folder: str) -> tuple[str, ...]:
    """Return REQUIRES of the source.py in this folder, empty if there is none."""
    import ast

    try:
        body = ast.parse(read_regular(os.path.join(folder, "source.py"))).body
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    for statement in body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "REQUIRES" for target in targets):
            try:
                return _names(ast.literal_eval(getattr(statement, "value", None) or ast.Constant("")))
            except ValueError:
                return ()
    return ()


def missing_library(error: ModuleNotFoundError, check: str, file: str) -> str:
    """Return one sentence with the install command, or "" if no family declares the missing module.

    check: the check's name. file: the check's own file. The check's family comes first, then the
    families and shared sources where the import failed.
    """
    own = os.path.dirname(file)
    for folder, modules in [(own, required_modules(own)), *_required_in(error, own)]:
        for module in modules:
            if error.name == module or str(error.name).startswith(f"{module}."):
                return f"the check {check} needs {module}: pip install {_package(folder, module)}"
    return ""


def _required_in(error: ModuleNotFoundError, own: str) -> "Iterator[tuple[str, tuple[str, ...]]]":
    """Yield the folder and the requirements of each file in the traceback, the innermost first."""
    frames = []
    traceback = error.__traceback__
    while traceback is not None:
        frames.append(traceback.tb_frame)
        traceback = traceback.tb_next
    for frame in reversed(frames):
        folder = os.path.dirname(frame.f_code.co_filename)
        yield folder, required_modules(folder)
        # A source that several families share is part of each family's extra.
        yield own, _names(frame.f_globals.get("REQUIRES"))


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, tuple | list) else ()


def _package(folder: str, module: str) -> str:
    """Return the package to install: checkwright with the family's extra, or the module of a project's check."""
    if not folder.startswith(_FAMILIES):
        return module.partition(".")[0]
    family = folder[len(_FAMILIES) :].partition(os.sep)[0]
    return f"'checkwright[{family}]'" if _has_extra(family) else "checkwright"


def _has_extra(family: str) -> bool:
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        return family in (metadata("checkwright").get_all("Provides-Extra") or ())
    except PackageNotFoundError:  # as in an asset, which has no metadata
        return True
