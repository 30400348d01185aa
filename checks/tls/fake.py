"""Fake servers and files with certificates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from checks.tls.source import Presented, Tls
from checkwright.core.errors import CannotTell, CheckError
from checkwright.net.certificates import Certificate
from checkwright.net.connect import join_host_port
from checkwright.testing.canned import answer_for

if TYPE_CHECKING:
    from checks.tls.source import StartTls
    from checkwright.net.connect import Family


class FakeTls(Tls):
    """Certificates of servers by `host:port`, and of files by path. A CheckError is raised."""

    def __init__(
        self,
        servers: Mapping[str, Presented | CheckError] | None = None,
        pem: Mapping[str, tuple[Certificate, ...] | CheckError] | None = None,
    ) -> None:
        super().__init__()
        self.servers = dict(servers or {})
        self.pem = dict(pem or {})

    def presented(
        self,
        host: str,
        port: int,
        *,
        name: str = "",
        starttls: StartTls = "",
        ca: str = "",
        client_cert: str = "",
        client_key: str = "",
        family: Family = "",
    ) -> Presented:
        return answer_for(self, self.servers, join_host_port(host, port))

    def files(self, path: str) -> list[str]:
        files = sorted(file for file in self.pem if file.startswith(f"{path.rstrip('/')}/"))
        return files or [path]

    def read(self, path: str) -> tuple[Certificate, ...]:
        if path not in self.pem:
            raise CannotTell(f"cannot read {path}: No such file or directory")
        return answer_for(self, self.pem, path)


__all__ = ["Certificate", "FakeTls", "Presented"]
