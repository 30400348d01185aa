"""JSON documents, read by paths."""

import re
import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.core.errors import CannotTell
from checkwright.sources.http import MAX_JSON, Reply
from checkwright.sources.json_path import Document, OneAtATime
from tests.support.current_run import current_run

BODY = b"""{
  "status": "up", "blank": " ok ", "count": 7, "share": 0.5, "big": 123456789012345678901, "text": "12",
  "decimal": "0.25", "word": "many", "yes": true, "no": false, "null": null, "nan": NaN, "inf": -Infinity,
  "inftext": "inf",
  "list": [1, 2, 3], "pools": [{"used": 3, "size": 12}, {"used": 1, "size": 0}], "a.b": {"c": 1},
  "orders": {"waiting": 12}
}"""
DOCUMENT = Document.parse(BODY, "https://shop.test/health")

NUMBERS: dict[str, tuple[str, float | None]] = {
    "whole": ("count", 7),
    "fraction": ("share", 0.5),
    "larger than any float is exact": ("big", 123456789012345678901),
    "below": ("orders.waiting", 12),
    "place in brackets": ("pools[0].used", 3),
    "place with a dot": ("pools.1.used", 1),
    "last place": ("list[-1]", 3),
    "a dot in the name": ("a\\.b.c", 1),
    "text that is a whole number": ("text", 12),
    "text that is a number": ("decimal", 0.25),
    "true": ("yes", 1),
    "false": ("no", 0),
    "null": ("null", None),
    "NaN": ("nan", None),
    "infinity": ("inf", None),
    "a list is its length": ("list", 3),
}


@pytest.mark.parametrize(("path", "number"), NUMBERS.values(), ids=NUMBERS)
def test_number(path: str, number: float | None) -> None:
    found = DOCUMENT.number(path)
    assert found == number
    assert type(found) is type(number)


def test_list_may_be_the_whole_document() -> None:
    assert Document.parse(b"[4, 5]", "").number(".") == 2
    assert Document.parse(b"[4, 5]", "").number("[1]") == 5


REFUSED = {
    "missing": ("gone", "has no gone ('gone' is not among status"),
    "missing below": ("orders.waitng", "has no orders.waitng ('waitng' is not among waiting)"),
    "no such place": ("list[3]", "has no list[3] (no position '3' in a list of 3)"),
    "a name in a list": ("list.first", "no position 'first' in a list of 3"),
    "below text": ("status.more", "nothing can be below text"),
    "below null": ("null.more", "nothing can be below null"),
    "text": ("word", "word is 'many', which is not a number"),
    "text of infinity": ("inftext", "which is not a number"),
    "object": ("orders", "orders is an object, not a number"),
}


@pytest.mark.parametrize(("path", "why"), REFUSED.values(), ids=REFUSED)
def test_value_that_is_not_a_number_is_reported(path: str, why: str) -> None:
    with pytest.raises(CannotTell) as caught:
        DOCUMENT.number(path)
    assert why in str(caught.value)
    assert str(caught.value).startswith("https://shop.test/health: ")


def test_percent() -> None:
    assert DOCUMENT.percent("pools[0].used", of="pools[0].size") == 25
    assert DOCUMENT.percent("null", of="count") is None
    with pytest.raises(CannotTell, match=r"pools\[1\].size is 0, so pools\[1\].used cannot be a share of it"):
        DOCUMENT.percent("pools[1].used", of="pools[1].size")


def test_text_is_text_only() -> None:
    assert DOCUMENT.text("status") == "up"
    assert DOCUMENT.text("null") is None
    with pytest.raises(CannotTell, match="yes is true or false, not text"):
        DOCUMENT.text("yes")


def test_word_is_any_single_value() -> None:
    assert [DOCUMENT.word(path) for path in ("blank", "yes", "no", "count", "null")] == [
        "ok",
        "true",
        "false",
        "7",
        None,
    ]
    with pytest.raises(CannotTell, match="list is a list, not a word"):
        DOCUMENT.word("list")


NOT_JSON = {
    "a page": (b"<html>\nSorry | </html>", "it begins '<html> Sorry \u00a6 </html>'"),
    "nothing": (b"", "it is empty"),
    "binary": (b"\xff\xfe\xff", "it begins"),
    "nested without end": (b"[" * 100_000, "nested too deeply"),
    "a number without end": (b"1" * 10_000, "the answer is not JSON"),
}


@pytest.mark.parametrize(("body", "why"), NOT_JSON.values(), ids=NOT_JSON)
def test_body_that_is_not_json_is_reported_with_its_beginning(body: bytes, why: str) -> None:
    with pytest.raises(CannotTell) as caught:
        Document.parse(body, "https://shop.test/")
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_document_may_have_1_mb_where_nothing_else_is_set() -> None:
    """Objects take up to 40 times the size of their text."""
    large = b'["' + b"x" * (MAX_JSON - 3) + b'"]'
    assert Reply(200, large[:2] + large[3:]).json().number(".") == 1
    with pytest.raises(CannotTell, match=r"http://a/: the JSON document is larger than 1000000 bytes \(--max-size\)"):
        Reply(200, large, url="http://a/").json()
    assert Reply(200, large, max_size=2_000_000).json().number(".") == 1
    assert Reply(200, large).json(max_size=2_000_000).number(".") == 1
    with pytest.raises(CannotTell, match="larger than 10 bytes"):
        Reply(200, b'["1234567890"]', max_size=10).json()


def test_one_large_document_is_held_at_a_time() -> None:
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with OneAtATime(1_000_000):
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert entered.wait(10)
    try:
        Document.parse(b"[1]", "small documents do not wait")
        with current_run(seconds=0.2), pytest.raises(CannotTell, match="documents of other checks are parsed first"):
            Document.parse(b"[" + b"1," * 50_000 + b"1]", "large")
    finally:
        leave.set()
        thread.join()
    assert Document.parse(b"[" + b"1," * 50_000 + b"1]", "large").number(".") == 50_001


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7", "nonsense"])
def test_a_character_set_that_is_not_listed_is_utf_8(charset: str) -> None:
    """Python decodes punycode in a time that grows with the square of the text."""
    reply = Reply(200, "é-\\u0041+AGE-" * 50_000, headers={"Content-Type": f"text/plain; charset={charset}"})
    assert reply.text.startswith("é-\\u0041+AGE-")


@pytest.mark.parametrize(
    ("charset", "body"), [("ISO-8859-1", b"\xe9"), ("Shift_JIS", b"\x82\xa0"), ("UTF_16LE", b"\xe9\0")]
)
def test_a_character_set_that_is_listed_is_used(charset: str, body: bytes) -> None:
    assert Reply(200, body, headers={"Content-Type": f"text/plain; charset={charset}"}).text in ("é", "あ")


FLEET = Document(
    {
        "pools": [
            {"name": "web", "used": 3, "up": True, "tags": ["a"]},
            {"name": "db.main", "used": "4.5", "up": False, "tags": []},
            {"name": "db.main2", "used": None, "up": False},
        ],
        "by_name": {"web": {"used": 1}, "db": {"used": 2}},
        "odd": {"a=b": 7, "*": 8},
        "empty": [],
    },
    "GET http://shop.test/",
)

SELECTED = {
    "one item": ("pools[name=web].used", 3),
    "one item, a name with a dot": ("pools[name=db.main].used", 4.5),
    "one item, by a number": ("pools[used=3].tags", 1),
    "count of items": ("pools[up=false]", 2),
    "count of no items": ("pools[name=mail]", 0),
    "sum over an object": ("by_name[*].used", 3),
    "sum over an object, with a dot": ("by_name.*.used", 3),
    "sum without a value": ("pools[*].used", None),
    "sum of nothing": ("empty[*].used", 0),
    "length of all": ("pools[*]", 3),
    "name with an equals sign": ("odd.a=b", 7),
    "name that is a star": ("odd.*", 8),
}


@pytest.mark.parametrize(("path", "number"), SELECTED.values(), ids=SELECTED)
def test_filters_and_wildcards(path: str, number: float | None) -> None:
    assert FLEET.number(path) == number


UNSELECTED = {
    "no item": ("pools[name=mail].used", "the document has no pools[name=mail].used (no item has name=mail)"),
    "several items": ("pools[up=false].used", "pools[up=false].used: 2 items have up=false, not one"),
    "a name that some lack": ("pools[*].tags", "the document has no pools[*].tags"),
}


@pytest.mark.parametrize(("path", "why"), UNSELECTED.values(), ids=UNSELECTED)
def test_filter_that_fits_no_single_item_is_unknown(path: str, why: str) -> None:
    with pytest.raises(CannotTell, match=f"^{re.escape(f'GET http://shop.test/: {why}')}"):
        FLEET.number(path)


def test_missing_number_may_have_a_default() -> None:
    assert FLEET.number("nothing", missing=None) is None
    assert FLEET.number("nothing.at.all", missing=0) == 0
    assert FLEET.number("pools[name=mail].used", missing=0) == 0
    assert FLEET.number("pools[name=web].used", missing=0) == 3
    with pytest.raises(CannotTell, match="is 'web', which is not a number"):
        FLEET.number("pools[0].name", missing=0)


def test_items_and_keys_of_objects_and_lists() -> None:
    assert FLEET.keys("by_name") == ["web", "db"]
    assert FLEET.keys("pools") == ["0", "1", "2"]
    assert FLEET.keys() == ["pools", "by_name", "odd", "empty"]
    assert [(name, one.number("used")) for name, one in FLEET.items("by_name")] == [("web", 1), ("db", 2)]
    assert [(name, one.text("name")) for name, one in FLEET.items("pools")][:2] == [("0", "web"), ("1", "db.main")]
    assert FLEET.items("empty") == []
    with pytest.raises(CannotTell, match=r"^GET http://shop\.test/ pools 2: the document has no tags"):
        FLEET.items("pools")[2][1].number("tags")
    with pytest.raises(CannotTell, match="is text, neither an object nor a list"):
        FLEET.items("pools[0].name")


TIMES = {
    "UTC": "2026-01-02T03:04:05Z",
    "a zone": "2026-01-02T04:04:05+01:00",
    "no zone": "2026-01-02 03:04:05",
    "seconds": 1767323045,
    "seconds as text": "1767323045",
    "milliseconds": 1767323045000,
}


@pytest.mark.parametrize("written", TIMES.values(), ids=TIMES)
def test_age_of_a_time(written: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1767323045.0 + 90)
    assert Document({"at": written}, "x").age("at") == 90


def test_age_of_null_is_no_value() -> None:
    assert Document({"at": None}, "x").age("at") is None


@pytest.mark.parametrize("written", ["yesterday", "", True, [], {}, "nan", 10**20], ids=repr)
def test_age_of_anything_else_is_unknown(written: object) -> None:
    with pytest.raises(CannotTell, match="at is not a time"):
        Document({"at": written}, "x").age("at")


_NUMBERS = st.one_of(st.integers(), st.just(10**400), st.just(-(10**400)), st.floats())
_TEXTS = st.sampled_from(["1e400", "2026-11-29", "9" * 99])
_LEAVES = st.one_of(st.none(), st.booleans(), _NUMBERS, st.text(max_size=6), _TEXTS)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner)),
    max_leaves=8,
)
_PATHS = st.one_of(
    st.sampled_from(
        [".", "a", "b", "a.b", "a[0]", "a[-1]", "[*].a", "a[*]", "*.b", "a[b=1].a", "a[b=x]", "[]", "\\", "a..b"]
    ),
    st.text(alphabet="ab.[]*=\\-01", max_size=8),
)


@given(_VALUES, _PATHS, _PATHS)
def test_any_path_in_any_document_is_a_value_or_one_sentence(value: object, path: str, other: str) -> None:
    document = Document(value, "http://shop.test/")
    calls: tuple[Callable[[], object], ...] = (
        lambda: document.number(path),
        lambda: document.number(path, missing=None),
        lambda: document.percent(path, of=other),
        lambda: document.age(path),
        lambda: document.text(path),
        lambda: document.word(path),
        lambda: document.keys(path),
        lambda: [inner.number(".") for _, inner in document.items(path)],
    )
    for call in calls:
        try:
            call()
        except CannotTell as error:
            assert str(error).startswith("http://shop.test/")


def test_numbers_beyond_all_floats_have_no_value() -> None:
    document = Document({"a": [10**400, 0.5], "b": 10**400, "c": 3}, "x")
    assert document.number("a[*]") == 2
    assert document.number("[*].b", missing=None) is None
    assert Document([{"a": 10**400}, {"a": 0.5}], "x").number("[*].a") is None
    assert document.percent("b", of="c") is None


def test_entries_are_those_of_a_list_and_of_nothing_else() -> None:
    document = Document.parse(b'{"a": [1, 2], "b": {}, "c": null, "d": []}', "here")
    assert [one.number(".") for one in document.entries("a")] == [1, 2]
    assert document.entries("d") == []
    for path, sentence in (("b", "b is an object, not a list"), ("c", "c is null"), (".", "the document is an object")):
        with pytest.raises(CannotTell, match=sentence):
            document.entries(path)
