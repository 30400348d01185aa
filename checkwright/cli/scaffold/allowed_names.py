"""Names that a new project or a new check may have."""

from __future__ import annotations

import re
import sys
from keyword import iskeyword
from pathlib import Path

from checkwright.core.catalog import NOT_CHECKS
from checkwright.core.errors import CannotDo
from checkwright.core.projects import PACKAGES

#: Folders of a project or a repository: a project of that name would hide them, or be taken for one.
_FOLDERS = frozenset({"fleet", "inventory", "plugins", "tests"})
#: Modules and folders that discovery skips.
_RESERVED = NOT_CHECKS | {"sources", "tests"}
_CHECK_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*")
_LONGEST = 32


def require_project_folder(folder: Path) -> Path:
    """Return the absolute path of a folder for a new project. Raises CannotDo if it is not empty or has a bad name."""
    target = folder.absolute()
    if fault := project_name_fault(target):
        raise CannotDo(fault)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CannotDo(f"{folder} exists and is not empty; nothing was changed.")
    return target


def project_name_fault(folder: Path) -> str:
    """Return the reason why a project cannot have the name of this folder, or an empty string."""
    name = folder.name
    refused = f"{name!r} cannot be a project"
    if not name.isidentifier() or iskeyword(name):
        return f"{refused}: it is a Python package, so name it like one, for example shop."
    if name in sys.stdlib_module_names:
        return f"{refused}: Python's own module {name} has that name. Choose another."
    if name in PACKAGES:
        return f"{refused}: a package of checkwright has that name. Choose another."
    if name in _FOLDERS:
        return f"{refused}: a folder inside a project has that name. Choose another."
    if place := _installed(name, folder):
        return f"{refused}: a package of that name is installed ({place}). Choose another."
    return ""


def check_name_fault(name: str) -> str:
    """Return the reason why a check cannot have this name, or an empty string."""
    if iskeyword(name):
        return "it is a keyword of Python"
    if name in _RESERVED:
        return "the name is reserved for parts of a check's folder"
    if len(name) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    if _CHECK_NAME.fullmatch(name):
        return ""
    return "write it as a Python module: lower-case letters, digits and single underscores, beginning with a letter"


def _installed(name: str, folder: Path) -> str:
    """Return the place of an importable package of this name other than `folder`, or an empty string."""
    for finder in sys.meta_path:
        spec = finder.find_spec(name, None)
        if spec is None:
            continue
        places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or ())
        return next((place for place in places if not Path(place).is_relative_to(folder)), "")
    return ""
