"""The real Apache with its status page, on a free port."""

import os
from pathlib import Path

from tests.support.daemons import Daemon, accepts
from tests.support.ports import free_port
from tests.support.real import require

_MODULES = "/usr/lib/apache2/modules"
_CONFIGURATION = """\
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/error.log
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_host_module {modules}/mod_authz_host.so
LoadModule reqtimeout_module {modules}/mod_reqtimeout.so
LoadModule status_module {modules}/mod_status.so
{account}
StartServers 1
ServerLimit 1
ThreadsPerChild {workers}
MaxRequestWorkers {workers}
MinSpareThreads 1
MaxSpareThreads {workers}
Timeout 30
RequestReadTimeout header=20
DocumentRoot /usr/share/doc
<Location "/server-status">
    SetHandler server-status
    Require local
</Location>
<Location "/private">
    Require all denied
</Location>
"""


class Apache(Daemon):
    """One process with a few workers, at `port`. Its documents are a folder that every account may read."""

    def __init__(self, folder: Path, workers: int = 4) -> None:
        self.port = free_port()
        file = folder / "apache.conf"
        account = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
        file.write_text(
            _CONFIGURATION.format(folder=folder, port=self.port, modules=_MODULES, account=account, workers=workers)
        )
        program = require("apache2", package="apache2")
        super().__init__(
            [program, "-D", "FOREGROUND", "-f", str(file)], folder, lambda: accepts(f"127.0.0.1:{self.port}")
        )
