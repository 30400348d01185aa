"""RedisServers against servers with canned and wrong answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from checks.redis.source import RedisServers, encode, fields, parse_info, parse_masters
from checkwright.core.errors import BadUsage, CannotTell, Down
from checkwright.core.secret import Secret
from checkwright.net.tls_context import TlsOptions
from checkwright.testing.canned_server import serve
from tests.support.redis_server import redis_server

INFO = encode(["INFO"])


def bulk(text: str) -> bytes:
    data = text.encode()
    return b"$%d\r\n%b\r\n" % (len(data), data)


@contextmanager
def answering(reply: bytes) -> Iterator[str]:
    with serve({INFO: reply}) as address:
        yield address


WRONG = {
    "a web server": (b"HTTP/1.1 400 Bad Request\r\n\r\n", Down, "its answer cannot be read: 'HTTP/1.1 400"),
    "an empty line": (b"\r\n", Down, "'' is no reply of Redis"),
    "a number": (b":1\r\n", Down, "the reply to INFO is no text"),
    "nothing": (b"$-1\r\n", Down, "the reply to INFO is no text"),
    "endless numbers": (b":" + b"1" * 40 + b"\r\n", Down, "is no reply of Redis"),
    "too many parts": (b"*99999999\r\n", Down, "a reply has 99999999 parts"),
    "a huge text": (b"$99999999999\r\n", Down, "it announced 100000000001 bytes"),
    "another document": (bulk("a:b"), Down, "the reply to INFO has no redis_version"),
    "a busy server": (b"-BUSY Redis is busy running a script.\r\n", Down, "INFO fails: BUSY Redis is busy"),
    "protected mode": (b"-DENIED Redis is running in protected mode\r\n", CannotTell, "it refuses INFO: DENIED"),
    "a renamed command": (b"-ERR unknown command 'INFO', with args\r\n", CannotTell, "it refuses INFO: ERR unknown"),
    "no more clients": (b"-ERR max number of clients reached\r\n", Down, "it accepts no more clients"),
}


@pytest.mark.parametrize(("reply", "error", "why"), WRONG.values(), ids=WRONG)
def test_wrong_replies(reply: bytes, error: type[Exception], why: str) -> None:
    with answering(reply) as address, pytest.raises(error) as caught:
        RedisServers().state(address)
    assert str(caught.value).startswith(f"redis {address}: ") and why in str(caught.value)


def test_loading_server_is_queried_for_nothing_else() -> None:
    with answering(bulk("redis_version:7.0.15\r\nloading:1\r\ncluster_enabled:1\r\n")) as address:
        state = RedisServers().state(address, lists=["celery"])
    assert (state.info["loading"], state.cluster, state.lists) == ("1", {}, {})


def test_key_that_is_no_list_is_unknown() -> None:
    answers = {INFO: bulk("redis_version:7.0.15"), encode(["LLEN", "cart"]): b"-WRONGTYPE Operation against a key\r\n"}
    with serve(answers) as address, pytest.raises(CannotTell, match="the key cart is no list"):
        RedisServers().state(address, lists=["cart"])


@pytest.mark.parametrize("word", ["MOVED 866 10.0.0.2:6379", "ASK 866 10.0.0.2:6379", "TRYAGAIN resharding"])
def test_list_on_another_node_is_unknown(word: str) -> None:
    answers = {INFO: bulk("redis_version:7.0.15"), encode(["LLEN", "celery"]): f"-{word}\r\n".encode()}
    with serve(answers) as address, pytest.raises(CannotTell, match="the list celery is on another node") as caught:
        RedisServers().state(address, lists=["celery"])
    assert word in str(caught.value)


LOGINS = {
    "a wrong password": (b"-ERR invalid password\r\n", CannotTell, "it refuses AUTH: ERR invalid password"),
    "no password": (b"-ERR Client sent AUTH, but no password is set\r\n", CannotTell, "it refuses AUTH: ERR Client"),
    "a name": (b"-ERR wrong number of arguments for 'auth' command\r\n", CannotTell, "it refuses AUTH: ERR wrong"),
    "no room": (b"-ERR max number of clients reached\r\n", Down, "it accepts no more clients"),
}


@pytest.mark.parametrize(("reply", "error", "why"), LOGINS.values(), ids=LOGINS)
def test_logins_that_servers_before_6_reject(
    reply: bytes, error: type[Exception], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSWORD", "hush")
    with serve({encode(["AUTH", "hush"]): reply}) as address, pytest.raises(error, match=why):
        RedisServers().state(address, password=Secret(env="PASSWORD"))


def test_info_is_parsed() -> None:
    assert parse_info("# Server\r\na:1:2\r\n\r\nb:\r\nnonsense") == {"a": "1:2", "b": ""}
    assert fields("a=1,b=,c") == {"a": "1", "b": ""}
    info = {"sentinel_masters": "1", "master0": "name=shop,status=ok"}
    assert parse_masters(info) == {"shop": {"name": "shop", "status": "ok"}}
    with pytest.raises(ValueError, match="no Sentinel"):
        parse_masters({})


def test_numbers_of_a_state() -> None:
    with answering(bulk("redis_version:7\r\nx:many\r\nerrorstat_OOM:count=3\r\nslave0:ip=a,port=1")) as address:
        state = RedisServers().state(address)
    assert (state.errors("OOM"), state.errors("MISCONF"), state.number("none")) == (3, 0, None)
    assert state.replicas() == [{"ip": "a", "port": "1"}]
    with pytest.raises(CannotTell, match="redis reports 'many' as x"):
        state.number("x")


def test_tls_through_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="TLS needs HOST:PORT"):
        RedisServers().state(str(tmp_path / "socket"), tls=TlsOptions())


@pytest.mark.daemon
def test_tls_of_a_real_server(tmp_path: Path) -> None:
    authority = trustme.CA()
    own = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    own.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    words = ["--tls-cert-file", str(tmp_path / "server.pem"), "--tls-key-file", str(tmp_path / "server.pem")]
    words += ["--tls-ca-cert-file", str(tmp_path / "ca.pem"), "--tls-auth-clients", "no", "--port", "0"]
    with redis_server(tmp_path, *words, tls=str(tmp_path / "ca.pem")) as server:
        address = f"localhost:{server.port}"
        assert RedisServers().state(address, tls=TlsOptions(ca=str(tmp_path / "ca.pem"))).info["role"] == "master"
        with pytest.raises(Down, match="not trusted"):
            RedisServers().state(address, tls=TlsOptions())
