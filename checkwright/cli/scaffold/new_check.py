"""Files of a new check: one file that uses a shared source, or a folder with a source of its own.

The text is in `templates/`: `http_file/`, `command_file/` and `log_file/` are single files of a project, the other
folders hold what a family consists of.
"""

from __future__ import annotations

import sys
from pathlib import Path
from string import Template

from checkwright.core.projects import PACKAGES

#: Kinds of sources to start from. "own" is a source with any other transport.
SOURCES = ("http", "stream", "command", "log", "own")
_TEMPLATES = Path(__file__).with_name("templates")
_SINGLE_FILES = ("http", "command", "log")


def files_in_project(name: str, source: str, project: str) -> dict[str, str]:
    """Return a check and its test, by path in the project. `project` is the project's package."""
    if source in _SINGLE_FILES:
        words = _words(name, f"{project}.plugins")
        paths = {"check": f"plugins/{name}.py", "test": f"tests/test_{name}.py"}
        return _rendered(f"{source}_file", paths, words, {project})
    words = _words(name, f"{project}.plugins.{name}")
    return _rendered(source, _family_paths(f"plugins/{name}", "tests", name), words, {project})


def files_in_library(name: str, source: str) -> dict[str, str]:
    """Return a whole family with its test, by path in this repository."""
    words = _words(name, f"checks.{name}")
    paths = _family_paths(f"checks/{name}", f"tests/checks/{name}", name)
    files = _rendered(source, {**paths, "sample": "sample"}, words, {*PACKAGES, "tests"})
    sample = files.pop("sample")
    files[paths["test"]] = _with_sorted_imports(_joined(files[paths["test"]], sample), {*PACKAGES, "tests"})
    return files


def _joined(test: str, sample: str) -> str:
    """Add the sample command line, which the tests of this repository look up, to a test module."""
    imports, body = sample.split("\n\n\n", 1)
    plain = "\n".join(line for line in imports.split("\n") if line)
    first, rest = test.split("import pytest\n", 1)
    return f"{first}import pytest\n{plain}\n{rest.lstrip()}\n\n{body}"


def _family_paths(folder: str, tests: str, name: str) -> dict[str, str]:
    return {
        "init": f"{folder}/__init__.py",
        "check": f"{folder}/{name}.py",
        "source": f"{folder}/source.py",
        "fake": f"{folder}/fake.py",
        "test": f"{tests}/test_{name}.py",
    }


def _words(name: str, package: str) -> dict[str, str]:
    return {
        "name": name,
        "kind": "".join(part.capitalize() for part in name.split("_")),
        "title": name.replace("_", " ").capitalize(),
        "host": name.replace("_", "-"),
        "package": package,
    }


def _rendered(source: str, paths: dict[str, str], words: dict[str, str], first_party: set[str]) -> dict[str, str]:
    files = {}
    for part, path in paths.items():
        file = _TEMPLATES / source / f"{part}.txt"
        text = Template(file.read_text(encoding="utf-8") if file.exists() else '"""$title."""\n').substitute(words)
        files[path] = _with_sorted_imports(text, first_party)
    return files


def _with_sorted_imports(text: str, first_party: set[str]) -> str:
    """Sort each block of imports as ruff does: the order depends on the name of the check."""
    lines: list[str] = []
    block: list[str] = []
    for line in text.split("\n"):
        if line.startswith(("import ", "from ")):
            block.append(line)
            continue
        lines += _sorted_imports(block, first_party)
        lines.append(line)
        block = []
    return "\n".join(lines)


def _sorted_imports(block: list[str], first_party: set[str]) -> list[str]:
    """Sort imports into sections: the standard library, packages of others, our own."""
    sections: list[list[str]] = [[], [], []]
    for line in sorted(map(_with_sorted_names, block), key=lambda line: (line.startswith("from"), line.split()[1])):
        package = line.split()[1].partition(".")[0]
        sections[0 if package in sys.stdlib_module_names else 2 if package in first_party else 1].append(line)
    lines: list[str] = []
    for section in filter(None, sections):
        lines += ["", *section] if lines else section
    return lines


def _with_sorted_names(line: str) -> str:
    """Sort the names of a `from` import: constants, then classes, then functions."""
    start, word, names = line.partition(" import ")
    return start + word + ", ".join(sorted(names.split(", "), key=lambda name: (not name.isupper(), name)))
