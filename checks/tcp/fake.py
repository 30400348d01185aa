"""Fake TCP ports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from checks.tcp.source import Conversation, Tcp, require_expected
from checkwright.core.errors import CheckError, Down
from checkwright.net.connect import join_host_port
from checkwright.net.tls_context import TlsOptions
from checkwright.testing.canned import answer_for

if TYPE_CHECKING:
    from checks.tcp.source import StartTls
    from checkwright.net.connect import Family


class FakeTcp(Tcp):
    """Answers by `host:port`: `FakeTcp({"mail.test:25": Conversation(0.02, "220 ready")})`. A CheckError is raised."""

    def __init__(self, ports: Mapping[str, Conversation | CheckError]) -> None:
        super().__init__()
        self.ports = dict(ports)

    def talk(
        self,
        host: str,
        port: int,
        *,
        send: str = "",
        expect: tuple[str, ...] = (),
        tls: TlsOptions | None = None,
        starttls: StartTls = "",
        name: str = "",
        family: Family = "",
    ) -> Conversation:
        address = join_host_port(host, port)
        found = answer_for(self, self.ports, address)
        require_expected(found.answer, expect, f"port {address}", "before it closed the connection")
        return found

    def refuses(self, host: str, port: int, *, family: Family = "") -> tuple[bool, float]:
        """Return True for a port whose answer is Down with `connection refused`."""
        try:
            found = answer_for(self, self.ports, join_host_port(host, port))
        except Down as down:
            if str(down).endswith("connection refused"):
                return True, 0.0
            raise
        return False, found.seconds


__all__ = ["Conversation", "FakeTcp"]
