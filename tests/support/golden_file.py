"""Compare text with a file; `pytest --update-goldens` writes the file."""

from pathlib import Path

#: Set by tests/conftest.py from the command line.
update = False


def assert_golden(path: Path, text: str) -> None:
    __tracebackhide__ = True
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    assert path.exists(), f"{path} is missing: pytest --update-goldens writes it"
    assert text == path.read_text(encoding="utf-8"), f"{path} has changed: pytest --update-goldens accepts the new text"
