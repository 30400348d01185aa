"""Golden file of one test module: a transcript of its cases, with a section for each.

# Written by pytest --update-goldens. Change the tests, not this file.

## filling up
$ check disk -p /srv
DISK WARNING: Used space /srv 85 % (above 80 %)
...
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

HEADER = "# Written by pytest --update-goldens. Change the tests, not this file."
_TITLE = "## "
#: A line of output that looks like a title gets a backslash in front, and so does one that looks escaped.
_LOOKS_LIKE_TITLE = re.compile(rf"^(?=\\*{_TITLE})", flags=re.MULTILINE)
_ESCAPED = re.compile(rf"^\\(?=\\*{_TITLE})", flags=re.MULTILINE)


def transcript_of(module: Path) -> Path:
    """Return the golden file of a test module: `test_disk.py` has `goldens/disk.txt`."""
    return module.parent / "goldens" / f"{module.stem.removeprefix('test_')}.txt"


def module_exists(file: Path) -> bool:
    """Return True if the folder above a golden file has the test module that the file belongs to."""
    return any((file.parents[1] / f"{prefix}{file.stem}.py").exists() for prefix in ("test_", ""))


def section_title(case: str, name: str = "") -> str:
    """Return the title of a case's section on one line; `name` distinguishes outcomes of one case."""
    return ", ".join(text for part in (case, name) if (text := " ".join(part.split()))) or "case"


def parse(text: str) -> dict[str, str]:
    """Return the sections of a golden file by title. Raises ValueError that says what is wrong with the file."""
    if not is_transcript(text):
        raise ValueError(f"is no golden file: its first line is not {HEADER!r}")
    sections: dict[str, str] = {}
    for part in ("\n" + text.removeprefix(HEADER).strip("\n")).split(f"\n{_TITLE}")[1:]:
        title, _, body = part.partition("\n")
        if title in sections:
            raise ValueError(f"has two sections {title!r}: remove one of them")
        sections[title] = _ESCAPED.sub("", body.rstrip("\n") + "\n")
    return sections


def render(sections: Mapping[str, str]) -> str:
    """Return the text of a golden file with these sections, in their order."""
    return "\n".join([f"{HEADER}\n", *(_section(title, text) for title, text in sections.items())])


def _section(title: str, text: str) -> str:
    escaped = _LOOKS_LIKE_TITLE.sub(r"\\", text.rstrip("\n"))
    return f"{_TITLE}{title}\n{escaped}\n"


def is_transcript(text: str) -> bool:
    return text == HEADER or text.startswith(f"{HEADER}\n")


def read(file: Path) -> dict[str, str]:
    """Return the sections of a file, none if there is no file. Raises ValueError with the file's path."""
    if not file.exists():
        return {}
    try:
        return parse(file.read_bytes().decode())
    except ValueError as error:
        raise ValueError(f"{file} {error}") from None


def write(file: Path, sections: Mapping[str, str]) -> None:
    """Replace a file in one step, or remove it where no sections are left."""
    if not sections:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.{os.getpid()}")
    new.write_text(render(sections), encoding="utf-8", newline="")
    new.replace(file)
