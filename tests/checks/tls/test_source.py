"""Certificates of real servers and of files."""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from checks.tls.source import Tls
from checkwright.core.errors import CannotTell, Down
from tests.support.ports import closed_port
from tests.support.servers import Authority, raw_server


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def tls() -> Tls:
    return Tls.open()


def present(context: ssl.SSLContext, before: Callable[[socket.socket], None] | None = None) -> Callable[..., None]:
    """Return a server that runs `before`, the exchange of its protocol, and then shakes hands."""

    def talk(connection: socket.socket) -> None:
        if before is not None:
            before(connection)
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(1)

    return talk


def test_trusted_certificate(tls: Tls, authority: Authority) -> None:
    with raw_server(present(authority.context("localhost", "shop.test", ends=90))) as port:
        presented = tls.presented("localhost", port, ca=authority.file)
    assert (presented.problem, presented.why) == ("", "")
    own, root = presented.chain
    assert own.subject == "localhost"
    assert own.names == ("localhost", "shop.test")
    assert own.days == pytest.approx(90, abs=0.1)
    assert root.self_signed
    assert not own.self_signed


PROBLEMS: dict[str, tuple[tuple[str, ...], float, float, str, str]] = {
    "expired": (("localhost",), -30, -3, "expired", "the certificate of localhost expired on 20"),
    "not yet valid": (("localhost",), 3, 30, "not yet valid", "the certificate of localhost is not valid before 20"),
    "wrong name": (("shop.test",), -1, 30, "wrong name", "the certificate is for shop.test, not for localhost"),
}


@pytest.mark.parametrize(("names", "starts", "ends", "problem", "why"), PROBLEMS.values(), ids=PROBLEMS)
def test_rejected_certificate_is_explained_and_returned(
    tls: Tls, authority: Authority, names: tuple[str, ...], starts: float, ends: float, problem: str, why: str
) -> None:
    with raw_server(present(authority.context(*names, starts=starts, ends=ends))) as port:
        presented = tls.presented("localhost", port, ca=authority.file)
    assert presented.problem == problem
    assert presented.why.startswith(why)
    assert presented.chain[0].days == pytest.approx(ends, abs=0.1)


def test_certificate_for_an_address(tls: Tls, authority: Authority) -> None:
    with raw_server(present(authority.context("127.0.0.1"))) as port:
        assert tls.presented("127.0.0.1", port, ca=authority.file).problem == ""
    with raw_server(present(authority.context("10.0.0.7"))) as port:
        assert tls.presented("127.0.0.1", port, ca=authority.file).why == (
            "the certificate is for 10.0.0.7, not for 127.0.0.1"
        )


def test_another_name_can_be_requested(tls: Tls, authority: Authority) -> None:
    with raw_server(present(authority.context("shop.test"))) as port:
        assert tls.presented("localhost", port, name="shop.test", ca=authority.file).problem == ""


def test_unknown_authority_is_not_trusted(tls: Tls, authority: Authority) -> None:
    with raw_server(present(authority.context("localhost"))) as port:
        assert tls.presented("localhost", port).problem == "not trusted"


def test_self_signed_certificate(tls: Tls, tmp_path: Path) -> None:
    own = tmp_path / "self.pem"
    ca = trustme.CA()
    ca.private_key_pem.write_to_path(str(own))
    ca.cert_pem.write_to_path(str(own), append=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    with raw_server(present(context)) as port:
        presented = tls.presented("localhost", port)
    assert presented.problem == "self-signed"
    assert "is self-signed by" in presented.why


def smtp(connection: socket.socket) -> None:
    connection.sendall(b"220-mail.test\r\n220 ready\r\n")
    assert connection.recv(100).startswith(b"EHLO")
    connection.sendall(b"250-mail.test\r\n250-SIZE 1\r\n250 STARTTLS\r\n")
    assert connection.recv(100) == b"STARTTLS\r\n"
    connection.sendall(b"220 go\r\n")


def imap(connection: socket.socket) -> None:
    connection.sendall(b"* OK ready\r\n")
    assert connection.recv(100) == b"a1 STARTTLS\r\n"
    connection.sendall(b"* CAPABILITY IMAP4\r\na1 OK go\r\n")


def postgres(connection: socket.socket) -> None:
    assert connection.recv(8) == b"\0\0\0\x08\x04\xd2\x16\x2f"
    connection.sendall(b"S")


def mysql_greeting(flags: int, number: int = 0) -> bytes:
    body = b"\x0a8.0.1\0" + bytes(4) + b"abcdefgh\0" + flags.to_bytes(2, "little") + bytes(20)
    return len(body).to_bytes(3, "little") + bytes([number]) + body


def mysql(connection: socket.socket) -> None:
    connection.sendall(mysql_greeting(0xFFFF))
    request = connection.recv(36, socket.MSG_WAITALL)
    assert request[:4] == b"\x20\0\0\x01"
    assert request[5] & 0x08


def mysql_with_the_last_number(connection: socket.socket) -> None:
    connection.sendall(mysql_greeting(0xFFFF, 255))
    assert connection.recv(36, socket.MSG_WAITALL)[:4] == b"\x20\0\0\0"


PROTOCOLS: dict[str, tuple[str, Callable[[socket.socket], None]]] = {
    "smtp": ("smtp", smtp),
    "imap": ("imap", imap),
    "postgres": ("postgres", postgres),
    "mysql": ("mysql", mysql),
    "mysql, packet number 255": ("mysql", mysql_with_the_last_number),
}


@pytest.mark.parametrize(("protocol", "before"), PROTOCOLS.values(), ids=PROTOCOLS)
def test_starttls(tls: Tls, authority: Authority, protocol: str, before: Callable[[socket.socket], None]) -> None:
    with raw_server(present(authority.context("localhost"), before)) as port:
        presented = tls.presented("localhost", port, starttls=protocol, ca=authority.file)
    assert presented.problem == ""
    assert presented.chain[0].subject == "localhost"


def answer_lines(*lines: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        for line in lines:
            connection.sendall(line)
            connection.recv(1_000)

    return talk


def no_postgres_tls(connection: socket.socket) -> None:
    connection.recv(8)
    connection.sendall(b"N")


NO_STARTTLS = {
    "smtp without": ("smtp", answer_lines(b"220 hi\r\n", b"250 SIZE\r\n"), "the SMTP server offers no STARTTLS"),
    "smtp busy": (
        "smtp",
        answer_lines(b"421 too busy | now\r\n"),
        "the SMTP server answers its greeting with '421 too busy | now'",
    ),
    "not smtp": ("smtp", answer_lines(b"* OK ready\r\n"), "not an SMTP server, it sent '* OK ready'"),
    "smtp endless": ("smtp", answer_lines(b"x" * 20_000), "the server's greeting is one endless line"),
    "imap without": (
        "imap",
        answer_lines(b"* OK hi\r\n", b"a1 BAD no\r\n"),
        "the IMAP server answers STARTTLS with 'a1 BAD no'",
    ),
    "imap bye": ("imap", answer_lines(b"* BYE\r\n"), "not a ready IMAP server, it sent '* BYE'"),
    "postgres without": (
        "postgres",
        no_postgres_tls,
        "the PostgreSQL server offers no TLS",
    ),
    "not postgres": ("postgres", answer_lines(b"HTTP/1.1 400"), "not a PostgreSQL server, it answers b'H'"),
    "mysql without": ("mysql", answer_lines(mysql_greeting(0)), "the MySQL server offers no TLS"),
    "mysql refuses": (
        "mysql",
        answer_lines(b"\x12\0\0\0\xff\x10\x04Too many guests"),
        "the MySQL server reports 'Too many guests'",
    ),
    "not mysql": ("mysql", answer_lines(b"SSH-2.0-OpenSSH\r\n"), "not a MySQL server"),
    "hangs up": ("imap", answer_lines(), "the server closed the connection before TLS could start"),
}


@pytest.mark.parametrize(("protocol", "talk", "why"), NO_STARTTLS.values(), ids=NO_STARTTLS)
def test_server_without_starttls_is_down(
    tls: Tls, protocol: str, talk: Callable[[socket.socket], None], why: str
) -> None:
    with raw_server(talk) as port, pytest.raises(Down) as caught:
        tls.presented("127.0.0.1", port, starttls=protocol)
    assert str(caught.value).startswith(f"TLS 127.0.0.1:{port}: ")
    assert why in str(caught.value)


def test_missing_server_is_down(tls: Tls) -> None:
    port = closed_port()
    with pytest.raises(Down, match=f"TLS 127.0.0.1:{port}: connection refused"):
        tls.presented("127.0.0.1", port)


def test_server_without_tls_is_down(tls: Tls) -> None:
    with (
        raw_server(answer_lines(b"220 mail.test\r\n")) as port,
        pytest.raises(Down, match="the server does not speak TLS here"),
    ):
        tls.presented("127.0.0.1", port)


def test_certificates_in_files(tls: Tls, authority: Authority, tmp_path: Path) -> None:
    folder = tmp_path / "certificates"
    folder.mkdir()
    authority.write(folder / "b.pem", "b.test", ends=20)
    authority.write(folder / "a.crt", "a.test", starts=-9, ends=-2)
    (folder / "notes.txt").write_text("no certificate")
    assert tls.files(str(folder)) == [str(folder / "a.crt"), str(folder / "b.pem")]
    assert [tls.read(path)[0].subject for path in tls.files(str(folder))] == ["a.test", "b.test"]
    assert tls.read(str(folder / "a.crt"))[0].days == pytest.approx(-2, abs=0.1)


FILES: dict[str, tuple[str, bytes | None, str]] = {
    "missing": ("gone.pem", None, "No such file or directory"),
    "not PEM": ("junk.pem", b"junk", "holds no certificate in PEM form"),
    "a key only": (
        "key.pem",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "holds no certificate",
    ),
    "damaged": ("bad.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read"),
}


@pytest.mark.parametrize(("name", "content", "why"), FILES.values(), ids=FILES)
def test_unreadable_file_is_reported(tls: Tls, tmp_path: Path, name: str, content: bytes | None, why: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CannotTell) as caught:
        [tls.read(one) for one in tls.files(str(path))]
    assert str(path) in str(caught.value)
    assert why in str(caught.value)


def test_folder_without_certificates_is_reported(tls: Tls, tmp_path: Path) -> None:
    with pytest.raises(CannotTell, match=r"has no file that ends in \.pem, \.crt, \.cer, \.cert"):
        tls.files(str(tmp_path))
