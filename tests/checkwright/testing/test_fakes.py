"""Fakes of the sources that families share, and a sample check that uses one."""

import pytest

from checks.tcp.fake import FakeTcp
from checks.tcp.source import Conversation
from checkwright import Check, Metrics, Secret, gauge, option, uses, verdict
from checkwright.core.errors import CannotTell, Down
from checkwright.core.source import Source
from checkwright.sources.command import Finished
from checkwright.sources.http import Http as HttpSource
from checkwright.sources.http import Reply
from checkwright.sources.http_timings import Timings
from checkwright.testing import FakeCommand, FakeHttp, FakeStateFile, run
from checkwright.testing.runner import MissingFake
from tests.support.fakes import differences


@pytest.mark.parametrize("fake", [FakeHttp, FakeStateFile, FakeCommand])
def test_fake_has_the_signatures_of_the_real_source(fake: type[Source]) -> None:
    assert differences(fake) == []


class Checkout(Check):
    """State of the checkout service, from its health document."""

    http = uses(HttpSource)

    url: str = option("Health document", example="https://checkout.example.com/health")
    token: Secret | None = option("Bearer token", default=None)

    status = verdict("Status", ok=["up"], warn=["degraded"])
    answer = gauge("Response time", "s", warn=0.5, crit=2)
    waiting = gauge("Orders waiting", warn=100, crit=500)
    pool = gauge("Database connections in use", "%", warn=80, crit=95)

    def probe(self) -> Metrics:
        reply = self.http.get(self.url, token=self.token)
        health = reply.json()
        yield self.status(health.text("status"))
        yield self.answer(reply.seconds)
        yield self.waiting(health.number("orders.waiting"))
        yield self.pool(health.percent("pool.used", of="pool.size"))


def health(**changed: object) -> dict[str, object]:
    return {"status": "up", "orders": {"waiting": 12}, "pool": {"used": 5, "size": 20}, **changed}


CASES: dict[str, tuple[Reply | Down | dict[str, object], str, str]] = {
    "well": (health(), "OK", "Status up, Response time 100 ms, Orders waiting 12 (1 more ok)"),
    "degraded": (health(status="degraded"), "WARNING", "Status degraded (3 ok)"),
    "sick": (health(status="sick"), "CRITICAL", "Status sick (3 ok)"),
    "piling up": (health(orders={"waiting": 501}), "CRITICAL", "Orders waiting 501 (above 500) (3 ok)"),
    "changed": (health(orders={}), "UNKNOWN", "https://a/: the document has no orders.waiting"),
    "slow": (Reply(200, '{"status": null}', timings=Timings(3)), "CRITICAL", "Response time 3 s (above 2 s)"),
    "error": (
        Reply(502, "<h1>Bad | Gateway</h1>", reason="Bad Gateway"),
        "CRITICAL",
        "GET https://a/: status 502 Bad Gateway: <h1>Bad \u00a6 Gateway</h1>",
    ),
    "down": (Down("GET https://a/: connection refused"), "CRITICAL", "GET https://a/: connection refused"),
}


@pytest.mark.parametrize(("reply", "state", "summary"), CASES.values(), ids=CASES)
def test_sample_check(reply: Reply | Down | dict[str, object], state: str, summary: str) -> None:
    outcome = run(Checkout, "--url https://a/", FakeHttp({"https://a/": reply}))
    assert outcome.state == state
    assert outcome.summary.startswith(summary)


def test_fake_without_an_answer_fails_the_test() -> None:
    with pytest.raises(LookupError, match="FakeHttp has no answer for 'https://b/', only for https://a/"):
        FakeHttp({"https://a/": Reply()}).get("https://b/")


def test_error_names_the_missing_fake() -> None:
    with pytest.raises(MissingFake, match=r"run\(Checkout, \.\.\., FakeHttp\(\.\.\.\)\)"):
        run(Checkout, "--url https://a/", FakeTcp({"a:1": Conversation(1)}))


def test_fake_command_answers_by_argv_and_records_calls() -> None:
    command = FakeCommand({("df", "-P"): Finished(0, "out"), ("false",): CannotTell("no")})
    assert command.run(["df", "-P"], env={"A": "1"}).output == "out"
    with pytest.raises(CannotTell, match="no"):
        command.run(["false"])
    with pytest.raises(CannotTell, match="there is no program true here"):
        command.run(["true"])
    assert command.calls == [("df", "-P"), ("false",), ("true",)]


def test_fake_state_file_lives_as_long_as_the_fake() -> None:
    memory = FakeStateFile(seconds=10)
    assert memory.since_last_run({"a": 5}) is None
    delta = memory.since_last_run({"a": 25})
    assert delta is not None and delta.rate("a") == 2
