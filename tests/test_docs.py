"""The hand-written docs: links lead somewhere, samples are what they claim to be, commands do what is said."""

import ast
import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.installed import ROOT, installed_bin

PAGES = sorted((ROOT / "docs").glob("*.md"))
#: A sample that stands below the line "`PATH`:" is that file.
FILE = re.compile(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
OURS = ("check", "checkctl", "checkwright-batch", "checkwright-worker", "python")

pages = pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])


def samples(page: Path, language: str) -> list[str]:
    return [text for name, text in FENCE.findall(page.read_text(encoding="utf-8")) if name == language]


def test_the_readme_and_the_guides_know_each_other() -> None:
    linked = set(re.findall(r"\]\(docs/([\w-]+\.md)\)", (ROOT / "README.md").read_text(encoding="utf-8")))
    beside = {target for page in PAGES for target in re.findall(r"\]\(([\w-]+\.md)", page.read_text(encoding="utf-8"))}
    assert {page.name for page in PAGES} - linked - beside == set()


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text) if "://" not in target]
    assert [target for target in targets if target and not (page.parent / target).exists()] == []


def anchors(page: Path) -> set[str]:
    """What a link may name behind #, as GitHub makes it of a heading."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.stem)
def test_links_to_a_heading_find_it(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", FENCE.sub("", page.read_text(encoding="utf-8")))
    gone = [(file, anchor) for file, anchor in targets if anchor not in anchors(page.parent / file if file else page)]
    assert gone == []


@pages
def test_files_that_are_named_exist(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    trees = "checks|nagios_cfg|sensu|examples|tests|benchmarks|scripts|docs"
    named = re.findall(rf"`((?:{trees})/[\w./-]*\w)`", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


@pages
def test_every_fence_says_what_it_holds(page: Path) -> None:
    # sh: commands of ours, which are run. text: what a program says, or an operator's commands, which are not.
    assert {name for name, _ in FENCE.findall(page.read_text(encoding="utf-8"))} <= {"python", "sh", "text", "yaml"}


@pages
def test_python_samples_are_python(page: Path) -> None:
    for sample in samples(page, "python"):
        ast.parse(textwrap.dedent(sample), page.name)


@pages
def test_python_samples_that_are_no_files_stand_in_the_project(page: Path) -> None:
    # Without white space: a part of a method is not indented on a page.
    trees = ("checks", "examples")
    sources = ["".join(f.read_text(encoding="utf-8").split()) for tree in trees for f in (ROOT / tree).rglob("*.py")]
    files = {text for _, text in FILE.findall(page.read_text(encoding="utf-8"))}
    parts = ["".join(sample.split()) for sample in samples(page, "python") if sample not in files]
    assert [part for part in parts if not any(part in source for source in sources)] == []


@pages
def test_commands_of_ours_do_what_is_said(page: Path, tmp_path: Path) -> None:
    for path, text in FILE.findall(page.read_text(encoding="utf-8")):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    commands = [shlex.split(line, comments=True) for sample in samples(page, "sh") for line in sample.splitlines()]
    assert [command for command in commands if command and command[0] not in OURS] == []
    for program, *words in commands:
        _run(program, words, tmp_path)


def _run(program: str, words: list[str], folder: Path) -> None:
    executable = sys.executable if program == "python" else str(installed_bin() / program)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        [executable, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    said = f"{program} {shlex.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr, said
    if program == "check" or (program == "checkctl" and "try" in words):
        assert done.returncode in (0, 1, 2, 3), said
        assert "unknown option" not in done.stdout, said
        assert "there is no check" not in done.stdout, said
    else:
        assert done.returncode == 0, said
