"""Server that answers any operation of AWS with given answers, in the protocol of the operation's service.

botocore's descriptions of the services decide the protocol. moto's serializers write it.
"""

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.loaders import create_loader
from moto.core.exceptions import ServiceException
from moto.core.model import ServiceModel
from moto.core.serialize import get_serializer_class


class Refusal(ServiceException):
    """An error that AWS answers: `Refusal("AccessDenied", "not authorized")`."""


#: An answer as botocore returns it, or a refusal. Of several, each request takes the next one, and the last stays.
Answer = dict[str, Any] | Refusal


class AwsAnswers:
    """Answers by `SERVICE:OPERATION`, and the operations that were requested.

    `requested` holds the region of each request, too: `("sqs:GetQueueUrl", "eu-west-1")`.
    """

    def __init__(self, answers: Mapping[str, Answer | list[Answer]]) -> None:
        self.answers = {key: list(value) if isinstance(value, list) else [value] for key, value in answers.items()}
        self.requested: list[tuple[str, str]] = []
        self.address = ""

    def next(self, key: str, region: str) -> Answer:
        self.requested.append((key, region))
        answers = self.answers.get(key) or [Refusal("NoAnswer", f"this test has no answer for {key}")]
        return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def answering(answers: Mapping[str, Answer | list[Answer]]) -> Iterator[AwsAnswers]:
    """Run the server on a free port. Yields it; its address serves as --endpoint-url of all services."""
    given = AwsAnswers(answers)
    services = sorted({key.partition(":")[0] for key in answers})

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            signing, region = _scope(self.headers.get("Authorization", ""))
            found = next(filter(None, (_operation(self, body, name, signing) for name in services)), None)
            if found is None:
                self._send(400, {}, b"no operation of this test")
                return
            model, operation = found
            serializer = get_serializer_class(model.service_name, str(model.resolved_protocol))
            answer = given.next(f"{model.service_name}:{operation}", region)
            with warnings.catch_warnings(action="ignore"):  # codes that every service has are in no description
                response = serializer(model.operation_model(operation)).serialize(answer)
            content = response["body"]
            self._send(
                response["status_code"],
                dict(response["headers"]),
                content.encode() if isinstance(content, str) else content,
            )

        do_GET = do_PUT = do_HEAD = do_POST

        def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() != "content-length":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    given.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield given
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(create_loader().load_service_model(service, "service-2"), service)


def _scope(authorization: str) -> tuple[str, str]:
    """Return the signing name and the region of a request's signature."""
    found = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/", authorization)
    return (found[2], found[1]) if found else ("", "")


def _operation(
    request: BaseHTTPRequestHandler, body: bytes, service: str, signing: str
) -> tuple[ServiceModel, str] | None:
    """Return the service and the operation of a request, None if it is not one of this service."""
    model = _model(service)
    if model.signing_name != signing:
        return None
    protocol = model.resolved_protocol
    if protocol == "json":
        return model, request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    if protocol in ("query", "ec2"):
        return model, parse_qs(body.decode())["Action"][0]
    path, query = urlsplit(request.path).path, urlsplit(request.path).query
    names = [
        str(name) for name in model.operation_names if _fits(model.operation_model(name).http, request, path, query)
    ]
    # The most exact address: most literal text outside of braces.
    names.sort(key=lambda name: len(re.sub(r"\{[^}]*\}", "", model.operation_model(name).http["requestUri"])))
    return (model, names[-1]) if names else None


def _fits(http: dict[str, Any], request: BaseHTTPRequestHandler, path: str, query: str) -> bool:
    uri, _, flags = http["requestUri"].partition("?")
    pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(uri).replace(r"\{Key\+\}", ".+"))
    needed = {flag for flag in flags.split("&") if flag}
    there = {part.partition("=")[0] for part in query.split("&")} | set(query.split("&"))
    return http["method"] == request.command and re.fullmatch(f"{pattern}/?", path) is not None and needed <= there
