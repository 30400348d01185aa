"""Masking of secrets in all output."""

import html
import json
import string
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.core.current import Current, enter, leave
from checkwright.core.secret import beginning, mask
from checkwright.core.text import clean
from checkwright.sources.http import Reply
from checkwright.sources.http_proxies import proxy_for
from checkwright.sources.http_url import Url
from checkwright.sources.json_path import Document

SECRET = "a/b=c+d&e<f>\"g' h\\i%jé4711"


@pytest.fixture
def run() -> Iterator[Current]:
    current = Current("check", "check", 0)
    current.secrets.add(SECRET)
    token = enter(current)
    yield current
    leave(token)


ENCODINGS = {
    "plain": SECRET,
    "JSON": json.dumps(SECRET)[1:-1],
    "JSON with escaped slashes": json.dumps(SECRET)[1:-1].replace("/", "\\/"),
    "JSON of Java": json.dumps(SECRET)[1:-1].replace("=", "\\u003d").replace("&", "\\u0026").replace("<", "\\u003C"),
    "JSON in JSON": json.dumps(json.dumps(SECRET)[1:-1])[1:-1],
    "URL": quote(SECRET, safe=""),
    "URL in small letters": "".join(part.lower() if len(part) == 2 else part for part in quote(SECRET, "").split("%")),
    "form": quote_plus(SECRET),
    "HTML": html.escape(SECRET),
    "HTML with decimal numbers": "".join(f"&#{ord(character)};" for character in SECRET),
    "HTML with hexadecimal numbers": "".join(f"&#x{ord(character):X};" for character in SECRET),
    "Python": repr(SECRET)[1:-1],
    "Python in ASCII": ascii(SECRET)[1:-1],
}
ENCODINGS["URL in small letters"] = "".join(f"%{byte:02x}" for byte in SECRET.encode())


@pytest.mark.parametrize("encoded", ENCODINGS.values(), ids=ENCODINGS)
def test_a_secret_is_masked_in_each_encoding(run: Current, encoded: str) -> None:
    assert mask(f"it said {encoded}!") == "it said ***!"


def test_a_secret_that_is_read_later_is_masked_too(run: Current) -> None:
    assert mask(f"{SECRET} and hush") == "*** and hush"
    run.secrets.add("hush")
    assert mask(f"{SECRET} and hush") == "*** and ***"
    run.secrets.clear()
    assert mask("hush") == "hush"


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="%&\\+"), min_size=4, max_size=12),
    st.randoms(),
)
def test_a_secret_is_masked_in_any_mixture_of_encodings(secret: str, random: object) -> None:
    """Each character may be encoded by another program.

    After a `%` or `&` of the secret, the rest of an encoding, such as `25`, may stay: it is no part of the secret.
    """
    ways = (
        lambda c: c,
        lambda c: quote(c, safe=""),
        lambda c: "".join(f"%{byte:02x}" for byte in c.encode()),
        lambda c: json.dumps(c)[1:-1],
        lambda c: f"&#{ord(c)};",
        html.escape,
    )
    encoded = "".join(random.choice(ways)(character) for character in secret)  # type: ignore[attr-defined]
    current = Current("check", "check", 0)
    current.secrets.add(secret)
    token = enter(current)
    try:
        assert mask(f"<{encoded}>") == "<***>"
    finally:
        leave(token)


@pytest.mark.parametrize("at", range(-30, 3))
@pytest.mark.parametrize("encode", [str, quote], ids=["plain", "URL"])
def test_no_cut_leaves_half_of_a_secret(at: int, encode: type[str]) -> None:
    """The text is masked before it is cut, also where many secrets in front make it shorter."""
    secret = "tok4711/SECRET/SECRET99"
    current = Current("check", "check", 0)
    current.secrets.add(secret)
    token = enter(current)
    try:
        for padding in ("." * (1_000 + at), encode(secret) * 40 + "." * at):
            text = f"{padding}{encode(secret)}" + "." * 5_000
            for shown in (beginning(text, 1_000), beginning(text.encode(), 1_000)):
                assert len(shown) <= 1_000
                assert "tok4" not in shown
    finally:
        leave(token)
    assert beginning("x" * 20, 10) == "x" * 10


def test_excerpts_of_answers_hold_no_half_of_a_secret(run: Current) -> None:
    secret = "tok4711SECRETSECRET99"
    run.secrets.add(secret)
    assert "tok4711" not in Reply(500, " " * (65_536 - 13) + secret).excerpt()
    with pytest.raises(Exception, match="is not JSON") as error:
        Document.parse(b" " * (8_192 - 13) + secret.encode(), "http://a/")
    assert "tok4711" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    ["ftp://user:hunter2@host/x", "'http://:hunter2@host'", "a http://u:hunter2@b/ c", "//u:p@hunter2:@h/"],
)
def test_the_login_in_a_url_is_masked_in_every_text(text: str) -> None:
    assert "hunter2" not in clean(text)
    assert "***@" in clean(text)


@pytest.mark.parametrize("text", ["http://a:80/x@y", "http://a:80?x=b@c", "http://user@host/", "// a:b @", "a:b@c"])
def test_other_urls_stay_as_they_are(text: str) -> None:
    assert clean(text) == text


def test_the_login_of_a_proxy_is_masked(run: Current, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy-user:pr%2Fxy4711@10.0.0.1:3128")
    proxy_for(Url.parse("http://shop.test/"))
    assert mask("pr/xy4711 and pr%2Fxy4711 and cHJveHktdXNlcjpwci94eTQ3MTE=") == "*** and *** and ***"
    monkeypatch.setenv("http_proxy", "proxy-user:without-scheme@10.0.0.1:3128")
    proxy_for(Url.parse("http://shop.test/"))
    assert mask("without-scheme") == "***"


@given(st.text(string.printable))
def test_masking_changes_no_text_without_secrets(text: str) -> None:
    if "@" not in text:
        assert mask(text) == text


@pytest.mark.parametrize(
    "encoded",
    [
        quote(quote("p/ä&x", safe=""), safe=""),
        quote("p/ä&x".encode("latin-1"), safe=""),
        "p/&auml;&amp;amp;x",
        "".join(f"\\x{byte:02x}" for byte in "p/ä&x".encode()),
        "".join(f"\\{byte:03o}" for byte in "p/ä&x".encode()),
        "".join(f"&#{ord(one)}" for one in "p/ä&x"),
        "p/ä&x".encode().decode("latin-1"),
    ],
)
def test_a_secret_beyond_ascii_is_masked_in_nested_and_byte_encodings(run: Current, encoded: str) -> None:
    run.secrets.add("p/ä&x")
    assert mask(f"a {encoded} b") == "a *** b"
