"""Events of Sensu's API, from a small server with its rules. sensu_go/test_status.py asks a real backend."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from checkwright.core.errors import BadUsage
from checkwright.status.observed import Remark, Unreadable
from checkwright.status.present_problems import status
from checkwright.status.sensu_events import SensuApi, snapshot
from sensu.conditions import ATTEMPTS
from tests.checkwright.status.night import NOW, PLAN

KEY = "0f1f3c5a-7b1c-4d7a-9a30-5f1e2d3c4b5a"


def event(entity: str, check: str, status: int, *history: int, **fields: Any) -> dict[str, Any]:
    """Return an event as the API gives it, with a result each minute."""
    results = [*history, status]
    return {
        "entity": {"metadata": {"name": entity, "namespace": "production"}},
        "check": {
            "metadata": {"name": check, "annotations": {ATTEMPTS: "3"}},
            "status": status,
            "output": "LOAD CRITICAL: 9 | load=9;;;0;\nsecond line",
            "executed": NOW,
            "occurrences": fields.pop("occurrences", 3),
            "history": [
                {"status": one, "executed": NOW - 60 * (len(results) - 1 - number)}
                for number, one in enumerate(results)
            ],
            **fields,
        },
    }


SILENCE = {
    "metadata": {"name": "entity:web-2:web.http"},
    "creator": "alice",
    "reason": "known",
    "begin": 5,
    "expire_at": NOW + 60,
}


def test_event_is_matched_by_role_and_watch() -> None:
    events = [
        event("web-1", "web.load", 2, 0, 0, 1, 2, 2),
        event("web-2", "web.http", 2, 0, silenced=["entity:web-2:web.http"]),
        event("web-2", "web.load", 4294967295, 0, occurrences=1),
        event("pay-1", "payments-api.disk", 0, 2),
        event("pay-1", "keepalive", 2, 1, 0),
        event("web-1", "keepalive", 1, 0),
        event("web-1", "web.gone", 1, 0),
        {"entity": {"metadata": {"name": "web-1"}}, "metrics": {}},
    ]
    found = status([PLAN], [snapshot(events, [SILENCE], "production", taken=NOW)], [], NOW)
    problems = {(one.host, one.watch): one for one in found.problems}
    load = problems["web-1", "load"]
    assert (load.state, load.since, load.output, load.details) == (
        "CRITICAL",
        NOW - 120,
        "LOAD CRITICAL: 9",
        "second line",
    )
    assert (load.teams, load.confirmed, load.handled) == (("platform",), True, "")
    assert problems["web-2", "http"].handled == "in downtime"
    assert problems["web-2", "http"].remark == Remark("alice", "known", 5, NOW + 60)
    assert (problems["web-2", "load"].state, problems["web-2", "load"].confirmed) == ("UNKNOWN", False)
    assert (problems["pay-1", ""].state, problems["pay-1", ""].confirmed) == ("DOWN", True)
    assert (problems["web-1", ""].state, problems["web-1", ""].confirmed) == ("DOWN", False)
    assert [one.service for one in found.unknown] == ["web.gone"]
    assert found.good == 1
    assert [(gap.host, gap.watch) for gap in found.missing] == [("web-1", "http")]


@pytest.mark.parametrize("events", [[{"check": {"status": 0}}], [{"check": {"metadata": {"name": "x"}}}], [3], ["x"]])
def test_other_json_is_one_sentence(events: list[Any]) -> None:
    with pytest.raises(Unreadable, match="gives events in a form that Sensu Go does not have"):
        snapshot(events, [], "production")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    answers: dict[str, tuple[int, bytes, dict[str, str]]]
    requests: list[tuple[str, str]]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        self.server.requests.append((self.path, self.headers.get("Authorization", "")))
        code, body, headers = self.server.answers.get(self.path, (404, b"not found", {}))
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def api(answers: dict[str, tuple[int, bytes, dict[str, str]]]) -> Iterator[tuple[str, _Server]]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.answers, server.requests = answers, []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


EVENTS = "/api/core/v2/namespaces/production/events?limit=500"
SILENCES = "/api/core/v2/namespaces/production/silenced?limit=500"


def test_all_pages_are_read_with_the_key() -> None:
    answers = {
        EVENTS: (200, json.dumps([event("web-1", "web.load", 2, 0)]).encode(), {"Sensu-Continue": "a/b"}),
        f"{EVENTS}&continue=a%2Fb": (200, json.dumps([event("web-2", "web.load", 1, 0)]).encode(), {}),
        SILENCES: (200, b"[]", {}),
    }
    with api(answers) as (url, server):
        found = SensuApi(f"{url}/", KEY, clock=lambda: NOW).snapshot("production")
    assert [one.host for one in found.observed] == ["web-1", "web-2"]
    assert found.taken == NOW
    assert {authorization for _, authorization in server.requests} == {f"Key {KEY}"}


def test_key_does_not_follow_a_redirect() -> None:
    with api({EVENTS: (200, b"[]", {}), SILENCES: (200, b"[]", {})}) as (other, seen):
        redirects = {path: (302, b"", {"Location": f"{other}{path}"}) for path in (EVENTS, SILENCES)}
        with api(redirects) as (url, _):
            SensuApi(url, KEY).snapshot("production")
    assert {authorization for _, authorization in seen.requests} == {""}


ANSWERS = {
    "no key": (401, b"", "answers 401: name an API key that may list events and silences, by --sensu-key FILE"),
    "no namespace": (404, b"", "answers 404 for namespaces/production/events: there is no such namespace"),
    "broken": (500, b"", "answers 500"),
    "no JSON": (200, b"<html>", "does not answer as Sensu's API does: is it one?"),
    "an object": (200, b"{}", "does not answer as Sensu's API does: is it one?"),
}


@pytest.mark.parametrize(("code", "body", "words"), ANSWERS.values(), ids=ANSWERS)
def test_other_answers_are_one_sentence(code: int, body: bytes, words: str) -> None:
    with api({EVENTS: (code, body, {})}) as (url, _), pytest.raises(Unreadable) as raised:
        SensuApi(url).snapshot("production")
    assert str(raised.value).startswith("Sensu at 127.0.0.1:")
    assert words in str(raised.value)


def test_nobody_listens() -> None:
    with pytest.raises(Unreadable, match=r"^Sensu at 127\.0\.0\.1:1 does not answer: Connection refused$"):
        SensuApi("http://127.0.0.1:1").snapshot("production")


@pytest.mark.parametrize("url", ["", "127.0.0.1:8080", "ftp://x", "http://admin:secret@127.0.0.1:8080", "http://"])
def test_other_urls_are_refused_without_their_login(url: str) -> None:
    with pytest.raises(BadUsage, match="--sensu needs the URL of a backend's API") as raised:
        SensuApi(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("key", ["a b", "a\r\nX: y", "ü"])
def test_key_that_no_header_can_hold_is_refused_without_its_value(key: str) -> None:
    with pytest.raises(BadUsage, match="the API key of Sensu holds characters that no key has") as raised:
        SensuApi("http://127.0.0.1:8080", key)
    assert key not in str(raised.value)
