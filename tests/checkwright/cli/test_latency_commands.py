"""checkctl latency count and routes: counts files, merges, and input that is refused."""

import gzip
import json
import re
from pathlib import Path

import pytest

from checkwright.cli import latency_counting
from checkwright.cli.main import run
from checkwright.latency import counts_file, routes_file
from checkwright.latency.counts import merged
from tests.support.shop_traffic import FORMATS, KINDS, SCAN, Traffic, Truth, write

ROUTES = "\n".join(kind.route for kind in KINDS)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Truth]]:
    """Two hours of logs, and a routes file for nginx."""
    folder = tmp_path_factory.mktemp("logs")
    truths = write(folder, Traffic(seed=9, rate=1.5, hours=2, first_hour=23), ("nginx", "haproxy", "alb"))
    (folder / "shop.routes").write_text(f"{FORMATS['nginx'][0]}\n{ROUTES}\n")
    return folder, truths


def count(*words: object) -> int:
    return run(["latency", "count", *map(str, words)])


def test_one_file_for_each_day_and_measure(day: tuple[Path, dict[str, Truth]], tmp_path: Path) -> None:
    folder, truths = day
    assert count(folder / "nginx.log", "--routes", folder / "shop.routes", "--out", tmp_path, "--host", "web-1") == 0
    parts = {path.name: counts_file.read(str(path)) for path in tmp_path.iterdir()}
    assert sorted(name.split("nginx.log.")[1] for name in parts) == [
        *("2026-11-29.counts.gz", "2026-11-29.total.counts.gz", "2026-11-30.counts.gz", "2026-11-30.total.counts.gz")
    ]
    whole = merged(part for part in parts.values() if part.headers[0].measure == "server")
    truth = truths["nginx"]
    assert whole.requests == sum(truth.requests.values())
    assert {name: sum(kinds.values()) for name, kinds in whole.answers().items() if name != "(no route)"} == {
        name: number for name, number in truth.requests.items() if SCAN not in name
    }
    (header,) = whole.headers
    assert (header.host, header.role, header.log) == ("web-1", "shop", str(folder / "nginx.log"))


def test_processes_give_the_same_counts(
    day: tuple[Path, dict[str, Truth]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = day
    routes = ("--routes", folder / "shop.routes")
    assert count(folder / "nginx.log", *routes, "--out", tmp_path / "one", "--processes", 1) == 0
    monkeypatch.setattr(latency_counting, "_PIECE", 100_000)
    assert count(folder / "nginx.log", *routes, "--out", tmp_path / "many", "--processes", 3) == 0
    for path in (tmp_path / "one").iterdir():
        one, many = counts_file.read(str(path)), counts_file.read(str(tmp_path / "many" / path.name))
        assert one.endpoints() == many.endpoints()
        assert one.answers() == many.answers()
        assert (one.lines, one.norequest) == (many.lines, many.norequest)


def test_processes_learn_the_same_names(
    day: tuple[Path, dict[str, Truth]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = day
    words = (folder / "nginx.log", "--format", FORMATS["nginx"][0])
    assert count(*words, "--out", tmp_path / "one") == 0
    monkeypatch.setattr(latency_counting, "_PIECE", 300_000)
    monkeypatch.setattr(latency_counting, "_LESSON", 300_000)
    assert count(*words, "--out", tmp_path / "many", "--processes", 2) == 0
    one, many = (
        merged(counts_file.read(str(path)) for path in (tmp_path / name).glob("*[0-9].counts.gz")).answers()
        for name in ("one", "many")
    )
    assert set(one) == set(many)
    for name, kinds in one.items():
        assert abs(sum(kinds.values()) - sum(many[name].values())) <= 5


def test_rotated_and_compressed_files_are_one_log(day: tuple[Path, dict[str, Truth]], tmp_path: Path) -> None:
    folder, truths = day
    data = (folder / "nginx.log").read_bytes()
    cut = data.index(b"\n", len(data) // 2) + 1
    (tmp_path / "access.log.2.gz").write_bytes(gzip.compress(data[:cut]))
    (tmp_path / "access.log").write_bytes(data[cut:])
    words = (tmp_path / "access.log", tmp_path / "access.log.2.gz", "--routes", folder / "shop.routes")
    assert count(*words, "--out", tmp_path / "out") == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert len(names) == 4
    assert all(f"{str(tmp_path).strip('/').replace('/', '_')}_access.log.2026" in name for name in names)
    whole = merged(counts_file.read(str(path)) for path in (tmp_path / "out").glob("*[0-9].counts.gz"))
    assert whole.requests == sum(truths["nginx"].requests.values())


def test_formats_without_a_directive_are_recognized(
    day: tuple[Path, dict[str, Truth]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, truths = day
    for name in ("haproxy", "alb"):
        assert count(folder / f"{name}.log", "--out", tmp_path / name) == 0
        assert f"{sum(truths[name].requests.values()):,} requests to 26 endpoints" in capsys.readouterr().out


def test_nothing_is_counted_twice(
    day: tuple[Path, dict[str, Truth]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = day
    log, routes = folder / "nginx.log", ("--routes", folder / "shop.routes")
    (tmp_path / "copy.log.gz").write_bytes(gzip.compress(log.read_bytes()))
    assert count(log, tmp_path / "copy.log.gz", *routes, "--out", tmp_path / "out") == 2
    assert "begin with the same lines: is one a copy of the other?" in capsys.readouterr().err
    assert count(log, *routes, "--out", tmp_path / "out") == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert count(log, *routes, "--out", tmp_path / "out") == 2
    assert "at 2026-11-29 23:00 UTC are in" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


REFUSED = {
    "no log": (["gone.log"], "Cannot read .*gone.log: No such file or directory."),
    "an unknown format": (["plain.log"], "The format of .*plain.log is unknown: give the log_format .* The first line"),
    "another format": (
        ["plain.log", "--format", "alb"],
        "3 of 3 lines in .*plain.log do not fit alb. The first is: one",
    ),
    "a format without times": (
        ["plain.log", "--format", "log_format x '$time_local \"$request\" $status';"],
        "the format log_format x lacks a duration",
    ),
    "two formats": (["plain.log", "--format", "alb", "--format-file", "plain.log"], "several formats"),
    "an unknown configuration": (["plain.log", "--format-file", "gone.conf"], "Cannot read .*gone.conf"),
    "damaged gzip": (["damaged.log.gz", "--format", "alb"], "damaged.log.gz is damaged: .* Count the other files"),
    "a bad routes file": (["plain.log", "--routes", "plain.log"], "plain.log:1: 'one' is no route"),
}


@pytest.mark.parametrize(("words", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plain.log").write_text("one\ntwo\nthree\n")
    Path("damaged.log.gz").write_bytes(gzip.compress(b"x" * 5_000)[:-12])
    assert count(*words, "--out", "out") == 2
    err = capsys.readouterr().err
    assert re.search(message, err), err
    assert "Traceback" not in err
    assert not Path("out").exists()


def test_learned_routes_file_can_be_used(
    day: tuple[Path, dict[str, Truth]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, truths = day
    conf = tmp_path / "nginx.conf"
    conf.write_text(f"http {{\n  {FORMATS['nginx'][0]}\n  access_log /var/log/nginx/access.log timed;\n}}\n")
    assert run(["latency", "routes", str(folder / "nginx.log"), "--format-file", str(conf)]) == 0
    printed = capsys.readouterr()
    found = routes_file.parse(printed.out, "printed")
    assert found.log_format is not None
    assert found.routes is not None
    assert found.routes.names[0] == "GET /static/js/{hash}.js"
    assert "25 endpoints with" in printed.err
    file = tmp_path / "learned.routes"
    file.write_text(printed.out)
    assert count(folder / "nginx.log", "--routes", file, "--out", tmp_path / "out") == 0
    whole = merged(counts_file.read(str(path)) for path in (tmp_path / "out").glob("*[0-9].counts.gz"))
    assert whole.learned == frozenset()
    assert whole.requests == sum(truths["nginx"].requests.values())


APACHE = """\
ServerName shop
LogFormat "%h %l %u %t \\"%r\\" %>s %b" common
LogFormat "%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\" %D" timed
CustomLog /var/log/apache2/access.log timed
"""
APACHE_LINE = '10.0.0.1 - - [29/Nov/2026:14:05:33 +0000] "GET /orders/7 HTTP/1.1" 200 5 "-" "a" 20000\n'


def test_directive_that_fits_the_log_is_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list of routes has this directive alone, so that it is a routes file."""
    log, conf = tmp_path / "access.log", tmp_path / "apache2.conf"
    log.write_text(APACHE_LINE * 9)
    conf.write_text(APACHE)
    assert run(["latency", "routes", str(log), "--format-file", str(conf)]) == 0
    out = capsys.readouterr().out
    assert out.splitlines() == [APACHE.splitlines()[2], "GET /orders/{id}"]
    (tmp_path / "shop.routes").write_text(out)
    words = ["--routes", str(tmp_path / "shop.routes"), "--out", str(tmp_path)]
    assert run(["latency", "count", str(log), *words]) == 0
    assert "9 requests to 1 endpoints" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("user www-data;\nhttp { access_log /var/log/nginx/access.log; }\n", "conf has no log_format, LogFormat or"),
        ("log_format a '$status';\nlog_format b '$request';\n", "None of the formats a, b fits .* with --format-name"),
        ("log_format a '$status';\nlog_format b '$request';\n", r"The format log_format a lacks the time"),
    ],
)
def test_configuration_without_a_fitting_directive_is_refused(
    text: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "access.log").write_text(APACHE_LINE)
    (tmp_path / "nginx.conf").write_text(text)
    words = ["--format-file", str(tmp_path / "nginx.conf")]
    assert run(["latency", "routes", str(tmp_path / "access.log"), *words]) == 2
    assert re.search(sentence, " ".join(capsys.readouterr().err.split()))


def test_only_missing_routes_are_printed(
    day: tuple[Path, dict[str, Truth]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = day
    file = tmp_path / "some.routes"
    file.write_text((folder / "shop.routes").read_text().replace("POST /graphql\n", "").replace("GET /u/{name}\n", ""))
    assert run(["latency", "routes", str(folder / "nginx.log"), "--routes", str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == ["GET /u/{name}", "POST /graphql"]


OPENAPI = {
    "openapi": "3.1.0",
    "servers": [{"url": "https://shop.test/api/v2/"}],
    "paths": {"/orders": {"get": {}, "post": {}, "parameters": []}, "/orders/{id}": {"get": {}, "x-note": 1}},
}


def test_routes_of_an_openapi_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(OPENAPI))
    assert run(["latency", "routes", str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "GET /api/v2/orders",
        "POST /api/v2/orders",
        "GET /api/v2/orders/{id}",
    ]
    file = tmp_path / "swagger.yaml"
    file.write_text("swagger: '2.0'\nbasePath: /v1\npaths:\n  /a/{x}:\n    delete: {}\n")
    assert run(["latency", "routes", str(file)]) == 0
    assert capsys.readouterr().out == "DELETE /v1/a/{x}\n"
    for text, message in (
        ("a: [", "is neither YAML nor JSON"),
        ("a: 1\n", "is no OpenAPI document: it has no paths"),
        ("paths:\n  /a/{x}: {get: {}}\n  /a/{y}: {get: {}}\n", "are for the same requests"),
    ):
        file.write_text(text)
        assert run(["latency", "routes", str(file)]) == 2
        assert message in capsys.readouterr().err
