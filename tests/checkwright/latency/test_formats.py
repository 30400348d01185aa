"""Formats of access logs: lines as real servers write them, and their meaning."""

import random
import re
import time
from itertools import pairwise

import pytest

from checkwright.core.errors import BadUsage
from checkwright.latency.format_parser import parse_format
from checkwright.latency.log_format import LogFormat, milliseconds

NGINX = (
    "log_format timed '$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent '\n"
    '    \'"$http_referer" "$http_user_agent" rt=$request_time uct="$upstream_connect_time" '
    'urt="$upstream_response_time"\';'
)
JSON = (
    'log_format j escape=json \'{"t":"$time_iso8601","m":"$request_method","u":"$request_uri","s":$status,'
    '"rt":$request_time,"urt":"$upstream_response_time","ua":"$http_user_agent"}\';'
)
APACHE = r'LogFormat "%h %l %u %t \"%r\" %>s %b \"%{User-Agent}i\" %D" timed'
T = "29/Nov/2026:14:05:33"
AT = 1_795_961_133.0  # 2026-11-29 14:05:33 UTC


def ng(
    request: str = "GET /a HTTP/1.1", status: int = 200, rt: str = "0.030", urt: str = "0.022", agent: str = "-"
) -> str:
    return f'::1 - jo e [{T} +0000] "{request}" {status} 5 "-" "{agent}" rt={rt} uct="-, 0.000" urt="{urt}"'


def ha(
    timers: str, status: int = 200, request: str = "GET /a HTTP/1.1", captures: str = "", flags: str = "----"
) -> str:
    return f'192.0.2.1:51022 [{T}.120] fe~ app/s1 {timers} {status} 5 - - {flags} 9/9/3/1/0 0/0 {captures}"{request}"'


def alb(times: str, status: str = "200", created: str = "2026-11-29T14:05:32.500000Z", more: str = "") -> str:
    return (
        f"h2 2026-11-29T14:05:33.000000Z app/shop/5 192.0.2.1:5102 10.0.0.1:80 {times} {status} - 5 5 "
        f'"GET https://shop.test:443/a?b=1 HTTP/2.0" "agent \\"x\\"" - - arn:aws:x "Root=1" "-" "-" 0 {created} '
        f'"forward" "-" "-" "-" "-" "-" "-"{more}'
    )


#: Directive, line, request, class, ms of the server, ms in total, seconds after AT of the logged moment.
LINES = {
    "nginx": (NGINX, ng(), "GET /a HTTP/1.1", "2xx", 22, 30, -33),
    "nginx, a first server refused": (NGINX, ng(urt="0.000, 0.022"), "GET /a HTTP/1.1", "2xx", 22, 30, -33),
    "nginx, an internal redirect": (NGINX, ng(urt="0.021 : 0.031"), "GET /a HTTP/1.1", "2xx", 52, 30, -33),
    "nginx, no server": (NGINX, ng(urt="-"), "GET /a HTTP/1.1", "2xx", None, 30, -33),
    "nginx, a list with a dash": (NGINX, ng(urt="-, 0.007"), "GET /a HTTP/1.1", "2xx", 7, 30, -33),
    "nginx, the client gave up": (
        NGINX,
        ng(status=499, rt="0.301", urt="0.301"),
        "GET /a HTTP/1.1",
        "cut",
        301,
        301,
        -33,
    ),
    "nginx, TLS on a plain port": (NGINX, ng(r"\x16\x03\x01", 400, "0.000", "-"), r"\x16\x03\x01", "4xx", None, 0, -33),
    "nginx, a quote": (
        NGINX,
        ng(r"GET /\x22a HTTP/1.1", agent=r"\x22q\x22 \x5C"),
        r"GET /\x22a HTTP/1.1",
        "2xx",
        22,
        30,
        -33,
    ),
    "nginx, escape=json": (
        JSON,
        '{"t":"2026-11-29T14:05:33+00:00","m":"GET","u":"/a","s":200,"rt":0.030,"urt":"","ua":"a \\"q\\" \\\\"}',
        *("GET /a", "2xx", None, 30, -33),
    ),
    "nginx, another zone": (
        NGINX,
        ng().replace("14:05:33 +0000", "15:05:33 +0100"),
        *("GET /a HTTP/1.1", "2xx", 22, 30, -33),
    ),
    "nginx, msec": (
        "log_format m '$msec $request_method ${request_uri} $status $request_time';",
        *("1795961133.123 GET /a 200 0.030", "GET /a", "2xx", None, 30, 0),
    ),
    "nginx, escape=none": (
        'log_format n escape=none \'[$time_local] "$request" "$http_user_agent" $status $request_time\';',
        *(f'[{T} +0000] "GET /a HTTP/1.1" "a "q"b" 200 0.030', "GET /a HTTP/1.1", "2xx", None, 30, -33),
    ),
    "HAProxy": ("option httplog", ha("0/1/2/30/40"), "GET /a HTTP/1.1", "2xx", 33, 40, 0.12),
    "HAProxy through syslog": (
        "option httplog",
        "Nov 29 14:05:33 lb-1 haproxy[812]: " + ha("0/1/2/30/40"),
        *("GET /a HTTP/1.1", "2xx", 33, 40, 0.12),
    ),
    "HAProxy, captures": (
        "option httplog",
        ha("0/0/0/30/40", captures="{shop|a b} {7} "),
        *("GET /a HTTP/1.1", "2xx", 30, 40, 0.12),
    ),
    "HAProxy, the server never answered": (
        "option httplog",
        ha("0/0/0/-1/2002", 504, flags="sH--"),
        *("GET /a HTTP/1.1", "cut", 2002, 2002, 0.12),
    ),
    "HAProxy, no server": (
        "option httplog",
        ha("0/0/-1/-1/3006", 503, flags="SC--"),
        *("GET /a HTTP/1.1", "cut", 3006, 3006, 0.12),
    ),
    "HAProxy, its own redirect": (
        "option httplog",
        ha("0/-1/-1/-1/0", 302, flags="LR--"),
        *("GET /a HTTP/1.1", "3xx", None, 0, 0.12),
    ),
    "HAProxy, a bad request": (
        "option httplog",
        ha("-1/-1/-1/-1/0", 400, "<BADREQ>", flags="PR--"),
        *("<BADREQ>", "4xx", None, 0, 0.12),
    ),
    "HAProxy, logasap and retries": (
        "option httplog",
        ha("0/0/0/30/+40").replace("9/9/3/1/0", "9/9/3/1/+2"),
        *("GET /a HTTP/1.1", "2xx", 30, 40, 0.12),
    ),
    "HAProxy, quotes": (
        "option httplog",
        ha("0/0/0/3/4", request="GET /#22 HTTP/1.1"),
        "GET /#22 HTTP/1.1",
        "2xx",
        3,
        4,
        0.12,
    ),
    "HAProxy, IPv6": ("option httplog", "::1" + ha("0/0/0/3/4")[9:], "GET /a HTTP/1.1", "2xx", 3, 4, 0.12),
    "HAProxy, httpslog": (
        "option httpslog",
        ha("0/0/0/3/4") + " 0/0000000000000000/0/0/0 shop.test/TLSv1.3/TLS_AES_128",
        *("GET /a HTTP/1.1", "2xx", 3, 4, 0.12),
    ),
    "HAProxy, log-format": (
        r'log-format "%T %HM %HU %ST tw=%Tw tc=%Tc tr=%Tr ta=%Ta %{+Q}[ssl_fc_sni]"',
        *(f'{T} +0000 GET /a?b 200 tw=1 tc=2 tr=30 ta=40 "shop test"', "GET /a?b", "2xx", 33, 40, 0),
    ),
    "HAProxy 1.6": (
        "log-format %ci:%cp\\ [%t]\\ %ft\\ %b/%s\\ %Tq/%Tw/%Tc/%Tr/%Tt\\ %ST\\ %B\\ %{+Q}r",
        *(
            f'192.0.2.1:5 [{T}.120] fe app/s1 0/1/2/30/40 200 5 "GET /a HTTP/1.1"',
            "GET /a HTTP/1.1",
            "2xx",
            33,
            40,
            0.12,
        ),
    ),
    "Apache": (
        APACHE,
        rf'::1 - joe [{T} +0000] "GET /a HTTP/1.1" 200 5 "a \"q\" \\ \xc3\xa4" 30499',
        *("GET /a HTTP/1.1", "2xx", None, 30, 0),
    ),
    "Apache, no request": (APACHE, f'::1 - - [{T} +0000] "-" 408 - "-" 51', "-", "4xx", None, 0, 0),
    "Apache, milliseconds": (
        r'LogFormat "%{%Y-%m-%dT%H:%M:%S%z}t %m %U %s %{ms}T" t',
        *("2026-11-29T15:05:33+0100 GET /a 200 30", "GET /a", "2xx", None, 30, 0),
    ),
    "Apache, CustomLog": (
        'CustomLog ${APACHE_LOG_DIR}/access.log "%{end:sec}t \\"%r\\" %s %>s %T"',
        *('1795961133 "GET /a HTTP/1.1" 302 200 2', "GET /a HTTP/1.1", "2xx", None, 2000, 0),
    ),
    "ALB": ("alb", alb("0.001 0.022 0.000"), "GET https://shop.test:443/a?b=1 HTTP/2.0", "2xx", 23, 23, 0),
    "ALB, more fields": (
        "alb",
        alb("0.001 0.022 0.000", more=' TID_a1 "-" "-" "-" 7'),
        *("GET https://shop.test:443/a?b=1 HTTP/2.0", "2xx", 23, 23, 0),
    ),
    "ALB, the target timed out": (
        "alb",
        alb("-1 -1 -1", "504", "2026-11-29T14:05:03.000000Z"),
        *("GET https://shop.test:443/a?b=1 HTTP/2.0", "cut", 30_000, 30_000, 0),
    ),
    "ALB, no status": (
        "alb",
        alb("-1 -1 -1", "-").replace('"GET https://shop.test:443/a?b=1 HTTP/2.0"', '"- http://h:80- "'),
        *("- http://h:80- ", "cut", 500, 500, 0),
    ),
    "JSON lines": (
        "json time=@timestamp request=http.request status=http.status server=took:ms total=took_all:ms",
        '{"@timestamp":"2026-11-29T14:05:33.5Z","http":{"request":"GET /a","status":200},"took":22,"took_all":30.4}',
        *("GET /a", "2xx", 22, 30, 0.5),
    ),
    "JSON lines, epoch": (
        "json time=ts:ms method=m target=u status=s server=urt",
        '{"ts":1795961133123,"m":"GET","u":"/a","s":"200","urt":"0.000, 0.022"}',
        *("GET /a", "2xx", 22, None, 0),
    ),
}


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.mark.parametrize(
    ("directive", "line", "request_line", "kind", "server", "total", "after"), LINES.values(), ids=LINES
)
def test_meaning_of_a_line(
    directive: str, line: str, request_line: str, kind: str, server: int | None, total: int | None, after: float
) -> None:
    log_format = parse_format(directive)
    block = line.encode() + b"\n" + line.encode() + b"\r\n"
    times, zones, requests, statuses, servers, totals = log_format.columns_of(block)
    assert requests == (request_line.encode(),) * 2
    moment = log_format.clock(times[0], zones[0])
    assert moment == pytest.approx(AT + after, abs=0.001)
    if log_format.separate:
        found = log_format.decode(moment, statuses[0], servers[0], totals[0])
        assert (found[0], found[1] if log_format.has_server else None, found[2]) == (kind, server, total)
    else:
        assert log_format.decode(moment, statuses[0], servers[0], totals[0]) == (kind, server, total)
    assert log_format.first_unreadable(block) == b""


@pytest.mark.parametrize("directive", [NGINX, JSON, APACHE, "option httplog", "alb"])
def test_a_block_reads_like_its_lines(directive: str) -> None:
    """The quick expression for quoted text never joins two lines, and finds no line that is unreadable."""
    log_format = parse_format(directive)
    assert isinstance(log_format, LogFormat)
    whole = [line.encode() for given, line, *_ in LINES.values() if given == directive]
    assert whole
    dice = random.Random(1)
    for _ in range(300):
        lines = [dice.choice(whole) for _ in range(6)]
        for number in dice.sample(range(6), dice.randrange(4)):
            cut = dice.randrange(len(lines[number]))
            lines[number] = dice.choice((lines[number][:cut], lines[number][cut:], b'"', b'\\"', b"a\\", b""))
        block = b"".join(line + b"\n" for line in lines)
        single = [columns for line in lines if (columns := log_format.columns_of(line + b"\n"))[0]]
        assert log_format.columns_of(block) == (
            tuple(tuple(one[0] for one in column) for column in zip(*single, strict=True)) if single else ((),) * 6
        )
        for line in lines:
            fits = re.match(log_format._expression, line) is not None
            assert bool(log_format.columns_of(line + b"\n")[0]) is fits


@pytest.mark.parametrize("directive", [NGINX, JSON, APACHE, "httplog", "alb", "json time=t request=r status=s total=d"])
def test_other_lines_do_not_fit(directive: str) -> None:
    log_format = parse_format(directive)
    block = (
        b'2026/11/29 14:05:33 [error] 7#7: *1 open() "/srv/x" failed\n\n' + b'"' * 5_000 + b"\n" + b"\\" * 5_000 + b"\n"
    )
    assert log_format.columns_of(block)[0] == ()
    assert log_format.first_unreadable(block).startswith(b"2026/11/29 14:05:33 [error]")


BAD = {
    "nothing": ("", "the format of the log is missing"),
    "prose": ("combined please", "is no format of a log"),
    "no duration": ("log_format main '$time_local \"$request\" $status';", "lacks a duration"),
    "no time": ("log_format main '$request $status $request_time';", "lacks the time"),
    "no request": ("log_format main '$time_local $status $request_time';", "lacks the request"),
    "no status": ("log_format main '$time_local $request $request_time';", "lacks the status"),
    "several": (
        "log_format a '$time_local \"$request\" $status $request_time'; log_format b '$msec';",
        "several log_format directives, choose one by its name: a, b",
    ),
    "HAProxy without Tr": ("log-format %ci\\ [%tr]\\ %ST\\ %Ta\\ %{+Q}r", "lacks %Tr"),
    "an odd time of Apache": (r'LogFormat "%{%A}t %r %>s %D" x', r"the time %\{%A\}t is none"),
    "JSON, an unknown role": ("json time=t path=p", "'path=p' is not ROLE=NAME"),
    "JSON, an unknown unit": ("json time=t:h", "units s, ms, us, ns"),
}


@pytest.mark.parametrize(("text", "reason"), BAD.values(), ids=BAD)
def test_bad_format_says_what_is_missing(text: str, reason: str) -> None:
    with pytest.raises(BadUsage, match=reason):
        parse_format(text)


def test_directive_is_found_in_a_configuration_file() -> None:
    text = f"http {{\n  # log_format old '$msec';\n  {NGINX}\n  access_log /var/log/nginx/access.log timed;\n}}\n"
    assert parse_format(text).name == "log_format timed"
    text = f'{APACHE}\nLogFormat "%h %>s" common\nCustomLog /var/log/a.log timed\n'
    assert parse_format(text, "timed").name == "LogFormat timed"
    with pytest.raises(BadUsage, match="there is no LogFormat other; there are timed, common"):
        parse_format(text, "other")
    assert parse_format("defaults\n  mode http\n  option httplog\n  timeout client 5s\n").name == "httplog"


def test_local_time_of_the_hour_that_comes_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    clock = parse_format("httplog").clock
    minutes = ["01:58", "02:30", "02:59", "02:00", "02:30", "03:01"]
    moments = [clock(f"25/Oct/2026:{minute}:07.250".encode(), b"") for minute in minutes]
    assert [round(later - first) // 60 for first, later in pairwise(moments)] == [
        32,
        29,
        1,
        30,
        31,
    ]
    assert clock(b"29/Mar/2026:02:30:00", b"") > 0  # an hour that does not exist


def test_numbers() -> None:
    assert [milliseconds(text, 1_000) for text in (b"0.022", b"12.345", b"3", b"-", b"")] == [
        22,
        12_345,
        3_000,
        None,
        None,
    ]
    with pytest.raises(ValueError, match=r"1\.2\.3"):
        milliseconds(b"1.2.3", 1_000)
