"""API key of Sensu, from a file or a variable, never from an argument."""

from __future__ import annotations

import os
import stat

from checkwright.core.errors import CannotDo, CheckError
from checkwright.core.secret import Secret

#: Environment variable with the API key of Sensu.
KEY = "CHECKWRIGHT_SENSU_KEY"


def sensu_key(file: str | None) -> str:
    """Return the key in a file, else that in the variable, "" without both. Raises CannotDo."""
    if not file and not os.environ.get(KEY):
        return ""
    if file and _is_named_pipe(file):
        raise CannotDo(f"--sensu-key: {file} is a pipe, and nobody may ever write to it: name a file.")
    try:
        return (Secret(file=file) if file else Secret(env=KEY)).value()
    except CheckError as error:
        raise CannotDo(f"--sensu-key: {error}.") from None


def _is_named_pipe(file: str) -> bool:
    """Return whether opening may block forever. A pipe of the shell, `<(pass show sensu)`, has its writer already."""
    try:
        return stat.S_ISFIFO(os.stat(file).st_mode) and not file.startswith(("/dev/", "/proc/"))
    except OSError:
        return False
