"""Files of a project that travel to the machines: an option holds their name, and a run finds them."""

import os

from checkwright.core.current import current
from checkwright.core.errors import BadUsage

#: Folder on the machines with what a build hands out; CHECKS_FILES_DIR names another one.
FOLDER = "/etc/checkwright"


def shipped_path(pattern: str, name: str) -> str:
    """Return the path of a file in its project: `latency/shop.routes` for `latency/{}.routes` and shop."""
    start, _, end = pattern.partition("{}")
    return f"{start}{name.removesuffix(end) if end else name}{end}"


def find_shipped(pattern: str, name: str) -> str:
    """Return the path on this machine of the file with a name.

    A name with a slash is a path. Others are looked up in the project of the run, then in FOLDER. Raises BadUsage with
    both places if there is no such file.
    """
    if "/" in name:
        return name
    path = shipped_path(pattern, name)
    folders = [folder for folder in (current().project, os.environ.get("CHECKS_FILES_DIR") or FOLDER) if folder]
    found = next((whole for folder in folders if os.path.exists(whole := os.path.join(folder, path))), None)
    if found is None:
        raise BadUsage(f"there is no file {path} in {' or in '.join(folders)}: copy it there from the build")
    return found
