"""checkctl latency athena: its SQL, run by DuckDB in place of Athena, and results that are refused."""

import json
from pathlib import Path

import duckdb
import pytest

from checkwright.cli.latency_athena_query import COLUMNS
from checkwright.cli.main import run
from checkwright.latency import counts_file
from checkwright.latency.counts import Counts, merged
from tests.support.shop_traffic import KINDS, Traffic, write

ROUTES = "\n".join(kind.route for kind in KINDS)
#: Columns of the table that Amazon's documentation creates, as groups of a line. The rest of a line may be anything.
TEXTS = (
    *("type", "time", "elb", "client_ip", "client_port", "target_ip", "target_port"),
    *("request_processing_time", "target_processing_time", "response_processing_time"),
    *("elb_status_code", "target_status_code", "received_bytes", "sent_bytes"),
    *("request_verb", "request_url", "request_proto", "request_creation_time"),
)
LINE = (
    r"^([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*):([0-9]*) ([^ ]*)[:-]([0-9]*) ([-.0-9]*) ([-.0-9]*) ([-.0-9]*) "
    r'([-0-9]*) ([-0-9]*) ([-0-9]*) ([-0-9]*) "([^ ]*) (.*) (- |[^ ]*)" "[^"]*" [^ ]* [^ ]* [^ ]* "[^"]*" "[^"]*" '
    r'"[^"]*" [-.0-9]* ([^ ]*) "'
)
NUMBERS = {name: "DOUBLE" for name in TEXTS if name.endswith("processing_time")} | {"elb_status_code": "INTEGER"}


def table(log: Path, *, name: str = "alb_access_logs", partition: str = "") -> duckdb.DuckDBPyConnection:
    """Return a database with the table: like Athena's, it has NULL in all columns of a line that does not fit.

    DuckDB has Trino's regexp_like under another name. Every other function of the query is in both.
    """
    database = duckdb.connect()
    database.execute("CREATE MACRO regexp_like(text, pattern) AS regexp_matches(text, pattern)")
    groups = ", ".join(f"'{column}'" for column in TEXTS)
    columns = ", ".join(
        f"TRY_CAST(nullif(found.{column}, '') AS {NUMBERS.get(column, 'VARCHAR')}) AS \"{column}\"" for column in TEXTS
    )
    extra = f", '{partition}' AS day" if partition else ""
    database.execute(
        f"CREATE TABLE {name} AS SELECT {columns}{extra}"
        f" FROM (SELECT regexp_extract(line, $pattern, [{groups}]) AS found"
        " FROM read_csv($log, columns={'line': 'VARCHAR'}, delim='\x01', quote='', escape='', header=false))",
        {"pattern": LINE, "log": str(log)},
    )
    return database


def save(database: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Run a query and write its result as Athena does: all values in quotes, and nothing for NULL."""
    rows = [COLUMNS, *database.execute(query).fetchall()]
    quoted = [["" if one is None else '"{}"'.format(str(one).replace('"', '""')) for one in row] for row in rows]
    path.write_text("".join(",".join(row) + "\n" for row in quoted))


def query_of(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    capsys.readouterr()
    assert run(["latency", "athena", *map(str, words)]) == 0
    return capsys.readouterr().out


def facts(folder: Path, measure: str) -> list[object]:
    """Return everything that the counts files of a folder hold, apart from the name of the machine."""
    parts = [counts_file.read(str(path)) for path in sorted(folder.iterdir())]
    whole: Counts = merged(part for part in parts if part.headers[0].measure == measure)
    return [
        (
            start,
            slot.lines if measure == "server" else 0,
            slot.norequest,
            {number: (one.requests, one.busy, one.slowest) for number, one in sorted(slot.minutes.items())},
            {key: (dict(sorted(cell.times.items())), cell.untimed) for key, cell in sorted(slot.cells.items())},
        )
        for start, slot in sorted(whole.slots.items())
    ]


@pytest.mark.slow
@pytest.mark.parametrize("without_time", ["", "GET /api/search"])
def test_query_makes_the_counts_of_latency_count(
    without_time: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    routes = tmp_path / "shop.routes"
    declared = [f"without-time {line}" if line == without_time else line for line in ROUTES.splitlines()]
    assert not without_time or f"without-time {without_time}" in declared
    routes.write_text("\n".join(declared))
    write(tmp_path, Traffic(seed=5, rate=2, hours=2, first_hour=23, broken=0), ("alb",))
    log = tmp_path / "alb.log"
    with log.open("a") as file:
        file.writelines(f"{line}\n" for line in SPECIAL)
    assert (
        run(["latency", "count", str(log), "--format", "alb", "--routes", str(routes), "--out", f"{tmp_path}/a"]) == 0
    )
    result = tmp_path / "result.csv"
    save(table(log), query_of(capsys, "--routes", routes), result)
    words = ["--routes", str(routes), "--result", str(result), "--host", "shop-alb", "--out", f"{tmp_path}/b"]
    assert run(["latency", "athena", *words]) == 0
    assert "(no route)" in str(facts(tmp_path / "b", "server")) and "'cut'" in str(facts(tmp_path / "b", "server"))
    for measure in ("server", "total"):
        assert facts(tmp_path / "b", measure) == facts(tmp_path / "a", measure)
    header = counts_file.read(str(next((tmp_path / "b").iterdir()))).headers[0]
    assert (header.host, header.role, header.log, header.format) == ("shop-alb", "shop", "alb", "alb")


def line(times: str, status: str, request: str, created: str = "2026-11-30T00:59:03.000250Z") -> str:
    return (
        f"h2 2026-11-30T00:59:05.500000Z app/shop/0123456789abcdef 192.0.2.1:5102 10.0.0.1:80 {times} {status} - 5 5 "
        f'"{request}" "agent" - - arn:aws:x "Root=1" "-" "-" 0 {created} "forward" "-" "-" "-" "-" "-" "-"'
    )


#: Lines that the traffic does not have.
SPECIAL = (
    line("0.001 12.345 0.250", "200", "GET https://shop.test:443/?a=b HTTP/2.0"),
    line("0.000 0.010 0.000", "101", "GET wss://shop.test:443/api/search HTTP/1.1"),
    line("0.000 0.010 0.000", "101", "GET https://shop.test:443/api/search HTTP/1.1"),
    line("-1 -1 -1", "301", "GET http://shop.test:80/ HTTP/1.1"),
    line("-1 -1 -1", "503", "GET https://shop.test:443/ HTTP/2.0"),
    line("0.001 -1 -1", "502", "GET https://shop.test:443/ HTTP/2.0"),
    line("-1 -1 -1", "460", "GET https://shop.test:443/ HTTP/2.0", created="2026-11-30T00:59:06.000000Z"),
    line("-1 -1 -1", "-", "- http://shop.test:80- "),
    line("-1 -1 -1", "400", "- http://shop.test:80- "),
    line("0.000 0.002 0.000", "404", "GET https://shop.test:443/it's/$(id)/%27 HTTP/2.0"),
)


def test_lines_that_the_table_cannot_read_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    routes, log, result = tmp_path / "shop.routes", tmp_path / "alb.log", tmp_path / "result.csv"
    routes.write_text("GET /\n")
    log.write_text("".join(f"{SPECIAL[0]}\n" for _ in range(200)) + "half a li\n")
    save(table(log), query_of(capsys, "--routes", routes), result)
    words = ["latency", "athena", "--routes", str(routes), "--result", str(result), "--host", "a", "--out"]
    assert run([*words, f"{tmp_path}/out"]) == 0
    assert "200 requests to 1 endpoints, 0 connections without a request, 1 unreadable lines" in capsys.readouterr().out
    log.write_text(f"{SPECIAL[0]}\n" + "half a li\n" * 9)
    save(table(log), query_of(capsys, "--routes", routes), result)
    assert run([*words, f"{tmp_path}/none"]) == 2
    assert "9 of 10 lines in alb do not fit the table." in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


#: Options, and the rows of a table with one request and one line that does not fit.
SELECTIONS = {
    "a day": (["--day", "2026-11-30"], 1),
    "another day": (["--day", "2026-11-29"], 0),
    "a load balancer": (["--load-balancer", "app/shop/0123456789abcdef"], 2),
    "another load balancer": (["--load-balancer", "app/it's/0"], 1),
    "a partition": (["--day", "2026-11-30", "--partition", "day"], 2),
    "the partition before": (["--day", "2026-11-29", "--partition", "day"], 0),
    "the partition after": (["--day", "2026-12-01", "--partition", "day"], 0),
}


@pytest.mark.parametrize(("words", "rows"), SELECTIONS.values(), ids=SELECTIONS)
def test_lines_are_selected(words: list[str], rows: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    routes, log = tmp_path / "shop.routes", tmp_path / "alb.log"
    routes.write_text("GET /\n")
    log.write_text(f"{SPECIAL[0]}\nhalf a li\n")
    query = query_of(capsys, "--routes", routes, *words, "--table", "main.logs")
    assert len(table(log, name="logs", partition="2026/11/30").execute(query).fetchall()) == rows


REFUSED = {
    "no routes": ("# none\n", [], "declares no routes: the query needs them"),
    "another word for a table": ("GET /", ["--table", "a; DROP TABLE b"], "--table is the name of a table"),
    "another word for a column": ("GET /", ["--day", "2026-11-29", "--partition", "a b"], "--partition is the name of"),
    "a partition without a day": ("GET /", ["--partition", "day"], "--partition needs --day"),
    "no day": ("GET /", ["--day", "yesterday"], "--day is a day such as 2026-11-29, and not 'yesterday'"),
    "too many routes": (
        "".join(f"GET /{number:0200}/{{id}}\n" for number in range(700)),
        [],
        "and Athena takes 262,144: declare fewer routes",
    ),
    "no host": ("GET /", ["--result", "result.csv"], "--result needs --host"),
    "a selection of a result": (
        "GET /",
        ["--result", "result.csv", "--host", "a", "--day", "2026-11-29", "--load-balancer", "app/shop/5"],
        "leave --day and --load-balancer out",
    ),
    "no file": ("GET /", ["--result", "gone.csv", "--host", "a"], "Cannot read gone.csv: No such file"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("routes", "words", "sentence"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused(
    routes: str,
    words: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.routes").write_text(routes)
    assert run(["latency", "athena", "--routes", "shop.routes", *words]) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())


HEAD = ",".join(f'"{column}"' for column in COLUMNS)
GOOD = '"2026-11-29T14:05","GET /","2xx","12","13","7"'
DAMAGED = {
    "another result": ('"a","b"\n', "is no result of checkctl latency athena"),
    "nothing": ("", "is no result of checkctl latency athena"),
    "no rows": (f"{HEAD}\n", "has no requests"),
    "half a row": (f'{HEAD}\n{GOOD}\n"2026-11-29T14:05","GE', "is no CSV file of Athena"),
    "fewer columns": (f"{HEAD}\n1,2\n", "result.csv, line 2: 2 columns, and not 6: is the file complete?"),
    "no minute": (f"{HEAD}\n{GOOD.replace('T14:05', '')}\n", "line 2: '2026-11-29' is no minute"),
    "another route": (f"{HEAD}\n{GOOD.replace('GET /', 'GET /x')}\n", "the routes file does not declare 'GET /x'"),
    "another class": (f"{HEAD}\n{GOOD.replace('2xx', '9xx')}\n", "line 2: '9xx' is not one of 2xx, 3xx"),
    "no number": (f"{HEAD}\n{GOOD.replace('12', '-1')}\n", "line 2: '-1' is no whole number"),
    "an endless time": (f"{HEAD}\n{GOOD.replace('12', '9' * 18)}\n", "ms is no duration of a request"),
}


@pytest.mark.parametrize(("text", "sentence"), DAMAGED.values(), ids=DAMAGED)
def test_damaged_results_are_refused(
    text: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop.routes").write_text("GET /\n")
    (tmp_path / "result.csv").write_text(text)
    words = ["--routes", f"{tmp_path}/shop.routes", "--result", f"{tmp_path}/result.csv", "--host", "a"]
    assert run(["latency", "athena", *words, "--out", f"{tmp_path}/out"]) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()


def test_result_is_not_counted_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shop.routes").write_text("GET /\n")
    (tmp_path / "result.csv").write_text(f"{HEAD}\n{GOOD}\n")
    words = ["latency", "athena", "--routes", f"{tmp_path}/shop.routes", "--result", f"{tmp_path}/result.csv"]
    assert run([*words, "--host", "a", "--out", f"{tmp_path}/out"]) == 0
    assert run([*words, "--host", "a", "--out", f"{tmp_path}/out"]) == 2
    assert "at 2026-11-29 14:05 UTC are in" in capsys.readouterr().err
    assert run(["latency", "report", "--counts", f"{tmp_path}/out", "--json"]) == 0
    (scope,) = json.loads(capsys.readouterr().out)["scopes"]
    assert (scope["requests"], scope["role"]) == (7, "shop")
