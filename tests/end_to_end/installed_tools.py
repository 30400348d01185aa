"""The commands as a user has them, from the installed wheel, and the files that they build."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.installed import ROOT, installed_bin

SHOP = ROOT / "examples/shop"
ENVIRONMENTS = ("dev", "qa", "staging", "production")

#: Nothing of ours from outside, and no way for boto3 to ask the cloud that it is not in.
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/nonexistent",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def checkctl(project: Path, *words: str | Path) -> str:
    """Run `checkctl --project PROJECT WORDS` and return what it printed; fail with its words when it fails."""
    done = ended(["checkctl", "--project", project, *words])
    assert done.returncode == 0, f"{done.args} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def ended(argv: Sequence[str | Path], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `check` or `checkctl` of the installed environment to its end."""
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
    """Build an environment for Nagios and return {relative path: text} of what was written to `out`."""
    checkctl(project, "nagios", "build", environment, "--out", out)
    return {str(file.relative_to(out)): file.read_text() for file in sorted(out.rglob("*")) if file.is_file()}


def below(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    """Those files whose path begins with the folder, by the path below it."""
    return {path.removeprefix(f"{folder}/"): text for path, text in files.items() if path.startswith(f"{folder}/")}
