"""Golden files: what a check said, kept beside its test and compared on every run."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from checkwright.core.outcome import Outcome


class Golden:
    """Compares outcomes with files: `golden(outcome)`. A test gets it as the fixture `golden`.

    The file is `goldens/MODULE/CASE.txt` beside the test: `test_disk.py`, case "filling up", is
    `goldens/disk/filling-up.txt`. It holds the command line and the text at -vv. `--update-goldens` writes it anew.
    """

    def __init__(self, folder: Path, case: str, *, update: bool = False) -> None:
        self.folder = folder
        self.case = slug(case)
        self.used: set[Path] = set()
        self._update = update

    def __call__(self, outcome: Outcome, name: str = "") -> None:
        """Compare; `name` tells apart several outcomes of one test."""
        path = self.folder / f"{self.case}{'-' + slug(name) if name else ''}.txt"
        assert path not in self.used, f"{path.name} is compared twice in one test: golden(outcome, 'another name')"
        self.used.add(path)
        text = golden_text(outcome)
        if self._update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
            return
        assert path.exists(), f"{path} is missing; pytest --update-goldens writes it"
        kept = path.read_text(encoding="utf-8")
        if text != kept:
            changes = difflib.unified_diff(kept.splitlines(), text.splitlines(), "golden", "now", lineterm="")
            raise AssertionError(
                f"{path} says otherwise; pytest --update-goldens accepts the new text\n" + "\n".join(changes)
            )


def golden_text(outcome: Outcome) -> str:
    """What a golden file holds of an outcome: the command line, where it is known, and the text at -vv."""
    command_line = getattr(outcome, "command_line", "")
    return (f"$ {command_line}\n" if command_line else "") + outcome.text(2) + "\n"


def slug(text: str) -> str:
    """`text` as part of a file's name: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "case"
