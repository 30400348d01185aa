"""Check prometheus against texts, and against the real Prometheus and its own metrics."""

import json
import shlex
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.prometheus.prometheus import Prometheus
from checkwright.core.errors import Down
from checkwright.core.outcome import Outcome
from checkwright.core.world import World
from checkwright.sources.http import Reply
from checkwright.testing import FakeHttp, Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.daemons import Daemon, running, wait_until
from tests.support.ports import free_port
from tests.support.real import require
from tests.support.sample import Sample

#: Metrics of real servers, by version.
RECORDED = Path(__file__).with_name("recorded")
URL = "http://127.0.0.1:9090/metrics"
BOUNDS = ("0.1", "0.5", "1", "+Inf")
#: Observations of each route: up to each bound, before and after ten minutes.
ROUTES = {
    "/": ((1_000, 1_000, 1_000, 1_000), (2_000, 2_010, 2_010, 2_010)),
    "/basket": ((0, 100, 100, 100), (100, 500, 510, 510)),
    "/checkout": ((0, 0, 0, 0), (10, 20, 50, 100)),
    "/admin": ((0, 0, 0, 0), (0, 0, 0, 3)),
}


def text(after: bool) -> str:
    lines = ["# HELP shop_seconds Duration", "# TYPE shop_seconds histogram"]
    for route, counts in ROUTES.items():
        for upper, count in zip(BOUNDS, counts[after], strict=True):
            lines.append(f'shop_seconds_bucket{{route="{route}",le="{upper}"}} {count}')
        lines.append(f'shop_seconds_count{{route="{route}"}} {counts[after][-1]}')
        lines.append(f'shop_requests_total{{route="{route}",code="200"}} {counts[after][-1]}')
    if after:
        lines.append('shop_requests_total{route="/checkout",code="500"} 40')
    lines += ['shop_free_bytes{disk="/"} 5e9', 'shop_free_bytes{disk="/srv"} 2e9', "shop_temperature NaN"]
    return "\n".join(lines) + "\n# EOF\n"


BEFORE, AFTER = (FakeHttp({URL: Reply(200, text(after))}) for after in (False, True))
P99 = "--quantile p99=0.99:shop_seconds:by=route"
ERRORS = '--ratio \'errors=shop_requests_total{code=~"5.."}/shop_requests_total'
CASES = {
    "the worst call": (f"{P99} --value-warning p99=0.5", "WARNING"),
    "the worst call by its median": ("--quantile p50=0.5:shop_seconds_bucket:by=route --top 2", "OK"),
    "one percentile of all": ("--quantile all=0.9:shop_seconds --value-critical all=0.4", "CRITICAL"),
    "with few observations": (f"{P99} --least 1 --top 0", "OK"),
    "share of errors": (f"{ERRORS}:by=route' --value-critical errors=5", "CRITICAL"),
    "share of errors of all": (f"{ERRORS}' --value-critical errors=5", "OK"),
    "rate": ("--value 'requests=shop_requests_total:rate:by=route' --top 3", "OK"),
    "values": ("--value free=shop_free_bytes:by=disk:B --value 'root=shop_free_bytes{disk=\"/\"}:B'", "OK"),
    "too low": ("--value 'free=shop_free_bytes{disk=\"/srv\"}:B' --value-critical free=3000000000:", "CRITICAL"),
    "no number": ("--value t=shop_temperature", "UNKNOWN"),
    "a metric that may miss": ("--value lost=shop_lost_total:rate --may-miss lost --value-critical lost=0", "OK"),
    "a value that may miss": ("--value lost=shop_lost --may-miss lost --value-critical lost=1:", "CRITICAL"),
    "a metric that was renamed": ("--value lost=shop_lost_total:rate", "UNKNOWN"),
    "a label that was renamed": ("--quantile p99=0.99:shop_seconds:by=path", "UNKNOWN"),
    "no such label": ("--ratio 'e=shop_requests_total{status=\"500\"}/shop_requests_total'", "UNKNOWN"),
    "no such disk": ("--value 'free=shop_free_bytes{disk=\"/var\"}'", "UNKNOWN"),
    "nothing to watch": ("", "UNKNOWN"),
    "a limit without a value": ("--value a=shop_temperature --value-warning b=1", "UNKNOWN"),
    "a bad limit": ("--value a=shop_temperature --value-warning a=x", "UNKNOWN"),
    "two of one name": ("--value a=shop_temperature --ratio a=b/c", "UNKNOWN"),
    "a reserved name": ("--value time=shop_temperature", "UNKNOWN"),
    "a bad query": ("--quantile a=shop_seconds", "UNKNOWN"),
    "an unknown value that may miss": ("--value a=shop_temperature --may-miss b", "UNKNOWN"),
    "no window": ("--value a=shop_temperature --over 0", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_prometheus(command_line: str, state: str, golden: Golden) -> None:
    memory = FakeStateFile(seconds=600)
    run(Prometheus, command_line, BEFORE, memory)
    outcome = run(Prometheus, command_line, AFTER, memory)
    assert outcome.state == state
    golden(outcome)


ANSWERS = {
    "not running": (Down(f"GET {URL}: connection refused"), "CRITICAL", "connection refused"),
    "no login": (Reply(401, "", reason="Unauthorized"), "UNKNOWN", "401 Unauthorized: it allows no request from here"),
    "another path": (Reply(404, "", reason="Not Found"), "UNKNOWN", "it has nothing at this path"),
    "a web page": (Reply(200, "<html>"), "UNKNOWN", "the answer is no text of Prometheus, it has '<html>'"),
    "too many series": (
        Reply(200, "".join(f'shop_free_bytes{{disk="{number}"}} 1\n' for number in range(2_001))),
        "UNKNOWN",
        "shop_free_bytes has 2001 series, at most 2000 are read",
    ),
}


@pytest.mark.parametrize(("answer", "state", "why"), ANSWERS.values(), ids=ANSWERS)
def test_other_answers(answer: Reply | Down, state: str, why: str) -> None:
    outcome = run(Prometheus, "--value a=shop_free_bytes", FakeHttp({URL: answer}), FakeStateFile())
    assert (outcome.state, why in outcome.summary) == (state, True)


@pytest.mark.parametrize("limits", ["critical members=1:", "warning members=1:", "critical members=@0:0"])
def test_an_item_below_its_limit_is_among_the_few_that_are_shown(limits: str) -> None:
    counts = {f"group{number}": number + 1 for number in range(9)} | {"alone": 0}
    lines = "".join(f'members{{group="{group}"}} {count}\n' for group, count in counts.items())
    words = f"--value members=members:by=group --top 2 --value-{limits}"
    outcome = run(Prometheus, words, FakeHttp({URL: Reply(200, lines)}), FakeStateFile())
    assert outcome.state == limits.partition(" ")[0].upper()
    assert [part.partition("=")[0] for part in outcome.perfdata] == ["time", "members:alone", "members:group8"]


def test_restarted_service_has_no_value_at_first() -> None:
    memory = FakeStateFile(seconds=60)
    words = f"{P99} --value requests=shop_requests_total:rate"
    outcomes = [run(Prometheus, words, http, memory) for http in (AFTER, AFTER, BEFORE, AFTER)]
    assert [outcome.state for outcome in outcomes] == ["OK"] * 4
    assert [("requests=U;;;;" in outcome.perfdata) for outcome in outcomes] == [True, False, True, False]
    assert not any(part.startswith("p99:/checkout=U") for part in outcomes[3].perfdata)


def test_window_forgets_slow_calls() -> None:
    memory = FakeStateFile(seconds=120)
    words = f"{P99} --value-warning p99=0.5"
    run(Prometheus, words, BEFORE, memory)
    states = [run(Prometheus, words, AFTER, memory).state for _ in range(7)]
    assert states == [*["WARNING"] * 5, "OK", "OK"]


TEXTS = {
    "haproxy-2.6.12.txt": "--value 'up=haproxy_server_status{state=\"UP\"}:by=proxy'",
    "rabbitmq-3.10.8.txt": "--value ready=rabbitmq_queue_messages_ready --value files=rabbitmq_process_open_fds",
    "etcd-3.4.txt": "--value leader=etcd_server_has_leader --value-critical leader=1:",
}


@pytest.mark.parametrize(("file", "words"), TEXTS.items(), ids=TEXTS)
def test_recorded_metrics(file: str, words: str) -> None:
    http = FakeHttp({URL: Reply(200, (RECORDED / file).read_bytes())})
    outcome = run(Prometheus, f"{words} -v", http, FakeStateFile())
    assert outcome.state == "OK", outcome.text(2)
    assert len(outcome.readings) >= 2


KAFKA = """\
kafka_consumergroup_lag{consumergroup="shop",partition="0",topic="orders"} 9000
kafka_consumergroup_lag{consumergroup="shop",partition="1",topic="orders"} 4000
kafka_consumergroup_lag{consumergroup="shop",partition="0",topic="mail"} 3
kafka_consumergroup_lag{consumergroup="other",partition="0",topic="orders"} 90000
kafka_consumergroup_members{consumergroup="shop"} 2
"""
JVM = """\
jvm_gc_live_data_size_bytes{application="shop"} 2.1e8
http_server_requests_seconds_bucket{method="POST",uri="/orders",le="0.5"} 10
http_server_requests_seconds_bucket{method="POST",uri="/orders",le="+Inf"} 10
"""
DOCUMENTED = {
    "kafka_exporter": (KAFKA, "CRITICAL", "lag orders 13000 (above 10000)"),
    "no consumers": (KAFKA.replace("} 2\n", "} 0\n"), "CRITICAL", "members 0 (below 1)"),
    "a JVM": (JVM, "OK", "live 200.3 MiB"),
}


@pytest.mark.parametrize(("metrics", "state", "shown"), DOCUMENTED.values(), ids=DOCUMENTED)
def test_commands_of_the_page_work(metrics: str, state: str, shown: str) -> None:
    """The metrics are in the format of the exporters' documentation. The command lines are those of the docstring."""
    commands = (Prometheus.__doc__ or "").replace("\\\n", "").split("\n")
    name = "jvm_gc" if metrics is JVM else "kafka_consumergroup_lag"
    (command,) = (line for line in commands if "check prometheus" in line and name in line)
    _, _, _, url, *words = shlex.split(command)
    outcome = run(Prometheus, ["-u", url, *words], FakeHttp({url: Reply(200, metrics)}), FakeStateFile())
    assert (outcome.state, shown in outcome.summary) == (state, True), outcome.summary


class Server(Daemon):
    """Prometheus that watches nothing but itself."""

    def __init__(self, folder: Path) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        file = folder / "prometheus.yml"
        file.write_text("global: {scrape_interval: 1h}\n")
        program = require("prometheus", package="prometheus")
        words = [f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}", "--log.level=warn"]
        super().__init__([program, *words, f"--web.listen-address={self.address}"], folder, self._is_ready)

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=20) as answer:
            found: bytes = answer.read()
        return found

    def query(self, times: int) -> None:
        for _ in range(times):
            assert json.loads(self.get(f"/api/v1/query?query={urllib.parse.quote('1 + 1')}"))["status"] == "success"

    def _is_ready(self) -> bool:
        try:
            return b"Ready" in self.get("/-/ready")
        except OSError:
            return False


@pytest.mark.daemon
def test_real_prometheus(tmp_path: Path) -> None:
    memory = FakeStateFile(seconds=60)
    calls = "http=0.99:prometheus_http_request_duration_seconds:by=handler"
    with running(Server(tmp_path)) as server:
        words = (
            f"-u http://{server.address}/metrics --quantile {calls} --least 20 -v "
            "--ratio 'failed=prometheus_http_requests_total{code=~\"4..\"}/prometheus_http_requests_total' "
            "--value-critical failed=20 --value 'heap=go_memstats_heap_alloc_bytes:B' "
            "--value 'queries=prometheus_http_requests_total{handler=\"/api/v1/query\"}:rate'"
        )

        def check(more: str = "") -> Outcome:
            return run(Prometheus, f"{words} {more}", World(), memory)

        assert check().state == "OK"
        server.query(60)
        outcome = check()
        values = {(one.gauge, one.item): one.value for one in outcome.readings}
        assert outcome.state == "OK"
        assert values["queries", ""] == 1
        assert (values["heap", ""] or 0) > 1_000_000
        assert 0 < (values["http", "/api/v1/query"] or 0) < 10
        # Broken requests, until the share of errors exceeds its limit.
        for _ in range(40):
            with pytest.raises(OSError, match="400"):
                server.get("/api/v1/query?query=(")
        outcome = check()
        assert (outcome.state, outcome.summary[:6]) == ("CRITICAL", "failed")
        server.query(200)
        wait_until(lambda: check().state == "OK", "the share of errors does not fall")
        server.freeze()
        outcome = check("-t 1")
        assert (outcome.state, "no answer within" in outcome.summary) == ("CRITICAL", True)
        server.thaw()
        server.kill()
        assert "connection refused" in check().summary
        server.start()
        outcome = check()
        assert outcome.state == "OK"
        assert "queries=U;;;;" in outcome.perfdata


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with running(Server(folder)) as server:
        yield Sample(f"--url http://{server.address}/metrics --value heap=go_memstats_heap_alloc_bytes:B")
