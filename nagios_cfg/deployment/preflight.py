"""Run of `nagios -v` or `naemon -v`."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

from nagios_cfg.engines import NAEMON, NAGIOS


class NoAccount(OSError):
    """Error of a Naemon that root cannot verify with, because no account for it exists."""


def preflight(program: str, main: Path, seconds: float, status_file: str = "") -> subprocess.CompletedProcess[bytes]:
    """Verify a main configuration and return the result of the process, with its output.

    Nagios that root starts becomes its own user before it reads. Naemon refuses root, so root starts it with the
    account that owns `status_file`, or else with the account naemon or nagios. Raises OSError and TimeoutExpired.
    """
    command = [program, "-v", str(main)]
    environment = {**os.environ, "LC_ALL": "C"}
    account = _account(status_file) if os.geteuid() == 0 and os.path.basename(program) in NAEMON.programs else None
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds,
        check=False,
        env=environment,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=os.getgrouplist(account.pw_name, account.pw_gid) if account else None,
    )


def _account(status_file: str) -> pwd.struct_passwd:
    try:
        owner = os.stat(status_file).st_uid if status_file else 0
        if owner:
            return pwd.getpwuid(owner)
    except (OSError, KeyError):
        pass
    for name in (NAEMON.account, NAGIOS.account):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoAccount("it does not run as root, and there is no account naemon or nagios: run checkctl as its account")
