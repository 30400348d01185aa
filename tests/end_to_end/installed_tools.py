"""Run the commands of the installed wheel, and read the files that they build."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.installed import ROOT, installed_bin

SHOP = ROOT / "examples/shop"
ENVIRONMENTS = ("dev", "qa", "staging", "production")

#: Environment without settings of this machine. boto3 does not look for a cloud's metadata server.
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/nonexistent",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def checkctl(project: Path, *words: str | Path) -> str:
    """Run `checkctl --project PROJECT WORDS` and return its standard output. Fails if the command fails."""
    done = run_program(["checkctl", "--project", project, *words])
    assert done.returncode == 0, f"{done.args} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def run_program(argv: Sequence[str | Path], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `check` or `checkctl` of the installed environment until it ends."""
    program, *words = argv
    return subprocess.run(
        [installed_bin() / program, *words],
        env=ENVIRONMENT | environment,
        cwd=os.sep,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def nagios_build(project: Path, environment: str, out: Path) -> dict[str, str]:
    """Build an environment for Nagios into `out` and return its files as {relative path: text}."""
    checkctl(project, "nagios", "build", environment, "--out", out)
    return {str(file.relative_to(out)): file.read_text() for file in sorted(out.rglob("*")) if file.is_file()}


def files_below(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    """Return the files in a folder by their path relative to it."""
    return {path.removeprefix(f"{folder}/"): text for path, text in files.items() if path.startswith(f"{folder}/")}
