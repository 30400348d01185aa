"""API key of Sensu, from a file or a variable, never from an argument."""

from __future__ import annotations

import os

from checkwright.core.errors import CannotDo, CheckError
from checkwright.core.secret import Secret

#: Environment variable with the API key of Sensu.
KEY = "CHECKWRIGHT_SENSU_KEY"


def sensu_key(file: str | None) -> str:
    """Return the key in a file, else that in the variable, "" without both. Raises CannotDo."""
    if not file and not os.environ.get(KEY):
        return ""
    try:
        return (Secret(file=file) if file else Secret(env=KEY)).value()
    except CheckError as error:
        raise CannotDo(f"--sensu-key: {error}.") from None
