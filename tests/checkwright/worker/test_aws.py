"""Checks of AWS through the worker: number of requests for many checks, counted on the way to moto's server."""

import asyncio
import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from checkwright.worker.job import Answer
from tests.support.aws import client, give_credentials, moto
from tests.support.running_master import CHECK, Running, with_master

pytestmark = pytest.mark.daemon

QUEUES = 30


@contextmanager
def counting(address: str) -> Iterator[tuple[str, Counter[str]]]:
    """Run a proxy in front of moto that counts requested operations."""
    counts: Counter[str] = Counter()
    behind = address.removeprefix("http://")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            words = f"{self.headers.get('X-Amz-Target', '')} {self.path} {body[:200]!r}"
            counts[next((name for name in ("GetMetricData", "GetQueueUrl") if name in words), "other")] += 1
            connection = http.client.HTTPConnection(behind)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            connection.request("POST", self.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", counts
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.filterwarnings("ignore")  # moto's
def test_queues_share_requests_to_cloudwatch_and_each_gets_its_own_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    give_credentials(monkeypatch)
    with moto() as address, counting(address) as (proxy, counts):
        sqs, cloudwatch = client("sqs", address), client("cloudwatch", address)
        for number in range(QUEUES):
            sqs.create_queue(QueueName=f"queue-{number}")
            cloudwatch.put_metric_data(
                Namespace="AWS/SQS",
                MetricData=[
                    {
                        "MetricName": "ApproximateAgeOfOldestMessage",
                        "Dimensions": [{"Name": "QueueName", "Value": f"queue-{number}"}],
                        "Value": 100.0 + number,
                        # One minute old: moto leaves out data of the second of the request.
                        "Timestamp": datetime.now(UTC) - timedelta(minutes=1),
                    }
                ],
            )

        async def play(running: Running) -> list[Answer]:
            calls = [
                f"{CHECK} sqs_backlog --queue queue-{n} --region eu-west-1 --endpoint-url {proxy} -t 30"
                " --oldest-warning 100000"
                for n in range(QUEUES)
            ]
            return await asyncio.gather(*(running.run(call) for call in calls))

        # Two thread workers: all checks of AWS run in the first, or they could not share requests.
        answers = with_master(play, thread_workers=2)
    for number, answer in enumerate(answers):
        assert answer.code == 0
        assert f" oldest={100 + number}s;".encode() in answer.output
    assert counts["GetQueueUrl"] == QUEUES
    assert 1 <= counts["GetMetricData"] < QUEUES
