"""Each channel against a double that follows the documented API, and against servers that fail."""

import json
import ssl
import threading
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import trustme

from checkwright.notify import channel_http
from checkwright.notify.channel import BadSettings, Channel, Outcome
from checkwright.notify.notify_file import KINDS
from tests.checkwright.notify.incidents import ACKNOWLEDGED, PROBLEM, RECOVERY
from tests.support.paging_services import API_KEY, HOOK, KEY, TOKEN, paging_services, smtp_server
from tests.support.ports import closed_port
from tests.support.servers import raw_server


def channel(kind: str, tmp_path: Path, base: str, **settings: str) -> Channel:
    """Return a channel of a kind whose services are at `base`, with its secrets in files."""
    secrets = {"pagerduty": KEY, "opsgenie": API_KEY, "slack": f"{base}{HOOK}", "webhook": TOKEN, "sms": TOKEN}
    (tmp_path / "secret").write_text(secrets[kind] + "\n")
    secret = str(tmp_path / "secret")
    known: dict[str, dict[str, str]] = {
        "pagerduty": {"key": secret, "url": f"{base}/v2/enqueue"},
        "opsgenie": {"key": secret, "url": base},
        "slack": {"webhook": secret},
        "webhook": {"url": f"{base}/hook", "token": secret},
        "sms": {"url": f"{base}/send", "to": "+491701234567", "token": secret},
    }
    return KINDS[kind](known[kind] | settings)  # type: ignore[call-arg]


WEB = ("opsgenie", "pagerduty", "slack", "sms", "webhook")


def test_pagerduty_opens_acknowledges_and_resolves_one_incident(tmp_path: Path) -> None:
    with paging_services() as services:
        pager = channel("pagerduty", tmp_path, services.url)
        for incident in (PROBLEM, ACKNOWLEDGED, RECOVERY):
            assert pager.send(incident).problem == ""
    actions = [(event["event_action"], event["dedup_key"]) for _, event in services.events]
    assert actions == [(word, "checkwright/production/pay-1/disk") for word in ("trigger", "acknowledge", "resolve")]
    payload = services.events[0][1]["payload"]
    assert payload["summary"] == "CRITICAL: disk on pay-1: Used space of /srv 95 % (critical above 90 %)"
    assert (payload["source"], payload["severity"], payload["component"]) == ("pay-1", "critical", "disk")
    assert payload["custom_details"]["Runbook"] == "https://runbooks.example.com/payments/"
    assert [link["text"] for link in services.events[0][1]["links"]] == ["Runbook", "Catalogue"]


def test_opsgenie_creates_acknowledges_and_closes_one_alert(tmp_path: Path) -> None:
    with paging_services() as services:
        opsgenie = channel("opsgenie", tmp_path, services.url)
        for incident in (PROBLEM, ACKNOWLEDGED, RECOVERY):
            assert opsgenie.send(incident).problem == ""
    alias = "checkwright%2Fproduction%2Fpay-1%2Fdisk"
    paths = [path for path, _ in services.events]
    assert paths == ["/v2/alerts", f"/v2/alerts/{alias}/acknowledge", f"/v2/alerts/{alias}/close"]
    first, second, _ = (value for _, value in services.events)
    assert (first["alias"], first["priority"], first["entity"]) == ("checkwright/production/pay-1/disk", "P1", "pay-1")
    assert (second["user"], "known, see 4711" in second["note"]) == ("alice", True)


def test_slack_shows_hostile_text_as_text(tmp_path: Path) -> None:
    hostile = replace(PROBLEM, output="<!channel> <https://evil.example.com|click> & `x`\x1b[31m", values=())
    with paging_services() as services:
        assert channel("slack", tmp_path, services.url).send(hostile).problem == ""
    sent = json.dumps(services.events[0][1])
    assert "<!channel>" not in sent
    assert "&lt;!channel&gt;" in sent
    assert "<https://evil" not in sent
    assert "\\u001b" not in sent
    assert "<https://runbooks.example.com/payments/|Runbook>" in sent


def test_sms_fits_a_phone_and_webhook_has_everything(tmp_path: Path) -> None:
    long = replace(PROBLEM, values=(), output="x" * 5_000)
    with paging_services() as services:
        assert channel("sms", tmp_path, services.url).send(long).problem == ""
        assert channel("webhook", tmp_path, services.url).send(PROBLEM).problem == ""
    (_, message), (_, whole) = services.events
    assert message["to"] == "+491701234567"
    assert len(message["text"]) <= 320
    assert message["text"].startswith("CRITICAL: disk on pay-1: xxx")
    assert message["text"].endswith("\nhttps://runbooks.example.com/payments/")
    assert (whole["key"], whole["action"], whole["host"], whole["watch"]) == (PROBLEM.key, "trigger", "pay-1", "disk")
    assert whole["values"] == list(PROBLEM.values)


def test_long_names_have_a_key_that_every_service_takes() -> None:
    long = [replace(PROBLEM, host=f"{'h' * 300}{number}").key for number in range(2)]
    assert [len(key) for key in long] == [255, 255]
    assert long[0] != long[1]


#: Answer of the service, then the problem, whether it is final, and the seconds to wait.
FAILURES: dict[str, tuple[int, dict[str, str], str, bool, float]] = {
    "too many": (429, {"Retry-After": "17"}, "answered 429", False, 17.0),
    "too many, for days": (429, {"Retry-After": "99999"}, "answered 429", False, 900.0),
    "too many, without a number": (429, {"Retry-After": "soon"}, "answered 429", False, 0.0),
    "broken": (500, {}, "answered 500", False, 0.0),
    "overloaded": (503, {"Retry-After": "2"}, "answered 503", False, 2.0),
    "wrong key": (403, {}, "answered 403", False, 0.0),
    "moved": (302, {"Location": "https://evil.example.com/"}, "answered 302", False, 0.0),
    "refused": (422, {}, "answered 422", True, 0.0),
    "invalid": (400, {}, "answered 400", True, 0.0),
}


@pytest.mark.parametrize("kind", WEB)
@pytest.mark.parametrize("failing", FAILURES.values(), ids=FAILURES)
def test_failures_are_distinguished(
    kind: str, failing: tuple[int, dict[str, str], str, bool, float], tmp_path: Path
) -> None:
    status, headers, problem, final, after = failing
    with paging_services() as services:
        # A server that repeats what it got must not bring the secret into the log.
        repeated = f"no: {KEY} {API_KEY} {TOKEN} {HOOK}"
        services.failing = lambda _: (status, headers, repeated)
        outcome = channel(kind, tmp_path, services.url).send(PROBLEM)
    assert problem in outcome.problem
    assert (outcome.final, outcome.after) == (final, after)
    secret = (tmp_path / "secret").read_text().strip()
    assert secret not in outcome.problem
    assert secret.rpartition("/")[2] not in outcome.problem


@pytest.mark.parametrize("kind", ["opsgenie", "pagerduty", "slack"])
def test_page_of_a_proxy_is_no_delivery(kind: str, tmp_path: Path) -> None:
    with paging_services() as services:
        status = 200 if kind == "slack" else 202
        services.failing = lambda _: (status, {}, "<html>Please log in</html>")
        outcome = channel(kind, tmp_path, services.url).send(PROBLEM)
    assert "with another text than the service's: <html>Please log in</html>" in outcome.problem
    assert not outcome.final


@pytest.mark.parametrize("kind", WEB)
def test_nobody_listens(kind: str, tmp_path: Path) -> None:
    outcome = channel(kind, tmp_path, f"http://127.0.0.1:{closed_port()}").send(PROBLEM)
    assert (outcome.problem.endswith("cannot be reached: Connection refused"), outcome.final) == (True, False)


def test_slow_and_broken_servers() -> None:
    request = channel_http.json_request("http://127.0.0.1:1/", {})

    ended = threading.Event()

    def silence(_: Any) -> None:
        ended.wait(30)

    def garbage(connection: Any) -> None:
        connection.recv(100)
        connection.sendall(b"SSH-2.0-OpenSSH\r\n")

    with raw_server(silence) as port:
        silent = channel_http.post(replace(request, url=f"http://127.0.0.1:{port}/"), "X", patience=0.3)
        ended.set()
    with raw_server(garbage) as port:
        broken = channel_http.post(replace(request, url=f"http://127.0.0.1:{port}/"), "X", patience=10)
    assert silent == Outcome("X did not answer within 0.3 s")
    assert isinstance(broken, Outcome)
    assert broken.problem.startswith("X cannot be reached: ")


def test_tls_needs_a_trusted_certificate_of_the_right_name(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    for name, problem in (("127.0.0.1", ""), ("other.example.com", "its certificate is not trusted")):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        with paging_services(context) as services:
            assert services.server is not None
            base = f"https://127.0.0.1:{services.server.port}"
            trusted = channel("pagerduty", tmp_path, base, ca=str(tmp_path / "ca.pem")).send(PROBLEM)
            unknown = channel("pagerduty", tmp_path, base).send(PROBLEM)
        assert problem in trusted.problem
        assert bool(trusted.problem) == bool(problem)
        assert "its certificate is not trusted" in unknown.problem
        assert len(services.events) == (0 if problem else 1)


@pytest.mark.parametrize("kind", WEB)
def test_secret_that_cannot_be_read_is_tried_again(kind: str, tmp_path: Path) -> None:
    with paging_services() as services:
        made = channel(kind, tmp_path, services.url)
        for content in (b"", b"two\nlines\n", b"\xff\xfe"):
            (tmp_path / "secret").write_bytes(content)
            outcome = made.send(PROBLEM)
            assert f"the secret file {tmp_path / 'secret'}" in outcome.problem
            assert not outcome.final
        (tmp_path / "secret").unlink()
        assert "No such file" in made.send(PROBLEM).problem
    assert services.attempts == 0


def test_no_secret_goes_out_unencrypted(tmp_path: Path) -> None:
    for kind in WEB:
        outcome = channel(kind, tmp_path, "http://gateway.example.com").send(PROBLEM)
        assert "a secret would go to gateway.example.com unencrypted: use https" in outcome.problem


def test_mail_by_smtp() -> None:
    hostile = replace(PROBLEM, output="two\r\nBcc: evil@example.com", values=())
    with smtp_server() as server:
        settings = {"to": "shop@example.com", "smtp": f"127.0.0.1:{server.port}", "sender": "nagios@example.com"}
        mail = KINDS["mail"](settings)  # type: ignore[call-arg]
        for incident in (hostile, RECOVERY):
            assert mail.send(incident).problem == ""
        server.refuse = "550 5.1.1 no such user"
        gone = mail.send(PROBLEM)
        server.refuse = "451 4.3.0 try later"
        later = mail.send(PROBLEM)
    first, second = (message_from_bytes(text, policy=policy.default) for text in server.mails)
    assert first["Bcc"] is None
    assert first["Subject"] == "CRITICAL: disk on pay-1: two  Bcc: evil@example.com"
    assert (first["To"], first["References"]) == ("shop@example.com", second["References"])
    assert "Runbook:     https://runbooks.example.com/payments/" in first.get_content()
    assert (gone.problem, gone.final) == ("the mail server answered 550: 5.1.1 no such user", True)
    assert (later.problem, later.final) == ("the mail server answered 451: 4.3.0 try later", False)


def test_mail_by_sendmail(tmp_path: Path) -> None:
    program = tmp_path / "sendmail"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\ncat > {tmp_path}/mail\n')
    program.chmod(0o755)
    mail = KINDS["mail"]({"to": "root", "sendmail": str(program)})  # type: ignore[call-arg]
    assert mail.send(PROBLEM).problem == ""
    assert (tmp_path / "words").read_text() == "-oi -- root\n"
    assert b"Used space of /srv 95 %" in (tmp_path / "mail").read_bytes()
    program.write_text("#!/bin/sh\necho mail system is down >&2\nexit 75\n")
    assert mail.send(PROBLEM).problem == f"{program} ended with 75: mail system is down"


@pytest.mark.parametrize("to", ["", "-oQ/tmp", "a b@example.com", "a@example.com,b@example.com", "a\n@example.com"])
def test_mail_refuses_what_is_no_address(to: str) -> None:
    with pytest.raises(BadSettings):
        KINDS["mail"]({"to": to})  # type: ignore[call-arg]


def test_services_follow_their_apis(tmp_path: Path) -> None:
    """The doubles refuse what the real services refuse."""
    with paging_services() as services:
        (tmp_path / "wrong").write_text("wrong")
        wrong = {"key": str(tmp_path / "wrong"), "url": f"{services.url}/v2/enqueue"}
        outcome = KINDS["pagerduty"](wrong).send(PROBLEM)  # type: ignore[call-arg]
        assert (outcome.final, "'routing_key' is invalid" in outcome.problem) == (True, True)
        outcome = KINDS["opsgenie"](wrong | {"url": services.url}).send(PROBLEM)  # type: ignore[call-arg]
        assert (outcome.final, "Could not authenticate" in outcome.problem) == (False, True)
