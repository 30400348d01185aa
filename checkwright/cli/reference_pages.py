"""Write the generated pages of docs/reference/ but those of checks: `python -m checkwright.cli.reference_pages`."""

from __future__ import annotations

from pathlib import Path

from checkwright.cli import api_page, command_page, rule_pages
from checkwright.cli.atomic_write import write_file
from checkwright.core.catalog import HOME

FOLDER = Path(HOME, "docs/reference")


def pages() -> dict[str, str]:
    """Return the text of the generated pages by name."""
    return {"api.md": api_page.page(), "command-line.md": command_page.page(), "rules.md": rule_pages.page()}


if __name__ == "__main__":
    for name, text in pages().items():
        write_file(FOLDER / name, text)
