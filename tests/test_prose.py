"""Prose of the project: first words of docstrings and headings, length of lines in Markdown, words to avoid."""

import ast
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.installed import ROOT

PACKAGES = ("checks", "checkwright", "sensu", "nagios_cfg", "icinga_cfg", "tests", "examples", "benchmarks", "pictures")
#: Folders of generated or foreign text.
SKIPPED = ("goldens", "recorded", "__pycache__")
MARKDOWN_WIDTH = 100
CLAUSE = re.compile(r"(What|Whom|Who|Where|When|Which|Whether|How|Whoever|Whatever|Wherever)\b")
HEADING = re.compile(r"^#+ (.*)")
FENCE = re.compile(r"^ *```")

#: Words to avoid, as regular expressions, with better ones. Case matters.
WORDS = {
    r"\banew\b": "again",
    r"\b[uU]nless said\b": "by default",
    r"\b[oO]f which\b": "a sentence of its own",
    r"\b[iI]n which\b": "where, that",
    r"\b[bB]y which\b": "with which, that",
    r"\b(is|are) held to\b": "must, follows",
    r"\bof (its|their) own accord\b": "by itself",
    r"\b[nN]othing is said\b": "prints nothing",
    r"\b[wW]ho(m)?ever\b": "anyone who, the person who",
    r"\b([tT]old|[tT]elling|[tT]ells)\b": "notified, reports, prints",
    r"\b[bB]eside\b": "next to, in addition to",
    r"\b[nN]urser(y|ies)\b": "fork server",
    r"\b[vV]erbs\b": "commands",
    r"\b[tT]est kit\b": "checkwright.testing, helpers for tests",
    r"\bAnswer time\b|\b99 of 100\b(?! requests)": "latency, p99",
    r"\b([cC]lerk|[sS]hipper)\b": "dispatcher, sender",
    r"\bcheckwright\.(kit|ctl|warm)\b|\bchecks\.(kit|ctl|warm|core|registry|sources)\b": "the packages' new names",
    r"\b(needs_limit|Maker|unarmed|NeedsShell|CannotCarry)\b|\babsent=": "the names of docs/background/architecture.md",
    r"--beat\b|\bCHECKS_BEATS_DIR\b": "--run, CHECKS_JOB_RUNS_DIR",
}


#: The same for docstrings, comments and pages; code may have them as names.
PROSE_WORDS = {
    r"\bin words\b": "as text",
    r"\b[sS]hel(f|ves)\b": "family",
    r"\b([oO]urs|[tT]heirs)\b": "a noun: our check, their file",
    r"\b([sS]aid|[aA]sked|[wW]anted)\b": "rendered, queried, expected",
}


#: Old names, and words that say too little, in the names of functions, classes, parameters and variables.
IDENTIFIER_WORDS = {
    "asked": "query, request, pending",
    "said": "output, message, args",
    "told": "notified, reported",
    "wanted": "expected, selected",
    "beat": "job_run",
    "beats": "job_runs",
    "clerk": "writer",
    "nursery": "fork_server",
    "shelf": "family",
    "shipper": "sender",
    "telling": "notification",
    "trouble": "CheckError",
    "verb": "command",
    "verbs": "commands",
}


@cache
def files(suffix: str) -> tuple[Path, ...]:
    """Return the project's files with a suffix, without this one, which quotes the words."""
    folders = [ROOT / name for name in (*PACKAGES, "docs", "scripts")]
    found = [*ROOT.glob(f"*{suffix}"), *(file for folder in folders for file in folder.rglob(f"*{suffix}"))]
    return tuple(file for file in sorted(found) if not set(SKIPPED) & set(file.parts) and file != Path(__file__))


def scripts() -> list[Path]:
    """Return the programs in scripts/ and bin/, which have no suffix."""
    return [file for folder in ("scripts", "bin") for file in sorted((ROOT / folder).iterdir()) if not file.suffix]


@cache
def text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@cache
def lines(file: Path) -> list[str]:
    return text(file).split("\n")


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    """Return all nodes of a Python file that name or document something."""
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Name | ast.Attribute | ast.arg
    return tuple(node for node in ast.walk(ast.parse(text(file))) if isinstance(node, kinds))


def prose(file: Path) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines of a Markdown file outside code."""
    in_code = False
    for number, line in enumerate(lines(file), 1):
        if FENCE.match(line):
            in_code = not in_code
        elif not in_code:
            yield number, line


@cache
def comments(file: Path) -> tuple[tuple[int, str], ...]:
    """Return number and text of the lines of a Python file that are in docstrings or comments."""
    found = dict[int, str]()
    for node in nodes(file):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if ast.get_docstring(node) is not None:
                found |= {at: lines(file)[at - 1] for at in range(first.lineno, (first.end_lineno or 0) + 1)}
    with file.open("rb") as source:
        tokens = [one for one in tokenize.tokenize(source.readline) if one.type == tokenize.COMMENT]
    return tuple({**found, **{one.start[0]: one.string for one in tokens}}.items())


def names(file: Path) -> Iterator[tuple[int, str]]:
    """Yield line and name of everything that a Python file names, its tests excepted."""
    for node in nodes(file):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                if not name.startswith("test_"):
                    yield node.lineno, name


def report(problems: list[str]) -> None:
    __tracebackhide__ = True
    if problems:
        pytest.fail(f"{len(problems)} places:\n" + "\n".join(problems), pytrace=False)


def test_docstrings_begin_with_a_noun_or_a_verb() -> None:
    report(
        [
            f"{file.relative_to(ROOT)}:{node.body[0].lineno}: {docstring.partition(chr(10))[0]}"
            for file in files(".py")
            for node in nodes(file)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and (docstring := ast.get_docstring(node))
            and CLAUSE.match(docstring)
        ]
    )


def test_names_hold_no_words_to_avoid() -> None:
    report(
        [
            f"{file.relative_to(ROOT)}:{number}: {name} (better: {IDENTIFIER_WORDS[word]})"
            for file in files(".py")
            for number, name in names(file)
            for word in map(str.lower, re.findall(r"[A-Z]?[a-z]+", name))
            if word in IDENTIFIER_WORDS
        ]
    )


def test_headings_begin_with_a_noun_or_a_verb() -> None:
    report(
        [
            f"{file.relative_to(ROOT)}:{number}: {line}"
            for file in files(".md")
            for number, line in prose(file)
            if (heading := HEADING.match(line)) and CLAUSE.match(heading[1])
        ]
    )


def test_lines_of_markdown_are_short() -> None:
    report(
        [
            f"{file.relative_to(ROOT)}:{number}: {len(line)} characters"
            for file in files(".md")
            for number, line in prose(file)
            if len(line) > MARKDOWN_WIDTH
            and not line.startswith(("|", "    "))
            and " " in line[:MARKDOWN_WIDTH].strip("- ")
        ]
    )


@pytest.mark.parametrize(("word", "better"), WORDS.items(), ids=WORDS)
def test_words_to_avoid_do_not_occur(word: str, better: str) -> None:
    pattern = re.compile(word)
    report(
        [
            f"{file.relative_to(ROOT)}:{number}: {line.strip()[:150]} (better: {better})"
            for file in (
                *(file for suffix in (".py", ".md", ".txt", ".cfg", ".sh") for file in files(suffix)),
                *scripts(),
            )
            if file.name != "CHANGELOG.md" and pattern.search(text(file))  # it names what was renamed
            for number, line in enumerate(lines(file), 1)
            if pattern.search(line)
        ]
    )


@pytest.mark.parametrize(("word", "better"), PROSE_WORDS.items(), ids=PROSE_WORDS)
def test_words_to_avoid_do_not_occur_in_prose(word: str, better: str) -> None:
    pattern = re.compile(word)
    texts = [(file, one) for file in files(".py") if pattern.search(text(file)) for one in comments(file)]
    texts += [(file, one) for file in files(".md") if file.name != "CHANGELOG.md" for one in prose(file)]
    report(
        [
            f"{file.relative_to(ROOT)}:{number}: {line.strip()[:150]} (better: {better})"
            for file, (number, line) in texts
            if pattern.search(line)
        ]
    )
