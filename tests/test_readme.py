"""The README: links have targets, and samples are parts of the example project."""

import re
import subprocess
from fnmatch import fnmatchcase

from tests.support.installed import ROOT, installed_bin

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


def test_samples_are_taken_from_the_example_project() -> None:
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "examples/shop").rglob("*.py")]
    samples = re.findall(r"^```python\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
    assert len(samples) == 2
    assert [sample for sample in samples if not any(sample in source for source in sources)] == []


def test_explain_prints_the_lines_of_its_sample() -> None:
    (sample,) = re.findall(
        r"^\$ checkctl (--project examples/shop explain .*?)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE
    )
    arguments, lines = sample[0].split(), sample[1].splitlines()
    done = subprocess.run([installed_bin() / "checkctl", *arguments], cwd=ROOT, capture_output=True, text=True)
    printed = [line.split() for line in done.stdout.splitlines()]
    assert [line for line in lines if line != "..." and line.split() not in printed] == []
