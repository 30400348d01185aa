"""Answers of PuppetDB, recorded from a real one (7.12.1), and answers that are not whole."""

import gzip
import json
import socket
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from checkwright.inventory.puppetdb_answers import puppetdb_answer
from checkwright.inventory.puppetdb_connection import PuppetDbClient, PuppetDbSettings, puppetdb_settings
from checkwright.inventory.records import Answer, CannotPull, IncompleteAnswer, text_of
from checkwright.registry.model import (
    Always,
    ByClass,
    ByValue,
    Fact,
    PuppetDb,
    Role,
    Team,
    Trusted,
)
from tests.checkwright.inventory.conftest import PuppetDbDouble
from tests.support.ports import free_port
from tests.support.servers import Authority, raw_server

NOW = datetime(2026, 11, 30, 0, 30, tzinfo=UTC)
OWNER = Team("ops", email="ops@example.com")
WEB, REDIS = Role("web", owner=OWNER), Role("redis", owner=OWNER)
TOKEN = "never-shown-token"

ODD = Fact('checkout."a.b"')
SOURCE = PuppetDb(
    file="live.csv",
    where='trusted.extensions.pp_environment = "production"',
    name=Fact("networking.hostname"),
    roles=(ByValue(Trusted("pp_role"), {"web": WEB}), ByClass("Redis", REDIS)),
    labels={"odd": ODD},
)


def ask(file: Path, source: PuppetDb = SOURCE) -> Answer:
    return puppetdb_answer(source, PuppetDbClient(puppetdb_settings(str(file))), NOW)


def test_machines_classes_and_inactive_nodes_are_read(puppetdb: PuppetDbDouble, settings: Path) -> None:
    found = ask(settings)
    assert [record.id for record in found.records] == ["cache-1.example.com", "web-1.example.com", "web-2.example.com"]
    cache, web, _ = found.records
    assert cache.classes == {"Redis"}
    assert web.classes == set()
    assert web.values["facts.networking.hostname"] == "web-1"
    assert text_of(web, ODD) == "odd"
    assert web.changed.tzinfo is not None
    assert found.as_of == max(record.changed for record in found.records)
    assert set(found.gone) == {"old-1.example.com"}
    assert found.gone["old-1.example.com"].startswith("deactivated 20")
    assert found.counts["Redis"] == 1
    assert not found.complete


def test_queries_name_only_what_the_source_uses(puppetdb: PuppetDbDouble, settings: Path) -> None:
    ask(settings)
    where = '{ trusted.extensions.pp_environment = "production" }'
    assert puppetdb.queries[0] == (
        "inventory[certname, timestamp, facts.checkout, facts.networking.hostname, facts.networking.ip, "
        f"trusted.extensions.pp_role]{where}"
    )
    assert 'title in ["Redis"]' in puppetdb.queries[1]
    assert len(puppetdb.queries) == 4
    assert all("where" not in query for query in puppetdb.queries)


def test_source_without_classes_and_condition_asks_for_all_machines(puppetdb: PuppetDbDouble, settings: Path) -> None:
    ask(settings, PuppetDb(file="live.csv", roles=(Always(WEB),)))
    assert puppetdb.queries[0].endswith('{ certname ~ "." }')
    assert len(puppetdb.queries) == 3


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "error of the server": ({"status": 503, "body": b"maintenance mode"}, "answers 503: maintenance mode"),
    "truncated JSON": ({"body": b'[{"certname": "a", '}, "sends JSON that is not whole"),
    "fewer rows": ({"total": "7"}, "sends 3 rows and counts 7"),
    "no total": ({"total": ""}, "sends 3 rows and counts none"),
    "cut": ({"cut": 40}, ""),
    "cut without length": ({"cut": 40, "length": False}, "sends JSON that is not whole"),
    "cut of classes": ({"entity": "resources", "cut": 5}, ""),
    "fewer inactive nodes": ({"entity": "nodes", "total": "9"}, "sends 1 rows and counts 9"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_answer_that_is_not_whole_is_refused(puppetdb: PuppetDbDouble, settings: Path, how: str) -> None:
    changes, sentence = BROKEN[how]
    for name, value in changes.items():
        setattr(puppetdb, name, value)
    with pytest.raises(IncompleteAnswer) as refused:
        ask(settings)
    assert sentence in str(refused.value)
    assert puppetdb.url in str(refused.value) or "bytes" in str(refused.value)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "forbidden": ({"status": 403, "body": b"me doesnt appear in the certificate allowlist"}, "answers 403: me doesnt"),
    "bad query": ({"status": 400, "body": b"PQL parse error\n\nat line 1"}, "answers 400: PQL parse error at line 1"),
    "redirect": ({"status": 302, "body": b""}, "answers 302"),
    "another server": ({"body": b'{"hello": 1}'}, "sends no list of rows: is it a PuppetDB?"),
    "rows of another form": ({"body": b'[{"name": "a"}]', "total": "1"}, "sends rows of another form: KeyError"),
    "no time": ({"body": b'[{"certname": "a", "timestamp": null}]', "total": "1"}, "sends rows of another form"),
}


@pytest.mark.parametrize("how", WRONG)
def test_wrong_answer_is_one_sentence(puppetdb: PuppetDbDouble, settings: Path, how: str) -> None:
    changes, sentence = WRONG[how]
    for name, value in changes.items():
        setattr(puppetdb, name, value)
    with pytest.raises(CannotPull) as refused:
        ask(settings)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_machine_that_is_named_twice_is_refused(puppetdb: PuppetDbDouble, settings: Path) -> None:
    puppetdb.rows["inventory"] *= 2
    with pytest.raises(CannotPull, match="names a machine twice"):
        ask(settings)


def test_large_answer_is_read_and_a_huge_one_refused(
    puppetdb: PuppetDbDouble, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = puppetdb.rows["inventory"][0]
    puppetdb.rows["inventory"] = [{**row, "certname": f"web-{number}"} for number in range(5000)]
    assert len(ask(settings).records) == 5000
    monkeypatch.setattr("checkwright.inventory.puppetdb_connection._LARGEST", 100_000)
    with pytest.raises(CannotPull, match="narrow the source's `where`"):
        ask(settings)


def test_expired_node_is_evidence(puppetdb: PuppetDbDouble, settings: Path) -> None:
    puppetdb.rows["nodes"] = [{"certname": "b", "deactivated": None, "expired": "2026-11-20T01:02:03.004Z"}]
    assert ask(settings).gone == {"b": "expired 2026-11-20"}


def test_client_without_certificate_is_refused_by_tls(
    puppetdb: PuppetDbDouble, authority: Authority, tmp_path: Path
) -> None:
    for settings, words in (
        (PuppetDbSettings(puppetdb.url, authority.file), ""),
        (PuppetDbSettings(puppetdb.url), "certificate verify failed"),
    ):
        with pytest.raises((CannotPull, IncompleteAnswer)) as refused:
            PuppetDbClient(settings).query("nodes[certname]{}")
        assert str(refused.value).startswith(f"PuppetDB {puppetdb.url}")
        assert words in str(refused.value)
        assert "\n" not in str(refused.value) and "0x" not in str(refused.value)
    assert puppetdb.queries == []


def test_nobody_answers() -> None:
    url = f"https://127.0.0.1:{free_port()}"
    with pytest.raises(CannotPull, match=f"^PuppetDB {url}: Connection refused$"):
        PuppetDbClient(PuppetDbSettings(url)).query("nodes[certname]{}")


def test_server_that_resets_the_connection_is_one_sentence() -> None:
    def reset(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with raw_server(reset) as port, pytest.raises(CannotPull) as refused:
        PuppetDbClient(PuppetDbSettings(f"http://127.0.0.1:{port}")).query("nodes[certname]{}")
    assert "\n" not in str(refused.value)


def test_chunks_that_end_too_early_are_noticed() -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(10_000)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Records: 1\r\n\r\n5\r\n[{}]\n\r\n")

    with raw_server(talk) as port, pytest.raises(IncompleteAnswer, match="ended its answer too early"):
        PuppetDbClient(PuppetDbSettings(f"http://127.0.0.1:{port}")).query("nodes[certname]{}")


def test_compressed_answer_is_read() -> None:
    body = gzip.compress(b'[{"certname": "a"}]')

    def talk(connection: socket.socket) -> None:
        connection.recv(10_000)
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\nX-Records: 1\r\n\r\n"
        connection.sendall(head.encode() + body)

    with raw_server(talk) as port:
        found = PuppetDbClient(PuppetDbSettings(f"http://127.0.0.1:{port}")).query("nodes[certname]{}")
    assert found == [{"certname": "a"}]


def test_token_is_sent_and_never_shown(puppetdb: PuppetDbDouble, settings: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN + "\n")
    document = json.loads(settings.read_text())
    document["puppetdb"]["token-file"] = str(tmp_path / "token")
    settings.write_text(json.dumps(document))
    ask(settings)
    assert puppetdb.headers["X-Authentication"] == TOKEN
    puppetdb.status = 401
    puppetdb.body = b"no"
    with pytest.raises(CannotPull) as refused:
        ask(settings)
    assert TOKEN not in str(refused.value)
    assert TOKEN not in repr(puppetdb_settings(str(settings)))


@pytest.mark.parametrize("token", ["", "two\nlines", "\u00e9"])
def test_file_without_a_token_is_refused(tmp_path: Path, token: str) -> None:
    (tmp_path / "token").write_text(token)
    with pytest.raises(CannotPull, match="holds no token"):
        PuppetDbClient(PuppetDbSettings("https://127.0.0.1:1", token_file=str(tmp_path / "token")))


def test_proxy_of_the_environment_is_not_used(
    puppetdb: PuppetDbDouble, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert len(ask(settings).records) == 3


SETTINGS: dict[str, tuple[str, str]] = {
    "not JSON": ("server_urls = x", "is not of the form"),
    "no section": ("{}", "is not of the form"),
    "no URL": ('{"puppetdb": {}}', "server_urls is not of the form https://HOST:PORT"),
    "empty list": ('{"puppetdb": {"server_urls": [[]]}}', "is not of the form"),
    "number": ('{"puppetdb": {"server_urls": "https://a:1", "cert": 5}}', "is not of the form"),
    "plain HTTP": (
        '{"puppetdb": {"server_urls": "http://puppetdb.example.com:8080"}}',
        "http, which is for this machine",
    ),
    "user": ('{"puppetdb": {"server_urls": "https://me:hush@a:1"}}', "holds a user name"),
    "path": ('{"puppetdb": {"server_urls": "https://a:1/pdb"}}', "not of the form https://HOST:PORT"),
    "port": ('{"puppetdb": {"server_urls": "https://a:x"}}', "server_urls is not a URL"),
}


@pytest.mark.parametrize("what", SETTINGS)
def test_wrong_settings_are_one_sentence(tmp_path: Path, what: str) -> None:
    text, sentence = SETTINGS[what]
    file = tmp_path / "puppetdb.conf"
    file.write_text(text)
    with pytest.raises(CannotPull) as refused:
        puppetdb_settings(str(file))
    assert sentence in str(refused.value) and str(file) in str(refused.value)
    assert "hush" not in str(refused.value)


def test_settings_are_found_in_the_order_of_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CHECKS_PUPPETDB_CONFIG", raising=False)
    with pytest.raises(CannotPull, match=r"no settings of PuppetDB: write ~/.puppetlabs"):
        puppetdb_settings()
    own = tmp_path / ".puppetlabs/client-tools/puppetdb.conf"
    own.parent.mkdir(parents=True)
    own.write_text('{"puppetdb": {"server_urls": ["https://own:8081", "https://replica:8081"]}}')
    assert puppetdb_settings().url == "https://own:8081"
    other = tmp_path / "other.conf"
    other.write_text('{"puppetdb": {"server_urls": "http://localhost:8080/"}}')
    monkeypatch.setenv("CHECKS_PUPPETDB_CONFIG", str(other))
    assert puppetdb_settings().url == "http://localhost:8080"
    assert puppetdb_settings(str(own)).url == "https://own:8081"


@pytest.mark.parametrize("key", ["cacert", "cert", "token-file"])
def test_missing_file_of_the_settings_is_named(settings: Path, key: str) -> None:
    document = json.loads(settings.read_text())
    document["puppetdb"][key] = "/nowhere/file"
    settings.write_text(json.dumps(document))
    with pytest.raises(
        CannotPull, match=r"^/nowhere/file, which the settings of PuppetDB name, cannot be read: No such"
    ):
        ask(settings)
