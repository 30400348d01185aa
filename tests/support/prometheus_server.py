"""Real Prometheus on a free loopback port, with a history that promtool writes."""

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port
from tests.support.real import require, starts_a_daemon


@contextmanager
def prometheus(folder: Path, open_metrics: str = "", scrape: str = "") -> Iterator[str]:
    """Run a Prometheus that has the samples of a text in OpenMetrics, and yield its URL. scrape: HOST:PORT."""
    program, tool = require("prometheus", package="prometheus"), require("promtool", package="prometheus")
    starts_a_daemon("prometheus")
    text, config = folder / "samples.om", folder / "prometheus.yml"
    text.write_text(open_metrics)
    job = (
        f"[{{job_name: checks, scrape_interval: 1s, static_configs: [{{targets: ['{scrape}']}}]}}]" if scrape else "[]"
    )
    config.write_text(f"scrape_configs: {job}\n")
    if open_metrics:
        made = [tool, "tsdb", "create-blocks-from", "openmetrics", str(text), str(folder / "data")]
        subprocess.run(made, check=True, capture_output=True, timeout=120)
    port = free_port()
    argv = [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    server = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        _wait(server, f"http://127.0.0.1:{port}/-/ready")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.communicate(timeout=60)


def _wait(server: "subprocess.Popen[str]", url: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            assert server.poll() is None, server.communicate()[1]
            assert time.monotonic() < end, "Prometheus did not become ready"
            time.sleep(0.1)
