"""URLs as they are sent: the same as those of requests and urllib3, which the expected forms were taken from."""

import pytest

from checkwright.sources.http_url import BadUrl, Url

SENT = {
    "http://Shop.Test": "http://shop.test/",
    "HTTP://shop.test:80/a b": "http://shop.test:80/a%20b",
    " http://shop.test/\t": "http://shop.test/",
    "http://x?q": "http://x/?q",
    "http://x/?": "http://x/?",
    "http://x#f": "http://x/#f",
    "http://x:/": "http://x/",
    "http://x:080/": "http://x:80/",
    "http://x./": "http://x./",
    "http://x_y.z/": "http://x_y.z/",
    "http://x//a//b": "http://x//a//b",
    "http://x/../a/./b/..": "http://x/a/",
    "http://x/a/..": "http://x/",
    "http://x/a/../": "http://x/",
    "http://x/.": "http://x/",
    "http://x/.well-known/a..b/...": "http://x/.well-known/a..b/...",
    "http://x/a%7eb%2f?q=a b%20&c=%41#fra g": "http://x/a~b%2F?q=a%20b%20&c=A#fra%20g",
    "http://x/a%zz": "http://x/a%25zz",
    "http://x/%": "http://x/%25",
    "http://x/?x=%u1234": "http://x/?x=%25u1234",
    "http://x/[a]?[b]|{}": "http://x/%5Ba%5D?%5Bb%5D%7C%7B%7D",
    "http://x/a;b=1?c;d=e?f": "http://x/a;b=1?c;d=e?f",
    "http://x/a\\b": "http://x/a%5Cb",
    "http://x\\@y/": "http://x/%5C@y/",
    "http://x/\u00e9%e9": "http://x/%C3%A9%E9",
    "http://x/\udce9": "http://x/%E9",
    "http://b\u00fccher.test/stra\u00dfe?\u00e4=\u00f6": "http://xn--bcher-kva.test/stra%C3%9Fe?%C3%A4=%C3%B6",
    "http://[::1]:8080/x": "http://[::1]:8080/x",
    "http://[FE80::1%25eth0]/": "http://[fe80::1%25eth0]/",
    "http://[::1%lo]/": "http://[::1%25lo]/",
}


@pytest.mark.parametrize(("text", "sent"), SENT.items())
def test_url_as_it_is_sent(text: str, sent: str) -> None:
    url = Url.parse(text)
    assert str(url) == sent
    assert str(Url.parse(sent)) == sent


BAD = {
    "shop.test/": "must begin with",
    "ftp://shop.test/": "must begin with",
    "http:/shop.test/": "must begin with",
    "http://": "no host",
    "http:///x": "no host",
    "http://:80/": "no host",
    "http://anna:pw@shop.test/": "holds a user or password",
    "http://shop.test:99999/": "not a port",
    "http://shop.test:0/": "0 is not a port",
    "http://shop.test:-1/": "not a port",
    "http://shop.test:8_0/": "not a port",
    "http://shop.test:80:80/": "not a port",
    "http://shop.test:\u0661/": "not a port",
    "http://*.test/": "not a host name",
    "http://.test/": "not a host name",
    "http://a b/": "not a host name",
    "http://a%20b/": "not a host name",
    "http://a\0b/": "not a host name",
    "http://a]/": "not a host name",
    "http://\u2024/": "not a host name",
    "http://a/\ud800": "half a character",
    "http://\ud800/": "not a host name",
    "http://[::1/": "brackets",
    "http://[::1]x/": "brackets",
    "http://[v1.a]/": "not an IPv6 address",
    "http://[1.2.3.4]/": "not an IPv6 address",
    "http://[::1%2elo]/": "must begin with %25",
    "http://[::1%25]/": "zone",
    "http://[::1%25a/b]/": "brackets",
}


@pytest.mark.parametrize(("text", "why"), BAD.items())
def test_bad_url(text: str, why: str) -> None:
    with pytest.raises(BadUrl, match=why) as caught:
        Url.parse(text)
    assert "pw" not in str(caught.value)


JOINED = {
    "x": "http://shop.test:8080/a/b/x",
    "/x": "http://shop.test:8080/x",
    "?y": "http://shop.test:8080/a/b/c?y",
    "#f": "http://shop.test:8080/a/b/c?q=1#f",
    "": "http://shop.test:8080/a/b/c?q=1",
    "//other/x": "http://other/x",
    "\\\\other/x": "http://other/x",
    "../x": "http://shop.test:8080/a/x",
    "../../../x": "http://shop.test:8080/x",
    "./": "http://shop.test:8080/a/b/",
    "g;p?y#s": "http://shop.test:8080/a/b/g;p?y#s",
    "/a:b": "http://shop.test:8080/a:b",
    "a/b:c": "http://shop.test:8080/a/b/a/b:c",
    "http://other/x": "http://other/x",
    "http:x": "http://shop.test:8080/a/b/x",
    "https://other:443/x": "https://other:443/x",
}


@pytest.mark.parametrize(("reference", "url"), JOINED.items())
def test_redirect(reference: str, url: str) -> None:
    assert str(Url.parse(Url.parse("http://shop.test:8080/a/b/c?q=1").join(reference))) == url


@pytest.mark.parametrize("reference", ["mailto:anna@shop.test", "x:80/y", "https:x", "javascript:alert(1)"])
def test_redirect_to_another_scheme_stays_as_it_is(reference: str) -> None:
    assert Url.parse("http://shop.test/").join(reference) == reference


def test_host_header() -> None:
    hosts = {
        "http://shop.test:80/": "shop.test",
        "https://shop.test:443/": "shop.test",
        "https://shop.test:80/": "shop.test:80",
        "http://[::1%25lo]:8080/": "[::1]:8080",
    }
    assert {text: Url.parse(text).authority() for text in hosts} == hosts
    assert Url.parse("https://shop.test/").authority(with_port=True) == "shop.test:443"
    assert Url.parse("http://[::1%25lo]/").host == "::1%lo"
