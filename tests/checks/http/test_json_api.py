"""Check json_api against a fake."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.http.json_api import JsonApi
from checkwright.core.errors import Down
from checkwright.sources.http import Reply
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeHttp
from tests.support.sample import Sample, no_limits
from tests.support.servers import web_server

HEALTH = {
    "status": "up",
    "mode": "degraded",
    "ready": True,
    "orders": {"waiting": 120, "text": "7.5", "none": None},
    "pools": [{"used": 3}, {"used": 9}],
    "jvm:heap": 12,
    "backup": "2020-01-01T00:00:00Z",
}
WORLD = FakeHttp(
    {
        "http://a/": HEALTH,
        "http://a/nan": Reply(200, '{"rate": NaN}', reason="OK"),
        "http://a/page": Reply(200, "<html>hello</html>", reason="OK"),
        "http://a/error": Reply(500, '{"error": "no database"}', reason="Internal Server Error"),
        "http://a/down": Down("GET http://a/down: connection refused"),
    }
)
U = "-u http://a/"

CASES = {
    "values and words": (f"{U} --value orders=orders.waiting --value pools=pools --word status=status:up", "OK"),
    "a value too high": (f"{U} --value orders=orders.waiting --value-warning orders=100", "WARNING"),
    "a value far too high": (
        f"{U} --value orders=orders.waiting --value-warning orders=50 --value-critical orders=100",
        "CRITICAL",
    ),
    "one item of a list": (f"{U} --value used=pools[used=9].used --value-critical used=8", "CRITICAL"),
    "no such item": (f"{U} --value used=pools[used=7].used", "UNKNOWN"),
    "number of items": (f"{U} --value pools=pools[used=7] --value-critical pools=1:", "CRITICAL"),
    "sum of items": (f"{U} --value used=pools[*].used --value-critical used=12", "OK"),
    "age of a time": (f"{U} --value backup=backup:age --value-critical backup=90000", "CRITICAL"),
    "age of no time": (f"{U} --value backup=mode:age", "UNKNOWN"),
    "with a unit": (f"{U} --value used=pools[-1].used:% --value-critical used=5", "CRITICAL"),
    "a colon in the path": (f"{U} --value heap=jvm:heap: --value-critical heap=20", "OK"),
    "text that is a number": (f"{U} --value rate=orders.text", "OK"),
    "true as a number": (f"{U} --value ready=ready --value-critical ready=1:", "OK"),
    "true as a word": (f"{U} --word ready=ready:true", "OK"),
    "a word that warns": (f"{U} --word mode=mode:normal:degraded,slow", "WARNING"),
    "another word": (f"{U} --word mode=mode:normal", "CRITICAL"),
    "null": (f"{U} --value none=orders.none", "UNKNOWN"),
    "NaN": ("-u http://a/nan --value rate=rate", "UNKNOWN"),
    "no number": (f"{U} --value status=status --value orders=orders.waiting", "UNKNOWN"),
    "a missing path, and the rest is measured": (
        f"{U} --value gone=orders.gone --value orders=orders.waiting --value-critical orders=100",
        "CRITICAL",
    ),
    "a missing word": (f"{U} --word gone=orders.gone:up", "UNKNOWN"),
    "a required path": (f"{U} --require orders.waiting", "OK"),
    "a required path is missing": (f"{U} --require orders.done", "UNKNOWN"),
    "not JSON": ("-u http://a/page --value x=x", "UNKNOWN"),
    "an error": ("-u http://a/error --value x=x", "CRITICAL"),
    "an error that is expected": ("-u http://a/error --expect-status 500 --word error=error:none", "CRITICAL"),
    "no answer": ("-u http://a/down --value x=x", "CRITICAL"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_json_api(command_line: str, state: str, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkwright.sources.json_path.time.time", lambda: 1_577_836_800.0 + 100_000)
    outcome = run(JsonApi, command_line, WORLD)
    assert outcome.state == state
    golden(outcome)


BAD = {
    "no name": ("--value =x", "--value: '=x' is not NAME=PATH[:UNIT]"),
    "no path": ("--value x", "--value: 'x' is not NAME=PATH[:UNIT]"),
    "an empty path": ("--value x=:s", "--value: x=:s has no path"),
    "no unit": ("--value x=y:ms", "--value: 'ms' is not a unit, use one of s, B, %"),
    "a name twice": ("--value x=y --value x=z", "--value: 'x' is given twice"),
    "a name for two things": ("--value x=y --word x=z:up", "the name 'x' is used twice or reserved"),
    "our own name": ("--value time=y", "the name 'time' is used twice or reserved"),
    "a limit without a value": ("--value-warning x=1", "--value-warning: there is no --value named 'x'"),
    "no range": ("--value x=y --value-critical x=high", "--value-critical: x: 'high' is not a range"),
    "words without meaning": ("--word x=y", "--word: x=y is not NAME=PATH:OK,..[:WARNING,..]"),
    "two meanings": ("--word x=y:up:up", "--word: x=y:up:up gives a word two meanings"),
}


@pytest.mark.parametrize(("command_line", "why"), BAD.values(), ids=BAD)
def test_bad_options_are_refused_before_a_request(command_line: str, why: str) -> None:
    fake = FakeHttp({})
    outcome = run(JsonApi, f"{U} {command_line}", fake)
    assert outcome.state == "UNKNOWN"
    assert why in outcome.summary
    assert fake.requests == []


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with web_server({"/status": (200, {}, b'{"requests": {"failed_percent": 0.2}}')}) as server:
        url = f"http://127.0.0.1:{server.port}/status"
        yield Sample(f"--url {url} --value failed=requests.failed_percent:% {no_limits('time')}")
