"""The real PHP-FPM with one pool, and its status on a socket of its own."""

import os
import pwd
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from checks.php_fpm import source
from checkwright.sources import Stream
from tests.support.daemons import Daemon, accepts
from tests.support.real import require

_CONFIGURATION = """\
[global]
error_log = {folder}/error.log
pid = {folder}/php-fpm.pid
daemonize = no
[shop]
listen = {listen}
listen.backlog = {backlog}
pm = {manager}
pm.max_children = {children}
pm.start_servers = 1
pm.min_spare_servers = 1
pm.max_spare_servers = 2
pm.status_path = /fpm-status
pm.status_listen = {status}
slowlog = {folder}/slow.log
request_slowlog_timeout = {slow}
"""
#: A page that waits until the file `release` is in its folder.
_PAGE = "<?php while (!file_exists(__DIR__ . '/release')) { usleep(10000); clearstatcache(); } echo 'done';\n"


class PhpFpm(Daemon):
    """Pool `shop` at `listen`, a Unix socket by default. status: its status socket. pid files are in the folder."""

    def __init__(
        self, folder: Path, *, listen: str = "", manager: str = "dynamic", children: int = 3, backlog: int = 16
    ) -> None:
        self.listen = listen or str(folder / "shop.sock")
        self.status = str(folder / "status.sock")
        self.page = folder / "page.php"
        self.page.write_text(_PAGE)
        file = folder / "php-fpm.conf"
        text = _CONFIGURATION.format(
            folder=folder,
            listen=self.listen,
            status=self.status,
            manager=manager,
            children=children,
            backlog=backlog,
            slow=0,
        )
        words = ["-F", "-y", str(file), "-c", str(folder), "-n"]
        if os.geteuid() == 0:
            # PHP-FPM runs as root only where it is allowed to, and this test's folder is closed to others.
            text += f"user = {pwd.getpwuid(0).pw_name}\ngroup = root\n"
            words.append("-R")
        file.write_text(text)
        installed = sorted(path.name for path in Path("/usr/sbin").glob("php-fpm[0-9]*"))
        program = require(installed[-1] if installed else "php-fpm", package="php-fpm")
        super().__init__([program, *words], folder, lambda: accepts(self.status) and accepts(self.listen))

    @contextmanager
    def requests(self, number: int) -> Iterator[None]:
        """Send requests to the pool that last as long as the block."""
        release = self.page.with_name("release")
        release.unlink(missing_ok=True)
        with ExitStack() as stack:
            stack.callback(release.touch)
            for _ in range(number):
                stream = stack.enter_context(Stream.dial(self.listen))
                stream.send(source.request(str(self.page), ""))
            yield
