"""The README: links have targets, folders are described, and commands work."""

import re
import shlex
from fnmatch import fnmatchcase
from pathlib import Path

from tests.support.installed import ROOT
from tests.test_docs import run_command

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_links_have_targets() -> None:
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", README) if "://" not in target]
    assert targets != []
    assert [target for target in targets if not (ROOT / target.partition("#")[0]).exists()] == []
    for page, _, anchor in (target.partition("#") for target in targets if "#" in target):
        headings = re.findall(r"^#+ (.*)", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_each_top_level_folder_has_a_line_that_says_what_it_is_for() -> None:
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()]
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name != ".git"}
    folders -= {name for name in folders if any(fnmatchcase(name, pattern) for pattern in ignored)}
    rows = re.findall(r"^\| (.*`.*/`.*?) \| .{10,} \|$", README, flags=re.MULTILINE)
    described = {name.split("/")[0] for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert described == folders


def test_commands_of_the_quick_start_work(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (sample,) = re.findall(r"^```sh\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
    for program, *words in map(shlex.split, sample.splitlines()):
        run_command(program, words, tmp_path)


def test_make_knows_each_target_that_the_readme_names() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(re.findall(r"(?:^    |`)make ([a-z-]+)", README, flags=re.MULTILINE)) <= set(targets)
