"""Check sql_query against fakes, the real PostgreSQL and the real MariaDB."""

import ssl
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from checks.mysql.fake import FakeMysqlServers
from checks.mysql.source import MysqlServers
from checks.postgresql.fake import FakePostgresqlServers
from checks.postgresql.source import PostgresqlServers
from checks.sql.fake import FakeQueryFiles
from checks.sql.source import QueryFiles
from checks.sql.sql_query import SqlQuery
from checkwright.core.errors import CannotTell
from checkwright.core.world import World
from checkwright.testing import Golden, run
from tests.support.mariadb import mariadb, mariadb_folder
from tests.support.postgresql import postgresql
from tests.support.sample import Sample

POSTGRESQL = FakePostgresqlServers(
    rows={
        "/var/run/postgresql": [{"count": 3}],
        "grouped": [{"state": "new", "count": 3}, {"state": "failed", "count": Decimal("12.5")}],
        "null": [{"max": None}],
        "empty": [],
        "text": [{"name": "Anna Muster"}],
        "day": [{"day": date(2026, 11, 29)}],
        "wide": [{"id": 1, "name": "Anna Muster", "amount": 3}],
        "unlabelled": [{"n": 1}, {"n": 2}],
        "doubled": [{"state": "new", "n": 1}, {"state": "new", "n": 2}],
        "long": [{"id": str(number), "n": number} for number in range(201)],
        "broken": CannotTell("postgresql broken:5432: a query fails with SQLSTATE 22P02"),
    }
)
MYSQL = FakeMysqlServers(rows={"/run/mysqld/mysqld.sock": [{"COUNT(*)": 3}]})
FILES = FakeQueryFiles(
    {"/etc/checks/orders.sql": "SELECT 3", "/none": CannotTell("cannot read the query file /none: No such file")}
)
SELECT = "-q 'SELECT ...'"

CASES = {
    "one value": (f"{SELECT} --value-critical 5", "OK"),
    "one value too high": (f"{SELECT} --value-critical 2", "CRITICAL"),
    "MySQL": (f"--engine mysql {SELECT} --value-warning 2", "WARNING"),
    "labels": (f"-H grouped {SELECT} --value-critical failed=10", "CRITICAL"),
    "file": ("-f /etc/checks/orders.sql --value-warning 10", "OK"),
    "missing file": ("-f /none", "UNKNOWN"),
    "NULL": (f"-H null {SELECT} --value-critical 2", "UNKNOWN"),
    "no row": (f"-H empty {SELECT}", "UNKNOWN"),
    "text": (f"-H text {SELECT}", "UNKNOWN"),
    "a day": (f"-H day {SELECT}", "UNKNOWN"),
    "too many columns": (f"-H wide {SELECT}", "UNKNOWN"),
    "rows without labels": (f"-H unlabelled {SELECT}", "UNKNOWN"),
    "a label twice": (f"-H doubled {SELECT}", "UNKNOWN"),
    "too many rows": (f"-H long {SELECT}", "UNKNOWN"),
    "failing query": (f"-H broken {SELECT}", "UNKNOWN"),
    "no query": ("", "UNKNOWN"),
    "two queries": (f"{SELECT} -f /etc/checks/orders.sql", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_sql_query(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(SqlQuery, command_line, World(POSTGRESQL, MYSQL, FILES))
    assert outcome.state == state
    assert "Anna" not in outcome.text(3)
    golden(outcome)


def test_query_files(tmp_path: Path) -> None:
    files = QueryFiles()
    (tmp_path / "query.sql").write_text("SELECT 1\n")
    assert files.read(str(tmp_path / "query.sql")) == "SELECT 1\n"
    (tmp_path / "empty.sql").write_text("\n")
    (tmp_path / "binary.sql").write_bytes(b"\xff\xfe")
    for name, why in (("none", "No such file"), ("empty.sql", "is empty"), ("binary.sql", "is not text")):
        with pytest.raises(CannotTell, match=why):
            files.read(str(tmp_path / name))


TABLE = "CREATE TABLE orders (id INT PRIMARY KEY, state VARCHAR(20), amount NUMERIC(8,2), note VARCHAR(50));"
ROWS = "INSERT INTO orders VALUES (1, 'new', 10.50, 'Anna Muster'), (2, 'new', 1, NULL), (3, 'failed', 2, '');"
#: Query, further words, state, and text of the answer. {table} is the table, qualified where the server needs it.
QUERIES = {
    "count": ("SELECT count(*) FROM {table}", "--value-critical 5", "OK", "Value 3"),
    "group": (
        "SELECT state, count(*) FROM {table} GROUP BY state",
        "--value-critical new=1",
        "CRITICAL",
        "Value new 2",
    ),
    "sum": ("SELECT sum(amount) FROM {table}", "--value-warning 10", "WARNING", "Value 13.5"),
    "null": ("SELECT max(amount) FROM {table} WHERE id > 9", "", "UNKNOWN", "has no value"),
    "text": ("SELECT note FROM {table} WHERE id = 1", "", "UNKNOWN", "is no number: it is str"),
    "write": ("DELETE FROM {table}", "", "UNKNOWN", "xecute"),
    "two statements": ("SELECT 1; DELETE FROM {table}", "", "UNKNOWN", ""),
    "end of the transaction": ("COMMIT; DELETE FROM {table}", "", "UNKNOWN", ""),
    "no such table": ("SELECT 1 FROM nothing", "", "UNKNOWN", ""),
    "syntax": ("SELECT FROM WHERE", "", "UNKNOWN", ""),
    "no such function": ("SELECT nothing(1)", "", "UNKNOWN", "nothing"),
    "rows in place of a value": ("SELECT (SELECT id FROM {table})", "", "UNKNOWN", "ubquery"),
    "one table twice": ("SELECT count(*) FROM {table}, {table}", "", "UNKNOWN", "orders"),
    "sum of a sum": ("SELECT sum(count(*)) FROM {table}", "", "UNKNOWN", ""),
    "value of a row in an error": ("SELECT {raises}", "", "UNKNOWN", "fails with"),
}


@pytest.fixture(scope="module")
def on_postgresql() -> Iterator[str]:
    with postgresql() as server:
        server.sql(f"{TABLE} {ROWS} GRANT ALL ON orders TO nagios")
        raising = "BEGIN RAISE EXCEPTION 'no place for %', t; END"
        server.sql(f"CREATE FUNCTION shout(t text) RETURNS int LANGUAGE plpgsql AS $${raising}$$")
        yield f"-H {server.path} -u nagios"
        assert server.sql("SELECT count(*) FROM orders") == "3"


@pytest.fixture(scope="module")
def on_mariadb() -> Iterator[str]:
    with mariadb_folder() as folder, mariadb(folder) as server:
        server.sql(f"CREATE DATABASE shop; USE shop; {TABLE} {ROWS}")
        yield f"--engine mysql -H {server.path} -d shop"
        assert server.sql("SELECT count(*) FROM shop.orders") == "3"


def real(login: str, query: str, words: str) -> tuple[str, str]:
    world = World(PostgresqlServers(), MysqlServers(), QueryFiles())
    outcome = run(SqlQuery, [*login.split(), "-t", "20", "-q", query, *words.split()], world)
    return outcome.state, outcome.text(1)


@pytest.mark.daemon
@pytest.mark.parametrize(("query", "words", "state", "text"), QUERIES.values(), ids=QUERIES)
def test_real_postgresql(on_postgresql: str, query: str, words: str, state: str, text: str) -> None:
    found = real(on_postgresql, query.format(table="orders", raises="shout(note) FROM orders"), words)
    assert found[0] == state and text in found[1] and "Anna" not in found[1]


@pytest.mark.daemon
@pytest.mark.parametrize(("query", "words", "state", "text"), QUERIES.values(), ids=QUERIES)
def test_real_mariadb(on_mariadb: str, query: str, words: str, state: str, text: str) -> None:
    raises = "extractvalue('<a/>', concat('~', note)) FROM orders"
    found = real(on_mariadb, query.format(table="orders", raises=raises), words)
    assert found[0] == state and text in found[1] and "Anna" not in found[1]


@pytest.mark.daemon
@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_slow_query_is_down_at_the_deadline(engine: str, request: pytest.FixtureRequest) -> None:
    login = request.getfixturevalue({"postgresql": "on_postgresql", "mysql": "on_mariadb"}[engine])
    query = {"postgresql": "SELECT pg_sleep(30)", "mysql": "SELECT SLEEP(30)"}[engine]
    outcome = run(SqlQuery, [*login.split(), "-t", "1.5", "-q", query], World(PostgresqlServers(), MysqlServers()))
    assert outcome.state == "CRITICAL"
    assert "took longer than the check may wait" in outcome.summary or "no answer within" in outcome.summary


#: Queries that return more rows than are reported, and one that returns as many.
MANY = {
    "postgresql": ("SELECT n::text, n FROM generate_series(1, {rows}) AS n",),
    "mysql": (
        "SELECT seq, seq FROM seq_1_to_{rows}",
        "SELECT seq, seq FROM seq_1_to_{rows} LIMIT 100000000",
        "SELECT seq, seq FROM seq_1_to_150 UNION ALL SELECT seq + 150, 1 FROM seq_1_to_{rows}",
    ),
}


@pytest.mark.daemon
@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_rows_beyond_the_limit_are_not_kept(engine: str, request: pytest.FixtureRequest) -> None:
    login = request.getfixturevalue({"postgresql": "on_postgresql", "mysql": "on_mariadb"}[engine])
    for query in MANY[engine]:
        tracemalloc.start()
        try:
            state, text = real(login, query.format(rows=300_000), "--value-critical 1000000000")
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert state == "UNKNOWN" and "returns more than 200 rows" in text
        assert most < 5_000_000  # all rows take a hundred megabytes
    state, text = real(login, MANY[engine][0].format(rows=200), "--value-critical 1000000000")
    assert state == "OK" and "Rows 200" in text, text


@pytest.mark.daemon
@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_local_socket_loads_no_authorities(
    engine: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both clients would read the bundle of all authorities for each connection, 20 ms, if they were left alone."""

    def load(*_args: object, **_words: object) -> None:
        raise RuntimeError("authorities are loaded")

    login = request.getfixturevalue({"postgresql": "on_postgresql", "mysql": "on_mariadb"}[engine])
    monkeypatch.setattr(ssl, "create_default_context", load)
    for name in ("load_default_certs", "load_verify_locations", "set_default_verify_paths"):
        monkeypatch.setattr(ssl.SSLContext, name, load)
    state, text = real(login, "SELECT 1", "--value-critical 5")
    assert state == "OK", text


@pytest.mark.daemon
@pytest.mark.parametrize(
    "query",
    [
        "-- a comment\n/* another */ (SELECT 7)",
        "WITH seven AS (SELECT 7 AS n) SELECT n FROM seven -- the end",
        "VALUES (7);",
        "SELECT 7 AS n;\n-- the end",
    ],
)
def test_forms_of_a_query(on_postgresql: str, query: str) -> None:
    state, text = real(on_postgresql, query, "--value-critical 8")
    assert state == "OK" and "Value 7" in text


@pytest.mark.daemon
def test_statement_without_a_cursor(on_postgresql: str) -> None:
    state, text = real(on_postgresql, "SHOW port", "")
    assert state == "UNKNOWN" and "is no number" in text


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with postgresql() as server:
        yield Sample(f"--host {server.path} --user nagios --query 'SELECT 1' --value-critical 5")
