"""Projects: folders that are packages (`shop`), imported without their parent folder on the path."""

import os
import stat
import sys

from checkwright.core.errors import BadUsage

#: Packages of the library. A project must not have one of these names.
PACKAGES = ("checks", "checkwright", "nagios_cfg", "sensu")


def load_project(folder: str) -> str:
    """Make the project importable under its folder's name and return that name. Loading it again costs nothing.

    Raises BadUsage where it is not a folder, its name cannot be a package's or is taken by another
    package, or root would execute files that others may write.
    """
    folder = os.path.realpath(folder)
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
        refuse_foreign_files(folder)
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
    """Raise BadUsage where another user than root may write the project's code or replace a folder above it.

    The target of a link in the project is code of the project too, with the folders above it.
    """
    walked: set[str] = set()
    waiting = [os.path.realpath(folder)]
    while waiting:
        start = waiting.pop()
        _refuse_foreign_folders(os.path.dirname(start))
        for path, folders, files in os.walk(start):
            if path in walked:
                folders.clear()
                continue
            walked.add(path)
            folders[:] = [name for name in folders if name not in (".git", ".venv")]
            links = (os.path.join(path, name) for name in folders if name.isidentifier())
            waiting += (os.path.realpath(link) for link in links if os.path.islink(link))
            for entry in (path, *(os.path.join(path, file) for file in files if file.endswith((".py", ".pyc", ".so")))):
                try:
                    found = os.stat(entry)
                except FileNotFoundError:
                    continue  # a dangling link, as editors use for locks, or a file that was just removed
                if _others_may_write(found):
                    raise BadUsage(
                        f"root runs no project that others may write: {entry} must be owned and written by root only"
                    )
                if os.path.islink(entry):
                    _refuse_foreign_folders(os.path.dirname(os.path.realpath(entry)))


def _refuse_foreign_folders(folder: str) -> None:
    """Raise BadUsage where another user than root may replace files in this folder or one above it."""
    while True:
        found = os.stat(folder)
        # In a sticky folder only the owner of a file and the owner of the folder may replace it.
        sticky = found.st_mode & stat.S_ISVTX and found.st_uid == 0
        if _others_may_write(found) and not sticky:
            raise BadUsage(f"root runs no project that others may replace: {folder} is writable for others")
        if folder == os.path.dirname(folder):
            return
        folder = os.path.dirname(folder)


def _others_may_write(found: os.stat_result) -> bool:
    group = found.st_mode & stat.S_IWGRP and found.st_gid != 0
    return bool(found.st_uid != 0 or group or found.st_mode & stat.S_IWOTH)
