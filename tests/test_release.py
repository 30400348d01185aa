"""Release: a release that is not ready is refused, and equal sources make equal bytes."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.support.installed import ROOT

CHANGELOG = "# Changelog\n\n## [Unreleased]\n{unreleased}\n## [1.2.0] - 2026-11-30\n{notes}\n## [1.1.0]\n\nOld.\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Checkout of a project that is ready for release 1.2.0, as far as its own files show."""
    (tmp_path / "scripts").mkdir()
    for name in ("release", "lib.sh"):
        shutil.copy(ROOT / "scripts" / name, tmp_path / "scripts")
    (tmp_path / "setup.cfg").write_text("[metadata]\nversion = 1.2.0\n")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG.format(unreleased="", notes="\nNew.\n"))
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=You", "-c", "user.email=you@example.com")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "Change")


def refusal(folder: Path) -> str:
    done = subprocess.run(
        ["bash", folder / "scripts/release"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CHECKWRIGHT_PYTHON": "/nonexistent"},
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    return line


def test_project_that_is_ready_gets_as_far_as_python(checkout: Path) -> None:
    assert refusal(checkout).startswith("error: /nonexistent is missing")


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("setup.cfg", "[metadata]\n", "setup.cfg has no version"),
        ("setup.cfg", "[metadata]\nversion = 1.3.0\n", 'CHANGELOG.md has no section "## [1.3.0]"'),
        ("CHANGELOG.md", CHANGELOG.format(unreleased="", notes="\n"), 'CHANGELOG.md has no section "## [1.2.0]"'),
        ("CHANGELOG.md", CHANGELOG.format(unreleased="\n- More.\n", notes="\nNew.\n"), "has entries under Unreleased"),
    ],
)
def test_version_without_its_notes_is_refused(checkout: Path, file: str, text: str, message: str) -> None:
    (checkout / file).write_text(text)
    commit(checkout)
    assert message in refusal(checkout)


def test_changes_that_are_not_committed_are_refused(checkout: Path) -> None:
    (checkout / "new").touch()
    assert "changes that are not committed" in refusal(checkout)


def test_version_with_a_tag_is_refused(checkout: Path) -> None:
    git(checkout, "tag", "v1.2.0")
    assert "the tag v1.2.0 exists" in refusal(checkout)


def test_all_files_name_the_version_of_setup_cfg() -> None:
    (version,) = re.findall(r"^version = (\S+)$", (ROOT / "setup.cfg").read_text(encoding="utf-8"), re.MULTILINE)
    named = {
        (path.name, found)
        for path in [ROOT / "README.md", *(ROOT / "docs").rglob("[!.]*.md")]
        for found in re.findall(r"\bcheckwright[-_](\d+\.\d+\.\d+)[-_]", path.read_text(encoding="utf-8"))
    }
    assert ("install.md", version) in named
    assert [one for one in named if one[1] != version] == []
    module = json.loads((ROOT / "puppet/checkwright/metadata.json").read_text(encoding="utf-8"))
    assert module["version"] == version


def build(script: str, folder: Path, *, umask: int = 0o022) -> Path:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    argv = [ROOT / "scripts" / script, folder]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, umask=umask, cwd=os.sep, env=environment)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


@pytest.mark.packages
@pytest.mark.slow
def test_equal_sources_make_equal_bytes_and_both_are_sound(tmp_path: Path) -> None:
    sdist, wheel = build("build-sdist", tmp_path / "one"), build("build-wheel", tmp_path / "one")
    assert build("build-sdist", tmp_path / "two", umask=0o077).read_bytes() == sdist.read_bytes()
    assert build("build-wheel", tmp_path / "two", umask=0o077).read_bytes() == wheel.read_bytes()
    with tarfile.open(sdist) as archive:
        assert {(entry.uname, entry.mtime) for entry in archive} == {("root", 1700000000)}
        names = {entry.name.partition("/")[2] for entry in archive}
    assert {"LICENSE", "README.md", "bin/check", "checks/system/load.py"} <= names
    argv = [sys.executable, "-m", "twine", "--no-color", "check", "--strict", str(wheel), str(sdist)]
    checked = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count("PASSED") == 2
