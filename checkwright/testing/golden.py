"""The fixture `golden`: compares the output of a check with the golden file of its test module."""

from __future__ import annotations

import difflib
from pathlib import Path

from checkwright.core.outcome import Outcome
from checkwright.testing import transcript


class Golden:
    """Compares outcomes with golden entries: `golden(outcome)`. A test gets it as the fixture `golden`.

    All tests of a module share one file: `test_disk.py` has `goldens/disk.txt`, with a section for each case that
    holds the command line and the output at -vv. `pytest --update-goldens` writes the file.

        @pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
        def test_disk(command_line: str, state: str, golden: Golden) -> None:
            outcome = run(Disk, command_line, FakeSystem(...))
            assert outcome.state == state
            golden(outcome)

    Raises AssertionError with the difference.
    """

    def __init__(self, file: Path, case: str, *, update: bool = False) -> None:
        self.file = file
        self.case = case
        #: Text of each entry that was compared, by the title of its section.
        self.compared: dict[str, str] = {}
        self._update = update

    def __call__(self, outcome: Outcome, name: str = "") -> None:
        """Compare an outcome with its entry. Several outcomes of one test need a `name` each."""
        __tracebackhide__ = True
        title = transcript.section_title(self.case, name)
        if title in self.compared:
            raise AssertionError(f"two outcomes of this test have the name {title!r}: golden(outcome, 'another name')")
        text = golden_text(outcome)
        self.compared[title] = text
        if not self._update:
            _compare(self.file, title, text)


def _compare(file: Path, title: str, text: str) -> None:
    __tracebackhide__ = True
    try:
        golden = transcript.read(file).get(title)
    except ValueError as error:
        raise AssertionError(str(error)) from None
    if golden is None:
        raise AssertionError(f"{file} has no entry {title!r}: pytest --update-goldens writes it")
    if text != golden:
        lines = difflib.unified_diff(golden.splitlines(), text.splitlines(), "golden", "output", lineterm="")
        summary = f"{file}: {title!r} has changed. pytest --update-goldens accepts the new text."
        raise AssertionError("\n".join([summary, *lines]))


def golden_text(outcome: Outcome) -> str:
    """Return the text of an outcome's golden entry: its command line, if known, and its output at -vv."""
    command_line = getattr(outcome, "command_line", "")
    return (f"$ {command_line}\n" if command_line else "") + outcome.text(2).rstrip("\n") + "\n"
