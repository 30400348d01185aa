"""Recognition of plugins for the network: check_tcp, check_http, check_dns."""

from __future__ import annotations

import re

from checkwright.migrate.draft import LibraryCheck, Threshold, Value
from checkwright.migrate.plugin_options import NEVER, Differs, Found, Options, number, whole

_STATUS = re.compile(r"\d{3}(,\d{3})*")
_TIME = {"warning=": "w", "critical=": "c", "timeout=": "t", "hostname=": "H"}


def _time(given: Options) -> Threshold:
    """Return the limit on the time; a plugin without thresholds has none."""
    ends = [number(given.one(letter), "the time") if given.has(letter) else NEVER for letter in ("w", "c")]
    return Threshold("time", *ends)


def _tcp(words: list[str]) -> Found:
    given = Options(words, "H:p:w:c:t:46", {**_TIME, "port=": "p", "use-ipv4": "4", "use-ipv6": "6"})
    if not given.one("H") or not given.one("p"):
        raise Differs("it has no host or no port")
    options: list[tuple[str, Value]] = [("host", given.one("H")), ("port", whole(given.one("p"), "the port"))]
    options += ((name, True) for letter, name in (("4", "ipv4"), ("6", "ipv6")) if given.has(letter))
    check = LibraryCheck("checks.tcp.tcp_port", "TcpPort", tuple(options), (_time(given),))
    return Found(check, given.seconds())


def _http(words: list[str]) -> Found:
    long = {
        **_TIME,
        "IP-address=": "I",
        "port=": "p",
        "uri=": "u",
        "url=": "u",
        "ssl": "S",
        "string=": "s",
        "expect=": "e",
        "onredirect=": "f",
        "useragent=": "A",
        "sni": "sni",
        "use-ipv4": "4",
        "use-ipv6": "6",
    }
    given = Options(words, "H:I:p:u:Ss:e:f:w:c:t:A:46", long)
    status = given.one("e")
    if not status:
        raise Differs("it reports status 400 to 499 as WARNING, and http as CRITICAL (with -e 200 both agree)")
    if not _STATUS.fullmatch(status):
        raise Differs(f"-e {status!r} is no list of statuses")
    redirect = given.one("f", "ok")
    if redirect not in ("ok", "follow", "sticky"):
        raise Differs(f"-f {redirect} has no counterpart")
    name, address = given.one("H"), given.one("I")
    if not name and not address:
        raise Differs("it names no host")
    scheme = "https" if given.has("S") else "http"
    port = given.one("p")
    path = given.one("u", "/")
    if not path.startswith("/"):
        raise Differs(f"the path {path!r} does not begin with /")
    if ":" in (name or address):
        raise Differs(f"the host {name or address!r} is neither a name nor an IPv4 address")
    url = f"{scheme}://{name or address}{f':{port}' if port else ''}{path}"
    options: list[tuple[str, Value]] = [("url", url)]
    if name and address and name != address:
        options.append(("resolve", (f"{name}:{address}",)))
    options.append(("expect_status", tuple(status.split(","))))
    if redirect != "follow":
        options.append(("redirect", "none" if redirect == "ok" else redirect))
    if given.all("s"):
        options.append(("expect", given.all("s")))
    if given.has("A"):
        options.append(("agent", given.one("A")))
    if given.has("S"):
        options.append(("insecure", True))
    options += ((flag, True) for letter, flag in (("4", "ipv4"), ("6", "ipv6")) if given.has(letter))
    notes = ("it does not verify the certificate, so http does not either",) if given.has("S") else ()
    return Found(LibraryCheck("checks.http.http", "Http", tuple(options), (_time(given),)), given.seconds(), notes)


def _dns(words: list[str]) -> Found:
    given = Options(words, "H:s:w:c:t:", {**_TIME, "server=": "s"})
    if not given.one("H"):
        raise Differs("it has no host to look up")
    if not given.has("s"):
        raise Differs("without -s it also uses the servers that nslookup is configured with")
    options = (("host", given.one("H")), ("server", given.one("s")))
    return Found(LibraryCheck("checks.dns.dns", "Dns", options, (_time(given),)), given.seconds())


READERS = {"check_tcp": _tcp, "check_http": _http, "check_dns": _dns}
