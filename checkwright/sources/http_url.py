"""URLs of HTTP requests, in the form that is sent and shown, without urllib and regular expressions."""

from checkwright.core.text import clean
from checkwright.net.host_names import to_ascii

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_UNRESERVED = frozenset(f"{_LETTERS}0123456789-._~")
_PATH = _UNRESERVED | frozenset("!$&'()*+,;=:@/")
_QUERY = _PATH | frozenset("?")
_SCHEME = frozenset(f"{_LETTERS}0123456789+.-")
_HEX = frozenset("0123456789abcdefABCDEF")
#: Characters that no host name holds. A percent sign would be an escape, and no name needs one.
_NOT_IN_A_HOST = frozenset([*map(chr, range(0x21)), "\x7f", *'"%<>[\\]^`{|}:'])
_PORTS = {"http": 80, "https": 443}


class BadUrl(ValueError):
    """URL that cannot be requested. The message says why, and repeats nothing that may be a password."""


class Url:
    """URL of a request.

    scheme: http or https. host: in lower case, as it is looked up; an IPv6 address without brackets, with its zone
    after %. port: a number, the scheme's by default; has_port: the URL names it. target: path and query, encoded.
    fragment: with its #, "" without one.
    """

    __slots__ = ("fragment", "has_port", "host", "port", "scheme", "target")

    def __init__(self, scheme: str, host: str, port: int, target: str, fragment: str = "") -> None:
        self.scheme = scheme
        self.host = host
        self.port = port or _PORTS[scheme]
        self.has_port = port > 0
        self.target = target
        self.fragment = fragment

    @classmethod
    def parse(cls, text: str) -> "Url":
        """Parse a URL with its scheme. Raises BadUrl."""
        scheme, rest = _split_scheme(_trimmed(text))
        if scheme not in _PORTS or rest[:2] != "//":
            raise BadUrl("it must begin with http:// or https://")
        authority, rest = _until(rest[2:], "/\\?#")
        if "@" in authority:
            raise BadUrl("it holds a user or password")
        host, port = _host_and_port(authority)
        before, _, fragment = rest.partition("#")
        path, question_mark, query = before.partition("?")
        target = _encoded(_without_dots(path if path[:1] == "/" else f"/{path}"), _PATH)
        if question_mark:
            target += f"?{_encoded(query, _QUERY)}"
        return cls(scheme, host, port, target, f"#{_encoded(fragment, _QUERY)}" if fragment else "")

    def join(self, reference: str) -> str:
        """Return the absolute URL that a reference means on this page, such as a Location. It may be no HTTP."""
        text = _trimmed(reference)
        scheme, rest = _split_scheme(text)
        if scheme and not (scheme == self.scheme and rest[:2] != "//"):
            return text
        if scheme:
            text = rest  # http:page, without slashes, is a page next to this one
        if text[:2] in ("//", "\\\\", "/\\", "\\/"):
            return f"{self.scheme}://{text[2:]}"
        here = f"{self.scheme}://{self._authority(with_port=self.has_port, zone=True)}"
        path = self.target.partition("?")[0]
        if not text or text[0] == "#":
            return f"{here}{self.target}{text}"
        if text[0] in "/?":
            return f"{here}{'' if text[0] == '/' else path}{text}"
        return f"{here}{path.rpartition('/')[0]}/{text}"

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    def authority(self, *, with_port: bool = False) -> str:
        """Return host and port as a Host header has them. with_port: the port too where it is the scheme's."""
        return self._authority(with_port=with_port or self.port != _PORTS[self.scheme], zone=False)

    def _authority(self, *, with_port: bool, zone: bool) -> str:
        host = self.host
        if ":" in host:  # the zone of an IPv6 address has a meaning on this machine only (RFC 6874)
            address, percent, name = host.partition("%")
            host = f"[{address}%25{name}]" if percent and zone else f"[{address}]"
        return f"{host}:{self.port}" if with_port else host

    def __str__(self) -> str:
        authority = self._authority(with_port=self.has_port, zone=True)
        return f"{self.scheme}://{authority}{self.target}{self.fragment}"


def is_http(text: str) -> bool:
    """Return True for text that begins as a URL of HTTP does."""
    return text.lower().startswith(("http://", "https://"))


def _trimmed(text: str) -> str:
    """Return a URL without outer spaces and without line breaks and tabs, as browsers read it."""
    return text.strip().replace("\r", "").replace("\n", "").replace("\t", "")


def _split_scheme(text: str) -> tuple[str, str]:
    """Return the scheme in lower case and what follows its colon; "" and the whole text without a scheme."""
    name, colon, rest = text.partition(":")
    if colon and name and name[0] in _LETTERS and _SCHEME.issuperset(name):
        return name.lower(), rest
    return "", text


def _until(text: str, ends: str) -> tuple[str, str]:
    """Return the text before the first of some characters, and the rest from there."""
    at = min((found for end in ends if (found := text.find(end)) >= 0), default=len(text))
    return text[:at], text[at:]


def _host_and_port(authority: str) -> tuple[str, int]:
    """Return the host, and the port or 0 if none is named."""
    if authority[:1] == "[":
        address, bracket, rest = authority[1:].partition("]")
        if not bracket or rest[:1] not in ("", ":"):
            raise BadUrl("the brackets of its address are not closed")
        host, port = _ipv6(address), rest[1:]
    else:
        name, _, port = authority.partition(":")
        host = _name(name)
    if not port:
        return host, 0
    if not (port.isascii() and port.isdigit()) or len(port) > 5 or int(port) > 65_535:
        raise BadUrl(f"{clean(port, 20)!r} is not a port")
    if int(port) == 0:
        raise BadUrl("0 is not a port")
    return host, int(port)


def _name(name: str) -> str:
    if not name:
        raise BadUrl("it has no host")
    try:
        found = to_ascii(name).lower()
    except UnicodeError:
        raise BadUrl(f"{clean(name, 100)!r} is not a host name") from None
    if found[0] in "*." or not _NOT_IN_A_HOST.isdisjoint(found):
        raise BadUrl(f"{clean(name, 100)!r} is not a host name")
    return found


def _ipv6(text: str) -> str:
    """Return an IPv6 address with its zone, which a URL writes after %25."""
    import socket

    address, percent, zone = text.partition("%")
    if zone[:2] == "25" and len(zone) > 2:
        zone = zone[2:]
    elif _HEX.issuperset(zone[:2]) and len(zone) > 1:
        raise BadUrl(f"the zone of the address {clean(text, 100)!r} must begin with %25")
    if percent and not (zone and _UNRESERVED.issuperset(zone)):
        raise BadUrl(f"{clean(text, 100)!r} has no valid zone")
    try:
        socket.inet_pton(socket.AF_INET6, address)
    except (OSError, ValueError):
        raise BadUrl(f"{clean(text, 100)!r} is not an IPv6 address") from None
    return f"{address.lower()}{percent}{zone}"


def _without_dots(path: str) -> str:
    """Return an absolute path without the segments `.` and `..`, as a browser sends it (RFC 3986, 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    end = "/" if path.endswith(("/.", "/..")) and kept else ""
    return f"/{'/'.join(kept)}{end}"


def _encoded(text: str, allowed: frozenset[str]) -> str:
    """Return a part of a URL with everything encoded that it may not hold.

    Escapes are kept, those of letters and digits resolved. Where a percent sign is no escape, none of them is.
    """
    if allowed.issuperset(text):
        return text
    try:
        first, *others = text.encode("utf-8", "surrogateescape").split(b"%")
    except UnicodeEncodeError:
        raise BadUrl(f"{clean(text, 100)!r} holds half a character") from None
    found = _quoted(first, allowed)
    are_escapes = all(len(part) >= 2 and _HEX.issuperset(part[:2].decode("latin-1")) for part in others)
    for part in others:
        if are_escapes:
            code = int(part[:2], 16)
            found += chr(code) if chr(code) in _UNRESERVED else f"%{code:02X}"
            found += _quoted(part[2:], allowed)
        else:
            found += f"%25{_quoted(part, allowed)}"
    return found


def _quoted(data: bytes, allowed: frozenset[str]) -> str:
    return "".join(chr(code) if chr(code) in allowed else f"%{code:02X}" for code in data)
