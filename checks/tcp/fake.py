"""TCP ports that answer as a test says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from checks.tcp.source import Conversation, Tcp, refuse_unexpected
from checkwright.core.errors import CheckError
from checkwright.net.connect import shown_host
from checkwright.net.tls_context import TlsOptions
from checkwright.testing.canned import answer_for

if TYPE_CHECKING:
    from checkwright.net.connect import Family


class FakeTcp(Tcp):
    """Answers by `host:port`: `FakeTcp(ports={"mail.test:25": Conversation(0.02, "220 ready")})`, or a trouble."""

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
        where = shown_host(host, port)
        talk = answer_for(self, self.ports, where)
        refuse_unexpected(talk.answer, expect, f"port {where}", "before it closed the connection")
        return talk


__all__ = ["Conversation", "FakeTcp"]
