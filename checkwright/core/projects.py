"""Projects: folders that are packages (`shop`), imported without their parent folder on the path."""

import os
import stat
import sys

from checkwright.core.errors import BadUsage
from checkwright.core.trusted_path import Untrusted, others_may_write, resolve_trusted

#: Packages of the library. A project must not have one of these names.
PACKAGES = ("checks", "checkwright", "nagios_cfg", "sensu")


def load_project(folder: str) -> str:
    """Make the project importable under its folder's name and return that name. Loading it again costs nothing.

    Raises BadUsage if it is not a folder, its name cannot be a package's or is taken by another
    package, or root would execute files that others may write.
    """
    named, folder = folder, os.path.realpath(folder)
    name = os.path.basename(folder)
    if not os.path.isdir(folder):
        raise BadUsage(f"the project {folder} is not a folder")
    loaded = sys.modules.get(name)
    if loaded is not None and [os.path.realpath(path) for path in getattr(loaded, "__path__", ())] == [folder]:
        return name
    if not name.isidentifier():
        raise BadUsage(f"the project {folder} cannot be a package: name the folder like a Python module")
    if loaded is not None or name in sys.stdlib_module_names or name in PACKAGES:
        raise BadUsage(f"the project {folder} has the name of another package, {name!r}: rename the folder")
    if os.geteuid() == 0:
        refuse_foreign_files(named)
    from importlib.machinery import ModuleSpec, SourceFileLoader
    from importlib.util import module_from_spec

    start = os.path.join(folder, "__init__.py")
    loader = SourceFileLoader(name, start) if os.path.isfile(start) else None
    spec = ModuleSpec(name, loader, origin=start if loader else None, is_package=True)
    spec.submodule_search_locations = [folder]
    if loader:
        spec.has_location = True
    module = module_from_spec(spec)
    sys.modules[name] = module
    if loader:
        try:
            loader.exec_module(module)
        except (Exception, SystemExit) as error:
            del sys.modules[name]
            raise BadUsage(f"cannot load the project's {start}: {type(error).__name__}: {error}") from error
    return name


def project_file(folder: str, *parts: str) -> str:
    """Return the path of a file or folder in the project."""
    return os.path.join(os.path.realpath(folder), *parts)


def refuse_foreign_files(folder: str) -> None:
    """Raise BadUsage if another user than root may write the project's code, or change where a path to it leads.

    The target of a link in the project is code of the project too, with every step of the way to it.
    """
    walked: set[str] = set()
    waiting = [_trusted(folder)]
    while waiting:
        for path, folders, files in os.walk(waiting.pop()):
            if path in walked:
                folders.clear()
                continue
            walked.add(path)
            folders[:] = [name for name in folders if name not in (".git", ".venv")]
            for name in folders:
                entry = os.path.join(path, name)
                if not os.path.islink(entry):
                    _refuse_foreign(entry)
                elif name.isidentifier():
                    waiting.append(_trusted(entry))
            for file in files:
                if file.endswith((".py", ".pyc", ".so")):
                    _refuse_foreign(os.path.join(path, file))


def _refuse_foreign(entry: str) -> None:
    """Judge a file or folder whose own folder has been judged before."""
    try:
        found = os.lstat(entry)
        if stat.S_ISLNK(found.st_mode):
            _trusted(entry)
        elif others_may_write(found):
            raise BadUsage(_writable(entry))
    except FileNotFoundError:
        return  # a dangling link, as editors use for locks, or a file that was just removed


def _trusted(path: str) -> str:
    """Return the real path. Raises BadUsage if others than root may change it, or FileNotFoundError."""
    try:
        real = resolve_trusted(path)
    except Untrusted as error:
        raise BadUsage(f"root runs no project that others may replace: {error.place} is writable for others") from None
    if others_may_write(os.lstat(real)):
        raise BadUsage(_writable(path))
    return real


def _writable(entry: str) -> str:
    return (
        f"root runs no project that others may write: {entry} must be owned and written by root only "
        "(chown root, chmod go-w; an access control list counts)"
    )
