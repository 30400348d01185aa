"""Checks of AWS as Nagios runs them: a program of their own, against a server on this machine."""

import os
import subprocess
import sys

from tests.support.aws import REGION, SECRET_KEY, TOKEN


def environment(address: str) -> dict[str, str]:
    """Return the variables with which a check finds made-up credentials, and the server at `address`."""
    return {
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": address,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


def run_program(address: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `check WORDS` against the server at `address`."""
    command = [sys.executable, "-c", "from checkwright.core.check_program import main; main()", *words]
    env = {**os.environ, **environment(address)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env)
    assert SECRET_KEY not in done.stdout + done.stderr
    assert TOKEN not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done
