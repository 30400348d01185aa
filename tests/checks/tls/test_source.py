"""Certificates of real servers and of files."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from checks.tls.source import Tls
from checkwright.core.errors import CannotTell, Down
from checkwright.net.starttls import PORTS
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


def pop3(connection: socket.socket) -> None:
    connection.sendall(b"+OK ready <1@mail.test>\r\n")
    assert connection.recv(100) == b"STLS\r\n"
    connection.sendall(b"+OK go\r\n")


def ftp(connection: socket.socket) -> None:
    connection.sendall(b"220-welcome\r\n 220 is no end\r\n2201 neither\r\n220 ready\r\n")
    assert connection.recv(100) == b"AUTH TLS\r\n"
    connection.sendall(b"234 go\r\n")


def ldap_response(code: int, kind: bytes = b"\x78") -> bytes:
    result = b"\x0a\x01" + bytes([code]) + b"\x04\0\x04\0"
    message = b"\x02\x01\x01" + kind + bytes([len(result)]) + result
    return b"\x30" + bytes([len(message)]) + message


def ldap(connection: socket.socket) -> None:
    assert connection.recv(100) == b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
    connection.sendall(ldap_response(0))


def active_directory(connection: socket.socket) -> None:
    """Answer with lengths of four bytes, as Active Directory does."""
    connection.recv(100)
    result = b"\x0a\x01\0\x04\0\x04\0\x8a\x161.3.6.1.4.1.1466.20037"
    message = b"\x02\x01\x01\x78\x84" + len(result).to_bytes(4, "big") + result
    connection.sendall(b"\x30\x84" + len(message).to_bytes(4, "big") + message)


def xmpp(connection: socket.socket) -> None:
    assert b" to='localhost' " in connection.recv(1_000)
    connection.sendall(
        b"<?xml version='1.0'?><stream:stream from='localhost' version='1.0'><stream:features>"
        b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"
    )
    assert connection.recv(1_000) == b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
    connection.sendall(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")


def sieve(connection: socket.socket) -> None:
    connection.sendall(b'"IMPLEMENTATION" "Dovecot"\r\n"STARTTLS"\r\n"SASL" ""\r\nOK "ready"\r\n')
    assert connection.recv(100) == b"STARTTLS\r\n"
    connection.sendall(b'OK "go"\r\n')


PROTOCOLS: dict[str, tuple[str, Callable[[socket.socket], None]]] = {
    "smtp": ("smtp", smtp),
    "imap": ("imap", imap),
    "pop3": ("pop3", pop3),
    "ftp": ("ftp", ftp),
    "ldap": ("ldap", ldap),
    "ldap, long lengths": ("ldap", active_directory),
    "xmpp": ("xmpp", xmpp),
    "sieve": ("sieve", sieve),
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


def answer(data: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        connection.recv(1_000)
        connection.sendall(data)

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
    "pop3 without": (
        "pop3",
        answer_lines(b"+OK hi\r\n", b"-ERR no\r\n"),
        "the POP3 server answers STLS with '-ERR no'",
    ),
    "not pop3": ("pop3", answer_lines(b"220 hi\r\n"), "not a ready POP3 server, it sent '220 hi'"),
    "ftp without": (
        "ftp",
        answer_lines(b"220 hi\r\n", b"502 no\r\n"),
        "the FTP server answers AUTH TLS with '502 no'",
    ),
    "not ftp": ("ftp", answer_lines(b"SSH-2.0-OpenSSH\r\n"), "not an FTP server, it sent 'SSH-2.0-OpenSSH'"),
    "ftp endless": ("ftp", answer_lines(b"220-hi\r\n" + b"more\r\n" * 200), "answers its greeting with 'more'"),
    "ldap without": ("ldap", answer(ldap_response(2)), "the LDAP server answers STARTTLS with the error 2"),
    "ldap, another answer": ("ldap", answer(ldap_response(0, b"\x61")), "with a message of another kind"),
    "not ldap": ("ldap", answer(b"HTTP/1.1 400 Bad Request\r\n"), "not an LDAP server, it answers b'HT'"),
    "ldap cut short": ("ldap", answer(b"\x30\x08\x02\x01\x01\x78\x50\0\0\0"), "its answer is cut short"),
    "ldap too long": ("ldap", answer(b"\x30\x84\xff\xff\xff\xff" + bytes(20)), "not an LDAP server"),
    "xmpp without": (
        "xmpp",
        answer(b"<?xml version='1.0'?><stream:stream><stream:features/>"),
        "the XMPP server offers no STARTTLS",
    ),
    "xmpp unknown host": (
        "xmpp",
        answer(b"<stream:stream><stream:error><host-unknown/></stream:error></stream:stream>"),
        "host-unknown",
    ),
    "not xmpp": ("xmpp", answer(b"HTTP/1.1 400 Bad Request\r\n"), "not an XMPP server, it sent 'H'"),
    "xmpp endless": ("xmpp", answer(b"<stream>" + b"<a>" * 9_000), "the server's greeting has no end"),
    "sieve without": ("sieve", answer_lines(b'"SASL" ""\r\nOK\r\n'), "the ManageSieve server offers no STARTTLS"),
    "not sieve": ("sieve", answer_lines(b"220 hi\r\n"), "not a ready ManageSieve server, it sent '220 hi'"),
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


def test_every_protocol_has_a_port_and_a_server_here() -> None:
    assert {protocol for protocol, _ in PROTOCOLS.values()} == set(PORTS)
    assert {protocol for protocol, _, _ in NO_STARTTLS.values()} == set(PORTS)


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_server_that_requires_a_client_certificate_shows_its_own(
    tls: Tls, authority: Authority, tmp_path: Path, newest: ssl.TLSVersion
) -> None:
    context = authority.context("localhost", ends=20, client_ca=True)
    context.maximum_version = newest
    with raw_server(present(context)) as port:
        presented = tls.presented("localhost", port, ca=authority.file)
        own = authority.write(tmp_path / "own.pem", "client.test")
        accepted = tls.presented("localhost", port, ca=authority.file, client_cert=own)
    assert presented.problem == accepted.problem == ""
    assert presented.chain[0].days == pytest.approx(20, abs=0.1)
    assert (presented.note == "the server requires a client certificate") == (newest == ssl.TLSVersion.TLSv1_2)
    assert accepted.note == ""


def test_untrusted_server_that_requires_a_client_certificate_is_explained(tls: Tls, authority: Authority) -> None:
    context = authority.context("localhost", ends=20, client_ca=True)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with raw_server(present(context)) as port:
        presented = tls.presented("localhost", port)
    assert presented.problem == "not trusted"
    assert presented.chain[0].days == pytest.approx(20, abs=0.1)


def test_rejected_client_certificate_is_down(tls: Tls, authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other").write(tmp_path / "own.pem", "client.test")
    context = authority.context("localhost", client_ca=True)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with raw_server(present(context)) as port, pytest.raises(Down):
        tls.presented("localhost", port, ca=authority.file, client_cert=other)


def test_expired_root_is_named(tls: Tls, tmp_path: Path) -> None:
    ca, context = expired_root(tmp_path)
    with raw_server(present(context)) as port:
        presented = tls.presented("localhost", port, ca=ca)
    assert presented.problem == "expired"
    assert presented.why.startswith("the root Old Root in the certificate chain of localhost expired on 20")
    assert presented.chain[0].days > 0


@pytest.mark.parametrize("host", ["[::1]", "::1%lo", "[::1%lo]"])
def test_host_is_compared_without_its_brackets_and_zone(tls: Tls, authority: Authority, host: str) -> None:
    context = authority.context("localhost", "::1")
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:

        def serve() -> None:
            with suppress(OSError), listener.accept()[0] as connection:
                present(context)(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        presented = tls.presented(host, listener.getsockname()[1], ca=authority.file)
        thread.join(5)
    assert (presented.problem, presented.why) == ("", "")


def test_name_is_compared_without_its_last_dot(tls: Tls, authority: Authority) -> None:
    with raw_server(present(authority.context("shop.test"))) as port:
        assert tls.presented("localhost", port, name="shop.test.", ca=authority.file).problem == ""


def test_name_with_other_letters_is_requested_by_idna_2008(tls: Tls, authority: Authority) -> None:
    with raw_server(present(authority.context("xn--strae-oqa.test"))) as port:
        assert tls.presented("localhost", port, name="straße.test", ca=authority.file).problem == ""


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


def expired_root(folder: Path) -> tuple[str, ssl.SSLContext]:
    """Return a file with a root that has expired, and a server's context with a certificate of it that has not."""
    now = datetime.now(UTC)
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def issue(name: str, public: ec.EllipticCurvePublicKey, ends: int, *, ca: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Old Root")]))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=500))
            .not_valid_after(now + timedelta(days=ends))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name.replace(" ", "-"))]), critical=False)
        )
        return builder.sign(root_key, hashes.SHA256())

    root = issue("Old Root", root_key.public_key(), -3, ca=True)
    (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    leaf = issue("localhost", key.public_key(), 60, ca=False)
    (folder / "leaf.pem").write_bytes(
        leaf.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem")
    return str(folder / "root.pem"), context


def test_folder_of_certbot_is_read_without_its_key(tls: Tls, authority: Authority, tmp_path: Path) -> None:
    live = tmp_path / "live"
    live.mkdir()
    leaf = authority.issue("shop.test")
    leaf.cert_chain_pems[0].write_to_path(str(live / "cert.pem"))
    leaf.cert_chain_pems[0].write_to_path(str(live / "fullchain.pem"))
    leaf.private_key_pem.write_to_path(str(live / "privkey.pem"))
    (live / "dhparams.pem").write_text("-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n")
    der = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()).public_bytes(Encoding.DER)
    (live / "cert.der").write_bytes(der)
    key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
    (live / "key.der").write_bytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    found = tls.files(str(live))
    assert [Path(path).name for path in found] == ["cert.der", "cert.pem", "fullchain.pem"]
    assert [tls.read(path)[0].subject for path in found] == ["shop.test"] * 3


def test_damaged_certificate_in_a_folder_is_not_passed_over(tls: Tls, tmp_path: Path) -> None:
    for name, content in {"a.pem": FILES["damaged"][1], "b.der": b"\x30\x82\x01\x01damaged"}.items():
        (tmp_path / name).write_bytes(content or b"")
    found = tls.files(str(tmp_path))
    assert len(found) == 2
    for path in found:
        with pytest.raises(CannotTell, match="cannot be read"):
            tls.read(path)


def test_folder_of_keys_has_no_certificate(tls: Tls, authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    authority.issue("shop.test").private_key_pem.write_to_path(str(tmp_path / "keys" / "a.pem"))
    with pytest.raises(CannotTell, match="has no file with a certificate"):
        tls.files(str(tmp_path / "keys"))


FILES: dict[str, tuple[str, bytes | None, str]] = {
    "missing": ("gone.pem", None, "No such file or directory"),
    "not PEM": ("junk.pem", b"junk", "holds no certificate in PEM or DER form"),
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
