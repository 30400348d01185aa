"""HaproxyStats against recorded and canned answers."""

from pathlib import Path

import pytest

from checks.haproxy.source import HaproxyStats, parse
from checkwright.core.errors import CheckError, Down
from checkwright.testing.canned_server import serve

#: Answers of real servers, by version.
RECORDED = Path(__file__).with_name("recorded")


def test_recorded_answer_is_parsed() -> None:
    rows = parse((RECORDED / "show-stat-2.6.12.csv").read_text())
    states = {(row.proxy, row.name): row.status for row in rows}
    assert states["shop", "BACKEND"] == "UP"
    assert states["shop", "web2"] == "DOWN"
    assert states["shop", "web4"] == "MAINT"
    assert states["web", "FRONTEND"] == "OPEN"
    (web,) = (row for row in rows if (row.proxy, row.name) == ("web", "FRONTEND"))
    assert (web.number("slim"), web.number("scur"), web.number("qcur"), web.number("none")) == (100, 0, None, None)


def test_columns_are_found_by_name_and_may_be_quoted() -> None:
    (row,) = parse('# svname,pxname,last_chk,status,\nweb1,shop,"wrong, and ""quoted""",UP 2/3,\n\n')
    assert (row.proxy, row.name, row.status) == ("shop", "web1", "UP 2/3")
    assert row.text("last_chk") == 'wrong, and "quoted"'


def test_answer_of_a_socket_is_read() -> None:
    answer = (RECORDED / "show-stat-2.6.12.csv").read_bytes()
    with serve({b"show stat\n": answer}, hang_up=True) as address:
        assert len(HaproxyStats().rows(address)) == len(parse(answer.decode()))


WRONG = {
    "a web server": (b"HTTP/1.1 400 Bad Request\r\n\r\n", "its answer cannot be read: it is not HAProxy's show stat"),
    "another level": (b"Permission denied\n", "its answer cannot be read: it is not HAProxy's show stat"),
    "half an answer": (b"# pxname,svname,status\nweb,FRON", "its answer cannot be read: it broke off in 'web,FRON'"),
    "half of the rows": (
        b"# pxname,svname,status\nweb,FRONTEND,OPEN\n",
        "its answer cannot be read: it broke off after 1 rows",
    ),
    "nothing": (b"", "its answer cannot be read: it is not HAProxy's show stat"),
}


@pytest.mark.parametrize(("data", "why"), WRONG.values(), ids=WRONG)
def test_other_answers_are_down(data: bytes, why: str) -> None:
    with serve({b"show stat\n": data}, hang_up=True) as address, pytest.raises(Down) as caught:
        HaproxyStats().rows(address)
    assert why in str(caught.value)


def test_missing_socket_is_down(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="there is no such socket"):
        HaproxyStats().rows(str(tmp_path / "none.sock"))
