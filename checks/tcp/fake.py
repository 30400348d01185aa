"""Fake TCP ports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from checks.tcp.source import Conversation, Tcp, require_expected
from checkwright.core.errors import CheckError
from checkwright.net.connect import join_host_port
from checkwright.net.tls_context import TlsOptions
from checkwright.testing.canned import answer_for

if TYPE_CHECKING:
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
        name: str = "",
        family: Family = "",
    ) -> Conversation:
        address = join_host_port(host, port)
        found = answer_for(self, self.ports, address)
        require_expected(found.answer, expect, f"port {address}", "before it closed the connection")
        return found


__all__ = ["Conversation", "FakeTcp"]
