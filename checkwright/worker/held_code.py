"""Last good code of a project: helpers import it whatever becomes of the files, until the new code loads.

The master imports no code of a project, so a process of its own tries to load all checks of a changed project.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from types import CodeType

from checkwright.core.catalog import HOME, all_checks
from checkwright.core.errors import BadUsage
from checkwright.core.regular_file import read_regular
from checkwright.core.text import clean

#: Seconds for loading all checks of a project. Code that takes longer counts as code that does not load.
_SECONDS = 30
_LARGEST = 20_000_000
_START = """\
import sys
sys.path.append({!r})
from checkwright.worker.held_code import main
main()
"""
_held: dict[str, bytes] = {}
_get_code = SourceFileLoader.get_code


def sources(folder: str) -> dict[str, bytes]:
    """Return the text of all Python files of a project, by real path; {} for a folder with more than 20 MB of them."""
    found: dict[str, bytes] = {}
    for parent, folders, files in os.walk(os.path.realpath(folder)):
        folders[:] = [name for name in folders if name[0] != "." and name != "__pycache__"]
        for name in files:
            if name.endswith(".py"):
                path = os.path.join(parent, name)
                with suppress(OSError):
                    found[path] = read_regular(path)
    return found if sum(map(len, found.values())) < _LARGEST else {}


def failures(folder: str) -> dict[str, str]:
    """Return the checks of a project that cannot be loaded now, each with a sentence. It takes a process for it."""
    words = [sys.executable, "-EPs" if sys.flags.no_user_site else "-EP", "-c", _START.format(HOME), folder]
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=_SECONDS
        )
        found = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {"": f"its checks do not load within {_SECONDS} s"}
    except (OSError, ValueError):
        return {"": "its checks cannot be loaded"}
    return {str(name): str(reason) for name, reason in found.items()}


def hold(texts: Mapping[str, bytes]) -> None:
    """Have this process, and those that it forks, import these files as they were."""
    _held.clear()
    _held.update(texts)
    SourceFileLoader.get_code = _code_of  # type: ignore[assignment, method-assign]


def _code_of(loader: SourceFileLoader, name: str) -> CodeType | None:
    path = loader.get_filename(name)
    text = _held.get(path)
    # No compiled file: that of the new code may exist already.
    return _get_code(loader, name) if text is None else compile(text, path, "exec", dont_inherit=True)


def main() -> None:
    """Print the failures of the project that the command line names, as JSON."""
    output = os.dup(1)
    os.dup2(2, 1)  # a module may print
    found: dict[str, str] = {}
    try:
        for one in all_checks(sys.argv[1]):
            if one.module.partition(".")[0] == os.path.basename(os.path.realpath(sys.argv[1])):
                try:
                    one.load()
                except BadUsage as error:
                    found[one.name] = clean(error, 300)
    except BadUsage as error:
        found[""] = clean(error, 300)
    os.write(output, json.dumps(found).encode())
    os._exit(0)
