"""Proxies that the environment names by http_proxy, https_proxy, all_proxy and no_proxy, as curl reads them."""

import os

from checkwright.core.errors import CannotTell
from checkwright.core.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.sources.http_url import Url

_PORTS = {"http": 80, "https": 443}


class Proxy:
    """One proxy. tls: it is reached by TLS. authorization: value of the header Proxy-Authorization, "" for none."""

    __slots__ = ("authorization", "host", "port", "tls")

    def __init__(self, host: str, port: int, *, tls: bool = False, authorization: str = "") -> None:
        self.host = host
        self.port = port
        self.tls = tls
        self.authorization = authorization


def proxy_for(url: "Url") -> Proxy | None:
    """Return the proxy that the environment names for a URL, None for none. Raises CannotTell for another kind."""
    named = _named(url.scheme) or _named("all")
    return _parse(named) if named and not _is_direct(url) else None


def _named(kind: str) -> str:
    """Return a variable of the environment. In a CGI program, HTTP_PROXY may be a header of its client."""
    name = f"{kind}_proxy"
    if name in os.environ:
        return os.environ[name]
    upper = name.upper()
    return "" if upper == "HTTP_PROXY" and "REQUEST_METHOD" in os.environ else os.environ.get(upper, "")


def _parse(text: str) -> Proxy:
    from base64 import b64encode
    from urllib.parse import unquote, urlsplit

    from checkwright.core.current import current

    shown = "the proxy of the environment"
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise CannotTell(f"{shown} is not a URL") from None
    authorization = ""
    if parts.username or parts.password:
        login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        encoded = b64encode(login.encode("latin-1", "replace")).decode("ascii")
        current().secrets.update(one for one in (parts.password, unquote(parts.password or ""), encoded, login) if one)
        authorization = f"Basic {encoded}"
    if parts.scheme not in _PORTS or not host:
        raise CannotTell(f"{shown}, {clean(text, 100)}, is not supported: it must be http:// or https://")
    return Proxy(host, port or _PORTS[parts.scheme], tls=parts.scheme == "https", authorization=authorization)


def _is_direct(url: "Url") -> bool:
    """Return True for a host that no_proxy excepts: by name, domain, address, network, or `*` for all."""
    text = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    host = url.host.partition("%")[0]
    for entry in (one.strip().lower() for one in text.split(",")):
        if not entry:
            continue
        if entry == "*" or entry in (host, f"{host}:{url.port}", f"[{host}]", f"[{host}]:{url.port}"):
            return True
        if "/" in entry:
            if _is_in_network(host, entry):
                return True
            continue
        name = entry.lstrip(".")
        if (
            name in (host, f"{host}:{url.port}")
            or f"{host}:{url.port}".endswith(f".{name}")
            or host.endswith(f".{name}")
        ):
            return True
    return False


def _is_in_network(host: str, network: str) -> bool:
    from ipaddress import ip_address, ip_network

    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False
