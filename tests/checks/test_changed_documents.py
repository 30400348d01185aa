"""Documents of a later version of a service: each value is replaced by another kind, or missing.

A check reports them in one sentence, or does without. It never has a defect.
"""

import copy
import json
from collections.abc import Iterator

import pytest

from checkwright.core.catalog import find
from checkwright.sources.http import Reply
from checkwright.testing import FakeHttp, run
from checkwright.testing.fakes import FakeStateFile
from tests.checks.opensearch.test_opensearch import HTTP as OPENSEARCH
from tests.checks.rabbitmq.test_rabbitmq import HTTP as RABBITMQ
from tests.checks.rabbitmq.test_rabbitmq_queues import HTTP as QUEUES

GONE = object()
VALUES: tuple[object, ...] = (GONE, None, True, -1, 1.5e308, "", "7", "x" * 50, [], [7], {}, {"a": 7})
CHECKS = {
    "rabbitmq": (RABBITMQ, "http://127.0.0.1:15672/"),
    "rabbitmq_queues": (QUEUES, "http://127.0.0.1:15672/api/queues/%2F?"),
    "opensearch": (OPENSEARCH, "http://127.0.0.1:9200/"),
}


def changed(document: object) -> Iterator[object]:
    """Yield copies of a document that differ in one place."""
    yield from (value for value in VALUES if value is not GONE)
    for path in _paths(document):
        for value in VALUES:
            found = copy.deepcopy(document)
            holder = found
            for step in path[:-1]:
                holder = holder[step]  # type: ignore[index]
            if value is GONE:
                del holder[path[-1]]  # type: ignore[attr-defined]
            else:
                holder[path[-1]] = value  # type: ignore[index]
            yield found


def _paths(document: object, start: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the paths of all values, of a list those of the first one."""
    if isinstance(document, dict):
        members: list[tuple[str | int, object]] = list(document.items())
    else:
        members = [(0, document[0])] if isinstance(document, list) and document else []
    for step, value in members:
        yield (*start, step)
        yield from _paths(value, (*start, step))


def documents(http: FakeHttp, prefix: str) -> dict[str, object]:
    """Return the JSON answers of a healthy service by URL."""
    return {
        url: json.loads(reply.body)
        for url, reply in http.replies.items()
        if url.startswith(prefix) and isinstance(reply, Reply) and reply.status == 200
    }


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS)
def test_changed_document_is_no_defect(check: str) -> None:
    http, prefix = CHECKS[check]
    number = 0
    for url, healthy in documents(http, prefix).items():
        for document in changed(healthy):
            replies = {**http.replies, url: Reply(200, json.dumps(document))}
            outcome = run(find(check), "", FakeHttp(replies), FakeStateFile())
            assert "the check itself failed" not in outcome.text(3), f"{url}: {document}\n{outcome.text(3)}"
            number += 1
    assert number > 100
