"""The imitation of AWS: the shop's watches find in it what they look for."""

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest

from checks.aws.acm import Acm
from checks.aws.autoscaling import Autoscaling
from checks.aws.aws_access import AwsAccess
from checks.aws.load_balancer import LoadBalancer
from checks.aws.rds import Rds
from checks.aws.source import Aws, AwsCheck
from checks.aws.sqs_backlog import SqsBacklog
from checkwright.testing import run
from shop.aws_services import AwsServices
from shop.plugins.order_queue import OrderQueue

CASES: dict[str, tuple[type[AwsCheck], str, str]] = {
    "access": (AwsAccess, "--account 123456789012", "OK"),
    "access with a role": (AwsAccess, "--role arn:aws:iam::123456789012:role/checkwright --external-id shop", "OK"),
    "another account": (AwsAccess, "--account 210987654321", "CRITICAL"),
    "database": (Rds, "--instance shop", "OK"),
    "machines": (Autoscaling, "--group shop-web", "OK"),
    "queue": (SqsBacklog, "--queue payments-dev", "OK"),
    "orders": (OrderQueue, "--queue orders-dev", "OK"),
    "a machine that does not answer": (LoadBalancer, "--name shop", "WARNING"),
    "a certificate that waits for its DNS record": (Acm, "", "WARNING"),
    "a request of none of the shop's watches": (SqsBacklog, "--queue 'payments-*'", "UNKNOWN"),
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), AwsServices)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(("check", "words", "state"), CASES.values(), ids=CASES)
def test_watches_of_the_shop_are_answered(
    address: str, check: type[AwsCheck], words: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "key")
    aws = Aws()
    try:
        outcome = run(check, f"{words} --region eu-west-1 --endpoint-url {address}", aws)
    finally:
        aws.close()
    assert outcome.state == state, str(outcome)
