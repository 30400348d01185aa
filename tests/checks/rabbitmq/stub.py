"""Management API with canned answers, for tests that need no RabbitMQ."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from checkwright.core.errors import CheckError
from checkwright.sources.http import Reply
from tests.support.servers import web_server

#: Answers of real servers, by version.
RECORDED = Path(__file__).with_name("recorded")
URL = "http://127.0.0.1:15672"


def replies(pages: Mapping[str, object], url: str = URL) -> dict[str, Reply | CheckError | Mapping[str, object]]:
    """Return pages as replies of a FakeHttp: a document is sent as JSON."""
    return {
        f"{url}{path}": page if isinstance(page, Reply | CheckError) else Reply(200, json.dumps(page))
        for path, page in pages.items()
    }


def recorded(name: str) -> object:
    return json.loads((RECORDED / f"{name}-3.10.8.json").read_text())


def failed(reason: str, **more: object) -> Reply:
    """Return the answer of a health check that failed."""
    return Reply(503, json.dumps({"status": "failed", "reason": reason, **more}), reason="Service Unavailable")


@contextmanager
def served(pages: Mapping[str, object]) -> Iterator[str]:
    """Serve pages on a free port of this machine, and yield the URL."""
    with web_server({path: (200, {}, json.dumps(page).encode()) for path, page in pages.items()}) as server:
        yield f"http://127.0.0.1:{server.port}"
