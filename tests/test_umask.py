"""Folders and files that programs make under any umask: the owner can use them again, and others cannot write them."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.installed import ROOT

BIN = Path(sys.executable).parent
MASKS = (0o777, 0o700, 0o077, 0)


def run(mask: int, program: str, *words: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / program), *words],
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "XDG_STATE_HOME": str(home / "state")},
        umask=mask,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=home,
    )


def judge(folder: Path) -> None:
    """Assert that everything below the folder is its owner's to use, and nobody else's to write."""
    found = [path for path in folder.rglob("*") if not path.is_symlink()]
    assert found != []
    for path in found:
        mode = stat.S_IMODE(path.stat().st_mode)
        needed = 0o700 if path.is_dir() else 0o400
        assert mode & needed == needed, f"{path} has the mode {mode:04o}"
        assert not mode & 0o002, f"{path} has the mode {mode:04o}"
        assert not (os.geteuid() == 0 and mode & 0o020), f"{path} has the mode {mode:04o}"


@pytest.mark.slow
@pytest.mark.parametrize("mask", MASKS)
def test_checks_keep_their_memory(mask: int, tmp_path: Path) -> None:
    for _ in range(2):
        assert run(mask, "check", "cpu", home=tmp_path).returncode in (0, 1, 2)
        done = run(
            mask,
            "check",
            "heartbeat",
            "--run",
            "--job",
            "x",
            "--folder",
            str(tmp_path / "jobs"),
            "--",
            "true",
            home=tmp_path,
        )
        assert (done.returncode, done.stdout) == (0, "")
    judge(tmp_path)


@pytest.mark.parametrize("mask", MASKS)
def test_command_of_a_recorded_job_has_the_umask_of_its_caller(mask: int, tmp_path: Path) -> None:
    words = ("--job", "x", "--folder", str(tmp_path / "jobs"), "--", "/bin/sh", "-c", "umask")
    assert run(mask, "check", "heartbeat", "--run", *words, home=tmp_path).stdout == f"{mask:04o}\n"


@pytest.mark.slow
@pytest.mark.parametrize("mask", MASKS)
def test_checkctl_and_batch_make_files_for_their_next_run(mask: int, tmp_path: Path) -> None:
    shop = str(ROOT / "examples/shop")
    for _ in range(2):
        for words in (
            ("plan", "production", "--out", "out/plan.json"),
            ("nagios", "build", "production", "--out", "out/nagios"),
            ("sensu", "build", "production", "--out", "out/sensu.json"),
        ):
            done = run(mask, "checkctl", "--project", shop, *words, home=tmp_path)
            assert done.returncode == 0, done.stderr
        batch = ("--plan", str(tmp_path / "out/plan.json"), "--host", "web-1", "--watch", "load", "--once")
        to = ("--to", f"json-lines:{tmp_path}/lines", "--to", f"nagios-command:{tmp_path}/fifo")
        done = run(mask, "checkwright-batch", *batch, *to, "--store", str(tmp_path / "deep/store"), home=tmp_path)
        assert done.returncode in (0, 1), done.stderr
        assert "Permission denied" not in done.stderr
    made = run(mask, "checkctl", "init", "new/bakery", home=tmp_path)
    assert made.returncode == 0, made.stderr
    judge(tmp_path)
