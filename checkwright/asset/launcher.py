"""Command `check` of an asset: a small shell script, and the Python file that it starts."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

#: Path of the Python file below lib/.
START = "checkwright_start.py"

_SCRIPT = """\
#!/bin/sh
# Made by checkctl sensu asset. Runs the asset's checks with the machine's own Python:
# nothing installed there is seen (-I -S), and nothing is written into the asset (-B).
python=$(command -v "${{CHECKS_PYTHON:-python3}}") || {{
    echo "CHECK UNKNOWN: there is no ${{CHECKS_PYTHON:-python3}} on PATH, and checks need Python 3.11 or newer:" \\
        "install one, or name it in CHECKS_PYTHON"
    exit 3
}}
lib=${{0%/*}}/../lib
if [ ! -f "$lib/{start}" ]; then # $0 is a link from elsewhere
    program=$(readlink -f -- "$0")
    lib=${{program%/*}}/../lib
fi
exec "$python" -I -S -B "$lib/{start}" {abis} {project} "$0" "$@"
"""


def script(abis: Iterable[str], project: str) -> str:
    """Return bin/check for an asset with compiled modules of these suffixes. project: a folder below lib/, or ""."""
    return _SCRIPT.format(start=START, abis=shlex.quote(",".join(abis)), project=shlex.quote(project))


def start() -> str:
    """Return the text of the file START."""
    return Path(__file__).with_name("start.py").read_text(encoding="utf-8")
