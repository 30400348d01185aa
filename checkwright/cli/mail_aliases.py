"""Mail aliases of an import: addresses that stand for several people, as in /etc/aliases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

#: File in a project that an import wrote.
FILE_NAME = "mail-aliases"
_HEADING = "# For /etc/aliases of the Nagios server: addresses of teams that stand for several people.\n"


def render_aliases(aliases: Mapping[str, tuple[str, ...]]) -> str:
    """Return the text of the file for {alias: addresses}."""
    return _HEADING + "".join(f"{name}: {', '.join(addresses)}\n" for name, addresses in sorted(aliases.items()))


def read_aliases(project: Path) -> dict[str, tuple[str, ...]]:
    """Return the aliases of a project as {alias: addresses}, none if no import wrote any."""
    file = project / FILE_NAME
    if not file.is_file():
        return {}
    lines = (line.partition(":") for line in file.read_text(encoding="utf-8").splitlines() if line[:1] not in ("#", ""))
    return {name.strip(): tuple(one.strip() for one in addresses.split(",")) for name, _, addresses in lines}
