"""`checkctl latency report` on counts files, and its answers to bad input."""

import gzip
import json
from pathlib import Path

import pytest

from checkwright.cli import console
from checkwright.cli.main import run
from checkwright.latency import counts_file
from checkwright.latency.counts import merged
from tests.support.recorded_day import FIRST, result_lines
from tests.support.shop_day import SLOWED, shop_day

#: Each test reads a whole day of requests.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the counts of three machines of production, and of one of qa."""
    found = tmp_path_factory.mktemp("counts")
    days = [
        shop_day(seed=6, rate=10, hours=17, workers=5, connections=2, machines=3),
        shop_day(rate=0.5, hours=3, environment="qa", slow_from=None),
    ]
    for part in (part for day in days for part in day.parts):
        place = found / part.headers[0].environment
        place.mkdir(exist_ok=True)
        counts_file.write(str(place / f"{part.headers[0].host}.counts.gz"), part)
    return found


def test_report_on_a_folder(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    html = tmp_path / "report.html"
    words = ["--mark", "2026-11-29 15:00=deploy v412", "--html", str(html), "--workers", "15"]
    assert run(["latency", "report", "--counts", str(folder), *words]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("api, production, 3 machines, 29 Nov 2026 00:00 to ")
    assert f"Got worse at 15:00: {SLOWED}, p99 " in printed.out
    assert "    deploy v412. " in printed.out
    assert "Of 15 workers, between " in html.read_text()
    assert printed.err == f"The page: {html}\n"


def test_equal_counts_give_equal_bytes(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted(str(file) for file in folder.rglob("*.gz"))
    for number, order in enumerate((files, files[::-1])):
        assert run(["latency", "report", *order, "--html", str(tmp_path / f"{number}.html"), "--json"]) == 0
    assert (tmp_path / "0.html").read_bytes() == (tmp_path / "1.html").read_bytes()


def test_json_of_the_last_hours_of_one_environment(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--environment", "qa", "--last", "2h", "--role", "api", "--zone", "Europe/Berlin", "--json"]
    assert run(["latency", "report", "--counts", str(folder / "qa"), *words]) == 0
    found = json.loads(capsys.readouterr().out)
    (scope,) = found["scopes"]
    assert (scope["environment"], scope["end"] - scope["start"], found["zone"]) == ("qa", 7_200, "Europe/Berlin")


def test_half_copied_file_of_a_folder_is_left_out(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = (folder / "production/web-1.counts.gz").read_bytes()
    (tmp_path / "web-1.counts.gz").write_bytes(whole)
    (tmp_path / "web-2.counts.gz").write_bytes(whole[:-900])
    assert run(["latency", "report", "--counts", str(tmp_path)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert f"Left out: {tmp_path}/web-2.counts.gz ends early: the rest is missing." in printed
    assert run(["latency", "report", str(tmp_path / "web-2.counts.gz")]) == 2
    assert "web-2.counts.gz ends early" in capsys.readouterr().err


REFUSED = {
    "nothing": ([], "No counts to report on: name counts files, or a folder of them with --counts."),
    "a missing file": (["/gone/x.counts.gz"], "/gone/x.counts.gz cannot be read: No such file or directory."),
    "a missing folder": (["--counts", "/gone"], "/gone is not a folder."),
    "an empty folder": (["--counts", "{tmp}"], "{tmp} has no counts files, whose names end with .counts.gz."),
    "another file": (["{tmp}/other.counts.gz"], "{tmp}/other.counts.gz: line 1 is not one of a counts file: "),
    "no gzip file": (["{tmp}/text.counts.gz"], "{tmp}/text.counts.gz is not gzip, or is damaged"),
    "a log of an unknown format": (["{tmp}/access.log"], "The format of {tmp}/access.log is unknown: give the"),
    "a missing log": (["/gone/access.log"], "/gone/access.log"),
    "another environment": (["{counts}", "--environment", "staging"], "No counts of staging to report on: they are of"),
    "another role": (["{counts}", "--role", "web"], "No counts of the role 'web': there are api."),
    "a duration without a number": (["{counts}", "--last", "day"], "--last: 'day' is not a duration"),
    "a duration of nothing": (["{counts}", "--last", "0"], "--last is a duration above 0"),
    "a zone that is none": (["{counts}", "--zone", "Mars/Olympus"], "there is no time zone 'Mars/Olympus'"),
    "a zone that leads elsewhere": (["{counts}", "--zone", "../../etc/passwd"], "there is no time zone"),
    "a mark without text": (["{counts}", "--mark", "2026-11-29 15:00"], "--mark is a time and a text"),
    "a mark without a time": (["{counts}", "--mark", "x=deploy"], "--mark is a time and a text"),
    "the same counts twice": (["{counts}", "{counts}"], "leave one of the two out"),
    "a page in no folder": (["{counts}", "--html", "/proc/x/report.html"], "/proc/x/report.html"),
}


@pytest.mark.parametrize(("words", "sentence"), REFUSED.values(), ids=REFUSED)
def test_bad_input_gets_one_sentence(
    words: list[str], sentence: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other.counts.gz").write_bytes(gzip.compress(b'{"a": 1}\n'))
    (tmp_path / "text.counts.gz").write_text("no counts\n")
    (tmp_path / "access.log").write_text("no request\n" * 9)
    places = {"tmp": str(tmp_path / "empty" if "empty" in sentence or "has no" in sentence else tmp_path)}
    (tmp_path / "empty").mkdir()
    places["counts"] = str(folder / "qa/web-1.counts.gz")
    assert run(["latency", "report", *(word.format(**places) for word in words)]) == 2
    errors = capsys.readouterr().err
    assert sentence.format(**places) in errors
    assert errors.count("\n") == 1


FORMAT = '$remote_addr [$time_local] "$request" $status rt=$request_time urt="$upstream_response_time"'


def test_log_is_counted_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, routes = tmp_path / "access.log", tmp_path / "shop.routes"
    routes.write_text(f"log_format main '{FORMAT}';\nGET /orders/{{id}}\nDELETE /orders/{{id}}\n")
    lines = [
        f'10.0.0.1 [29/Nov/2026:{n // 60:02}:{n % 60:02}:00 +0000] "GET /orders/{n}?a=1 HTTP/1.1" 200 '
        f'rt=0.{n % 100 + 100} urt="0.{n % 100:03}"\n'
        for n in range(180)
        for _ in range(3)
    ]
    log.write_text("".join(lines))
    assert run(["latency", "report", str(log), "--routes", str(routes)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("shop, 1 machine, 29 Nov 2026 00:00 to 03:0")
    assert "540 requests, 0 connections without a request, 0 unreadable lines" in out
    assert "Worst p99: GET /orders/{id}, 98 ms" in out
    assert "- Declared, but never requested: DELETE /orders/{id}." in out
    (row,) = [line for line in out.splitlines() if line.startswith("GET /orders/{id}")]
    assert row.split()[-2:] == ["198", "ms"]


def test_log_without_times_of_the_server_is_ranked_by_the_total(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "access.log"
    lines = [f'10.0.0.1 - - [29/Nov/2026:01:{n:02}:00 +0000] "GET /a HTTP/1.1" 200 5 {n}000\n' for n in range(60)]
    log.write_text("".join(lines))
    assert run(["latency", "report", str(log), "--format", '%h %l %u %t "%r" %>s %b %D']) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Worst p99: GET /a, 59 ms" in out
    assert "The logs have no time of the server, as Apache's: all times include the client's network." in out


def test_results_of_the_batch_name_what_runs_out_first(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machines = [counts_file.read(str(file)) for file in sorted((folder / "production").iterdir())]
    results, html = tmp_path / "results.jsonl", tmp_path / "report.html"
    results.write_text("\n".join([*result_lines(merged(machines)), "half a li"]))
    words = ["--results", str(results), "--html", str(html)]
    assert run(["latency", "report", "--counts", str(folder / "production"), *words]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"First to run out: {FIRST[1]} of {FIRST[0]}, at most 1.5 x this peak" in out
    assert "swap used of web-1: does not follow the load" in out
    assert "Lines of --results that are no results of the batch: 1." in out
    assert "What saturates first?" in html.read_text()


def test_query_needs_a_server(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(folder / "qa/web-1.counts.gz")
    assert run(["latency", "report", file, "--query", "cpu=up"]) == 2
    assert "--query needs the server that answers it: --prometheus URL" in capsys.readouterr().err
    assert run(["latency", "report", file, "--prometheus", "http://127.0.0.1:1", "--query", "up"]) == 2
    assert "--query is a name and a PromQL expression" in capsys.readouterr().err


def test_report_as_json_shows_names_that_are_no_text(capsys: pytest.CaptureFixture[str]) -> None:
    console.print_json({"name": "GET /\ud800\x1b/ä"})
    assert json.loads(capsys.readouterr().out) == {"name": "GET /\ud800\x1b/ä"}
