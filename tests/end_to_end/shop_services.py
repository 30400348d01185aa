"""Local servers in the role of the shop's services: web pages, queues in a local AWS, and open ports."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, TCPServer, ThreadingTCPServer
from typing import Any
from urllib.request import Request, urlopen

import boto3
import trustme
from moto.server import ThreadedMotoServer

from shop.aws_services import AwsServices
from shop.services import PAGES
from tests.support.ports import free_port

TOKEN = "a-token-of-the-checkout-service"

#: Environment of checks that query the local AWS.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "stand-in", "AWS_SECRET_ACCESS_KEY": "takes-any-key"}
REGION = "eu-west-1"


class Port:
    """TCP server on a port of the loopback interface. A test can close and reopen it."""

    def __init__(
        self,
        handler: type[BaseRequestHandler],
        kind: type[TCPServer] = ThreadingTCPServer,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._handler = handler
        self._tls = tls
        self._kind = type("Reopened", (kind,), {"allow_reuse_address": True, "daemon_threads": True})
        self.number = free_port()  # reserved while the server is closed
        self.open()

    def open(self) -> None:
        self._server: TCPServer = self._kind(("127.0.0.1", self.number), self._handler)
        if self._tls:
            # The thread of each connection does the handshake: here it would block all other connections.
            self._server.socket = self._tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()


class ShopServices:
    """The services. Tests change their answers while checks read them."""

    def __init__(self) -> None:
        self.pages = {path: (200, text) for path, text in PAGES.items()}
        self.serve("/products.json", result="complete", finished=int(time.time()) - 5 * 3600, products=48_213)
        authority = trustme.CA()
        #: Certificate of the authority that a client must trust, in PEM.
        self.authority = authority.cert_pem.bytes().decode()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(tls)
        self.http = Port(_pages_of(self), ThreadingHTTPServer)
        self.https = Port(_pages_of(self), ThreadingHTTPServer, tls)
        self.ssh = Port(_SshBanner)
        self.database = Port(_Accept)
        self._cloud = Port(AwsServices, ThreadingHTTPServer)
        #: Address of the rest of the shop's AWS: databases, load balancer, machines, certificates.
        self.cloud = f"http://127.0.0.1:{self._cloud.number}"
        self._aws = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._aws.start()
        self.aws = f"http://127.0.0.1:{self._aws.get_host_and_port()[1]}"
        # All servers of one process share their data.
        urlopen(Request(f"{self.aws}/moto-api/reset", method="POST")).close()
        self.sqs = boto3.client(
            "sqs",
            endpoint_url=self.aws,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def serve(self, path: str, **document: Any) -> None:
        """Answer a path with a JSON document from now on."""
        self.pages[path] = (200, json.dumps(document))

    def serve_error(self, path: str, words: str) -> None:
        """Answer a path with status 503 and a text from now on."""
        self.pages[path] = (503, words)

    def queue(self, name: str, messages: int) -> str:
        """Create a queue with messages in it, and return its URL."""
        url = str(self.sqs.create_queue(QueueName=name)["QueueUrl"])
        for number in range(messages):
            self.sqs.send_message(QueueUrl=url, MessageBody=f"order {number}")
        return url

    def stop(self) -> None:
        with ExitStack() as stack:
            for port in (self.http, self.https, self.ssh, self.database, self._cloud):
                stack.callback(port.close)
            stack.callback(self._aws.stop)
            stack.callback(self.sqs.close)


@contextmanager
def run_shop_services() -> Iterator[ShopServices]:
    """Run all services on free ports."""
    shop = ShopServices()
    try:
        yield shop
    finally:
        shop.stop()


def _pages_of(shop: ShopServices) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, text = shop.pages.get(self.path, (404, "no such page"))
            if self.path == "/health" and self.headers["Authorization"] != f"Bearer {TOKEN}":
                status, text = 401, "no token, no health"
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

    return Handler


class _SshBanner(BaseRequestHandler):
    def handle(self) -> None:
        self.request.sendall(b"SSH-2.0-shop\r\n")
        self.request.recv(100)


class _Accept(BaseRequestHandler):
    def handle(self) -> None:
        """Accept and close: the port answers."""
