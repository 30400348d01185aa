"""The real components that tests run against: Nagios, NRPE, nginx, Redis and their like."""

import os
import shutil

import pytest

# Debian keeps daemons and plugins out of the PATH that an ordinary user has.
_EXTRA_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/lib/nagios/plugins")


def starts_a_daemon(name: str) -> None:
    """Fail a test that starts a daemon although `make fast` runs it: it lacks the marker `daemon`."""
    if os.environ.get("CHECKWRIGHT_NO_DAEMONS"):
        pytest.fail(f"this test starts {name}: mark it, or its module, with pytest.mark.daemon", pytrace=False)


def require(executable: str, *, package: str) -> str:
    """Return the full path of `executable`, which the Debian package `package` brings.

    Where it is missing the calling test is skipped and says what to install. With CI set
    in the environment it fails instead, so that a green run has left nothing out.
    """
    path = shutil.which(executable, path=os.pathsep.join((os.environ.get("PATH", ""), *_EXTRA_FOLDERS)))
    if path is not None:
        return path
    message = f"{executable} is not on this machine: install the Debian package {package}"
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
