"""Stand-ins for servers of the web: what a test says they answer, they answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from checks.core.errors import CannotTell, Trouble
from checks.core.secret import Secret
from checks.sources.certificates import Certificate
from checks.sources.dns import Answer, Dns
from checks.sources.http import AGENT, MAX_SIZE, Http, Reply
from checks.sources.http_timings import Timings
from checks.sources.net import shown_host
from checks.sources.tcp import Conversation, Tcp, refuse_unexpected
from checks.sources.tls import Presented, Tls
from checks.sources.trust import TlsOptions

if TYPE_CHECKING:
    from checks.sources.http import Redirect
    from checks.sources.net import Family
    from checks.sources.tls import StartTls

T = TypeVar("T")


class FakeHttp(Http):
    """Answers by URL: `FakeHttp(replies={"https://shop.test/health": {"status": "up"}})`.

    A reply is a Reply, a trouble to raise (Down("...")), or what a JSON document holds. `asked` lists the requests as
    (method, URL).
    """

    def __init__(self, replies: Mapping[str, Reply | Trouble | Mapping[str, object]]) -> None:
        super().__init__()
        self.replies = dict(replies)
        self.asked: list[tuple[str, str]] = []

    def request(
        self,
        method: str,
        url: str,
        *,
        token: Secret | None = None,
        login: Secret | None = None,
        headers: Iterable[str] = (),
        secret_headers: Iterable[Secret] = (),
        body: bytes | None = None,
        agent: str = AGENT,
        redirect: Redirect = "follow",
        tls: TlsOptions | None = None,
        family: Family = "",
        resolve: Mapping[str, str] | None = None,
        proxy_from_env: bool = False,
        max_size: int = MAX_SIZE,
    ) -> Reply:
        self.asked.append((method, url))
        found = _found(self, self.replies, url)
        if isinstance(found, Reply):
            given = Reply(
                found.status,
                found.body,
                headers=found.headers,
                reason=found.reason,
                url=found.url or url,
                timings=found.timings,
            )
        else:
            given = Reply(200, json.dumps(found), reason="OK", url=url, timings=Timings(0.1))
        if given.size > max_size:
            raise CannotTell(f"{method} {url}: the answer is larger than {max_size} bytes (--max-size)")
        return given


class FakeTcp(Tcp):
    """Answers by `host:port`: `FakeTcp(ports={"mail.test:25": Conversation(0.02, "220 ready")})`, or a trouble."""

    def __init__(self, ports: Mapping[str, Conversation | Trouble]) -> None:
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
        talk = _found(self, self.ports, where)
        refuse_unexpected(talk.answer, expect, f"port {where}", "before it closed the connection")
        return talk


class FakeTls(Tls):
    """Shows certificates by `host:port`, and those of files by path: each a tuple of certificates, or a trouble."""

    def __init__(
        self,
        servers: Mapping[str, Presented | Trouble] | None = None,
        pem: Mapping[str, tuple[Certificate, ...] | Trouble] | None = None,
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
        return _found(self, self.servers, shown_host(host, port))

    def files(self, path: str) -> list[str]:
        within = sorted(file for file in self.pem if file.startswith(f"{path.rstrip('/')}/"))
        return within or [path]

    def read(self, path: str) -> tuple[Certificate, ...]:
        if path not in self.pem:
            raise CannotTell(f"cannot read {path}: No such file or directory")
        return _found(self, self.pem, path)


class FakeDns(Dns):
    """Answers by name and type: `FakeDns({"shop.test A": Answer(("10.0.0.7",), 0.01)})`, or a trouble."""

    def __init__(self, answers: Mapping[str, Answer | Trouble]) -> None:
        self.answers = dict(answers)

    def look_up(self, name: str, kind: str = "A", *, server: str = "") -> Answer:
        return _found(self, self.answers, f"{name} {kind}")


def _found(fake: object, known: Mapping[str, T | Trouble], key: str) -> T:
    if key not in known:
        raise LookupError(f"{type(fake).__name__} has nothing for {key!r}, only for {', '.join(known) or 'nothing'}")
    found = known[key]
    if isinstance(found, Trouble):
        raise found
    return found


__all__ = [
    "Answer",
    "Certificate",
    "Conversation",
    "FakeDns",
    "FakeHttp",
    "FakeTcp",
    "FakeTls",
    "Presented",
    "Reply",
    "Timings",
]
