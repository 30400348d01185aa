"""Golden entries of a whole pytest run: collects them from the reports of tests, then writes and checks the files.

Each test's report carries its entries. So one process sees them all, with pytest-xdist too, and only it writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from checkwright.testing import transcript


class Entries(TypedDict):
    """Golden entries of one finished test, in values that pytest can send between processes.

    module: path of the test module. tests: number of its tests in this run. partial: True if some of its tests were
    left out. position: of the test in the run. texts: text of each entry by title.
    """

    module: str
    tests: int
    partial: bool
    position: int
    passed: bool
    texts: dict[str, str]


@dataclass
class _Module:
    """Tests of one module that have finished, by node id."""

    finished: dict[str, Entries] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """True if every test of the module has passed, so that entries without a test are stale."""
        entries = list(self.finished.values())
        return len(entries) == entries[0]["tests"] and all(one["passed"] and not one["partial"] for one in entries)

    def texts(self) -> dict[str, str]:
        """Return all texts by title, in the order of the tests."""
        in_order = sorted(self.finished.values(), key=lambda one: one["position"])
        return {title: text for one in in_order for title, text in one["texts"].items()}

    def shared(self) -> Iterator[tuple[str, str, str]]:
        """Yield each title that two tests use, with both node ids."""
        owners: dict[str, str] = {}
        for test, one in self.finished.items():
            for title in one["texts"]:
                if title in owners:
                    yield title, owners[title], test
                owners.setdefault(title, test)


class GoldenLedger:
    """Golden entries of a run. `add` takes the reports; `check` or `update` ends the run."""

    def __init__(self) -> None:
        self._modules: dict[Path, _Module] = {}
        #: Messages for the end of the run: problems make it fail, notes do not.
        self.problems: list[str] = []
        self.notes: list[str] = []

    def add(self, test: str, entries: Entries) -> None:
        self._modules.setdefault(Path(entries["module"]), _Module()).finished[test] = entries

    def check(self) -> None:
        """Report entries that no test uses, and entries that two tests share."""
        self._report_shared()
        stale = [f"  {file}: {title}" for file, title in self._stale()]
        if stale:
            count = f"{len(stale)} golden {_entries(len(stale))}"
            self.problems += [f"No test uses {count}. pytest --update-goldens removes:", *stale]

    def update(self) -> None:
        """Write the entries of this run to their files, and remove stale ones."""
        self._report_shared()
        stale = list(self._stale())
        written = sum(self._write(module, tests) for module, tests in self._modules.items())
        for file in {file for file, _ in stale if not transcript.module_exists(file)}:
            file.unlink()
        if written:
            self.notes.append(f"Wrote {written} golden {_entries(written)}.")
        if stale:
            self.notes.append(f"Removed {len(stale)} stale golden {_entries(len(stale))}.")

    def _write(self, module: Path, tests: _Module) -> int:
        """Bring the file of a module up to date. Returns the number of new and changed entries."""
        file = transcript.transcript_of(module)
        texts = tests.texts()
        if not texts and not _is_golden(file):
            return 0
        try:
            old = transcript.read(file)
        except ValueError as error:
            self.problems.append(str(error))
            return 0
        new = texts if tests.complete else {**old, **texts}
        if list(new.items()) != list(old.items()):
            transcript.write(file, new)
        return sum(old.get(title) != text for title, text in texts.items())

    def _report_shared(self) -> None:
        for module, tests in self._modules.items():
            for title, one, other in tests.shared():
                self.problems.append(
                    f"{transcript.transcript_of(module)}: {one} and {other} use one golden entry, {title!r}. "
                    "Rename one of the tests, or name the entry: golden(outcome, 'name')."
                )

    def _stale(self) -> Iterator[tuple[Path, str]]:
        """Yield file and title of each entry without a test, of modules that ran as a whole or are gone."""
        complete = {module: tests for module, tests in self._modules.items() if tests.complete}
        for module, tests in complete.items():
            file = transcript.transcript_of(module)
            used = tests.texts()
            yield from ((file, title) for title in _titles(file) if title not in used)
        for folder in dict.fromkeys(module.parent / "goldens" for module in complete):
            for file in sorted(folder.glob("*.txt")):
                if not transcript.module_exists(file):
                    yield from ((file, title) for title in _titles(file))


def _titles(file: Path) -> list[str]:
    """Return the titles in a golden file, none of a file that is not golden or cannot be parsed."""
    try:
        return list(transcript.read(file)) if _is_golden(file) else []
    except ValueError:
        return []


def _is_golden(file: Path) -> bool:
    return file.exists() and transcript.is_transcript(file.read_bytes().decode(errors="replace"))


def _entries(count: int) -> str:
    return "entry" if count == 1 else "entries"
