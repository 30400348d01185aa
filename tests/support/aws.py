"""AWS on this machine: moto's server, and a small server that refuses requests as AWS does.

boto3 and moto are imported where they are used, since each process of a test run imports this module.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

REGION = "eu-west-1"
SECRET_KEY = "never/shown+secret"
TOKEN = "never-shown-session-token"


def give_credentials(patch: pytest.MonkeyPatch) -> None:
    """Make boto3 find made-up credentials, and none of this machine."""
    forget_credentials(patch)
    patch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    patch.setenv("AWS_SESSION_TOKEN", TOKEN)


def forget_credentials(patch: pytest.MonkeyPatch) -> None:
    """Leave boto3 without credentials, profiles, instance roles and proxies."""
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "http_proxy",
        "https_proxy",
    ):
        patch.delenv(name, raising=False)
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    patch.setenv("AWS_CONFIG_FILE", "/dev/null")
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")


@contextmanager
def moto() -> Iterator[str]:
    """Run moto's server on a free port. Yields its address.

    All servers of a process share their data, so that each begins by forgetting what an earlier test made.
    """
    from moto.moto_api._internal.models import moto_api_backend
    from moto.server import ThreadedMotoServer

    moto_api_backend.reset()
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def client(service: str, address: str) -> Any:
    """Return a client of boto3, to prepare the data of a test."""
    import boto3

    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=REGION,
        endpoint_url=address,
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="prepares",
    )


class Refusals:
    """Server that answers SQS requests with prepared answers. The last one repeats."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.operations: list[str] = []
        self.address = ""

    def refuse(self, code: str, message: str, status: int = 400) -> None:
        """Add an answer that refuses as SQS does: a code of the query protocol in a header, and a JSON document."""
        body = {"__type": f"com.amazonaws.sqs#{code}", "message": message}
        self.answers.append((status, {"x-amzn-query-error": f"{code};Sender"}, json.dumps(body).encode()))

    def answer(self, **body: object) -> None:
        self.answers.append((200, {}, json.dumps(body).encode()))

    def next(self, operation: str) -> tuple[int, dict[str, str], bytes]:
        self.operations.append(operation)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def refusing() -> Iterator[Refusals]:
    """Run a `Refusals` on a free port."""
    refusals = Refusals()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, headers, body = refusals.next(self.headers.get("X-Amz-Target", ""))
            self.send_response(status)
            for name, value in {**headers, "Content-Type": "application/x-amz-json-1.0"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    refusals.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield refusals
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
