"""PhpFpmPools against recorded and canned answers."""

from pathlib import Path

import pytest

from checks.php_fpm.source import PhpFpmPools, parse, request, split
from checkwright.core.errors import CannotTell, Down
from checkwright.testing.canned_server import serve

#: Answers of real servers, by version.
RECORDED = Path(__file__).with_name("recorded")
IDLE = (RECORDED / "status-idle-8.2.json").read_bytes()


def records(*outputs: bytes, kind: int = 6, status: int = 0) -> bytes:
    """Return the records of an answer, with some padding, and its end."""
    found = b"".join(
        bytes((1, kind, 0, 1)) + len(output).to_bytes(2, "big") + b"\3\0" + output + b"\0" * 3 for output in outputs
    )
    return found + bytes((1, 3, 0, 1, 0, 8, 0, 0)) + b"\0" * 4 + bytes((status, 0, 0, 0))


def page(body: bytes, status: bytes = b"") -> bytes:
    return status + b"Content-type: application/json\r\n\r\n" + body


@pytest.mark.parametrize("file", sorted(RECORDED.glob("status-*.json")), ids=lambda file: file.stem)
def test_recorded_status_is_parsed(file: Path) -> None:
    status = parse(file.read_text())
    assert status.name == "shop"
    assert status.total == status.active + status.idle > 0
    if file.stem == "status-static-8.2":
        assert (status.manager, status.queue, status.queue_length) == ("static", 17, 16)
    if file.stem == "status-after-8.2":
        assert (status.reached, status.slow, status.busiest, status.accepted) == (1, 10, 4, 15)


def test_answer_in_several_records_is_read() -> None:
    whole = page(IDLE)
    with serve({request("/fpm-status"): records(whole[:30], whole[30:])}) as address:
        status = PhpFpmPools().status(address)
    assert (status.name, status.accepted) == ("shop", 1)
    assert status.seconds > 0


def test_long_names_and_values_are_encoded() -> None:
    path = "/" + "x" * 200
    assert b"\x0b\x80\x00\x00\xc9SCRIPT_NAME" + path.encode() in request(path)


def test_output_for_errors_is_left_out() -> None:
    answer = records(b"PHP message: notice", kind=7)[: 8 + 19 + 3] + records(page(IDLE))
    with serve({request("/fpm-status"): answer}) as address:
        assert PhpFpmPools().status(address).name == "shop"


WRONG = {
    "a web server": (b"HTTP/1.1 400 Bad Request\r\n\r\n", "its answer cannot be read: it is not FastCGI"),
    "a closed connection": (b"", "it closed the connection without an answer"),
    "half an answer": (records(page(IDLE))[:100], "it closed the connection after"),
    "no headers": (records(b"<html>"), "its answer cannot be read: it has no headers"),
    "no JSON": (records(page(b"<html>")), "its answer cannot be read: Expecting value"),
    "another document": (records(page(b"[1]")), "its answer cannot be read: it is no status page"),
    "no number": (
        records(page(IDLE.replace(b'"idle processes":0', b'"idle processes":null'))),
        "its answer cannot be read: idle processes is no number",
    ),
    "overloaded": (records(status=2), "its answer cannot be read: it refused the request with FastCGI's status 2"),
}


@pytest.mark.parametrize(("data", "why"), WRONG.values(), ids=WRONG)
def test_other_answers_are_down(data: bytes, why: str) -> None:
    with serve({request("/fpm-status"): data}, hang_up=True) as address, pytest.raises(Down) as caught:
        PhpFpmPools().status(address)
    assert str(caught.value).startswith(f"php-fpm {address}: {why}")


UNKNOWN = {
    "another path": (
        page(b"File not found.\n", b"Status: 404 Not Found\r\n"),
        "status 404 for /fpm-status (File not found.): "
        "add pm.status_path = /fpm-status to the pool's file, since the pool has no status page by default",
    ),
    "a later version": (page(IDLE.replace(b"idle processes", b"waiting")), "its answer has no idle processes"),
}


@pytest.mark.parametrize(("answer", "why"), UNKNOWN.values(), ids=UNKNOWN)
def test_page_of_another_form_is_unknown(answer: bytes, why: str) -> None:
    with serve({request("/fpm-status"): records(answer)}) as address, pytest.raises(CannotTell) as caught:
        PhpFpmPools().status(address)
    assert str(caught.value) == f"php-fpm {address}: {why}"


def test_status_of_an_answer() -> None:
    assert split(b"Content-type: text/plain\r\n\r\nbody") == (200, "body")
    assert split(b"Status: 403 Forbidden\r\nX: y\r\n\r\n") == (403, "")
