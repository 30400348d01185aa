"""The real Postfix with a configuration and a queue of its own. It needs root, as Postfix does."""

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.nagios import scratch
from tests.support.ports import free_port
from tests.support.processes import wait_until
from tests.support.real import require, starts_a_daemon

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file_prefixes = {folder}
maillog_file = {folder}/log
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mail.test
mydestination =
relayhost = [127.0.0.1]:{port}
mail_owner = postfix
setgid_group = postdrop
minimal_backoff_time = 1h
alias_maps =
"""
_MASTER = """
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class PostfixServer:
    """One Postfix. `config` is its folder of configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config"
        self.port = free_port()  # of the relay, which does not run
        self._postfix = require("postfix", package="postfix")

    def start(self) -> None:
        starts_a_daemon("postfix")
        self._run(self._postfix, "-c", self.config, "start")
        wait_until(lambda: self._run("postqueue", "-c", self.config, "-j", check=False).returncode == 0)

    def stop(self) -> None:
        self._run(self._postfix, "-c", self.config, "stop", check=False)

    def send(self, recipient: str) -> None:
        """Queue a message, which the relay does not accept."""
        sendmail = require("sendmail", package="postfix")
        self._run(sendmail, "-C", self.config, "-f", "shop@example.test", recipient, text="Subject: order\n\n")

    def command(self, program: str, *words: str) -> None:
        """Run a program of Postfix, such as postsuper, with this configuration."""
        self._run(require(program, package="postfix"), "-c", self.config, *words)

    def _run(self, *argv: object, text: str = "", check: bool = True) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(list(map(str, argv)), input=text, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 or not check, done.stdout + done.stderr
        return done


@contextmanager
def postfix() -> Iterator[PostfixServer]:
    """Run a Postfix until the block ends."""
    if os.geteuid() != 0:
        pytest.skip("Postfix starts as root only")
    with scratch() as folder:
        server = PostfixServer(folder)
        server.config.mkdir()
        (folder / "queue").mkdir()
        (folder / "data").mkdir()
        account = pwd.getpwnam("postfix")
        os.chown(folder / "data", account.pw_uid, account.pw_gid)
        (server.config / "main.cf").write_text(_MAIN.format(folder=folder, port=server.port))
        (server.config / "master.cf").write_text(_MASTER)
        try:
            server.start()
            yield server
        finally:
            server.stop()
