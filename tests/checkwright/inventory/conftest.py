"""Double of PuppetDB: recorded answers over TLS, with a client certificate, and whatever a test makes wrong."""

import json
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.servers import Authority, Page, web_server

RECORDED = Path(__file__).parent / "recorded/puppetdb-7.12.1"


class PuppetDbDouble:
    """Answers queries by the entity that each begins with: inventory, resources, nodes.

    rows: what it answers, changed by a test. queries: those that it received. headers: of the last request. Each of the
    following changes the answers about `entity`: status, body (in place of the rows), total (in place of their number),
    cut (bytes after which the connection ends), length (whether Content-Length is sent).
    """

    def __init__(self) -> None:
        self.rows: dict[str, Any] = {
            path.stem: json.loads(path.read_text(encoding="utf-8")) for path in RECORDED.glob("*.json")
        }
        self.queries: list[str] = []
        self.headers: dict[str, str] = {}
        self.entity = "inventory"
        self.status = 200
        self.body: bytes | None = None
        self.total: str | None = None
        self.cut: int | None = None
        self.length = True
        self.url = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        parameters = parse_qs(urlsplit(request.path).query)
        query = parameters["query"][0]
        self.queries.append(query)
        self.headers = dict(request.headers.items())
        entity = query.partition("[")[0]
        key = "classes" if entity == "resources" and "count()" in query else entity
        rows = self.rows[key]
        changed = entity == self.entity
        body = self.body if changed and self.body is not None else json.dumps(rows).encode()
        request.send_response(self.status if changed else 200)
        request.send_header("Content-Type", "application/json;charset=utf-8")
        if "include_total" in parameters:
            total = self.total if changed and self.total is not None else str(len(rows))
            if total:
                request.send_header("X-Records", total)
        if self.length:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: self.cut] if changed else body)
        request.close_connection = True


class AnyQuery(dict[str, Page]):
    """Pages of a web server: all queries of the double, and no other path."""

    def __init__(self, double: PuppetDbDouble) -> None:
        super().__init__()
        self.double = double

    def __missing__(self, path: str) -> Page:
        assert path.startswith("/pdb/query/v4?query=")
        return self.double.answer


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    folder = tmp_path / "tls"
    folder.mkdir()
    return Authority(folder)


@pytest.fixture
def puppetdb(authority: Authority) -> Iterator[PuppetDbDouble]:
    double = PuppetDbDouble()
    context: ssl.SSLContext = authority.context("127.0.0.1", client_ca=True)
    with web_server(AnyQuery(double), context) as server:
        double.url = f"https://127.0.0.1:{server.server_address[1]}"
        yield double


@pytest.fixture
def settings(tmp_path: Path, authority: Authority, puppetdb: PuppetDbDouble) -> Path:
    """Return the file with the settings of a client that the double accepts."""
    pem = authority.write(tmp_path / "me.pem", "me")
    file = tmp_path / "puppetdb.conf"
    file.write_text(
        json.dumps({"puppetdb": {"server_urls": puppetdb.url, "cacert": authority.file, "cert": pem, "key": pem}})
    )
    return file
