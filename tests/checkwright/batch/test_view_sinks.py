"""View sinks: Prometheus's text, JSON lines, and the output of one plugin for all results."""

import json
import os
import re
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.batch.exposition import exposition
from checkwright.batch.latest import LatestResults
from checkwright.batch.results import Result, parts_of, values_of
from checkwright.batch.sink import Context, QueueSink, open_sink
from checkwright.batch.sinks import json_lines, prometheus, stdout
from checkwright.batch.store import SinkStatus
from checkwright.core.errors import BadUsage
from tests.checkwright.batch.plans import result, task
from tests.support.ports import free_port

ONCE, LASTING = Context(True, print), Context(False, print)
DISK = task(check="disk", plugin="")
SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)')
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\\n]|\\[\\"n])*)"')


def latest_of(*results: Result, statuses: Sequence[SinkStatus] = ()) -> LatestResults:
    latest = LatestResults(lambda: tuple(statuses))
    latest.set_tasks(one.task for one in results)
    for one in results:
        latest.add(one)
    return latest


Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(page: str) -> Samples:
    """Return the samples of a page. It must follow the rules of Prometheus's text format."""
    assert page.endswith("\n")
    samples: Samples = {}
    helped: list[str] = []
    family = ""
    for line in page[:-1].split("\n"):
        if line.startswith("# HELP "):
            family = line.split(" ")[2]
            assert family not in helped, "one family's lines stand together"
            helped.append(family)
        elif line.startswith("# TYPE "):
            kind = "counter" if family.endswith("_total") else "gauge"
            assert line == f"# TYPE {family} {kind}"
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            assert match[1] == family
            labels = tuple(
                (key, re.sub(r"\\.", lambda found: ESCAPES[found[0]], text))
                for key, text in LABEL.findall(match[2] or "")
            )
            assert (family, labels) not in samples, "no two samples of one name and the same labels"
            samples[family, labels] = float(match[3])
    return samples


PLACE = (("host", "web-1"), ("watch", "disk"))


def test_states_values_and_counts_are_metrics_in_base_units() -> None:
    own = result("DISK WARNING: full | space:/=91%;80;95;0;100 space:/a=U;;;; used:/=5B;;;; errors=3c;;;;", 1, of=DISK)
    foreign = result("OK | time=12ms;;;; 'free mem'=2KB x=5", of=task("ping", plugin="/usr/lib/p/check_ping"))
    status = SinkStatus("sensu", waiting=2, bytes=100, oldest=7.5, delivered=5, refused=1, dropped_full=3, failures=4)
    samples = read(exposition(latest_of(own, foreign, statuses=(status,))))
    whole = (("environment", "test"), ("role", "web"), *PLACE, ("check", "disk"))
    ping = (("host", "web-1"), ("watch", "ping"), ("plugin", "check_ping"))
    expected = {
        ("check_state", whole): 1,
        ("check_duration_seconds", PLACE): 0.5,
        ("check_last_run_timestamp_seconds", PLACE): 1_800_000_000.25,
        ("check_disk_space_percent", (*PLACE, ("item", "/"))): 91,
        ("check_disk_used_bytes", (*PLACE, ("item", "/"))): 5,
        ("check_disk_errors_total", PLACE): 3,
        ("check_plugin_value_seconds", (*ping, ("label", "time"))): 0.012,
        ("check_plugin_value_bytes", (*ping, ("label", "free mem"))): 2048,
        ("check_plugin_value", (*ping, ("label", "x"))): 5,
        ("checkwright_batch_runs_total", (("state", "warning"),)): 1,
        ("checkwright_batch_dropped_total", (("sink", "sensu"), ("reason", "full"))): 3,
        ("checkwright_batch_waiting", (("sink", "sensu"),)): 2,
        ("checkwright_batch_refused_total", (("sink", "sensu"),)): 1,
        ("checkwright_batch_tasks", ()): 2,
    }
    assert {key: samples[key] for key in expected} == expected
    assert ("check_disk_space_percent", (*PLACE, ("item", "/a"))) not in samples


@given(st.text(), st.text(), st.booleans())
def test_page_is_valid_for_any_output(text: str, label: str, own: bool) -> None:
    quoted = label.replace("'", "''")
    of = replace(DISK, watch=text or "x") if own else task(plugin=f"/p/{label}")
    found = result(f"{text} | '{quoted}'=1 {text}=2s '{quoted}'=3", of=of)
    samples = read(exposition(latest_of(found)))
    for value in values_of(parts_of(found.output).perfdata):
        assert own or any(("label", value.label) in labels for _, labels in samples)


def test_textfile_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "checks.prom"
    view = prometheus.make(str(file), ONCE)
    before = os.umask(0o077)
    try:
        assert view.show(latest_of(result(of=DISK)), ()) == ""
        first = file.stat().st_ino
        assert view.show(latest_of(result(of=DISK)), ()) == ""
    finally:
        os.umask(before)
    assert file.stat().st_ino != first
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [file]
    assert ("check_duration_seconds", PLACE) in read(file.read_text())
    file.unlink()
    file.mkdir()
    assert view.show(latest_of(result(of=DISK)), ()) == f"cannot write {file}: Is a directory"
    assert list(tmp_path.iterdir()) == [file]


def test_scraped_page_is_up_to_date() -> None:
    port = free_port()
    with closing(prometheus.make(str(port), LASTING)) as view:
        latest = latest_of(result(of=DISK))
        view.show(latest, ())
        latest.add(result(code=2, of=DISK))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            samples = read(answer.read().decode())
        with pytest.raises(urllib.error.HTTPError, match="404") as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20)
        refused.value.close()
        with pytest.raises(BadUsage, match=f"cannot listen on 127.0.0.1 port {port} for Prometheus: Address already"):
            prometheus.make(str(port), LASTING)
    assert [value for (name, _), value in samples.items() if name == "check_state"] == [2]


@pytest.fixture
def several() -> Iterator[list[Result]]:
    yield [
        result("DISK OK: room | space:/=5%;80;90;0;100", of=DISK),
        result("PING CRITICAL - gone\\nmore | rta=0.5ms;1;2 pl=U", 2, of=task("ping")),
        result("slow | 'a b'=1", 1, of=task("http")),
    ]


def test_stdout_has_the_worst_first_and_one_bar(several: list[Result]) -> None:
    text = stdout.text_of(several)
    lines_before, bar, data = text.partition(" | ")
    heading, *lines = lines_before.split("\n")
    assert heading == "BATCH CRITICAL: 1 critical, 1 warning, 1 ok of 3: ping: PING CRITICAL - gone\\nmore"
    assert lines == ["[CRITICAL] ping: PING CRITICAL - gone\\nmore", "[WARNING] http: slow", "[OK] disk: room"]
    assert bar and "|" not in data
    assert [value.label for value in values_of(data)] == [
        "disk.space:/",
        "ping.rta",
        "ping.pl",
        values_of(data)[3].label,
    ]
    assert values_of(data)[3].label.startswith("http.a_b-")
    assert stdout.text_of(several[:1]).startswith("BATCH OK: 1 ok of 1\n[OK] disk: room | disk.space:/=5%;80;90;0;100")


def test_units_of_plugins_bring_no_control_characters_into_the_output() -> None:
    data = "a=1 b=2|x c=3\x1bc d=4\x9bm e=5\u202e f=6= g=7GB h=8% i=9°C"
    text = stdout.text_of([result(f"fine\nmore | {data}", of=task())])
    assert text.count("|") == 1 and text.replace("\n", "").isprintable()
    assert {value.label[5:]: value.unit for value in values_of(text.rpartition("|")[2])} == {
        **dict.fromkeys("abcdef", ""),
        "g": "GB",
        "h": "%",
        "i": "°C",
    }


@given(st.lists(st.tuples(st.integers(0, 3), st.text()), min_size=1, max_size=5))
def test_stdout_has_one_bar_for_any_output(outputs: list[tuple[int, str]]) -> None:
    results = [result(text, code, of=task(f"watch{n}")) for n, (code, text) in enumerate(outputs)]
    text = stdout.text_of(results)
    assert text.count("|") <= 1
    assert len(text.split("\n")) == 1 + len(results)
    assert text.startswith("BATCH ")


@pytest.mark.slow
def test_stdout_is_limited_and_counts_the_rest() -> None:
    data = " ".join(f"value{number}=1" for number in range(2_000))
    results = [result(f"{'x' * 290} | {data}", 1, of=task(f"watch{number:03}")) for number in range(200)]
    text = stdout.text_of(results)
    assert len(text.encode()) <= stdout.LIMIT
    heading = text.partition("\n")[0]
    left_out = re.search(r"\((\d+) values left out\)$", heading)
    assert left_out
    assert int(left_out[1]) + len(values_of(text.rpartition("|")[2])) == 400_000
    many = [result("x" * 290, 1, of=task(f"watch{number:03}")) for number in range(400)]
    left_out = re.search(r"\n\((\d+) lines left out\)$", stdout.text_of(many))
    assert left_out
    assert stdout.text_of(many).count("\n[") + int(left_out[1]) == 400


def test_stdout_names_hosts_if_there_are_several() -> None:
    text = stdout.text_of([result(of=task(host="web-1")), result("bad", 2, of=task(host="web-2"))])
    assert "[CRITICAL] web-2 disk: bad\n[OK] web-1 disk: fine" in text


@given(st.text(), st.integers(0, 3))
def test_result_is_one_line_of_json(output: str, code: int) -> None:
    line = json_lines.line_of(result(output, code, of=DISK))
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    record = json.loads(line)
    assert (record["host"], record["watch"], record["check"], record["exit_code"]) == ("web-1", "disk", "disk", code)
    assert (record["started"], record["seconds"]) == (1_800_000_000.25, 0.5)


def appended(path: Path) -> QueueSink:
    queue = json_lines.make(str(path), LASTING)
    assert isinstance(queue, QueueSink)
    return queue


def test_lines_are_appended_after_a_torn_one(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    queue = appended(file)
    payloads = [queue.payload(result(str(number), of=DISK)) for number in range(3)]
    assert queue.send(payloads[:1]).delivered == 1
    with file.open("ab") as torn:
        torn.write(b'{"torn')
    assert queue.send(payloads[1:]).delivered == 2
    assert file.read_bytes() == payloads[0] + b'{"torn\n' + payloads[1] + payloads[2]
    file.rename(tmp_path / "rotated")
    assert queue.send(payloads[:1]).delivered == 1
    assert file.read_bytes() == payloads[0]


def test_full_disk_leaves_the_file_unchanged() -> None:
    queue = appended(Path("/dev/full")) if os.path.exists("/dev/full") else pytest.fail("no /dev/full here")
    receipt = queue.send([b"{}\n"])
    assert receipt.settled == 0
    assert receipt.problem == "cannot append to /dev/full: No space left on device"


PLACES = {
    "prometheus": "prometheus needs the full path of a file or a port, not ''",
    "prometheus:checks.prom": "prometheus needs the full path of a file or a port, not 'checks.prom'",
    "prometheus:70000": "prometheus needs the full path of a file or a port, not '70000'",
    "prometheus:9100": "with --once no page remains to be scraped: name a file",
    "prometheus:/tmp/checks.txt": "node_exporter reads only files called NAME.prom, not /tmp/checks.txt",
    "prometheus:/no/such/x.prom": "cannot write /no/such/x.prom: there is no such folder",
    "json-lines:results": "json-lines needs the full path of a file, not 'results'",
    "json-lines:/no/such/file": "cannot append to /no/such/file: No such file or directory",
    "stdout:x": "stdout takes no place, and got 'x'",
    "jsonlines": "there is no sink 'jsonlines', did you mean json-lines; there is gearman, graphite, influxdb",
}


@pytest.mark.parametrize(("place", "sentence"), PLACES.items())
def test_wrong_place_is_one_sentence(place: str, sentence: str) -> None:
    with pytest.raises(BadUsage) as refused:
        open_sink(place, ONCE)
    assert str(refused.value).startswith(sentence)


def test_stdout_needs_once() -> None:
    with pytest.raises(BadUsage, match="so it needs --once"):
        open_sink("stdout", LASTING)


def test_results_of_removed_watches_are_forgotten() -> None:
    latest = latest_of(result(of=DISK), result(of=task("ping")))
    latest.set_tasks([DISK])
    assert [one.task.watch for one in latest.results()] == ["disk"]
    assert latest.tasks == 1
