"""Compare text with a golden file; `UPDATE_GOLDENS=1 pytest ...` writes the files anew."""

import os
from pathlib import Path


def assert_golden(path: Path, text: str) -> None:
    if os.environ.get("UPDATE_GOLDENS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    assert path.exists(), f"{path} is missing; UPDATE_GOLDENS=1 writes it"
    assert text == path.read_text(encoding="utf-8")
