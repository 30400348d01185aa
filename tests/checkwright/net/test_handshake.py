"""Reasons for a refused certificate, with the package cryptography and without it."""

from pathlib import Path

import pytest

from tests.support.servers import Authority, raw_server, web_server
from tests.support.without_packages import run_without


def refuse(authority: Authority, *names: str, ends: float, hidden: set[str]) -> tuple[str, str]:
    """Return what `http` and `tcp_port` print about a server whose certificate they do not accept."""
    context = authority.context(*names, starts=-30, ends=ends)
    with web_server({"/": (200, {}, b"")}, context) as server:
        url = f"https://localhost:{server.port}/"
        http = run_without(hidden, "http", "-u", url, "--ca", authority.file)

    def shake_hands(connection: object) -> None:
        with context.wrap_socket(connection, server_side=True):  # type: ignore[arg-type]
            pass

    with raw_server(shake_hands) as port:
        tcp = run_without(hidden, "tcp_port", "-H", "localhost", "-p", str(port), "-S", "--ca", authority.file)
    assert (http.returncode, http.stderr, tcp.returncode, tcp.stderr) == (2, "", 2, "")
    return http.stdout, tcp.stdout


EXPIRED = ("localhost",), -3.0, "the certificate of localhost expired on 20", "certificate has expired"
OTHER_NAME = ("shop.test",), 30.0, "the certificate is for shop.test, not for localhost", "Hostname mismatch"


@pytest.mark.parametrize(("names", "ends", "full", "short"), [EXPIRED, OTHER_NAME], ids=["expired", "other name"])
def test_refused_certificate_is_explained(
    tmp_path: Path, names: tuple[str, ...], ends: float, full: str, short: str
) -> None:
    authority = Authority(tmp_path)
    for output in refuse(authority, *names, ends=ends, hidden=set()):
        assert full in output
    for output in refuse(authority, *names, ends=ends, hidden={"cryptography"}):
        assert f"the certificate of localhost is not trusted: {short}" in output
