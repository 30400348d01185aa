"""CloudWatch on this machine: `cloudwatch.py` prints its address, and answers GetMetricData until it is ended.

Each series has one datapoint, of the last whole period. GET /counts returns the requests and queries since the last
GET, and forgets them.
"""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any

counts = {"calls": 0, "metrics": 0}
lock = Lock()


class CloudWatch(BaseHTTPRequestHandler):
    """Handler of the operation GetMetricData in AWS's JSON protocol."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        with lock:
            body = json.dumps(counts)
            counts.update(calls=0, metrics=0)
        self._send(200, body)

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if not self.headers.get("X-Amz-Target", "").endswith(".GetMetricData"):
            self._send(400, '{"__type": "InvalidAction"}')
            return
        queries = request["MetricDataQueries"]
        metrics = {json.dumps(query["MetricStat"]["Metric"], sort_keys=True) for query in queries}
        with lock:
            counts["calls"] += 1
            counts["metrics"] += len(metrics)
        self._send(200, json.dumps({"MetricDataResults": [self._result(query) for query in queries]}))

    def _result(self, query: dict[str, Any]) -> dict[str, Any]:
        period = query["MetricStat"]["Period"]
        start = (time.time() - 60) // period * period - period
        return {"Id": query["Id"], "StatusCode": "Complete", "Timestamps": [start], "Values": [5.0]}

    def _send(self, status: int, body: str) -> None:
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), CloudWatch)
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
