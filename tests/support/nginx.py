"""The real nginx on a free port, as one process."""

from pathlib import Path

from tests.support.daemons import Daemon, accepts
from tests.support.ports import free_port
from tests.support.real import require

_CONFIGURATION = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections {connections}; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        {locations}
    }}
}}
"""


class Nginx(Daemon):
    """Server at `port`. `access_log` has a line for each request, in nginx's format `combined`."""

    def __init__(self, folder: Path, locations: str, *, connections: int = 64) -> None:
        self.port = free_port()
        self.access_log = folder / "access.log"
        file = folder / "nginx.conf"
        file.write_text(
            _CONFIGURATION.format(folder=folder, port=self.port, locations=locations, connections=connections)
        )
        program = require("nginx", package="nginx-light")
        super().__init__(
            [program, "-p", str(folder), "-e", "stderr", "-c", str(file)],
            folder,
            lambda: accepts(f"127.0.0.1:{self.port}"),
        )
