"""Real components that tests use: Nagios, NRPE, nginx, Redis and others."""

import os
import shutil

import pytest

# Folders of daemons and plugins, which are not on an ordinary user's PATH.
_EXTRA_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/lib/nagios/plugins")


def starts_a_daemon(name: str) -> None:
    """Fail a test that starts a daemon although `make fast` runs it: it lacks the marker `daemon`."""
    if os.environ.get("CHECKWRIGHT_NO_DAEMONS"):
        pytest.fail(f"this test starts {name}: mark it, or its module, with pytest.mark.daemon", pytrace=False)


def require(executable: str, *, package: str) -> str:
    """Return the full path of `executable`, which the Debian package `package` brings.

    If it is missing, the test is skipped and names the package. With CI set in the environment it fails
    instead, so that a green run has skipped nothing.
    """
    path = shutil.which(executable, path=os.pathsep.join((os.environ.get("PATH", ""), *_EXTRA_FOLDERS)))
    if path is not None:
        return path
    message = f"{executable} is not on this machine: install the Debian package {package}"
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
